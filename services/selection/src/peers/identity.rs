//! Whose an account is.

use std::fmt;

use xuanhao_chassis::grpc::{CallExt, ClientChannel, call};
use xuanhao_chassis::ids::{AccountId, PersonId};
use xuanhao_proto::identity::v1 as wire;
use xuanhao_proto::identity::v1::identity_service_client::IdentityServiceClient;

use super::failure;
use crate::domain::policy::Level;
use crate::error::Error;

/// The holder of an account. Asked for when it is needed and kept nowhere.
#[derive(Clone)]
pub(crate) struct Holder {
    pub(crate) person: PersonId,
    /// Keyed blind index of the person.
    pub(crate) person_key: Vec<u8>,
    pub(crate) full_name: String,
    pub(crate) resident_id: String,
    pub(crate) level: Level,
}

impl fmt::Debug for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Holder")
            .field("person", &self.person)
            .finish_non_exhaustive()
    }
}

/// The identity service.
#[derive(Debug, Clone)]
pub(crate) struct Identity(IdentityServiceClient<ClientChannel>);

impl Identity {
    pub(super) fn new(channel: ClientChannel) -> Self {
        Self(IdentityServiceClient::new(channel))
    }

    /// The holder of an account.
    pub(crate) async fn holder(&self, account: AccountId) -> Result<Holder, Error> {
        let message = wire::GetHolderRequest {
            account_id: account.to_string(),
        };
        let answer = self.0.clone().get_holder(call(message).idempotent()).await;
        let holder = answer.map_err(failure)?.into_inner();
        let level = match holder.level() {
            wire::RegistrationLevel::Unspecified | wire::RegistrationLevel::Online => Level::Online,
            wire::RegistrationLevel::FaceToFace => Level::FaceToFace,
            wire::RegistrationLevel::RealPerson => Level::RealPerson,
        };
        if holder.person_key.is_empty() {
            return Err(Error::PeerAnswer("person_key"));
        }
        Ok(Holder {
            person: holder
                .person_id
                .parse()
                .map_err(|_| Error::PeerAnswer("person_id"))?,
            person_key: holder.person_key,
            full_name: holder.full_name,
            resident_id: holder.resident_id,
            level,
        })
    }
}
