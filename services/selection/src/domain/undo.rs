//! Taking a confirmed number back: within the minutes policy grants, once for a vehicle, before
//! anything happened at the office.

use jiff::{SignedDuration, Timestamp};

use super::Refused;
use super::application::Selection;
use super::state::State;

/// Until when a number may be taken back; `None` where it may not at all.
pub(crate) fn undo_until(selection: &Selection, within_min: u16) -> Option<Timestamp> {
    if within_min == 0 {
        return None;
    }
    let within = SignedDuration::from_mins(within_min.into());
    selection.allocation.decided_at.checked_add(within).ok()
}

/// Whether a number may be taken back now.
///
/// # Errors
/// What the state says, [`Refused::UndoNotOffered`], [`Refused::UndoUsed`], [`Refused::UndoTooLate`].
pub(crate) fn check_undo(
    state: State,
    selection: Option<&Selection>,
    within_min: u16,
    used_before: bool,
    now: Timestamp,
) -> Result<(), Refused> {
    match state {
        State::Confirmed => {}
        State::Registered => return Err(Refused::AlreadyRegistered),
        State::Expired => {
            let date = selection.map(|selection| selection.deadline);
            return Err(Refused::DeadlinePassed { date });
        }
        State::Voided => return Err(Refused::Voided),
        _ => return Err(Refused::StepNotReached),
    }
    let selection = selection.ok_or(Refused::StepNotReached)?;
    let until = undo_until(selection, within_min).ok_or(Refused::UndoNotOffered)?;
    if used_before {
        return Err(Refused::UndoUsed);
    }
    if now >= until || selection.acts.arrived_on.is_some() {
        return Err(Refused::UndoTooLate);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use uuid::Uuid;
    use xuanhao_vocabulary::PlateClass;

    use super::*;
    use crate::domain::office_acts::OfficeActs;
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

    /// P9: within its minutes, once, before anything happened at the office, and where it is offered.
    #[test]
    fn undoing_has_its_time_and_its_turn() {
        let in_time: Timestamp = "2026-11-23T01:09:59Z".parse().unwrap();
        let late = "2026-11-23T01:10:00Z".parse().unwrap();
        let fresh = selection();
        let mut arrived = selection();
        arrived.acts.arrived_on = Some(date(2026, 11, 23));
        let check = |state, selection, within, used, now| {
            check_undo(state, Some(selection), within, used, now)
        };
        let passed = Refused::DeadlinePassed {
            date: Some(date(2026, 11, 26)),
        };
        use Refused as No;
        use State as To;
        for (state, selection, within, used, now, expected) in [
            (To::Confirmed, &fresh, 10, false, in_time, Ok(())),
            (To::Confirmed, &fresh, 10, false, late, Err(No::UndoTooLate)),
            (
                To::Confirmed,
                &arrived,
                10,
                false,
                in_time,
                Err(No::UndoTooLate),
            ),
            (To::Confirmed, &fresh, 10, true, in_time, Err(No::UndoUsed)),
            (
                To::Confirmed,
                &fresh,
                0,
                false,
                in_time,
                Err(No::UndoNotOffered),
            ),
            (
                To::Registered,
                &fresh,
                10,
                false,
                in_time,
                Err(No::AlreadyRegistered),
            ),
            (To::Expired, &fresh, 10, false, in_time, Err(passed)),
            (To::Voided, &fresh, 10, false, in_time, Err(No::Voided)),
        ] {
            assert_eq!(
                check(state, selection, within, used, now),
                expected,
                "{state}"
            );
        }
        let nothing = check_undo(State::Selecting, None, 10, false, in_time);
        assert_eq!(nothing, Err(Refused::StepNotReached));
        assert_eq!(undo_until(&fresh, 0), None);
    }
}
