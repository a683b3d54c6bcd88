//! What else officers do at the counter for accounts there are: new credentials, another number, and
//! finding an account. Every act and every look-up commits with its audit entry.

use jiff::Timestamp;
use prost::Message;
use uuid::Uuid;
use xuanhao_chassis::db::Tx;
use xuanhao_chassis::error::Refusal;
use xuanhao_chassis::grpc::timestamp;
use xuanhao_chassis::idempotency::{Key, Scope};
use xuanhao_chassis::ids::{AccountId, RequestId};
use xuanhao_chassis::principal::Principal;
use xuanhao_chassis::reason::Reason;
use xuanhao_proto::identity::v1 as pb;
use xuanhao_vocabulary::{CreditCode, Mobile, ResidentId};

use super::App;
use super::change_mobile::mobile_in_use;
use super::enrol::{require_open, scope_of};
use super::keyed::{Realm, row_id};
use super::messages::{Draft, INITIAL_CREDENTIALS};
use super::personal::View;
use crate::domain::document::OF_MOBILE_CHANGE;
use crate::domain::ids::{DocumentId, EnrolmentId, ServicePointId};
use crate::domain::login_name::LoginName;
use crate::error::Error;
use crate::store::account::{self, Account};
use crate::store::audit::{self, Entry};
use crate::store::enrolment;
use crate::store::{account_change, attempt, pending_message, session};

/// An officer has new credentials sent.
#[derive(Debug)]
pub struct ReissueCredentials {
    /// Caller's request.
    pub request_id: RequestId,
    /// Whose.
    pub account_id: AccountId,
    /// Why.
    pub reason: String,
}

/// An officer moves an account to another number.
#[derive(Debug)]
pub struct ChangeMobileFaceToFace {
    /// Caller's request.
    pub request_id: RequestId,
    /// Where.
    pub service_point_id: ServicePointId,
    /// Whose.
    pub account_id: AccountId,
    /// The new number.
    pub mobile: Mobile,
    /// What was scanned.
    pub document_ids: Vec<DocumentId>,
    /// Why.
    pub reason: String,
}

/// An officer looks for an account.
#[derive(Debug)]
pub struct FindAccount {
    /// Of whom.
    pub by: FindBy,
    /// Why.
    pub reason: String,
}

/// What an account is found by.
#[derive(Debug)]
pub enum FindBy {
    /// A person's.
    ResidentId(ResidentId),
    /// An organisation's.
    CreditCode(CreditCode),
}

/// An enrolment as officers see it.
#[derive(Debug, Clone)]
pub struct EnrolmentView(pub(crate) enrolment::Enrolment);

impl App {
    /// Sends a new initial password to the number of an account that was enrolled in the officer's
    /// province (R-ACC-06), and ends the account's sessions and lock.
    ///
    /// # Errors
    /// `NOT_FOUND{account}`, `FIELD_INVALID` when it was never enrolled, `OUTSIDE_YOUR_OFFICE`.
    pub async fn reissue_credentials(
        &self,
        actor: &Principal,
        command: ReissueCredentials,
        request: &impl Message,
    ) -> Result<pb::ReissueCredentialsResponse, Error> {
        let now = self.clock.now();
        let officer = actor.staff().ok_or(Reason::PermissionDenied)?;
        let (scope, method) = (Scope::Staff(officer), "identity.reissue_credentials");
        let key = Key::new(&scope, method, command.request_id, now);
        if let Some(answered) = self.answered(&key, request).await? {
            return Ok(answered);
        }
        let seen = self.known_account(command.account_id).await?;
        let last = enrolment::list(self.db.pool(), seen.account_id, None, 1).await?;
        let last = last
            .first()
            .ok_or_else(|| Refusal::invalid("account_id", "unknown_value"))?;
        if last.office.province().as_str() != actor.province {
            return Err(Reason::OutsideYourOffice.into());
        }
        let login = LoginName::parse(&seen.login_name).map_err(|_| Reason::Internal)?;
        let credentials = self
            .new_credentials(Some(login), seen.province, now)
            .await?;
        let next = Account {
            password_hash: credentials.hash.clone(),
            initial_password_until: Some(credentials.until),
            ..seen.clone()
        };
        let (mobile, scope) = (self.open_mobile(&seen).await?, scope_of(actor)?);
        let message = self
            .credentials_message(&next, scope.office, &mobile, &credentials, now)
            .await?;
        let entry = self.account_entry(actor, "reissue_credentials", &seen, command.reason, now)?;
        let guesses = self.keyed.login(Realm::Citizens, &seen.login_key);
        let answer = pb::ReissueCredentialsResponse {
            credentials_until: Some(timestamp(credentials.until)),
        };
        let done = self
            .db
            .run_once(method, &key, request, async |tx: &mut Tx| {
                if !account_change::replace(tx, &seen, &next, now).await? {
                    return Err(Error::from(Reason::ChangedMeanwhile));
                }
                let id = seen.account_id;
                pending_message::delete_of_template(tx, id, INITIAL_CREDENTIALS).await?;
                pending_message::add(tx, &message).await?;
                session::mark_all_ended(tx, id, None, now).await?;
                attempt::delete_by_login(tx, &guesses).await?;
                audit::add(tx, &entry).await?;
                Ok(answer)
            })
            .await;
        self.contact_due.raise();
        done
    }

