//! Messages to people about what was done with their accounts: written with the act, handed to
//! notification after its commit, repeated until acknowledged or of no use any more.

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};
use prost::Message;
use tonic::{Code, Status};
use xuanhao_chassis::db::{self, Tx};
use xuanhao_chassis::error::{Refusal, chain};
use xuanhao_chassis::grpc::{CallExt, call, timestamp};
use xuanhao_chassis::ids::MessageId;
use xuanhao_chassis::jobs::Progress;
use xuanhao_chassis::reason::Reason;
use xuanhao_proto::notification::v1::EnqueueMessageRequest;
use xuanhao_proto::notification::v1::enqueue_message_request::Recipient;
use xuanhao_vocabulary::{Mobile, OfficeId};

use super::App;
use crate::domain::limits::after;
use crate::error::Error;
use crate::store::account::Account;
use crate::store::pending_message::{self, Due, NewMessage};

/// Login name and initial password (R-ACC-06).
pub(super) const INITIAL_CREDENTIALS: &str = "initial_credentials";
/// The account was enrolled face to face.
pub(super) const ENROLLED: &str = "enrolled";
/// The number the account had is not its any more.
pub(super) const MOBILE_CHANGED: &str = "mobile_changed";

const MESSAGE: &str = "pending_messages.message";

/// Messages of one pass.
const BATCH: i64 = 50;

/// How long a message waits that notification did not take.
const PUT_OFF: SignedDuration = SignedDuration::from_secs(20);

/// How long news of an act is news.
const NEWS: SignedDuration = SignedDuration::from_hours(72);

/// What is to be said, and to whom.
pub(super) struct Draft {
    template: &'static str,
    recipient: Recipient,
    parameters: HashMap<String, String>,
    secrets: HashMap<String, String>,
    expires_at: Timestamp,
}

fn one(name: &str, value: impl Into<String>) -> HashMap<String, String> {
    [(name.to_owned(), value.into())].into()
}

impl Draft {
    /// Login name and initial password, to the enrolled number; its contact point may not be known yet.
    pub(super) fn credentials(
        mobile: &Mobile,
        login_name: &str,
        password: &str,
        hours: i64,
        until: Timestamp,
    ) -> Self {
        let mut parameters = one("login_name", login_name);
        parameters.insert("hours".to_owned(), hours.to_string());
        Self {
            template: INITIAL_CREDENTIALS,
            recipient: Recipient::Mobile(mobile.e164().to_owned()),
            parameters,
            secrets: one("password", password),
            expires_at: until,
        }
    }

    /// That the holder was enrolled, and where.
    pub(super) fn enrolled(account: &Account, service_point: &str, now: Timestamp) -> Self {
        Self {
            template: ENROLLED,
            recipient: Recipient::PersonId(account.person_id.to_string()),
            parameters: one("service_point", service_point),
            secrets: HashMap::new(),
            expires_at: after(now, NEWS),
        }
    }

    /// That messages go to another number from now on; told to the old one, whose holder may not have
    /// wanted it.
    pub(super) fn mobile_changed(old: &Mobile, new: &Mobile, now: Timestamp) -> Self {
        Self {
            template: MOBILE_CHANGED,
            recipient: Recipient::Mobile(old.e164().to_owned()),
            parameters: one("mobile_masked", new.masked().to_string()),
            secrets: HashMap::new(),
            expires_at: after(now, NEWS),
        }
    }
}

/// What became of handing one over.
enum Told {
    Acknowledged,
    Failed,
    Away,
}

impl App {
    /// The message as it is written with its act: sealed under the account's key, for what is in it is
    /// personal and may be secret.
    pub(super) async fn pending(
        &self,
        account: &Account,
        office: Option<OfficeId>,
        draft: Draft,
        now: Timestamp,
    ) -> Result<NewMessage, Error> {
        let message_id: MessageId = self.ids.next();
        let province = office.map_or(account.province, |office| office.province());
        let request = EnqueueMessageRequest {
            request_id: message_id.to_string(),
            province: province.to_string(),
            office: office.map(|office| office.to_string()).unwrap_or_default(),
            template: draft.template.to_owned(),
            locale: account.contact_locale.clone(),
            recipient: Some(draft.recipient),
            parameters: draft.parameters.into_iter().collect(),
            secret_parameters: draft.secrets.into_iter().collect(),
            expires_at: Some(timestamp(draft.expires_at)),
        };
        let encoded = zeroize::Zeroizing::new(request.encode_to_vec());
        Ok(NewMessage {
            message_id,
            account_id: account.account_id,
            person_id: account.person_id,
            province,
            office,
            template: draft.template,
            message: self
                .sealer
                .seal(account.person_id, MESSAGE, &*encoded)
                .await?,
            written_at: now,
            expires_at: draft.expires_at,
        })
    }

    /// One pass: hands over what is due. Safe to run in several processes at once, because each message
    /// has one request id.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn tell_messages(&self) -> Result<Progress, Error> {
        let due = pending_message::list_due(self.db.pool(), self.clock.now(), BATCH).await?;
        let progress = match i64::try_from(due.len()) {
            Ok(BATCH) => Progress::More,
            _ => Progress::Idle,
        };
        for message in due {
            if message.expires_at <= self.clock.now() {
                tracing::warn!(
                    message.id = %message.message_id,
                    message.template = message.template,
                    "a message was of no use any more before notification took it"
                );
                self.forget(message.message_id).await?;
                continue;
            }
            match self.tell_message(&message).await {
                Told::Acknowledged => self.forget(message.message_id).await?,
                Told::Failed => self.put_message_off(message.message_id).await?,
                Told::Away => return Ok(Progress::Idle),
            }
        }
        Ok(progress)
    }

    async fn tell_message(&self, message: &Due) -> Told {
        let opened = self
            .sealer
            .open(message.person_id, MESSAGE, &message.message)
            .await;
        let request = opened.map_err(Error::from).and_then(|bytes| {
            EnqueueMessageRequest::decode(bytes.as_slice())
                .map_err(|source| db::Error::corrupt("message", source).into())
        });
        let request = match request {
            Ok(request) => request,
            Err(error) => {
                tracing::warn!(error = chain(&error), "a message could not be opened");
                return Told::Failed;
            }
        };
        match self
            .notification
            .clone()
            .enqueue_message(call(request).idempotent())
            .await
        {
            Ok(_) => Told::Acknowledged,
            Err(status) if is_away(&status) => Told::Away,
            Err(status) => {
                tracing::warn!(error = chain(&status), "notification refused a message");
                Told::Failed
            }
        }
    }

    async fn forget(&self, message_id: MessageId) -> Result<(), Error> {
        self.db
            .run_tx("identity.message.forget", async |tx: &mut Tx| {
                pending_message::delete(tx, message_id).await
            })
            .await?;
        Ok(())
    }

    async fn put_message_off(&self, message_id: MessageId) -> Result<(), Error> {
        let due = after(self.clock.now(), PUT_OFF);
        self.db
            .run_tx("identity.message.put_off", async |tx: &mut Tx| {
                pending_message::mark_due(tx, message_id, due).await
            })
            .await?;
        Ok(())
    }
}

/// Whether notification is away altogether; that one person's contact point is not known yet holds up
/// that one message only.
fn is_away(status: &Status) -> bool {
    let about_one = Refusal::from_status(status)
        .is_some_and(|refusal| refusal.reason() == Reason::ContactPointUnknown);
    !about_one && matches!(status.code(), Code::Unavailable | Code::DeadlineExceeded)
}
