//! Accepting a message: durable first, sent later.

use jiff::Timestamp;
use xuanhao_chassis::db::Tx;
use xuanhao_chassis::error::Refusal;
use xuanhao_chassis::idempotency::{Key, Scope};
use xuanhao_chassis::ids::{MessageId, PersonId, RequestId};
use xuanhao_chassis::reason::Reason;
use xuanhao_proto::notification::v1 as pb;
use xuanhao_vocabulary::{Mobile, OfficeId, ProvinceId};
use zeroize::Zeroizing;

use super::App;
use crate::domain::template::{Language, Misfit, Template, Values};
use crate::error::Error;
use crate::provider::Wiped;
use crate::store::{contact_point, message};

/// Who gets a message.
#[derive(Debug)]
pub enum Recipient {
    /// The contact point of this person.
    Person(PersonId),
    /// A number without a contact point.
    Stranger(Mobile),
}

/// A message to be accepted.
#[derive(Debug)]
pub struct Enqueue {
    /// The calling service.
    pub caller: &'static str,
    /// Its request id.
    pub request_id: RequestId,
    /// On whose behalf.
    pub province: ProvinceId,
    /// On whose behalf, where an office is concerned.
    pub office: Option<OfficeId>,
    /// Name of the template.
    pub template: String,
    /// Language; a contact point's own language goes before it.
    pub language: Language,
    /// Who gets it.
    pub recipient: Recipient,
    /// Values shown as given.
    pub parameters: Values,
    /// Values that must not outlive sending.
    pub secrets: Zeroizing<Wiped>,
    /// No use in sending it later.
    pub expires_at: Timestamp,
}

impl App {
    /// Accepts a message; once per request.
    ///
    /// # Errors
    /// `TEMPLATE_UNKNOWN`, `FIELD_REQUIRED` or `FIELD_INVALID` for values that do not fit,
    /// `TEMPLATE_NOT_APPROVED` for a text no provider sends, and `CONTACT_POINT_UNKNOWN`, which may be asked again, because identity tells contact points
    /// after it has registered an account.
    pub async fn enqueue(
        &self,
        command: Enqueue,
        recognised: &pb::EnqueueMessageRequest,
    ) -> Result<pb::EnqueueMessageResponse, Error> {
        let template = Template::find(&command.template)
            .ok_or_else(|| Refusal::new(Reason::TemplateUnknown))?;
        template
            .check(&command.parameters, &command.secrets.0)
            .map_err(refusal_of)?;
        let (now, message_id) = (self.clock.now(), self.ids.next());
        let new = self.sealed(command, message_id).await?;
        let sent_by = self.senders(&new.message.template, new.message.language);
        if sent_by.await?.is_empty() {
            return Err(Refusal::new(Reason::TemplateNotApproved).into());
        }
        let scope = Scope::Service(new.caller);
        let key = Key::new(&scope, "notification.enqueue_message", new.request_id, now)
            .kept_until(new.message.expires_at);
        let response = self
            .db
            .run_once(
                "notification.enqueue_message",
                &key,
                recognised,
                async |tx: &mut Tx| {
                    message::add(tx, &new.message, now).await?;
                    Ok::<_, Error>(pb::EnqueueMessageResponse {
                        message_id: message_id.to_string(),
                    })
                },
            )
            .await?;
        self.due.raise();
        Ok(response)
    }

    async fn sealed(&self, command: Enqueue, message_id: MessageId) -> Result<Sealed, Error> {
        let (person_id, account_id, language, mobile) = match command.recipient {
            Recipient::Person(person_id) => {
                let mut connection = self.db.pool().acquire().await?;
                let point = contact_point::lookup(&mut connection, person_id).await?;
                let point = point.ok_or_else(|| Refusal::new(Reason::ContactPointUnknown))?;
                (person_id, Some(point.account_id), point.language, None)
            }
            Recipient::Stranger(mobile) => {
                // A key of the message's own: nobody else's data is sealed under it.
                let person_id = PersonId::from_uuid(message_id.as_uuid());
                let sealed = self
                    .sealer
                    .seal(person_id, message::MOBILE, mobile.e164())
                    .await?;
                (person_id, None, command.language, Some(sealed))
            }
        };
        let secrets = if command.secrets.0.is_empty() {
            None
        } else {
            let json = serde_json::to_vec(&command.secrets.0).expect("strings are JSON");
            let json = Zeroizing::new(json);
            Some(
                self.sealer
                    .seal(person_id, message::SECRETS, json.as_slice())
                    .await?,
            )
        };
        Ok(Sealed {
            caller: command.caller,
            request_id: command.request_id,
            message: message::NewMessage {
                message_id,
                province: command.province,
                office: command.office,
                template: command.template,
                language,
                person_id,
                account_id,
                mobile,
                parameters: command.parameters,
                secrets,
                expires_at: command.expires_at,
            },
        })
    }
}

struct Sealed {
    caller: &'static str,
    request_id: RequestId,
    message: message::NewMessage,
}

fn refusal_of(misfit: Misfit) -> Refusal {
    let field = format!("parameters[{}]", misfit.place());
    let refusal = match misfit {
        Misfit::Missing(_) => Refusal::required("parameters"),
        Misfit::Unknown(_) => Refusal::invalid("parameters", "unknown_value"),
        Misfit::TooLong(_) => Refusal::invalid("parameters", "too_long"),
        Misfit::NotText(_) => Refusal::invalid("parameters", "wrong_format"),
    };
    refusal.on_field(field)
}
