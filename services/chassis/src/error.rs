//! How a service says no: a [`Refusal`] is a registered [`Reason`] with its parameters, and travels
//! as a gRPC status with `ErrorInfo`, `BadRequest` and `RetryInfo` details.
//!
//! Faults of ours ([`fault`], [`unavailable`]) become bare reasons on the wire; what really happened
//! stays in the status's source, which the server logs once and never sends.

use std::collections::{BTreeMap, HashMap};
use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tonic::Status;
use tonic_types::{ErrorDetails, StatusExt};

use crate::reason::{Locale, Reason, Value};

/// The `domain` of our `ErrorInfo`.
pub const DOMAIN: &str = "xuanhao";

/// A refusal: final words to the caller, in the registry's terms.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Stored", into = "Stored")]
pub struct Refusal {
    reason: Reason,
    params: BTreeMap<&'static str, String>,
    field: Option<String>,
    retry_after: Option<Duration>,
}

impl Refusal {
    /// A refusal without parameters yet.
    pub fn new(reason: Reason) -> Self {
        Self {
            reason,
            params: BTreeMap::new(),
            field: None,
            retry_after: None,
        }
    }

    /// Adds a parameter the registry declares for this reason.
    ///
    /// A name or value the registry does not know is a programming error: it fails tests and is left
    /// out in production.
    #[must_use]
    pub fn param(mut self, name: &str, value: impl Into<Value>) -> Self {
        let value = value.into().into_string();
        let declared = self
            .reason
            .params()
            .iter()
            .find(|(known, _)| *known == name);
        debug_assert!(
            declared.is_some_and(|(_, param)| param.accepts(&value)),
            "{} does not take {name}={value}",
            self.reason.code(),
        );
        if let Some((known, _)) = declared {
            self.params.insert(known, value);
        }
        self
    }

    /// Names the request field at fault, as the proto spells it (`vehicle.vin`, `wishes[2]`).
    #[must_use]
    pub fn on_field(mut self, field: impl Into<String>) -> Self {
        self.field = Some(field.into());
        self
    }

    /// Tells the caller when to try again.
    #[must_use]
    pub fn retry_after(mut self, after: Duration) -> Self {
        self.retry_after = Some(after);
        self
    }

    /// A mandatory field was left empty.
    pub fn required(field: &str) -> Self {
        Self::new(Reason::FieldRequired)
            .param("field", field)
            .on_field(field)
    }

    /// A field breaks a rule; `rule` is a word of the catalogue (`too_long`, `not_a_date`).
    pub fn invalid(field: &str, rule: &str) -> Self {
        Self::new(Reason::FieldInvalid)
            .param("field", field)
            .param("rule", rule)
            .on_field(field)
    }

    /// There is no such thing; `kind` is a word of the catalogue (`application`, `batch`).
    pub fn not_found(kind: &str) -> Self {
        Self::new(Reason::NotFound).param("kind", kind)
    }

    /// Why.
    pub fn reason(&self) -> Reason {
        self.reason
    }

    /// The parameters in wire form.
    pub fn params(&self) -> &BTreeMap<&'static str, String> {
        &self.params
    }

    /// The field at fault, if one is.
    pub fn field(&self) -> Option<&str> {
        self.field.as_deref()
    }

    /// How long to wait before trying again, if that was said.
    pub fn retry_delay(&self) -> Option<Duration> {
        self.retry_after
    }

    /// The text for the person.
    pub fn text(&self, locale: Locale) -> String {
        self.reason.text(locale, &self.params)
    }

    /// Reads a refusal out of a peer's status. `None` if the status carries no reason of ours, or one
    /// this program is too old to know.
    pub fn from_status(status: &Status) -> Option<Self> {
        let details = status.check_error_details().ok()?;
        let info = details.error_info().filter(|info| info.domain == DOMAIN)?;
        let reason = Reason::from_code(&info.reason)?;
        let violation = details
            .bad_request()
            .and_then(|bad| bad.field_violations.first());
        Some(Self {
            reason,
            params: known_params(reason, |name| info.metadata.get(name).cloned()),
            field: violation.map(|violation| violation.field.clone()),
            retry_after: details.retry_info().and_then(|retry| retry.retry_delay),
        })
    }
}

fn known_params(
    reason: Reason,
    value: impl Fn(&str) -> Option<String>,
) -> BTreeMap<&'static str, String> {
    let declared = reason.params().iter();
    declared
        .filter_map(|(name, param)| Some((*name, value(name).filter(|v| param.accepts(v))?)))
        .collect()
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.reason.code())
    }
}

impl StdError for Refusal {}

impl From<Reason> for Refusal {
    fn from(reason: Reason) -> Self {
        Self::new(reason)
    }
}

impl From<Refusal> for Status {
    fn from(refusal: Refusal) -> Self {
        let code = refusal.reason.code();
        let metadata: HashMap<String, String> = refusal
            .params
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect();
        let mut details = ErrorDetails::new();
        details.set_error_info(code, DOMAIN, metadata);
        if let Some(field) = refusal.field {
            details.add_bad_request_violation(field, code);
        }
        if let Some(after) = refusal.retry_after {
            details.set_retry_info(Some(after));
        }
        Status::with_error_details(refusal.reason.kind().grpc_code(), code, details)
    }
}

/// Our fault: `INTERNAL` to the caller, the cause to the log.
pub fn fault(cause: impl Into<Box<dyn StdError + Send + Sync>>) -> Status {
    caused(Refusal::new(Reason::Internal), cause)
}

/// Something we need is away: `UNAVAILABLE` to the caller, the cause to the log.
pub fn unavailable(cause: impl Into<Box<dyn StdError + Send + Sync>>) -> Status {
    caused(
        Refusal::new(Reason::Unavailable).retry_after(Duration::from_secs(1)),
        cause,
    )
}

/// A refusal whose cause is worth a log entry.
pub fn caused(refusal: Refusal, cause: impl Into<Box<dyn StdError + Send + Sync>>) -> Status {
    let mut status = Status::from(refusal);
    status.set_source(Arc::from(cause.into()));
    status
}

/// An error with the errors below it, joined by `: `; for logs only.
pub fn chain(error: &dyn StdError) -> String {
    let mut text = error.to_string();
    let mut below = error.source();
    while let Some(source) = below {
        text.push_str(": ");
        text.push_str(&source.to_string());
        below = source.source();
    }
    text
}

/// The stored form of a refusal (JSON), kept beside a request id.
#[derive(Serialize, Deserialize)]
struct Stored {
    reason: String,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    params: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    field: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    retry_after_ms: Option<u64>,
}

impl From<Refusal> for Stored {
    fn from(refusal: Refusal) -> Self {
        let params = refusal
            .params
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value));
        Self {
            reason: refusal.reason.code().to_owned(),
            params: params.collect(),
            field: refusal.field,
            retry_after_ms: refusal
                .retry_after
                .map(|after| u64::try_from(after.as_millis()).unwrap_or(u64::MAX)),
        }
    }
}

/// A stored refusal has a code this program does not know.
#[derive(Debug, thiserror::Error)]
#[error("unknown reason code")]
pub struct UnknownReason;

impl TryFrom<Stored> for Refusal {
    type Error = UnknownReason;

    fn try_from(stored: Stored) -> Result<Self, UnknownReason> {
        let reason = Reason::from_code(&stored.reason).ok_or(UnknownReason)?;
        Ok(Self {
            reason,
            params: known_params(reason, |name| stored.params.get(name).cloned()),
            field: stored.field,
            retry_after: stored.retry_after_ms.map(Duration::from_millis),
        })
    }
}

#[cfg(test)]
mod tests;
