//! The one registry of reasons: every way the system says no, for every service.
//!
//! A service answers with a [`Reason`] and typed parameters, never with prose; the catalogue turns
//! both into text for the portal, the console and `xuanctl`. A code is never renamed and never used
//! again for something else, because clients keep it.
//!
//! To add one: a line in `registry.rs` and a line in each file of `catalogue/`.

mod catalogue;
mod locale;
mod registry;

pub use locale::Locale;
pub use registry::Reason;

use std::fmt;

use jiff::{SignedDuration, Timestamp, civil};
use tonic::Code;

/// What kind of refusal a reason is; decides its gRPC code and HTTP status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Our fault; somebody must look.
    Fault,
    /// Not now; the same request may be sent again.
    Busy,
    /// Shed before any work was done.
    Overload,
    /// The caller used up what is his.
    Limited,
    /// The deadline passed.
    Late,
    /// We do not know who calls.
    SignIn,
    /// We know who calls, and he may not.
    Denied,
    /// The request itself is wrong.
    Invalid,
    /// There is no such thing.
    Missing,
    /// There is already such a thing.
    Taken,
    /// The thing's state forbids it.
    Blocked,
    /// Not at this moment: somebody else changed it meanwhile, or its time has not come. Never kept
    /// as a final answer, and not tried again by the channel.
    Conflict,
}

impl Kind {
    /// The gRPC code of this kind.
    pub fn grpc_code(self) -> Code {
        match self {
            Self::Fault => Code::Internal,
            Self::Busy => Code::Unavailable,
            Self::Overload | Self::Limited => Code::ResourceExhausted,
            Self::Late => Code::DeadlineExceeded,
            Self::SignIn => Code::Unauthenticated,
            Self::Denied => Code::PermissionDenied,
            Self::Invalid => Code::InvalidArgument,
            Self::Missing => Code::NotFound,
            Self::Taken => Code::AlreadyExists,
            Self::Blocked => Code::FailedPrecondition,
            Self::Conflict => Code::Aborted,
        }
    }

    /// The HTTP status of this kind.
    pub fn http_status(self) -> u16 {
        match self {
            Self::Fault => 500,
            Self::Busy | Self::Overload => 503,
            Self::Limited => 429,
            Self::Late => 504,
            Self::SignIn => 401,
            Self::Denied => 403,
            Self::Invalid => 400,
            Self::Missing => 404,
            Self::Taken | Self::Blocked | Self::Conflict => 409,
        }
    }
}

/// The type of a reason's parameter; decides how each locale shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Param {
    /// Shown as it is. Never personal data.
    Text,
    /// A stable machine word (`vin`, `too_long`); the catalogue's `words` translate it.
    Word,
    /// A whole number.
    Count,
    /// Whole seconds, shown as hours, minutes and seconds.
    Seconds,
    /// A civil date, `YYYY-MM-DD`.
    Date,
    /// A time of day, `HH:MM`.
    TimeOfDay,
    /// An instant, RFC 3339 in UTC; shown in Asia/Shanghai.
    Instant,
}

/// A parameter's value in its wire form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Value(String);

impl Value {
    /// The wire form.
    pub fn into_string(self) -> String {
        self.0
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

macro_rules! value_from {
    ($($type:ty),*) => {$(
        impl From<$type> for Value {
            fn from(value: $type) -> Self {
                Self(value.to_string())
            }
        }
    )*};
}
value_from!(
    &str,
    u8,
    u16,
    u32,
    u64,
    usize,
    i32,
    i64,
    civil::Date,
    Timestamp
);

impl From<String> for Value {
    fn from(value: String) -> Self {
        Self(value)
    }
}

impl From<civil::Time> for Value {
    fn from(value: civil::Time) -> Self {
        Self(value.strftime("%H:%M").to_string())
    }
}

/// Whole seconds, rounded up: a citizen who waits that long has waited long enough.
impl From<std::time::Duration> for Value {
    fn from(value: std::time::Duration) -> Self {
        Self((value.as_secs() + u64::from(value.subsec_nanos() > 0)).to_string())
    }
}

/// Whole seconds, rounded up; what lies in the past is 0.
impl From<SignedDuration> for Value {
    fn from(value: SignedDuration) -> Self {
        std::time::Duration::try_from(value)
            .unwrap_or_default()
            .into()
    }
}

impl Param {
    /// Whether `value` is a well-formed value of this type.
    pub fn accepts(self, value: &str) -> bool {
        match self {
            Self::Text => true,
            Self::Word => {
                !value.is_empty()
                    && value
                        .bytes()
                        .all(|b| b.is_ascii_alphanumeric() || b"_.[]".contains(&b))
            }
            Self::Count | Self::Seconds => value.parse::<u64>().is_ok(),
            Self::Date => value.parse::<civil::Date>().is_ok(),
            Self::TimeOfDay => value.parse::<civil::Time>().is_ok(),
            Self::Instant => value.parse::<Timestamp>().is_ok(),
        }
    }
}

#[cfg(test)]
mod tests;
