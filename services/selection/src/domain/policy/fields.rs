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
pub(crate) enum Range {
    /// A slug.
    Name,
    /// True or false.
    Switch,
    /// A whole number, both ends included.
    Whole(u16, u16),
    /// 0, or a whole number, both ends included.
    ZeroOr(u16, u16),
    /// `null`, or `from` and `to` as times of day.
    Hours,
    /// One of these words.
    Word(&'static [&'static str]),
    /// Some of these words, at least one, none twice.
    Words(&'static [&'static str]),
    /// So many whole numbers at most, each between the other two, none twice.
    Days(usize, u16, u16),
}

impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name => f.write_str("small letters, digits, dashes"),
            Self::Switch => f.write_str("true, false"),
            Self::Whole(min, max) => write!(f, "{min}–{max}"),
            Self::ZeroOr(min, max) => write!(f, "0 or {min}–{max}"),
            Self::Hours => f.write_str("null or {from, to} in Asia/Shanghai"),
            Self::Word(words) => f.write_str(&words.join(", ")),
            Self::Words(words) => write!(f, "some of {}", words.join(", ")),
            Self::Days(most, min, max) => write!(f, "up to {most} of {min}–{max}"),
        }
    }
}

/// A field of a policy.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Field {
    /// Its dotted path.
    pub(crate) path: &'static str,
    /// What its value counts.
    pub(crate) unit: &'static str,
    /// When a change takes effect.
    pub(crate) mark: Mark,
    /// What it may hold.
    pub(crate) range: Range,
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

const LEVEL: Range = Range::Word(&["online", "face_to_face", "real_person"]);
const CLASSES: Range = Range::Words(&["small", "large", "nev_small", "nev_large"]);
const PROOFS: Range = Range::Words(&["paper_invoice", "electronic_invoice"]);

/// Every field, sorted by path.
pub(crate) const FIELDS: &[Field] = &[
    live(
        "appeal.decide_within_days",
        "working days",
        Range::Whole(1, 60),
    ),
    live("appeal.within_days", "days", Range::Whole(1, 365)),
    frozen("challenge.after_choosing", "switch", Range::Switch),
    frozen("challenge.before_selecting", "switch", Range::Switch),
    frozen("challenge.choice_ttl_s", "seconds", Range::Whole(30, 600)),
    live("challenge.confirm_delay_s", "seconds", Range::Whole(0, 60)),
    frozen("compose.batch_max", "wishes", Range::Whole(1, 20)),
    live("compose.captcha", "switch", Range::Switch),
    frozen(
        "compose.charge_on_miss",
        "word",
        Range::Word(&["per_wish", "per_check"]),
    ),
    frozen("compose.forfeit_on_lapse", "switch", Range::Switch),
    frozen("compose.hold_ttl_s", "seconds", Range::ZeroOr(10, 600)),
    live("compose.interval_s", "seconds", Range::Whole(0, 600)),
    frozen("compose.quota", "wishes", Range::Whole(0, 100)),
    frozen("draw.basket", "switch", Range::Switch),
    frozen("draw.basket_ttl_s", "seconds", Range::Whole(10, 600)),
    live("draw.captcha", "switch", Range::Switch),
    frozen("draw.column_ttl_s", "seconds", Range::Whole(10, 600)),
    frozen("draw.count", "numbers", Range::Whole(1, 50)),
    frozen("draw.exclude_four", "switch", Range::Switch),
    frozen("draw.quota", "rounds", Range::Whole(0, 50)),
    frozen("eligible.classes", "classes", CLASSES),
    frozen("eligible.events", "events", Range::Words(&["new_purchase"])),
    live("keyboard.scramble", "switch", Range::Switch),
    frozen("lapse.blacklist_years", "years", Range::Whole(0, 10)),
    frozen("lapse.late_proof_days", "days", Range::Whole(0, 365)),
    live("more_time.factor", "times", Range::Whole(1, 3)),
    frozen("name", "name", Range::Name),
    live("permissions.appeal", "level", LEVEL),
    live("permissions.preselect", "level", LEVEL),
    live("permissions.query", "level", LEVEL),
    frozen("purchase_proof.address", "switch", Range::Switch),
    frozen("purchase_proof.kinds", "kinds", PROOFS),
    live("reminders.days_before", "days", Range::Days(5, 1, 30)),
    live("return.delay_max_h", "hours", Range::Whole(0, 2160)),
    live("return.delay_min_h", "hours", Range::Whole(0, 2160)),
    live("return.random_only_days", "days", Range::Whole(0, 90)),
    live("service.hours", "times of day", Range::Hours),
    live("service.paused", "switch", Range::Switch),
    live("tab.auto_jump", "switch", Range::Switch),
    frozen("undo.within_min", "minutes", Range::Whole(0, 60)),
    frozen("validity.working_days", "working days", Range::Whole(1, 30)),
    live("window.draw_count", "numbers", Range::Whole(1, 50)),
    live("window.draw_quota", "rounds", Range::Whole(0, 10)),
    live("window.draw_ttl_s", "seconds", Range::Whole(10, 600)),
    live("window.wishes", "wishes", Range::Whole(0, 20)),
];
