//! Working days, by the announced years and by property.

use jiff::ToSpan;
use jiff::civil::{Date, Weekday, date};
use proptest::prelude::*;
use xuanhao_vocabulary::workday::{
    Calendar, CalendarError, LineError, NotCovered, WorkingDays, Year, ban_until,
};

fn days(days: u16) -> WorkingDays {
    WorkingDays::new(days).expect("terms in these tests are not zero")
}

#[test]
fn the_announced_years_have_the_announced_days() {
    let calendar = Calendar::national();
    assert_eq!(calendar.years().collect::<Vec<_>>(), [2024, 2025, 2026]);
    // Working days of the year: weekdays, less holidays on weekdays, plus make-up days.
    for (year, working) in [(2024, 251), (2025, 248), (2026, 248)] {
        let whole = date(year, 1, 1)
            .series(1.day())
            .take_while(|day| day.year() == year);
        let count = whole
            .filter(|day| calendar.is_working_day(*day) == Ok(true))
            .count();
        assert_eq!(count, working, "{year}");
    }
    for (day, working) in [
        (date(2024, 2, 9), true), // New Year's Eve was only recommended
        (date(2024, 2, 18), true),
        (date(2025, 1, 28), false),
        (date(2025, 10, 8), false),
        (date(2025, 10, 11), true),
        (date(2026, 1, 2), false),
        (date(2026, 1, 4), true),
        (date(2026, 2, 14), true),
        (date(2026, 2, 23), false),
        (date(2026, 10, 3), false),
    ] {
        assert_eq!(calendar.is_working_day(day), Ok(working), "{day}");
    }
}

/// R-DONE-04: three working days, counted from the day after.
#[test]
fn deadlines_count_from_the_day_after() {
    let calendar = Calendar::national();
    for (start, term, deadline) in [
        (date(2026, 3, 2), 3, date(2026, 3, 5)), // Monday to Thursday
        (date(2026, 3, 6), 3, date(2026, 3, 11)), // over a weekend
        (date(2026, 3, 7), 1, date(2026, 3, 9)), // from a Saturday
        (date(2026, 2, 13), 3, date(2026, 2, 25)), // a worked Saturday, then the Spring Festival
        (date(2025, 9, 30), 1, date(2025, 10, 9)), // over the National Day
        (date(2025, 12, 31), 2, date(2026, 1, 5)), // over the year's end, with a worked Sunday
        (date(2023, 12, 31), 1, date(2024, 1, 2)), // the start itself need not be covered
    ] {
        assert_eq!(
            calendar.deadline_after(start, days(term)),
            Ok(deadline),
            "{start} + {term}"
        );
    }
}

#[test]
fn a_year_that_was_not_announced_is_never_guessed() {
    let calendar = Calendar::national();
    let missing = Err(NotCovered { year: 2027 });
    assert_eq!(
        calendar.deadline_after(date(2026, 12, 30), days(1)),
        Ok(date(2026, 12, 31))
    );
    assert_eq!(
        calendar.deadline_after(date(2026, 12, 30), days(2)),
        missing
    );
    assert_eq!(
        calendar.deadline_after(date(2026, 12, 31), days(1)),
        missing
    );
    assert_eq!(
        calendar.is_working_day(date(2027, 6, 1)),
        Err(NotCovered { year: 2027 })
    );
    assert!(calendar.covers(date(2026, 12, 31)) && !calendar.covers(date(2027, 1, 1)));
    assert_eq!(
        calendar.deadline_after(Date::MAX, days(1)),
        Err(NotCovered { year: 9999 })
    );
}

