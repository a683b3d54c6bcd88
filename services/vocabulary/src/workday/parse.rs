//! The text form of a calendar.

use jiff::civil::Date;

use super::{Calendar, CalendarError, LineError, Year};

/// The longest range of days in one line. No holiday comes near; a slip in a year does.
const LONGEST_RANGE: usize = 31;

impl Calendar {
    /// Reads lines of three kinds: `year 2026`, and under it `off 2026-01-01..2026-01-03` and
    /// `work 2026-01-04`. What follows the days is a remark; `#` begins a comment.
    pub fn parse(text: &str) -> Result<Self, CalendarError> {
        let mut calendar = Self::default();
        let mut open = None;
        for (index, line) in text.lines().enumerate() {
            let at_line = |source| CalendarError::Line {
                line: index + 1,
                source,
            };
            let mut words = line
                .split('#')
                .next()
                .unwrap_or_default()
                .split_whitespace();
            let Some(word) = words.next() else { continue };
            let value = words.next().unwrap_or_default();
            match word {
                "year" => {
                    let year: i16 = value.parse().map_err(|_| at_line(LineError::Year))?;
                    if calendar.years.contains_key(&year) {
                        return Err(at_line(LineError::YearTwice));
                    }
                    calendar.years.insert(year, Year::default());
                    open = Some(year);
                }
                "off" | "work" => {
                    let year = open.and_then(|year| calendar.years.get_mut(&year));
                    let year = year.ok_or_else(|| at_line(LineError::NoYear))?;
                    let days = read_days(value).ok_or_else(|| at_line(LineError::Days))?;
                    if word == "off" {
                        year.off.extend(days)
                    } else {
                        year.work.extend(days)
                    }
                }
                _ => return Err(at_line(LineError::Word)),
            }
        }
        Self::try_from(calendar.years)
    }
}

/// A date, or a range with both ends in it.
fn read_days(text: &str) -> Option<Vec<Date>> {
    let (first, last) = text.split_once("..").unwrap_or((text, text));
    let (first, last): (Date, Date) = (first.parse().ok()?, last.parse().ok()?);
    let days: Vec<_> = first
        .series(jiff::Span::new().days(1))
        .take_while(|day| *day <= last)
        .take(LONGEST_RANGE + 1)
        .collect();
    (1..=LONGEST_RANGE).contains(&days.len()).then_some(days)
}
