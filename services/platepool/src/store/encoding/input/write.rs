//! From a command to what is stored.

use super::{
    ChoiceInput, ComposeInput, DrawInput, EndWithholdingInput, ImportInput, Input, LapseInput,
    ReleaseInput, ReturnInput, RuleInput, RulesInput, SegmentInput, WithdrawInput, WithholdInput,
    channel_word,
};
use crate::domain::command::{
    Channel, Command, ConfirmFrom, DrawFrom, Input as Asked, NewSegment, OnHit, Return, UsedNumbers,
};
use crate::domain::rule::ComposeRule;
use crate::store::encoding::{class_number, millis};
use jiff::Timestamp;
use xuanhao_vocabulary::plate::Energy;

/// The kind of row that a command makes.
pub(in crate::store::encoding) fn kind(command: &Command) -> &'static str {
    match command {
        Command::Operate(operation) => match &operation.input {
            Asked::Draw(_) => "draw",
            Asked::Keep(_) => "keep",
            Asked::Compose(_) => "compose",
            Asked::Confirm(_) => "confirm",
            Asked::Choose(_) => "choose",
            Asked::GiveUp => "give_up",
        },
        Command::Resolve(_) => "resolve",
        Command::Close(_) => "close",
        Command::Release(_) => "release",
        Command::Import(_) => "import",
        Command::SetRules(_) => "rules",
        Command::Lapse(_) => "lapse",
        Command::Return(_) => "return",
        Command::Withdraw(_) => "withdraw",
        Command::Withhold(_) => "withhold",
        Command::EndWithholding(_) => "end_withholding",
    }
}

/// The kind of row and what it needs beside its columns, the instant of the row among them.
pub(in crate::store::encoding) fn of(command: &Command, at: Timestamp) -> (&'static str, Input) {
    let mut input = Input::default();
    match command {
        Command::Operate(operation) => {
            let after = operation.not_after.as_microsecond() - at.as_microsecond();
            input.not_after_in_us = Some(after);
            input.request_hash = operation.request_hash.0.to_vec();
            if operation.channel != Channel::Internet {
                input.channel = channel_word(operation.channel).to_owned();
            }
            input.operate(&operation.input);
        }
        Command::Resolve(_) | Command::Close(_) => {}
        Command::Release(release) => {
            let segments = release.segments.iter().map(segment_input).collect();
            input.release = Some(ReleaseInput {
                batch: release.batch.0.as_bytes().to_vec(),
                segments,
            });
        }
        Command::Import(import) => {
            input.import = Some(ImportInput {
                channel: channel_word(import.channel).to_owned(),
                reason: import.reason.clone(),
                plates: import.plates.iter().map(|plate| plate.get()).collect(),
            });
        }
        Command::SetRules(rules) => {
            let (class, rules) = (
                class_number(rules.class),
                rules.rules.iter().map(rule_input).collect(),
            );
            input.rules = Some(RulesInput { class, rules });
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
        }
        Command::Return(back) => {
            input.back = Some(return_input(back));
        }
        Command::Withdraw(withdraw) => {
            let segments = withdraw.segments.iter();
            input.withdraw = Some(WithdrawInput {
                batch: withdraw.batch.0.as_bytes().to_vec(),
                segments: segments.map(|id| id.0.as_bytes().to_vec()).collect(),
            });
        }
        Command::Withhold(withhold) => {
            input.withhold = Some(WithholdInput {
                id: withhold.id.0.as_bytes().to_vec(),
                reason: withhold.reason.clone(),
                plates: withhold.plates.iter().map(|plate| plate.get()).collect(),
            });
        }
        Command::EndWithholding(end) => {
            input.end_withholding = Some(EndWithholdingInput {
                id: end.id.0.as_bytes().to_vec(),
                returns: end.returns.iter().map(return_input).collect(),
            });
        }
    }
    (kind(command), input)
}

impl Input {
    fn operate(&mut self, asked: &Asked) {
        match asked {
            Asked::Draw(draw) => {
                self.draw = Some(DrawInput {
                    class: class_number(draw.class),
                    count: draw.count,
                    without_four: draw.from == DrawFrom::WithoutFour,
                    column_ttl_ms: millis(draw.column_ttl),
                    basket_ttl_ms: millis(draw.basket_ttl),
                    energy: energy_number(draw.energy),
                });
            }
            Asked::Keep(keep) => {
                let (plate, basket_ttl_ms) = (keep.plate.get(), millis(keep.basket_ttl));
                self.choice = Some(ChoiceInput {
                    plate,
                    basket_ttl_ms,
                    ..Default::default()
                });
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
                    energy: energy_number(compose.energy),
                });
            }
            Asked::Confirm(confirm) => {
                self.choice = Some(ChoiceInput {
                    plate: confirm.plate.get(),
                    vehicle: confirm.vehicle.0.to_vec(),
                    from_column: confirm.from == ConfirmFrom::ColumnOrBasket,
                    ..Default::default()
                });
            }
            Asked::Choose(choose) => {
                self.choice = Some(ChoiceInput {
                    plate: choose.plate.get(),
                    ttl_ms: millis(choose.ttl),
                    ..Default::default()
                });
            }
            Asked::GiveUp => {}
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
        opens_at_us: segment.opens_at.map(|at| at.as_microsecond()),
    }
}

fn return_input(back: &Return) -> ReturnInput {
    ReturnInput {
        plate: back.plate.get(),
        available_at_us: back.available_at.as_microsecond(),
        random_only_until_us: back.random_only_until.as_microsecond(),
    }
}

fn energy_number(energy: Option<Energy>) -> u32 {
    match energy {
        None => 0,
        Some(Energy::Battery) => 1,
        Some(Energy::NotPurelyBattery) => 2,
    }
}

fn rule_input(rule: &ComposeRule) -> RuleInput {
    match rule {
        ComposeRule::EqualDigits { at_least } => RuleInput {
            equal_digits: u32::from(*at_least),
            ..Default::default()
        },
        ComposeRule::AllZero => RuleInput {
            all_zero: true,
            ..Default::default()
        },
        ComposeRule::Withheld { code, mask } => RuleInput {
            code: code.to_string(),
            mask: mask.to_string(),
            ..Default::default()
        },
    }
}
