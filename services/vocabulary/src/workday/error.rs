//! What is wrong with a calendar, or missing from it.

use jiff::civil::Date;

use crate::Finding;

/// The calendar does not know a year that the answer depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the calendar does not cover {year}")]
pub struct NotCovered {
    /// The first missing year.
    pub year: i16,
}

impl Finding for NotCovered {
    fn code(&self) -> &'static str {
        "CALENDAR_NOT_COVERED"
    }

    fn chinese(&self) -> String {
        format!("工作日历未覆盖{}年", self.year)
    }
}

/// Why an announcement of a year cannot be right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CalendarError {
    /// A day stands under the wrong year.
    #[error("{date} stands under the year {year}")]
    OtherYear {
        /// The day.
        date: Date,
        /// The year it stands under.
        year: i16,
    },
    /// A day is both off and worked.
    #[error("{date} is both off and worked")]
    OffAndWorked {
        /// The day.
        date: Date,
    },
    /// A make-up working day that is no weekend day.
    #[error("{date} is no weekend day, so nothing is made up on it")]
    WorkedAnyway {
        /// The day.
        date: Date,
    },
    /// A line of a calendar's text cannot be read.
    #[error("line {line} of the calendar cannot be read")]
    Line {
        /// Which line, from 1.
        line: usize,
        /// What is wrong with it.
        source: LineError,
    },
}

/// Why a line of a calendar's text cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LineError {
    /// It begins with none of the three words.
    #[error("a line begins with year, off or work")]
    Word,
    /// No year where one must be.
    #[error("the word year is followed by a year such as 2026")]
    Year,
    /// The same year twice.
    #[error("the year stands above already")]
    YearTwice,
    /// Days before the first year.
    #[error("days stand below the year they belong to")]
    NoYear,
    /// No date or range of dates where one must be.
    #[error("a day is written 2026-01-01 and a range of at most 31 days 2026-01-01..2026-01-03")]
    Days,
}

impl Finding for CalendarError {
    fn code(&self) -> &'static str {
        match self {
            Self::OtherYear { .. } => "CALENDAR_OTHER_YEAR",
            Self::OffAndWorked { .. } => "CALENDAR_OFF_AND_WORKED",
            Self::WorkedAnyway { .. } => "CALENDAR_WORKED_ANYWAY",
            Self::Line { .. } => "CALENDAR_LINE",
        }
    }

    fn chinese(&self) -> String {
        match self {
            Self::OtherYear { date, year } => format!("{date}不属于{year}年"),
            Self::OffAndWorked { date } => format!("{date}既放假又上班"),
            Self::WorkedAnyway { date } => format!("{date}不是周末，不能作为调休上班日"),
            Self::Line { line, .. } => format!("工作日历第{line}行无法读取"),
        }
    }
}
