//! What happens at the office: arrival, inspection 查验, collection of the plates 号牌领取. Separate
//! acts, each on its own civil day (R-DONE-04, R-DONE-05).

use jiff::civil::Date;
use xuanhao_chassis::clock::civil_day;

use super::Refused;
use super::application::Selection;
use super::lapse::is_past;
use super::state::State;

/// The acts so far; what did not happen yet is absent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct OfficeActs {
    /// The citizen came with voucher and vehicle: the clock stops.
    pub(crate) arrived_on: Option<Date>,
    /// The latest inspection.
    pub(crate) inspection: Option<Inspection>,
    /// The plates were collected.
    pub(crate) collected_on: Option<Date>,
}

/// An inspection of the vehicle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Inspection {
    pub(crate) on: Date,
    pub(crate) passed: bool,
}

/// An act to be recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OfficeAct {
    Arrival,
    Inspection { passed: bool },
    Collection,
}

impl OfficeAct {
    /// The request's field that names the day.
    fn field(self) -> &'static str {
        match self {
            Self::Arrival => "arrived_on",
            Self::Inspection { .. } => "inspected_on",
            Self::Collection => "collected_on",
        }
    }
}

impl Selection {
    /// The acts after one more, on the day `on`.
    ///
    /// Arrival counts up to and on the deadline's day, whatever the hour; an arrival recorded again
    /// leaves the first one. An inspection may be repeated until the plates are collected; the latest
    /// counts. Collection needs an inspection that was passed.
    ///
    /// # Errors
    /// [`Refused::DeadlinePassed`], [`Refused::StepNotReached`], what the state says, and
    /// [`Refused::DayOutOfRange`] for a day that is not yet, or before what must come first.
    pub(crate) fn record(
        &self,
        state: State,
        act: OfficeAct,
        on: Date,
        today: Date,
    ) -> Result<OfficeActs, Refused> {
        if state == State::Confirmed && self.undoing_at.is_some() {
            return Err(Refused::Voided);
        }
        self.check_state(state, act, today)?;
        let acts = self.acts;
        let decided = civil_day(self.allocation.decided_at);
        let (earliest, changed) = match act {
            OfficeAct::Arrival => {
                let arrived_on = acts.arrived_on.or(Some(on));
                (decided, OfficeActs { arrived_on, ..acts })
            }
            OfficeAct::Inspection { passed } => {
                let arrived = acts.arrived_on.ok_or(Refused::StepNotReached)?;
                if acts.collected_on.is_some() {
                    return Err(Refused::StepNotReached);
                }
                let inspection = Some(Inspection { on, passed });
                (arrived, OfficeActs { inspection, ..acts })
            }
            OfficeAct::Collection => {
                let passed = acts.inspection.filter(|inspection| inspection.passed);
                let passed = passed.ok_or(Refused::StepNotReached)?;
                let collected_on = acts.collected_on.or(Some(on));
                (
                    passed.on,
                    OfficeActs {
                        collected_on,
                        ..acts
                    },
                )
            }
        };
        check_day(act.field(), on, earliest, today)?;
        Ok(changed)
    }

    fn check_state(&self, state: State, act: OfficeAct, today: Date) -> Result<(), Refused> {
        let deadline = Some(self.deadline);
        match (state, act) {
            (State::Confirmed, OfficeAct::Arrival)
                if self.acts.arrived_on.is_none() && is_past(self.deadline, today) =>
            {
                Err(Refused::DeadlinePassed { date: deadline })
            }
            (State::Confirmed, _) => Ok(()),
            // Plates may be collected after the registration was entered.
            (State::Registered, OfficeAct::Collection) => Ok(()),
            (State::Registered, _) => Err(Refused::AlreadyRegistered),
            (State::Expired, _) => Err(Refused::DeadlinePassed { date: deadline }),
            (State::Voided, _) => Err(Refused::Voided),
            _ => Err(Refused::StepNotReached),
        }
    }
}