#[test]
fn calendars_are_checked() {
    let line = |line, source| Err(CalendarError::Line { line, source });
    for (text, error) in [
        ("off 2026-01-01", line(1, LineError::NoYear)),
        ("year MMXXVI", line(1, LineError::Year)),
        ("year 2026\nyear 2026", line(2, LineError::YearTwice)),
        ("year 2026\n\nfree 2026-01-01", line(3, LineError::Word)),
        ("year 2026\noff", line(2, LineError::Days)),
        ("year 2026\noff 2026-02-30", line(2, LineError::Days)),
        (
            "year 2026\noff 2026-01-03..2026-01-01",
            line(2, LineError::Days),
        ),
        (
            "year 2026\noff 2026-01-01..2027-01-01",
            line(2, LineError::Days),
        ),
        (
            "year 2026\noff 2025-01-01",
            Err(CalendarError::OtherYear {
                date: date(2025, 1, 1),
                year: 2026,
            }),
        ),
        (
            "year 2026\noff 2026-01-04\nwork 2026-01-04",
            Err(CalendarError::OffAndWorked {
                date: date(2026, 1, 4),
            }),
        ),
        (
            "year 2026\nwork 2026-01-05",
            Err(CalendarError::WorkedAnyway {
                date: date(2026, 1, 5),
            }),
        ),
    ] {
        assert_eq!(Calendar::parse(text), error, "{text}");
    }
    let mut calendar = Calendar::parse("# nothing\n").unwrap();
    let year = Year {
        off: [date(2027, 1, 1)].into(),
        ..Year::default()
    };
    assert!(calendar.insert(2026, year.clone()).is_err());
    assert_eq!(calendar.insert(2027, year), Ok(()));
    assert_eq!(calendar.is_working_day(date(2027, 1, 1)), Ok(false));
}

#[test]
fn calendars_go_through_json() {
    let json = r#"{"2026":{"off":["2026-01-01"],"work":["2026-01-04"]}}"#;
    let calendar: Calendar = serde_json::from_str(json).unwrap();
    assert_eq!(serde_json::to_string(&calendar).unwrap(), json);
    assert!(serde_json::from_str::<Calendar>(r#"{"2026":{"off":["2025-01-01"]}}"#).is_err());
    assert!(serde_json::from_str::<Calendar>(r#"{"2026":{"holidays":[]}}"#).is_err());
    assert_eq!(serde_json::from_str::<WorkingDays>("3").unwrap(), days(3));
    assert!(serde_json::from_str::<WorkingDays>("0").is_err());
}

#[test]
fn a_ban_ends_on_the_same_date_two_years_on() {
    assert_eq!(ban_until(date(2026, 3, 6)), date(2028, 3, 6));
    assert_eq!(ban_until(date(2024, 2, 29)), date(2026, 3, 1));
    assert_eq!(ban_until(date(2024, 2, 28)), date(2026, 2, 28));
    assert_eq!(ban_until(date(2026, 3, 1)), date(2028, 3, 1));
    assert_eq!(ban_until(Date::MAX), Date::MAX);
}

proptest! {
    /// The deadline is a working day, and as many of them lie after the start and up to it.
    #[test]
    fn deadlines_hold_the_term(offset in 0..1000_i32, term in 1..40_u16) {
        let calendar = Calendar::national();
        let start = date(2024, 1, 1).saturating_add(offset.days());
        let Ok(deadline) = calendar.deadline_after(start, days(term)) else {
            prop_assert!(start.saturating_add(90.days()).year() > 2026);
            return Ok(());
        };
        prop_assert_eq!(calendar.is_working_day(deadline), Ok(true));
        let between = start.series(1.day()).skip(1).take_while(|day| *day <= deadline);
        let working = between.filter(|day| calendar.is_working_day(*day) == Ok(true)).count();
        prop_assert_eq!(working, usize::from(term));
    }

    /// Without announced days the week alone decides.
    #[test]
    fn a_plain_year_works_monday_to_friday(offset in 0..365_i32) {
        let calendar = Calendar::parse("year 2030").unwrap();
        let day = date(2030, 1, 1).saturating_add(offset.days());
        let weekend = matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday);
        prop_assert_eq!(calendar.is_working_day(day), Ok(!weekend));
    }

    #[test]
    fn no_text_panics(text in any::<String>()) {
        let _ = Calendar::parse(&text);
    }

    #[test]
    fn no_likely_text_panics(text in "(year|off|work) -?[0-9]{1,6}(-[0-9]{1,2}-[0-9]{1,2})?(\\.\\.[0-9]{4}-12-31)?\n(off|work) [0-9]{4}-[01][0-9]-[0-3][0-9]") {
        let _ = Calendar::parse(&text);
    }
}
