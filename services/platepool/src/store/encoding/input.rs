//! What was asked.

use jiff::SignedDuration;
use uuid::Uuid;
use xuanhao_vocabulary::{IssuingCode, PlateMask};

use super::{Malformed, bytes, class, class_number, instant, key, keys, millis};
use crate::domain::command::{
    Channel, Command, Compose, Confirm, ConfirmFrom, Draw, DrawFrom, Import, Input as Asked, Keep,
    Lapse, NewSegment, OnHit, Operation, Release, Resolve, Return, SetRules, UsedNumbers,
};
use crate::domain::ids::{ApplicationId, BatchId, RequestHash, SegmentId, VehicleKey};
use crate::domain::rule::ComposeRule;

/// The input of a row. Which parts are there, its kind tells.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Input {
    #[prost(int64, tag = "1")]
    not_after_us: i64,
    #[prost(bytes = "vec", tag = "2")]
    request_hash: Vec<u8>,
    #[prost(message, optional, tag = "3")]
    draw: Option<DrawInput>,
    #[prost(message, optional, tag = "4")]
    choice: Option<ChoiceInput>,
    #[prost(message, optional, tag = "5")]
    compose: Option<ComposeInput>,
    #[prost(message, optional, tag = "6")]
    release: Option<ReleaseInput>,
    #[prost(message, optional, tag = "7")]
    import: Option<ImportInput>,
    #[prost(message, optional, tag = "8")]
    rules: Option<RulesInput>,
    #[prost(message, optional, tag = "9")]
    lapse: Option<LapseInput>,
    #[prost(message, optional, tag = "10")]
    back: Option<ReturnInput>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct DrawInput {
    #[prost(uint32, tag = "1")]
    class: u32,
    #[prost(uint32, tag = "2")]
    count: u32,
    #[prost(bool, tag = "3")]
    without_four: bool,
    #[prost(int64, tag = "4")]
    column_ttl_ms: i64,
    #[prost(int64, tag = "5")]
    basket_ttl_ms: i64,
}

/// Keep and confirm.
#[derive(Clone, PartialEq, prost::Message)]
struct ChoiceInput {
    #[prost(sfixed64, tag = "1")]
    plate: i64,
    #[prost(int64, tag = "2")]
    basket_ttl_ms: i64,
    #[prost(bytes = "vec", tag = "3")]
    vehicle: Vec<u8>,
    #[prost(bool, tag = "4")]
    from_column: bool,
}

#[derive(Clone, PartialEq, prost::Message)]
struct ComposeInput {
    #[prost(sfixed64, repeated, tag = "1")]
    wishes: Vec<i64>,
    /// Empty where a hit is held.
    #[prost(bytes = "vec", tag = "2")]
    vehicle: Vec<u8>,
    #[prost(int64, tag = "3")]
    hold_ttl_ms: i64,
}