/// A civil day between `earliest` and today, both included.
///
/// # Errors
/// [`Refused::DayOutOfRange`].
pub(crate) fn check_day(
    field: &'static str,
    on: Date,
    earliest: Date,
    today: Date,
) -> Result<(), Refused> {
    let rule = if on > today {
        "not_in_the_future"
    } else if on < earliest {
        "out_of_range"
    } else {
        return Ok(());
    };
    Err(Refused::DayOutOfRange { field, rule })
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use uuid::Uuid;
    use xuanhao_vocabulary::PlateClass;

    use super::*;
    use crate::domain::operation::Allocation;

    fn selection() -> Selection {
        Selection {
            allocation: Allocation {
                id: Uuid::nil(),
                class: PlateClass::Small,
                plate: "粤GA1234".parse().unwrap(),
                decided_at: "2026-11-23T01:00:00Z".parse().unwrap(),
            },
            deadline: date(2026, 11, 26),
            voucher_number: String::new(),
            registered_on: None,
            returned_at: None,
            acts: OfficeActs::default(),
            undoing_at: None,
        }
    }

    const PASSED: OfficeAct = OfficeAct::Inspection { passed: true };
    const FAILED: OfficeAct = OfficeAct::Inspection { passed: false };

    /// R-DONE-04: arrival counts on the deadline's day itself, and not a day later.
    #[test]
    fn arrival_counts_on_the_last_day() {
        let (last, next) = (date(2026, 11, 26), date(2026, 11, 27));
        let arrive =
            |on, today| selection().record(State::Confirmed, OfficeAct::Arrival, on, today);
        assert_eq!(arrive(last, last).unwrap().arrived_on, Some(last));
        let passed = Refused::DeadlinePassed { date: Some(last) };
        assert_eq!(arrive(last, next), Err(passed));
        let day = |rule| {
            let field = "arrived_on";
            Err(Refused::DayOutOfRange { field, rule })
        };
        assert_eq!(arrive(next, last), day("not_in_the_future"));
        assert_eq!(arrive(date(2026, 11, 22), last), day("out_of_range"));
    }

    /// R-DONE-05: acts come one after the other; a failed inspection is repeated, the latest counts.
    #[test]
    fn acts_come_in_their_order() {
        let today = date(2026, 11, 30);
        let mut selection = selection();
        let do_ =
            |selection: &Selection, act| selection.record(State::Confirmed, act, today, today);
        assert_eq!(do_(&selection, PASSED), Err(Refused::StepNotReached));
        selection.acts.arrived_on = Some(date(2026, 11, 26));
        assert_eq!(
            do_(&selection, OfficeAct::Collection),
            Err(Refused::StepNotReached)
        );
        selection.acts = do_(&selection, FAILED).unwrap();
        assert_eq!(
            do_(&selection, OfficeAct::Collection),
            Err(Refused::StepNotReached)
        );
        selection.acts = do_(&selection, PASSED).unwrap();
        selection.acts = do_(&selection, OfficeAct::Collection).unwrap();
        assert_eq!(selection.acts.collected_on, Some(today));
        assert_eq!(do_(&selection, FAILED), Err(Refused::StepNotReached));
        let again = do_(&selection, OfficeAct::Arrival).unwrap();
        assert_eq!(again, selection.acts, "the first arrival stays");
    }

    #[test]
    fn what_is_over_takes_no_act() {
        let today = date(2026, 11, 24);
        let passed = Refused::DeadlinePassed {
            date: Some(date(2026, 11, 26)),
        };
        for (state, refused) in [
            (State::Expired, passed),
            (State::Voided, Refused::Voided),
            (State::Registered, Refused::AlreadyRegistered),
            (State::Selecting, Refused::StepNotReached),
        ] {
            let told = selection().record(state, OfficeAct::Arrival, today, today);
            assert_eq!(told, Err(refused), "{state}");
        }
        let taken_back = Selection {
            undoing_at: Some("2026-11-23T01:01:00Z".parse().unwrap()),
            ..selection()
        };
        let told = taken_back.record(State::Confirmed, OfficeAct::Arrival, today, today);
        assert_eq!(told, Err(Refused::Voided));
    }
}
