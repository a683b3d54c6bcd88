//! Telling notification where a person's messages go, until it has acknowledged. Neither registration
//! nor a change of number waits for it.

use jiff::SignedDuration;
use tonic::Code;
use xuanhao_chassis::db::Tx;
use xuanhao_chassis::error::chain;
use xuanhao_chassis::grpc::{CallExt, call};
use xuanhao_chassis::jobs::Progress;
use xuanhao_proto::notification::v1::SetContactPointRequest;

use super::App;
use crate::domain::limits::after;
use crate::error::Error;
use crate::store::account::{self, Account};
use crate::store::account_change;

/// Accounts of one pass.
const BATCH: i64 = 50;

/// How long an account waits that notification did not take.
const PUT_OFF: SignedDuration = SignedDuration::from_secs(30);

/// What became of telling one.
enum Told {
    Acknowledged,
    Failed,
    Away,
}

impl App {
    /// One pass: tells notification of accounts it has not acknowledged. Safe to run in several
    /// processes at once, because each account has one request id.
    ///
    /// # Errors
    /// When the database or the key store cannot be asked, or notification is away.
    pub async fn tell_contact_points(&self) -> Result<Progress, Error> {
        let due = account::list_contact_due(self.db.pool(), self.clock.now(), BATCH).await?;
        let progress = match i64::try_from(due.len()) {
            Ok(BATCH) => Progress::More,
            _ => Progress::Idle,
        };
        for account in due {
            // One that fails is put off and does not hold up the others; that notification is away
            // ends the pass.
            match self.tell_contact_point(&account).await {
                Told::Acknowledged => self.acknowledged(&account).await?,
                Told::Failed => self.put_off(&account).await?,
                Told::Away => return Ok(Progress::Idle),
            }
        }
        Ok(progress)
    }

    async fn tell_contact_point(&self, account: &Account) -> Told {
        let mobile = match self.open_mobile(account).await {
            Ok(mobile) => mobile,
            Err(error) => {
                tracing::warn!(error = chain(&error), "a number could not be opened");
                return Told::Failed;
            }
        };
        let message = SetContactPointRequest {
            request_id: account.contact_request_id.to_string(),
            person_id: account.person_id.to_string(),
            account_id: account.account_id.to_string(),
            mobile: mobile.e164().to_owned(),
            locale: account.contact_locale.clone(),
        };
        match self
            .notification
            .clone()
            .set_contact_point(call(message).idempotent())
            .await
        {
            Ok(_) => Told::Acknowledged,
            Err(status) if matches!(status.code(), Code::Unavailable | Code::DeadlineExceeded) => {
                Told::Away
            }
            Err(status) => {
                tracing::warn!(
                    error = chain(&status),
                    "notification refused a contact point"
                );
                Told::Failed
            }
        }
    }

    async fn acknowledged(&self, account: &Account) -> Result<(), Error> {
        let (now, fresh) = (self.clock.now(), self.ids.next());
        Ok(self
            .db
            .run_tx("identity.contact.acknowledge", async |tx: &mut Tx| {
                let (id, told) = (account.account_id, account.contact_request_id);
                if !account_change::mark_contact_acknowledged(tx, id, told, now).await? {
                    // The number changed while notification was told the old one, perhaps after the new
                    // one: it is told once more.
                    account_change::mark_contact_again(tx, id, fresh, now).await?;
                }
                Ok::<_, xuanhao_chassis::db::Error>(())
            })
            .await?)
    }

    async fn put_off(&self, account: &Account) -> Result<(), Error> {
        let due = after(self.clock.now(), PUT_OFF);
        Ok(self
            .db
            .run_tx("identity.contact.put_off", async |tx: &mut Tx| {
                account_change::mark_contact_due(tx, account.account_id, due).await
            })
            .await?)
    }
}
