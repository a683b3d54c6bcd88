//! Setting where a person's messages go.

use xuanhao_chassis::db::Tx;
use xuanhao_chassis::idempotency::{Key, Scope};
use xuanhao_chassis::ids::{AccountId, PersonId, RequestId};
use xuanhao_proto::notification::v1 as pb;
use xuanhao_vocabulary::Mobile;

use super::App;
use crate::domain::template::Language;
use crate::error::Error;
use crate::store::contact_point::{self, ContactPoint};

/// What is set.
#[derive(Debug)]
pub struct SetContactPoint {
    /// The calling service.
    pub caller: &'static str,
    /// Its request id.
    pub request_id: RequestId,
    /// The person.
    pub person_id: PersonId,
    /// Whose inbox shows the person's messages.
    pub account_id: AccountId,
    /// The number, proved by the caller.
    pub mobile: Mobile,
    /// Language of messages.
    pub language: Language,
}

impl App {
    /// Sets a contact point; once per request.
    ///
    /// # Errors
    /// When the database or the key store cannot be asked.
    pub async fn set_contact_point(
        &self,
        command: SetContactPoint,
        recognised: &pb::SetContactPointRequest,
    ) -> Result<pb::SetContactPointResponse, Error> {
        let now = self.clock.now();
        let mobile = self
            .sealer
            .seal(
                command.person_id,
                contact_point::MOBILE,
                command.mobile.e164(),
            )
            .await?;
        let point = ContactPoint {
            person_id: command.person_id,
            account_id: command.account_id,
            mobile,
            language: command.language,
        };
        let scope = Scope::Service(command.caller);
        let key = Key::new(
            &scope,
            "notification.set_contact_point",
            command.request_id,
            now,
        );
        self.db
            .run_once(
                "notification.set_contact_point",
                &key,
                recognised,
                async |tx: &mut Tx| {
                    contact_point::set(tx, &point, now).await?;
                    Ok::<_, Error>(pb::SetContactPointResponse {})
                },
            )
            .await
    }
}
