//! A policy: the rules of an office as one typed document.
//!
//! Presets are documents like any other. Every field is listed in [`FIELDS`] with its unit, its
//! range and its [`Mark`]: *frozen* fields are those of the policy in force when an application's
//! information was locked, *live* fields those in force now.

mod document;
mod fields;
mod sections;
#[cfg(test)]
pub(crate) mod tests;

use serde::{Deserialize, Serialize};

#[cfg(test)]
pub(crate) use document::Invalid;
pub(crate) use document::{Difference, describe, difference};
#[cfg(test)]
pub(crate) use fields::FIELDS;
pub(crate) use fields::Field;
pub(crate) use sections::{
    Appeal, Challenge, ChargeOnMiss, Compose, Draw, Eligible, Hours, Keyboard, Lapse, Level,
    MoreTime, Permissions, ProofKind, PurchaseProof, Reminders, Return, Service, Tab, Undo, Validity, Window,
};

/// The rules of an office.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Policy {
    /// What people call it.
    pub(crate) name: String,
    /// When selecting is served.
    pub(crate) service: Service,
    /// Which vehicles take part.
    pub(crate) eligible: Eligible,
    /// Who may do what.
    pub(crate) permissions: Permissions,
    /// What proves the purchase, and what is asked beside it.
    pub(crate) purchase_proof: PurchaseProof,
    /// 自编选号.
    pub(crate) compose: Compose,
    /// 随机选号.
    pub(crate) draw: Draw,
    /// The on-screen keyboard.
    pub(crate) keyboard: Keyboard,
    /// What the page does when composing is used up.
    pub(crate) tab: Tab,
    /// More time for people who need it.
    pub(crate) more_time: MoreTime,
    /// The SMS checks before selecting and after choosing.
    pub(crate) challenge: Challenge,
    /// How long a confirmed number waits.
    pub(crate) validity: Validity,
    /// Messages before the deadline.
    pub(crate) reminders: Reminders,
    /// Taking a confirmed number back.
    pub(crate) undo: Undo,
    /// What a missed deadline leads to.
    pub(crate) lapse: Lapse,
    /// Appeals.
    pub(crate) appeal: Appeal,
    /// How an ended number comes back.
    #[serde(rename = "return")]
    pub(crate) returned: Return,
    /// Selecting at the window.
    pub(crate) window: Window,
}
