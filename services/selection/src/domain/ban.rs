//! The blacklist 黑名单: who did not register in time may not select on the internet for some years
//! (R-BLK-01).

use jiff::civil::Date;
use jiff::{Span, ToSpan};

/// Days of a ban: from `from` (inclusive) to `until` (exclusive).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ban {
    /// The day after the deadline.
    pub(crate) from: Date,
    /// The first day the person may select again.
    pub(crate) until: Date,
}

impl Ban {
    /// The ban for a missed deadline: from 00:00 of the next day to the same date `years` on;
    /// 29 February becomes 1 March.
    ///
    /// # Errors
    /// When the days lie beyond the calendar's range.
    pub(crate) fn after(deadline: Date, years: u16) -> Result<Self, jiff::Error> {
        let from = deadline.tomorrow()?;
        let same_day = from.checked_add(Span::new().try_years(i64::from(years))?)?;
        // jiff takes the last of February where there is no 29th; the rule takes 1 March.
        let until = if same_day.day() == from.day() {
            same_day
        } else {
            same_day.checked_add(1.day())?
        };
        Ok(Self { from, until })
    }

    /// Whether the person may not select on that day.
    pub(crate) fn covers(&self, day: Date) -> bool {
        (self.from..self.until).contains(&day)
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    /// R-BLK-01: two years from the day after the deadline; 29 February ends on 1 March.
    #[test]
    fn a_ban_lasts_to_the_same_date_two_years_on() {
        for (deadline, from, until) in [
            (date(2026, 11, 26), date(2026, 11, 27), date(2028, 11, 27)),
            (date(2026, 12, 31), date(2027, 1, 1), date(2029, 1, 1)),
            (date(2028, 2, 28), date(2028, 2, 29), date(2030, 3, 1)),
            (date(2027, 2, 28), date(2027, 3, 1), date(2029, 3, 1)),
        ] {
            let ban = Ban::after(deadline, 2).unwrap();
            assert_eq!(ban, Ban { from, until }, "{deadline}");
            assert!(!ban.covers(deadline));
            assert!(ban.covers(from));
            assert!(ban.covers(until.yesterday().unwrap()));
            assert!(!ban.covers(until), "lifted by itself on {until}");
        }
    }

    #[test]
    fn a_policy_without_a_ban_bans_nobody() {
        let ban = Ban::after(date(2026, 11, 26), 0).unwrap();
        assert!(!ban.covers(date(2026, 11, 27)));
    }
}
