//! Who asks, and under which request id.

use jiff::Timestamp;
use prost::Message;
use uuid::Uuid;
use xuanhao_chassis::db::{self, Tx};
use xuanhao_chassis::error::Refusal;
use xuanhao_chassis::idempotency::{Key, Replay, Scope, begin, hash_of};
use xuanhao_chassis::ids::{AccountId, RequestId, SessionId, StaffId};
use xuanhao_chassis::reason::Reason;
use xuanhao_vocabulary::{OfficeId, ProvinceId};

use super::App;
use crate::domain::operation::Channel;
use crate::domain::policy::Level;
use crate::error::Error;
use crate::store::audit;

/// A signed-in citizen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Citizen {
    pub(crate) account: AccountId,
    pub(crate) level: Level,
    /// The web session he calls from: an identity check counts for one.
    pub(crate) session: SessionId,
}

/// Who has an operation done.
#[derive(Debug, Clone)]
pub(crate) enum Who {
    /// A citizen, for himself.
    Citizen(Citizen),
    /// An officer at the window, for the citizen who stands there (R-SEL-12).
    Officer(Staff),
}

impl Who {
    /// Whose request ids his are (P2).
    pub(super) fn scope(&self) -> Scope {
        match self {
            Self::Citizen(citizen) => Scope::Account(citizen.account),
            Self::Officer(staff) => Scope::Staff(staff.id),
        }
    }

    /// Where he chooses.
    pub(super) fn channel(&self) -> Channel {
        match self {
            Self::Citizen(_) => Channel::Internet,
            Self::Officer(_) => Channel::Window,
        }
    }

    /// Who acts.
    pub(super) fn actor(&self) -> Uuid {
        match self {
            Self::Citizen(citizen) => citizen.account.as_uuid(),
            Self::Officer(staff) => staff.id.as_uuid(),
        }
    }
}

/// A member of staff with what he says why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Staff {
    pub(crate) id: StaffId,
    pub(crate) province: String,
    /// Empty for the whole province.
    pub(crate) offices: Vec<String>,
}

impl Staff {
    /// Whether he works for the office.
    ///
    /// # Errors
    /// `OUTSIDE_YOUR_OFFICE`.
    pub(crate) fn check_serves(&self, office: OfficeId) -> Result<(), Error> {
        let served =
            self.offices.is_empty() || self.offices.iter().any(|own| own == office.as_str());
        if served && self.province == office.province().as_str() {
            Ok(())
        } else {
            Err(Reason::OutsideYourOffice.into())
        }
    }

    /// The province he works for as a whole.
    ///
    /// # Errors
    /// `OUTSIDE_YOUR_OFFICE` for one who works for single offices.
    pub(crate) fn whole_province(&self) -> Result<ProvinceId, Error> {
        if !self.offices.is_empty() {
            return Err(Reason::OutsideYourOffice.into());
        }
        ProvinceId::parse(&self.province).map_err(|_| Reason::OutsideYourOffice.into())
    }
}

/// Who reads what became of selections.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Reader {
    /// A member of staff, within his province or offices.
    Staff(Staff),
    /// The national platform: everything this installation knows.
    Nation,
}

impl Reader {
    /// Whether selections of the office are his to see.
    pub(super) fn sees(&self, office: OfficeId) -> bool {
        match self {
            Self::Staff(staff) => staff.check_serves(office).is_ok(),
            Self::Nation => true,
        }
    }

    /// The province whose feed he reads; none for all.
    ///
    /// # Errors
    /// `OUTSIDE_YOUR_OFFICE` for staff who work for single offices.
    pub(super) fn feed_province(&self) -> Result<Option<ProvinceId>, Error> {
        match self {
            Self::Staff(staff) => staff.whole_province().map(Some),
            Self::Nation => Ok(None),
        }
    }
}

/// The request as it came, to tell another one under the same id.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub(crate) struct Fingerprint {
    #[prost(bytes = "vec", tag = "1")]
    pub(crate) request: Vec<u8>,
}

/// A write: its request id and fingerprint.
#[derive(Debug, Clone)]
pub(crate) struct Act {
    pub(crate) request_id: RequestId,
    pub(crate) fingerprint: Fingerprint,
}

impl Act {
    /// The key its answer is kept under.
    pub(super) fn key(&self, scope: &Scope, method: &'static str, now: Timestamp) -> Key {
        Key::new(scope, method, self.request_id, now)
    }
}

/// What is kept of an answer: enough to give it again.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub(crate) struct Done {
    /// What the answer is about, if it has an id.
    #[prost(string, tag = "1")]
    pub(crate) subject: String,
    /// A version, if it has one.
    #[prost(int32, tag = "2")]
    pub(crate) version: i32,
    /// More of it, as JSON.
    #[prost(string, tag = "3")]
    pub(crate) details: String,
}

impl Done {
    pub(super) fn about(subject: impl ToString) -> Self {
        Self {
            subject: subject.to_string(),
            ..Self::default()
        }
    }
}

/// A reason of staff, stripped.
///
/// # Errors
/// `STAFF_REASON_REQUIRED`, `FIELD_TOO_LONG`.
pub(super) fn check_reason(reason: &str) -> Result<String, Error> {
    const LONGEST: usize = 500;
    let reason = reason.trim();
    if reason.is_empty() {
        return Err(Refusal::new(Reason::StaffReasonRequired)
            .on_field("reason")
            .into());
    }
    // What Postgres cannot keep as text nobody types.
    if reason.contains('\0') {
        return Err(Refusal::invalid("reason", "wrong_format").into());
    }
    if reason.chars().count() > LONGEST {
        let refusal = Refusal::new(Reason::FieldTooLong).param("field", "reason");
        return Err(refusal.param("max", LONGEST).on_field("reason").into());
    }
    Ok(reason.to_owned())
}

impl App {
    /// The kept answer of a request that was answered before (P2). Asked where peers would be asked
    /// before the transaction.
    ///
    /// # Errors
    /// The kept refusal; `REQUEST_ID_REUSED`.
    pub(super) async fn answered(&self, key: &Key, act: &Act) -> Result<Option<Done>, Error> {
        let hash = hash_of(&act.fingerprint);
        let replay = self
            .db
            .run_tx("selection.find_answer", async |tx: &mut Tx| {
                Ok::<_, Error>(begin(tx, key, hash).await?)
            })
            .await?;
        match replay {
            Replay::New => Ok(None),
            Replay::Refused(refusal) => Err(refusal.into()),
            Replay::Response(bytes) => {
                Ok(Some(Done::decode(bytes.as_slice()).map_err(|source| {
                    db::Error::corrupt("response", source)
                })?))
            }
        }
    }

    /// An audit entry of an act on an office.
    pub(super) fn entry(
        &self,
        staff: &Staff,
        office: OfficeId,
        act: &'static str,
        subject: impl ToString,
        reason: &str,
        details: serde_json::Value,
    ) -> audit::Entry {
        audit::Entry {
            id: self.entry_id(),
            province: office.province(),
            office: Some(office),
            act,
            subject: subject.to_string(),
            actor: staff.id.as_uuid(),
            on_behalf_of: None,
            reason: reason.to_owned(),
            details,
        }
    }

    /// An id for a row that nobody names.
    pub(super) fn entry_id(&self) -> Uuid {
        self.ids
            .next::<xuanhao_chassis::ids::kind::Event>()
            .as_uuid()
    }
}