#[derive(Clone, PartialEq, prost::Message)]
struct ReleaseInput {
    #[prost(bytes = "vec", tag = "1")]
    batch: Vec<u8>,
    #[prost(message, repeated, tag = "2")]
    segments: Vec<SegmentInput>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct SegmentInput {
    #[prost(bytes = "vec", tag = "1")]
    id: Vec<u8>,
    #[prost(string, tag = "2")]
    code: String,
    #[prost(uint32, tag = "3")]
    class: u32,
    #[prost(string, tag = "4")]
    mask: String,
    #[prost(uint64, optional, tag = "5")]
    used: Option<u64>,
    #[prost(int64, optional, tag = "6")]
    random_only_until_us: Option<i64>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct ImportInput {
    #[prost(string, tag = "1")]
    channel: String,
    #[prost(string, tag = "2")]
    reason: String,
    #[prost(sfixed64, repeated, tag = "3")]
    plates: Vec<i64>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct RulesInput {
    #[prost(uint32, tag = "1")]
    class: u32,
    #[prost(message, repeated, tag = "2")]
    rules: Vec<RuleInput>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct RuleInput {
    /// 0 where numbers are withheld by name.
    #[prost(uint32, tag = "1")]
    equal_digits: u32,
    #[prost(string, tag = "2")]
    code: String,
    #[prost(string, tag = "3")]
    mask: String,
}

#[derive(Clone, PartialEq, prost::Message)]
struct LapseInput {
    #[prost(sfixed64, tag = "1")]
    plate: i64,
    #[prost(bytes = "vec", tag = "2")]
    application: Vec<u8>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct ReturnInput {
    #[prost(sfixed64, tag = "1")]
    plate: i64,
    #[prost(int64, tag = "2")]
    available_at_us: i64,
    #[prost(int64, tag = "3")]
    random_only_until_us: i64,
}

/// The kind of row and what it needs beside its columns.
pub(super) fn of(command: &Command) -> (&'static str, Input) {
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

    /// The command of a row of that kind.
    pub(super) fn command(
        self,
        kind: &str,
        application: Option<ApplicationId>,
        op_no: u64,
    ) -> Result<Command, Malformed> {
        let owner = application.ok_or(Malformed("application"));
        Ok(match kind {
            "resolve" => Command::Resolve(Resolve {
                application: owner?,
                op_no,
            }),
            "close" => Command::Close(owner?),
            "release" => Command::Release(self.release.ok_or(Malformed("input"))?.read()?),
            "import" => Command::Import(self.import.ok_or(Malformed("input"))?.read()?),
            "rules" => Command::SetRules(self.rules()?),
            "lapse" => Command::Lapse(self.lapse.ok_or(Malformed("input"))?.read()?),
            "return" => Command::Return(self.back.ok_or(Malformed("input"))?.read()?),
            _ => Command::Operate(Operation {
                application: owner?,
                op_no,
                not_after: instant(self.not_after_us)?,
                request_hash: RequestHash(bytes(&self.request_hash, "request hash")?),
                input: self.asked(kind)?,
            }),
        })
    }

    pub(super) fn rules(self) -> Result<SetRules, Malformed> {
        let rules = self.rules.ok_or(Malformed("input"))?;
        let class = class(rules.class)?;
        Ok(SetRules {
            class,
            rules: rules
                .rules
                .iter()
                .map(read_rule)
                .collect::<Result<_, _>>()?,
        })
    }

    fn asked(self, kind: &str) -> Result<Asked, Malformed> {
        let missing = Malformed("input");
        Ok(match kind {
            "draw" => Asked::Draw(self.draw.ok_or(missing)?.read()?),
            "keep" => {
                let keep = self.choice.ok_or(missing)?;
                let basket_ttl = SignedDuration::from_millis(keep.basket_ttl_ms);
                Asked::Keep(Keep {
                    plate: key(keep.plate)?,
                    basket_ttl,
                })
            }
            "compose" => Asked::Compose(self.compose.ok_or(missing)?.read()?),
            "confirm" => {
                let confirm = self.choice.ok_or(missing)?;
                let from = if confirm.from_column {
                    ConfirmFrom::ColumnOrBasket
                } else {
                    ConfirmFrom::Basket
                };
                let vehicle = VehicleKey(bytes(&confirm.vehicle, "vehicle")?);
                Asked::Confirm(Confirm {
                    plate: key(confirm.plate)?,
                    vehicle,
                    from,
                })
            }
            "give_up" => Asked::GiveUp,
            _ => return Err(Malformed("kind")),
        })
    }
}

impl DrawInput {
    fn read(self) -> Result<Draw, Malformed> {
        Ok(Draw {
            class: class(self.class)?,
            count: self.count,
            from: if self.without_four {
                DrawFrom::WithoutFour
            } else {
                DrawFrom::Any
            },
            column_ttl: SignedDuration::from_millis(self.column_ttl_ms),
            basket_ttl: SignedDuration::from_millis(self.basket_ttl_ms),
        })
    }
}

impl ComposeInput {
    fn read(self) -> Result<Compose, Malformed> {
        let on_hit = if self.vehicle.is_empty() {
            OnHit::Hold {
                ttl: SignedDuration::from_millis(self.hold_ttl_ms),
            }
        } else {
            OnHit::Allocate(VehicleKey(bytes(&self.vehicle, "vehicle")?))
        };
        Ok(Compose {
            wishes: keys(&self.wishes)?,
            on_hit,
        })
    }
}

impl ReleaseInput {
    fn read(self) -> Result<Release, Malformed> {
        let segments = self
            .segments
            .into_iter()
            .map(SegmentInput::read)
            .collect::<Result<_, _>>()?;
        Ok(Release {
            batch: BatchId(uuid(&self.batch)?),
            segments,
        })
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

impl SegmentInput {
    fn read(self) -> Result<NewSegment, Malformed> {
        Ok(NewSegment {
            id: SegmentId(uuid(&self.id)?),
            code: code(&self.code)?,
            class: class(self.class)?,
            mask: mask(&self.mask)?,
            used: self
                .used
                .map_or(UsedNumbers::Open, |count| UsedNumbers::Closed { count }),
            random_only_until: self.random_only_until_us.map(instant).transpose()?,
        })
    }
}

impl ImportInput {
    fn read(self) -> Result<Import, Malformed> {
        let channel = channel(&self.channel).ok_or(Malformed("channel"))?;
        Ok(Import {
            channel,
            reason: self.reason,
            plates: keys(&self.plates)?,
        })
    }
}

impl LapseInput {
    fn read(self) -> Result<Lapse, Malformed> {
        let application = match &*self.application {
            [] => None,
            stored => Some(ApplicationId(uuid(stored)?)),
        };
        Ok(Lapse {
            plate: key(self.plate)?,
            application,
        })
    }
}

impl ReturnInput {
    fn read(self) -> Result<Return, Malformed> {
        Ok(Return {
            plate: key(self.plate)?,
            available_at: instant(self.available_at_us)?,
            random_only_until: instant(self.random_only_until_us)?,
        })
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

fn read_rule(rule: &RuleInput) -> Result<ComposeRule, Malformed> {
    if rule.equal_digits > 0 {
        let at_least = u8::try_from(rule.equal_digits).map_err(|_| Malformed("rule"))?;
        return Ok(ComposeRule::EqualDigits { at_least });
    }
    Ok(ComposeRule::Withheld {
        code: code(&rule.code)?,
        mask: mask(&rule.mask)?,
    })
}

/// The word for a channel, in the log and in allocations.
pub(crate) fn channel_word(channel: Channel) -> &'static str {
    match channel {
        Channel::Internet => "internet",
        Channel::Window => "window",
        Channel::Import => "import",
        Channel::Reserve => "reserve",
    }
}

/// The channel of a word.
pub(crate) fn channel(word: &str) -> Option<Channel> {
    let all = [
        Channel::Internet,
        Channel::Window,
        Channel::Import,
        Channel::Reserve,
    ];
    all.into_iter()
        .find(|channel| channel_word(*channel) == word)
}

fn uuid(stored: &[u8]) -> Result<Uuid, Malformed> {
    bytes(stored, "id").map(Uuid::from_bytes)
}

fn code(stored: &str) -> Result<IssuingCode, Malformed> {
    IssuingCode::parse(stored).map_err(|_| Malformed("issuing code"))
}

fn mask(stored: &str) -> Result<PlateMask, Malformed> {
    PlateMask::parse(stored).map_err(|_| Malformed("mask"))
}
