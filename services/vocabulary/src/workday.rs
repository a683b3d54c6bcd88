//! Working days: which they are, and the deadlines that count in them.

mod error;
mod parse;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::num::NonZeroU16;
use std::sync::LazyLock;

use jiff::civil::{Date, Weekday};
use serde::{Deserialize, Serialize};

pub use error::{CalendarError, LineError, NotCovered};

/// A number of working days, at least one: what a policy grants before a deadline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct WorkingDays(NonZeroU16);

impl WorkingDays {
    /// A number of days, or none for zero.
    pub const fn new(days: u16) -> Option<Self> {
        match NonZeroU16::new(days) {
            Some(days) => Some(Self(days)),
            None => None,
        }
    }

    /// The number.
    pub const fn get(self) -> u16 {
        self.0.get()
    }
}

impl fmt::Display for WorkingDays {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// The working days of the years somebody announced: Monday to Friday, without the public holidays,
/// with the weekend days that make up for them 调休.
///
/// Nothing is guessed: of a year that was not announced, no day is known to be one or the other.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(try_from = "BTreeMap<i16, Year>", into = "BTreeMap<i16, Year>")]
pub struct Calendar {
    years: BTreeMap<i16, Year>,
}

/// What was announced of one year.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Year {
    /// Public holidays, the days off beside them, weekend days or not.
    #[serde(default)]
    pub off: BTreeSet<Date>,
    /// Weekend days that are worked.
    #[serde(default)]
    pub work: BTreeSet<Date>,
}

static NATIONAL: LazyLock<Calendar> = LazyLock::new(|| {
    Calendar::parse(include_str!("../data/calendar.txt")).expect("the tests read the shipped table")
});

impl Calendar {
    /// The years the State Council has announced, as far as this build knows them.
    ///
    /// An office's calendar begins as a copy and is amended by its operators.
    pub fn national() -> &'static Calendar {
        &NATIONAL
    }

    /// Adds a year, or puts another announcement in its place.
    ///
    /// Refused when a day belongs to another year, is both off and worked, or is worked though it is
    /// no weekend day.
    pub fn insert(&mut self, number: i16, year: Year) -> Result<(), CalendarError> {
        check_year(number, &year)?;
        self.years.insert(number, year);
        Ok(())
    }

    /// The years it covers, ascending.
    pub fn years(&self) -> impl Iterator<Item = i16> + '_ {
        self.years.keys().copied()
    }

    /// Whether it knows of a day.
    pub fn covers(&self, date: Date) -> bool {
        self.years.contains_key(&date.year())
    }

    /// Whether a day is worked.
    pub fn is_working_day(&self, date: Date) -> Result<bool, NotCovered> {
        let year = self
            .years
            .get(&date.year())
            .ok_or(NotCovered { year: date.year() })?;
        Ok(match date.weekday() {
            Weekday::Saturday | Weekday::Sunday => year.work.contains(&date),
            _ => !year.off.contains(&date),
        })
    }

    /// The last day of a term of working days that begins with the day after `start`: the last one
    /// on which the citizen may still come (R-DONE-01, R-DONE-04).
    ///
    /// `start` itself need not be covered. Every day after it up to the last must be.
    pub fn deadline_after(&self, start: Date, days: WorkingDays) -> Result<Date, NotCovered> {
        let mut date = start;
        let mut left = days.get();
        while left > 0 {
            date = date
                .tomorrow()
                .map_err(|_| NotCovered { year: start.year() })?;
            left -= u16::from(self.is_working_day(date)?);
        }
        Ok(date)
    }
}

fn check_year(number: i16, year: &Year) -> Result<(), CalendarError> {
    for date in year.off.union(&year.work) {
        if date.year() != number {
            return Err(CalendarError::OtherYear {
                date: *date,
                year: number,
            });
        }
    }
    if let Some(date) = year.off.intersection(&year.work).next() {
        return Err(CalendarError::OffAndWorked { date: *date });
    }
    let weekend = |date: &&Date| matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday);
    match year.work.iter().find(|date| !weekend(date)) {
        Some(date) => Err(CalendarError::WorkedAnyway { date: *date }),
        None => Ok(()),
    }
}

impl TryFrom<BTreeMap<i16, Year>> for Calendar {
    type Error = CalendarError;

    fn try_from(years: BTreeMap<i16, Year>) -> Result<Self, CalendarError> {
        years
            .iter()
            .try_for_each(|(number, year)| check_year(*number, year))?;
        Ok(Self { years })
    }
}

impl From<Calendar> for BTreeMap<i16, Year> {
    fn from(calendar: Calendar) -> Self {
        calendar.years
    }
}

/// The same date two years on, at whose 00:00 a ban that began on `date` ends. After 29 February it
/// is 1 March.
pub fn ban_until(date: Date) -> Date {
    let year = date.year().saturating_add(2);
    let same = Date::new(year, date.month(), date.day());
    same.or_else(|_| Date::new(year, 3, 1)).unwrap_or(Date::MAX)
}
