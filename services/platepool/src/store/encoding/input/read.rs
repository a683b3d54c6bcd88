//! From what is stored to the command.

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;
use xuanhao_vocabulary::plate::Energy;
use xuanhao_vocabulary::{IssuingCode, PlateMask};

use super::{
    ComposeInput, DrawInput, EndWithholdingInput, ImportInput, Input, LapseInput, ReleaseInput,
    ReturnInput, RuleInput, SegmentInput, WithdrawInput, WithholdInput, channel,
};
use crate::domain::command::{
    Channel, Choose, Command, Compose, Confirm, ConfirmFrom, Draw, DrawFrom, EndWithholding,
    Import, Input as Asked, Keep, Lapse, NewSegment, OnHit, Operation, Release, Resolve, Return,
    SetRules, UsedNumbers, Withdraw, Withhold,
};
use crate::domain::ids::{
    ApplicationId, BatchId, RequestHash, SegmentId, VehicleKey, WithholdingId,
};
use crate::domain::rule::ComposeRule;
use crate::store::encoding::{Malformed, bytes, class, instant, key, keys};

impl Input {
    /// The command of a row of that kind and that instant.
    pub(in crate::store::encoding) fn command(
        self,
        kind: &str,
        application: Option<ApplicationId>,
        op_no: u64,
        at: Timestamp,
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
            "withdraw" => Command::Withdraw(self.withdraw.ok_or(Malformed("input"))?.read()?),
            "withhold" => Command::Withhold(self.withhold.ok_or(Malformed("input"))?.read()?),
            "end_withholding" => {
                Command::EndWithholding(self.end_withholding.ok_or(Malformed("input"))?.read()?)
            }
            _ => Command::Operate(Operation {
                application: owner?,
                op_no,
                not_after: match self.not_after_in_us {
                    Some(after) => instant(at.as_microsecond().wrapping_add(after))?,
                    None => instant(self.not_after_us)?,
                },
                request_hash: request_hash(&self.request_hash)?,
                channel: match &*self.channel {
                    "" => Channel::Internet,
                    word => channel(word).ok_or(Malformed("channel"))?,
                },
                input: self.asked(kind)?,
            }),
        })
    }

    pub(in crate::store::encoding) fn rules(self) -> Result<SetRules, Malformed> {
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
            "choose" => {
                let choice = self.choice.ok_or(missing)?;
                Asked::Choose(Choose {
                    plate: key(choice.plate)?,
                    ttl: SignedDuration::from_millis(choice.ttl_ms),
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
            energy: energy(self.energy)?,
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
            energy: energy(self.energy)?,
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
            opens_at: self.opens_at_us.map(instant).transpose()?,
        })
    }
}

impl WithdrawInput {
    fn read(self) -> Result<Withdraw, Malformed> {
        let segments = self.segments.iter().map(|id| uuid(id).map(SegmentId));
        Ok(Withdraw {
            batch: BatchId(uuid(&self.batch)?),
            segments: segments.collect::<Result<_, _>>()?,
        })
    }
}

impl WithholdInput {
    fn read(self) -> Result<Withhold, Malformed> {
        Ok(Withhold {
            id: WithholdingId(uuid(&self.id)?),
            reason: self.reason,
            plates: keys(&self.plates)?,
        })
    }
}

impl EndWithholdingInput {
    fn read(self) -> Result<EndWithholding, Malformed> {
        let returns = self.returns.into_iter().map(ReturnInput::read);
        Ok(EndWithholding {
            id: WithholdingId(uuid(&self.id)?),
            returns: returns.collect::<Result<_, _>>()?,
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

fn request_hash(stored: &[u8]) -> Result<RequestHash, Malformed> {
    let hash = match stored.len() {
        16 | 32 => stored.first_chunk(),
        _ => None,
    };
    hash.copied()
        .map(RequestHash)
        .ok_or(Malformed("request hash"))
}

fn energy(number: u32) -> Result<Option<Energy>, Malformed> {
    match number {
        0 => Ok(None),
        1 => Ok(Some(Energy::Battery)),
        2 => Ok(Some(Energy::NotPurelyBattery)),
        _ => Err(Malformed("energy group")),
    }
}

fn read_rule(rule: &RuleInput) -> Result<ComposeRule, Malformed> {
    if rule.all_zero {
        return Ok(ComposeRule::AllZero);
    }
    if rule.equal_digits > 0 {
        let at_least = u8::try_from(rule.equal_digits).map_err(|_| Malformed("rule"))?;
        return Ok(ComposeRule::EqualDigits { at_least });
    }
    Ok(ComposeRule::Withheld {
        code: code(&rule.code)?,
        mask: mask(&rule.mask)?,
    })
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
