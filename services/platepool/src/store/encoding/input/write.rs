//! From a command to what is stored.

use super::{
    ChoiceInput, ComposeInput, DrawInput, ImportInput, Input, LapseInput, ReleaseInput,
    ReturnInput, RuleInput, RulesInput, SegmentInput, channel_word,
};
use crate::domain::command::{
    Command, ConfirmFrom, DrawFrom, Input as Asked, NewSegment, OnHit, UsedNumbers,
};
use crate::domain::rule::ComposeRule;
use crate::store::encoding::{class_number, millis};

/// The kind of row and what it needs beside its columns.
pub(in crate::store::encoding) fn of(command: &Command) -> (&'static str, Input) {
    let mut input = Input::default();
    let kind = match command {
        Command::Operate(operation) => {
            input.not_after_us = operation.not_after.as_microsecond();
            input.request_hash = operation.request_hash.0.to_vec();
            input.operate(&operation.input)
        }
        Command::Resolve(_) => "resolve",
        Command::Close(_) => "close",
        Command::Release(release) => {
            let segments = release.segments.iter().map(segment_input).collect();
            input.release = Some(ReleaseInput {
                batch: release.batch.0.as_bytes().to_vec(),
                segments,
            });
            "release"
        }
        Command::Import(import) => {
            input.import = Some(ImportInput {
                channel: channel_word(import.channel).to_owned(),
                reason: import.reason.clone(),
                plates: import.plates.iter().map(|plate| plate.get()).collect(),
            });
            "import"
        }
        Command::SetRules(rules) => {
            let (class, rules) = (
                class_number(rules.class),
                rules.rules.iter().map(rule_input).collect(),
            );
            input.rules = Some(RulesInput { class, rules });
            "rules"
        }
        Command::Lapse(lapse) => {
            let application = lapse
                .application
                .map(|application| application.0.as_bytes().to_vec());
            let application = application.unwrap_or_default();
            input.lapse = Some(LapseInput {
                plate: lapse.plate.get(),
                application,
            });
            "lapse"
        }
        Command::Return(back) => {
            input.back = Some(ReturnInput {
                plate: back.plate.get(),
                available_at_us: back.available_at.as_microsecond(),
                random_only_until_us: back.random_only_until.as_microsecond(),
            });
            "return"
        }
    };
    (kind, input)
}

impl Input {
    fn operate(&mut self, asked: &Asked) -> &'static str {
        match asked {
            Asked::Draw(draw) => {
                self.draw = Some(DrawInput {
                    class: class_number(draw.class),
                    count: draw.count,
                    without_four: draw.from == DrawFrom::WithoutFour,
                    column_ttl_ms: millis(draw.column_ttl),
                    basket_ttl_ms: millis(draw.basket_ttl),
                });
                "draw"
            }
            Asked::Keep(keep) => {
                let (plate, basket_ttl_ms) = (keep.plate.get(), millis(keep.basket_ttl));
                self.choice = Some(ChoiceInput {
                    plate,
                    basket_ttl_ms,
                    ..Default::default()
                });
                "keep"
            }
            Asked::Compose(compose) => {
                let wishes = compose.wishes.iter().map(|wish| wish.get()).collect();
                let (vehicle, hold_ttl_ms) = match compose.on_hit {
                    OnHit::Allocate(vehicle) => (vehicle.0.to_vec(), 0),
                    OnHit::Hold { ttl } => (Vec::new(), millis(ttl)),
                };
                self.compose = Some(ComposeInput {
                    wishes,
                    vehicle,
                    hold_ttl_ms,
                });
                "compose"
            }
            Asked::Confirm(confirm) => {
                self.choice = Some(ChoiceInput {
                    plate: confirm.plate.get(),
                    vehicle: confirm.vehicle.0.to_vec(),
                    from_column: confirm.from == ConfirmFrom::ColumnOrBasket,
                    ..Default::default()
                });
                "confirm"
            }
            Asked::GiveUp => "give_up",
        }
    }
}

fn segment_input(segment: &NewSegment) -> SegmentInput {
    SegmentInput {
        id: segment.id.0.as_bytes().to_vec(),
        code: segment.code.to_string(),
        class: class_number(segment.class),
        mask: segment.mask.to_string(),
        used: match segment.used {
            UsedNumbers::Open => None,
            UsedNumbers::Closed { count } => Some(count),
        },
        random_only_until_us: segment
            .random_only_until
            .map(|until| until.as_microsecond()),
    }
}

fn rule_input(rule: &ComposeRule) -> RuleInput {
    match rule {
        ComposeRule::EqualDigits { at_least } => RuleInput {
            equal_digits: u32::from(*at_least),
            ..Default::default()
        },
        ComposeRule::Withheld { code, mask } => RuleInput {
            equal_digits: 0,
            code: code.to_string(),
            mask: mask.to_string(),
        },
    }
}
