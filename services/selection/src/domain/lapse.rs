//! What happens after a deadline was missed (P10).

use jiff::ToSpan;
use jiff::civil::Date;

use super::application::Selection;

/// What the vehicle registry says of a vehicle and its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Registration {
    /// Registered with the number, on that day if the registry tells it.
    Registered(Option<Date>),
    /// Answered: not registered with it.
    NotRegistered,
    /// No answer; nothing may be concluded.
    Unknown,
}

/// Whether the deadline has passed. The deadline itself still counts.
pub(crate) fn is_past(deadline: Date, today: Date) -> bool {
    today > deadline
}

/// Whether a confirmed number's deadline was missed: it has passed, and the citizen neither came to the
/// window by then, which stops the clock (R-DONE-04), nor took the number back.
pub(crate) fn is_missed(selection: &Selection, today: Date) -> bool {
    let stopped = selection.acts.arrived_on.is_some() || selection.undoing_at.is_some();
    !stopped && is_past(selection.deadline, today)
}

/// What to do about a lapsed number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lapsed {
    /// Nothing yet.
    Wait,
    /// The vehicle was registered after all: the number stays with it for ever, the ban is lifted.
    LateProof(Option<Date>),
    /// The number goes back to the pool.
    Return,
}

/// P10: a number returns only after the late-proof window and on an answer that says "not
/// registered".
pub(crate) fn lapsed(
    deadline: Date,
    late_proof_days: u16,
    today: Date,
    registration: Registration,
) -> Lapsed {
    match registration {
        Registration::Registered(on) => Lapsed::LateProof(on),
        Registration::NotRegistered if window_is_over(deadline, late_proof_days, today) => {
            Lapsed::Return
        }
        Registration::NotRegistered | Registration::Unknown => Lapsed::Wait,
    }
}

/// Whether the civil days in which late proof is waited for are over.
pub(crate) fn window_is_over(deadline: Date, late_proof_days: u16, today: Date) -> bool {
    let last = deadline.saturating_add(i64::from(late_proof_days).days());
    today > last
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    /// P10: returned only after the window and when the registry answered "not registered".
    #[test]
    fn a_number_returns_after_the_window_and_an_answer() {
        let deadline = date(2026, 11, 26);
        let inside = date(2026, 12, 3);
        let after = date(2026, 12, 4);
        let on = Some(date(2026, 11, 25));
        for (today, registration, expected) in [
            (inside, Registration::NotRegistered, Lapsed::Wait),
            (inside, Registration::Unknown, Lapsed::Wait),
            (inside, Registration::Registered(on), Lapsed::LateProof(on)),
            (after, Registration::NotRegistered, Lapsed::Return),
            (after, Registration::Unknown, Lapsed::Wait),
            (after, Registration::Registered(on), Lapsed::LateProof(on)),
        ] {
            assert_eq!(
                lapsed(deadline, 7, today, registration),
                expected,
                "{today}"
            );
        }
    }

    #[test]
    fn the_deadline_itself_still_counts() {
        assert!(!is_past(date(2026, 11, 26), date(2026, 11, 26)));
        assert!(is_past(date(2026, 11, 26), date(2026, 11, 27)));
    }
}
