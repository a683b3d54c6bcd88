//! Facts identity publishes. It consumes none.

use prost::Message;
use xuanhao_chassis::outbox::Event;
use xuanhao_proto::identity::v1 as pb;

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

/// The level in the contract's words.
pub(crate) fn level(level: Level) -> pb::RegistrationLevel {
    match level {
        Level::Online => pb::RegistrationLevel::Online,
        Level::FaceToFace => pb::RegistrationLevel::FaceToFace,
        Level::RealPerson => pb::RegistrationLevel::RealPerson,
    }
}