    /// Moves an account to another number, for who cannot prove the old one otherwise; ends its
    /// sessions. The old number is told.
    ///
    /// # Errors
    /// `SERVICE_POINT_UNKNOWN`, `OUTSIDE_YOUR_OFFICE`, `DOCUMENT_MISSING`, `NOT_FOUND`,
    /// `MOBILE_IN_USE`.
    pub async fn change_mobile_face_to_face(
        &self,
        actor: &Principal,
        command: ChangeMobileFaceToFace,
        request: &impl Message,
    ) -> Result<(), Error> {
        let now = self.clock.now();
        let officer = actor.staff().ok_or(Reason::PermissionDenied)?;
        let (scope, method) = (Scope::Staff(officer), "identity.change_mobile_face_to_face");
        let key = Key::new(&scope, method, command.request_id, now);
        let answered = self.answered::<pb::ChangeMobileFaceToFaceResponse>(&key, request);
        if answered.await?.is_some() {
            return Ok(());
        }
        let outcome = self.move_at_counter(actor, &command, &key, request, now);
        let outcome = outcome.await;
        self.or_answered(&key, request, outcome).await.map(|_| ())
    }

    async fn move_at_counter(
        &self,
        actor: &Principal,
        command: &ChangeMobileFaceToFace,
        key: &Key,
        request: &impl Message,
        now: Timestamp,
    ) -> Result<pb::ChangeMobileFaceToFaceResponse, Error> {
        let desk = self.desk(actor, command.service_point_id).await?;
        let seen = self.known_account(command.account_id).await?;
        let (ids, person) = (&command.document_ids, seen.person_id);
        let papers = self
            .take_papers(desk.officer, ids, OF_MOBILE_CHANGE, person)
            .await?;
        let next = self.moved(&seen, &command.mobile).await?;
        let old = self.open_mobile(&seen).await?;
        let told = Draft::mobile_changed(&old, &command.mobile, now);
        let message = self.pending(&next, Some(desk.office()), told, now).await?;
        let (act, id) = ("change_mobile_face_to_face", seen.account_id);
        let entry = self.counter_entry(&desk, act, id, &command.reason, now);
        let done = self
            .db
            .run_once(
                "identity.change_mobile_face_to_face",
                key,
                request,
                async |tx: &mut Tx| {
                    require_open(tx, &desk).await?;
                    if !account_change::replace(tx, &seen, &next, now)
                        .await
                        .map_err(mobile_in_use)?
                    {
                        return Err(Error::from(Reason::ChangedMeanwhile));
                    }
                    papers.adopt(tx, id).await?;
                    pending_message::add(tx, &message).await?;
                    session::mark_all_ended(tx, id, None, now).await?;
                    audit::add(tx, &entry).await?;
                    Ok(pb::ChangeMobileFaceToFaceResponse::default())
                },
            )
            .await;
        if done.is_ok() {
            self.contact_due.raise();
            self.forget_own_keys().await;
        }
        done
    }

    /// The account of an identity number or a credit code, masked; a look-up that finds nothing is
    /// audited, too.
    ///
    /// # Errors
    /// `NOT_FOUND{account}`.
    pub async fn find_account(
        &self,
        actor: &Principal,
        command: FindAccount,
    ) -> Result<View, Error> {
        let pool = self.db.pool();
        let found = match &command.by {
            FindBy::ResidentId(id) => {
                account::find_person(pool, &self.keyed.resident_id(id)).await?
            }
            FindBy::CreditCode(code) => {
                account::find_organisation(pool, &self.keyed.credit_code(code)).await?
            }
        };
        let account_id = found.as_ref().map(|account| account.account_id);
        let entry = Entry {
            entry_id: row_id(&self.ids),
            scope: scope_of(actor)?,
            acted_at: self.clock.now(),
            actor: actor.staff(),
            reason: command.reason,
            act: "find_account",
            subject: account_id.map_or(Uuid::nil(), AccountId::as_uuid),
            on_behalf_of: account_id,
            detail: match account_id {
                Some(_) => "found".to_owned(),
                None => "not_found".to_owned(),
            },
        };
        self.db
            .run_tx("identity.find_account", async |tx: &mut Tx| {
                audit::add(tx, &entry).await
            })
            .await?;
        let account = found.ok_or_else(|| Refusal::not_found("account"))?;
        self.view(&account).await
    }

    /// A page of an account's enrolments, newest first, and where the next page begins if there is one.
    ///
    /// # Errors
    /// `NOT_FOUND{account}`.
    pub async fn list_enrolments(
        &self,
        account_id: AccountId,
        before: Option<EnrolmentId>,
        page_size: u16,
    ) -> Result<(Vec<EnrolmentView>, Option<EnrolmentId>), Error> {
        self.known_account(account_id).await?;
        let size = usize::from(page_size);
        let limit = i64::from(page_size) + 1;
        let mut page = enrolment::list(self.db.pool(), account_id, before, limit).await?;
        let more = page.len() > size;
        page.truncate(size);
        let next = page.last().filter(|_| more).map(|last| last.enrolment_id);
        Ok((page.into_iter().map(EnrolmentView).collect(), next))
    }

    async fn known_account(&self, account_id: AccountId) -> Result<Account, Error> {
        account::lookup(self.db.pool(), account_id)
            .await?
            .ok_or_else(|| Refusal::not_found("account").into())
    }

    fn account_entry(
        &self,
        actor: &Principal,
        act: &'static str,
        account: &Account,
        reason: String,
        now: Timestamp,
    ) -> Result<Entry, Error> {
        Ok(Entry {
            entry_id: row_id(&self.ids),
            scope: scope_of(actor)?,
            acted_at: now,
            actor: actor.staff(),
            reason,
            act,
            subject: account.account_id.as_uuid(),
            on_behalf_of: Some(account.account_id),
            detail: String::new(),
        })
    }
}
