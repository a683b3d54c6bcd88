//! The rules of an office's pool as one typed document (R-POOL-02, R-POOL-03, R-POOL-04, GA 36).
//!
//! Presets are documents like any other. Every field is listed in [`FIELDS`] with its unit, its
//! range and its [`Mark`]: *frozen* fields are those in force when a segment was released, *live*
//! fields those in force now.

mod fields;

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use fields::{FIELDS, Field, Mark, Range};

use super::rule::ComposeRule;

/// The document of offices that have none of their own.
pub const DEFAULT: &str = include_str!("../../../presets/default.yaml");

/// Deepest nesting of a document; deeper things are values.
const SECTION_DEPTH: usize = 1;

/// The rules of an office's pool.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PoolRules {
    /// What people call them.
    pub name: String,
    /// When a form of serials may be begun.
    pub activation: Activation,
    /// Batches.
    pub batch: Batch,
    /// Openings.
    pub release: Release,
    /// Segments that open.
    pub segment: Segment,
    /// What may be composed.
    pub compose: Compose,
}

/// When a form of serials may be begun (GA 36).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Activation {
    /// So much of the form before it should be used, in percent.
    pub share_percent: u32,
}

/// Batches (R-POOL-02).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Batch {
    /// The fewest numbers of one.
    pub min_numbers: u32,
}

/// Openings (R-POOL-04).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Release {
    /// From the announcement to the opening at least, in hours.
    pub notice_h: u32,
}

/// Segments that open: drawn only for some days, then open on a day by lot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Segment {
    /// Days of drawing only.
    pub random_only_days: u32,
    /// Within so many days after them the day comes on which composing opens.
    pub open_within_days: u32,
}

/// What may be composed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Compose {
    /// A digit may stand in a serial so often; numbers with more are drawn only.
    pub max_equal_digits: u32,
    /// Whether serials whose digits are all zero may be composed.
    pub all_zero: bool,
}

/// A document holds no rules.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the rules' field {field} is not what it must be")]
pub struct Invalid {
    /// The dotted path of the first field at fault; `yaml` for the document as a whole.
    pub field: String,
}

/// A field that differs between two documents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The dotted path.
    pub field: &'static str,
    /// The value before.
    pub before: String,
    /// The value after.
    pub after: String,
}

impl PoolRules {
    /// Reads a document. Every field must be there, no other may be, and each must lie in its range.
    ///
    /// # Errors
    /// [`Invalid`] with the first field at fault.
    pub fn from_yaml(text: &str) -> Result<Self, Invalid> {
        let at = |field: &str| Invalid {
            field: field.to_owned(),
        };
        let document: Value = serde_saphyr::from_str(text).map_err(|_| at("yaml"))?;
        if !document.is_object() {
            return Err(at("yaml"));
        }
        let values = flat(&document);
        let unknown = |path: &&String| !FIELDS.iter().any(|field| field.path == **path);
        if let Some(path) = values.keys().find(unknown) {
            return Err(at(path));
        }
        for field in FIELDS {
            let value = values.get(field.path).ok_or_else(|| at(field.path))?;
            if !field.range.accepts(value) {
                return Err(at(field.path));
            }
        }
        serde_json::from_value(document).map_err(|_| at("yaml"))
    }

    /// The default preset.
    pub fn preset() -> Self {
        Self::from_yaml(DEFAULT).expect("a test reads the preset")
    }

    /// The values by path, as people read them.
    pub fn values(&self) -> BTreeMap<String, String> {
        let document = serde_json::to_value(self).expect("rules are plain data");
        let text = |value: Value| match value {
            Value::String(text) => text,
            other => other.to_string(),
        };
        flat(&document)
            .into_iter()
            .map(|(path, value)| (path, text(value)))
            .collect()
    }

    /// What changes when these rules come after others.
    pub fn differences(&self, before: &Self) -> Vec<Difference> {
        let (before, after) = (before.values(), self.values());
        let of =
            |values: &BTreeMap<String, String>, path| values.get(path).cloned().unwrap_or_default();
        FIELDS
            .iter()
            .map(|field| Difference {
                field: field.path,
                before: of(&before, field.path),
                after: of(&after, field.path),
            })
            .filter(|difference| difference.before != difference.after)
            .collect()
    }

    /// What these rules keep out of composing, of every class.
    pub fn compose_rules(&self) -> Vec<ComposeRule> {
        let repeated = u8::try_from(self.compose.max_equal_digits + 1)
            .ok()
            .filter(|at_least| *at_least <= LONGEST_SERIAL);
        let repeated = repeated.map(|at_least| ComposeRule::EqualDigits { at_least });
        let zero = (!self.compose.all_zero).then_some(ComposeRule::AllZero);
        repeated.into_iter().chain(zero).collect()
    }

    /// From the announcement to the opening at least.
    pub fn notice(&self) -> SignedDuration {
        SignedDuration::from_hours(i64::from(self.release.notice_h))
    }

    /// How long a number that comes back is drawn only.
    pub fn random_only(&self) -> SignedDuration {
        days(self.segment.random_only_days)
    }

    /// R-POOL-03: until when a segment that opens then is drawn only. The day lies within the window
    /// after the fixed days, by `lot`, which is drawn below [`Self::lots`]; none if it opens at once.
    pub fn random_only_until(&self, opens_at: Timestamp, lot: u64) -> Option<Timestamp> {
        let lot = u32::try_from(lot).unwrap_or(u32::MAX);
        let wait = self.segment.random_only_days.saturating_add(lot);
        (wait > 0).then(|| {
            opens_at
                .saturating_add(days(wait))
                .unwrap_or(Timestamp::MAX)
        })
    }

    /// How many days there are to choose from by lot.
    pub fn lots(&self) -> u64 {
        u64::from(self.segment.open_within_days) + 1
    }
}

/// No digit stands in a serial more often.
const LONGEST_SERIAL: u8 = 6;

fn days(days: u32) -> SignedDuration {
    SignedDuration::from_hours(24 * i64::from(days))
}

fn flat(document: &Value) -> BTreeMap<String, Value> {
    fn walk(prefix: &str, depth: usize, value: &Value, found: &mut BTreeMap<String, Value>) {
        match value {
            Value::Object(section) if depth <= SECTION_DEPTH && !section.is_empty() => {
                for (key, value) in section {
                    let path = if prefix.is_empty() {
                        key.clone()
                    } else {
                        format!("{prefix}.{key}")
                    };
                    walk(&path, depth + 1, value, found);
                }
            }
            _ => _ = found.insert(prefix.to_owned(), value.clone()),
        }
    }
    let mut found = BTreeMap::new();
    walk("", 0, document, &mut found);
    found
}

#[cfg(test)]
mod tests;
