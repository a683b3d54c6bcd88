//! The list of the rules' fields.

use std::fmt;

use serde_json::Value;

/// When a change of a field takes effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// For segments released later.
    Frozen,
    /// At once.
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
pub enum Range {
    /// A slug.
    Name,
    /// True or false.
    Switch,
    /// A whole number, both ends included.
    Whole(u32, u32),
}

impl Range {
    pub(super) fn accepts(self, value: &Value) -> bool {
        match self {
            Self::Name => value.as_str().is_some_and(is_slug),
            Self::Switch => value.is_boolean(),
            Self::Whole(min, max) => value
                .as_u64()
                .is_some_and(|number| (u64::from(min)..=u64::from(max)).contains(&number)),
        }
    }
}

impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name => f.write_str("a–z 0–9 -, 1–64"),
            Self::Switch => f.write_str("true, false"),
            Self::Whole(min, max) => write!(f, "{min}–{max}"),
        }
    }
}

fn is_slug(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=64).contains(&text.len()) && text.bytes().all(plain)
}

/// A field of the rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field {
    /// Its dotted path.
    pub path: &'static str,
    /// What its value counts.
    pub unit: &'static str,
    /// When a change takes effect.
    pub mark: Mark,
    /// What it may hold.
    pub range: Range,
}

const fn field(path: &'static str, unit: &'static str, mark: Mark, range: Range) -> Field {
    Field {
        path,
        unit,
        mark,
        range,
    }
}

/// Every field, sorted by path.
pub const FIELDS: &[Field] = &[
    field(
        "activation.share_percent",
        "percent",
        Mark::Live,
        Range::Whole(0, 100),
    ),
    field(
        "batch.min_numbers",
        "numbers",
        Mark::Live,
        Range::Whole(1, 1_000_000),
    ),
    field("compose.all_zero", "switch", Mark::Live, Range::Switch),
    field(
        "compose.max_equal_digits",
        "digits",
        Mark::Live,
        Range::Whole(1, 6),
    ),
    field("name", "name", Mark::Live, Range::Name),
    field(
        "release.notice_h",
        "hours",
        Mark::Live,
        Range::Whole(0, 2_160),
    ),
    field(
        "segment.open_within_days",
        "days",
        Mark::Frozen,
        Range::Whole(0, 90),
    ),
    field(
        "segment.random_only_days",
        "days",
        Mark::Frozen,
        Range::Whole(0, 90),
    ),
];
