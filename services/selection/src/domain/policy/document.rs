//! Reading a policy document, and telling two of them apart.

use std::collections::BTreeMap;

use serde_json::Value;

use super::Policy;
use super::fields::{FIELDS, Range};

/// Deepest nesting of a policy; deeper things are values.
const SECTION_DEPTH: usize = 1;

/// A document is not a policy.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the policy's field {field} is not what it must be")]
pub(crate) struct Invalid {
    /// The dotted path of the first field at fault; `yaml` for the document as a whole.
    pub(crate) field: String,
}

impl Invalid {
    fn at(field: impl Into<String>) -> Self {
        Self {
            field: field.into(),
        }
    }
}

/// A field that differs between two policies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Difference {
    /// The dotted path.
    pub(crate) field: &'static str,
    /// The value before; empty when there was no policy.
    pub(crate) before: String,
    /// The value after.
    pub(crate) after: String,
}

impl Policy {
    /// Reads a document. Every field must be there, no other may be, and each must lie in its range.
    ///
    /// # Errors
    /// [`Invalid`] with the first field at fault.
    pub(crate) fn from_yaml(text: &str) -> Result<Self, Invalid> {
        let document: Value = serde_saphyr::from_str(text).map_err(|_| Invalid::at("yaml"))?;
        if !document.is_object() {
            return Err(Invalid::at("yaml"));
        }
        let values = flat(&document);
        for path in values.keys() {
            if !FIELDS.iter().any(|field| field.path == path) {
                return Err(Invalid::at(path));
            }
        }
        for field in FIELDS {
            let value = values
                .get(field.path)
                .ok_or_else(|| Invalid::at(field.path))?;
            if !field.range.accepts(value) {
                return Err(Invalid::at(field.path));
            }
        }
        let policy: Self = serde_json::from_value(document).map_err(|_| Invalid::at("yaml"))?;
        policy.check()?;
        Ok(policy)
    }

    /// The rules between fields.
    fn check(&self) -> Result<(), Invalid> {
        if self.compose.quota > 0 && self.compose.batch_max > self.compose.quota {
            return Err(Invalid::at("compose.batch_max"));
        }
        if self.returned.delay_max_h < self.returned.delay_min_h {
            return Err(Invalid::at("return.delay_max_h"));
        }
        // Who may select must be able to look at what he selected.
        if self.permissions.query > self.permissions.preselect {
            return Err(Invalid::at("permissions.query"));
        }
        Ok(())
    }
}

impl Range {
    fn accepts(self, value: &Value) -> bool {
        match self {
            Self::Name => value.as_str().is_some_and(is_slug),
            Self::Switch => value.is_boolean(),
            Self::Whole(min, max) => is_within(value, min, max),
            Self::ZeroOr(min, max) => is_within(value, 0, 0) || is_within(value, min, max),
            Self::Hours => serde_json::from_value::<Option<super::Hours>>(value.clone())
                .is_ok_and(|hours| hours.is_none_or(|hours| hours.from < hours.to)),
            Self::Word(words) => value.as_str().is_some_and(|word| words.contains(&word)),
            Self::Words(words) => distinct(value).is_some_and(|listed| {
                let known = |word: &Value| word.as_str().is_some_and(|word| words.contains(&word));
                !listed.is_empty() && listed.iter().all(known)
            }),
            Self::Days(most, min, max) => distinct(value).is_some_and(|listed| {
                listed.len() <= most && listed.iter().all(|day| is_within(day, min, max))
            }),
        }
    }
}

fn is_within(value: &Value, min: u16, max: u16) -> bool {
    value
        .as_u64()
        .is_some_and(|number| (u64::from(min)..=u64::from(max)).contains(&number))
}

/// A list in which nothing stands twice.
fn distinct(value: &Value) -> Option<&[Value]> {
    let listed = value.as_array()?;
    let twice = |at: usize| listed.iter().take(at).any(|before| *before == listed[at]);
    (!(0..listed.len()).any(twice)).then_some(listed.as_slice())
}

fn is_slug(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

/// What changes when `after` replaces `before`, by path.
pub(crate) fn difference(before: Option<&Policy>, after: &Policy) -> Vec<Difference> {
    let values =
        |policy: &Policy| flat(&serde_json::to_value(policy).expect("a policy is plain data"));
    let before = before.map(values).unwrap_or_default();
    let after = values(after);
    let text = |values: &BTreeMap<String, Value>, path: &str| values.get(path).map(text_of);
    FIELDS
        .iter()
        .filter_map(|field| {
            let (old, new) = (text(&before, field.path), text(&after, field.path));
            (old != new).then(|| Difference {
                field: field.path,
                before: old.unwrap_or_default(),
                after: new.unwrap_or_default(),
            })
        })
        .collect()
}

/// Every field with its value, by path.
pub(crate) fn describe(policy: &Policy) -> Vec<(&'static super::Field, String)> {
    let values = flat(&serde_json::to_value(policy).expect("a policy is plain data"));
    FIELDS
        .iter()
        .map(|field| {
            let value = values.get(field.path).map(text_of);
            (field, value.unwrap_or_default())
        })
        .collect()
}

fn text_of(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

/// The paths of a document's fields, sorted.
#[cfg(test)]
pub(super) fn leaves(document: &Value) -> Vec<String> {
    flat(document).into_keys().collect()
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
            _ => {
                found.insert(prefix.to_owned(), value.clone());
            }
        }
    }
    let mut found = BTreeMap::new();
    walk("", 0, document, &mut found);
    found
}

/// Times of day as `HH:MM`.
pub(super) mod time_of_day {
    use jiff::civil::Time;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(in super::super) fn serialize<S: Serializer>(
        time: &Time,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&time.strftime("%H:%M"))
    }

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Time, D::Error> {
        let text = String::deserialize(deserializer)?;
        if text.len() != "HH:MM".len() {
            return Err(serde::de::Error::custom("a time of day is written HH:MM"));
        }
        Time::strptime("%H:%M", &text).map_err(serde::de::Error::custom)
    }
}
