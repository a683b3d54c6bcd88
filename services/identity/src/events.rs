//! Facts identity publishes. It consumes none.

use jiff::Timestamp;
use prost::Message;
use xuanhao_chassis::ids::EventId;
use xuanhao_chassis::outbox::Event;
use xuanhao_proto::identity::v1 as pb;

use crate::domain::holder::HolderKind;
use crate::domain::level::Level;
use crate::store::account::Account;

/// `account.registered`: a person registered an account.
pub(crate) fn account_registered(account: &Account) -> Event {
    let fact = pb::AccountRegistered {
        account_id: account.account_id.to_string(),
        level: level(account.level).into(),
    };
    Event {
        // Also the request id under which notification is told the contact point.
        id: account.contact_request_id,
        kind: "account.registered".into(),
        province: account.province.to_string(),
        office: None,
        aggregate_kind: "account".into(),
        aggregate_id: account.account_id.to_string(),
        version: account.version,
        occurred_at: account.registered_at,
        payload: fact.encode_to_vec(),
    }
}

/// `account.enrolled`: an officer enrolled the account's holder face to face, or enrolled it anew.
pub(crate) fn account_enrolled(account: &Account, id: EventId, now: Timestamp) -> Event {
    let fact = pb::AccountEnrolled {
        account_id: account.account_id.to_string(),
        level: level(account.level).into(),
        kind: kind(account.kind()).into(),
    };
    Event {
        id,
        kind: "account.enrolled".into(),
        // Where it happened: an account of one province's portal may be enrolled in another.
        province: account
            .office
            .map_or(account.province, |office| office.province())
            .to_string(),
        office: account.office.map(|office| office.to_string()),
        aggregate_kind: "account".into(),
        aggregate_id: account.account_id.to_string(),
        version: account.version,
        occurred_at: now,
        payload: fact.encode_to_vec(),
    }
}

/// Whose an account is, in the contract's words.
pub(crate) fn kind(kind: HolderKind) -> pb::HolderKind {
    match kind {
        HolderKind::Person => pb::HolderKind::Person,
        HolderKind::Organisation => pb::HolderKind::Organisation,
    }
}

/// The level in the contract's words.
pub(crate) fn level(level: Level) -> pb::RegistrationLevel {
    match level {
        Level::Online => pb::RegistrationLevel::Online,
        Level::FaceToFace => pb::RegistrationLevel::FaceToFace,
        Level::RealPerson => pb::RegistrationLevel::RealPerson,
    }
}
