//! The list of a policy's fields.

use std::fmt;

/// When a change of a field takes effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mark {
    /// For applications whose information is locked later.
    Frozen,
    /// At once, for everybody.
    Live,
}

impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Frozen => "frozen",
            Self::Live => "live",
        })
    }
}

/// What a field may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Range {
    /// A slug.
    Name,
    /// True or false.
    Switch,
    /// A whole number, both ends included.
    Whole(u16, u16),
    /// `null`, or `from` and `to` as times of day.
    Hours,
    /// One of the registration levels.
    Level,
    /// Some of the plate classes.
    Classes,
}

/// A field of a policy.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Field {
    /// Its dotted path.
    pub(crate) path: &'static str,
    /// What its value counts.
    #[cfg_attr(
        not(test),
        expect(dead_code, reason = "read by the test that keeps the list whole")
    )]
    pub(crate) unit: &'static str,
    /// When a change takes effect.
    #[cfg_attr(
        not(test),
        expect(dead_code, reason = "read by the test that keeps the README true")
    )]
    pub(crate) mark: Mark,
    pub(super) range: Range,
}

const fn frozen(path: &'static str, unit: &'static str, range: Range) -> Field {
    Field {
        path,
        unit,
        mark: Mark::Frozen,
        range,
    }
}

const fn live(path: &'static str, unit: &'static str, range: Range) -> Field {
    Field {
        path,
        unit,
        mark: Mark::Live,
        range,
    }
}

/// Every field, sorted by path.
pub(crate) const FIELDS: &[Field] = &[
    live("challenge.confirm_delay_s", "seconds", Range::Whole(0, 60)),
    frozen("compose.batch_max", "wishes", Range::Whole(1, 20)),
    live("compose.interval_s", "seconds", Range::Whole(0, 600)),
    frozen("compose.quota", "wishes", Range::Whole(0, 100)),
    frozen("draw.basket", "switch", Range::Switch),
    frozen("draw.basket_ttl_s", "seconds", Range::Whole(10, 600)),
    frozen("draw.column_ttl_s", "seconds", Range::Whole(10, 600)),
    frozen("draw.count", "numbers", Range::Whole(1, 50)),
    frozen("draw.exclude_four", "switch", Range::Switch),
    frozen("draw.quota", "rounds", Range::Whole(0, 50)),
    frozen("eligible.classes", "classes", Range::Classes),
    frozen("lapse.blacklist_years", "years", Range::Whole(0, 10)),
    frozen("lapse.late_proof_days", "days", Range::Whole(0, 365)),
    frozen("name", "name", Range::Name),
    live("registration.min_level", "level", Range::Level),
    live("return.delay_max_h", "hours", Range::Whole(0, 2160)),
    live("return.delay_min_h", "hours", Range::Whole(0, 2160)),
    live("return.random_only_days", "days", Range::Whole(0, 90)),
    live("service.hours", "times of day", Range::Hours),
    live("service.paused", "switch", Range::Switch),
    frozen("validity.working_days", "working days", Range::Whole(1, 30)),
];
