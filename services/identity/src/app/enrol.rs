//! Enrolment face to face (面签, R-ACC-02, R-ACC-05): what persons and organisations have in common.
//!
//! An act is prepared outside the transaction (papers sealed anew, a password hashed) and committed as
//! one: account, documents, enrolment, audit entry, messages, event. Notification is told after it.

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use prost::Message;
use xuanhao_chassis::db::{self, Tx};
use xuanhao_chassis::error::Refusal;
use xuanhao_chassis::idempotency::Key;
use xuanhao_chassis::ids::{AccountId, StaffId};
use xuanhao_chassis::outbox;
use xuanhao_chassis::principal::Principal;
use xuanhao_chassis::reason::Reason;
use xuanhao_vocabulary::{Mobile, OfficeId, ProvinceId, ResidentId};
use zeroize::Zeroizing;

use super::App;
use super::change_mobile::mobile_in_use;
use super::keyed::row_id;
use super::messages::{Draft, INITIAL_CREDENTIALS};
use super::papers::Papers;
use crate::domain::enrolment::{self as rules, credentials_until};
use crate::domain::ids::{EnrolmentId, ServicePointId};
use crate::domain::login_name::LoginName;
use crate::domain::password::Password;
use crate::domain::staff::Scope;
use crate::error::Error;
use crate::events;
use crate::store::account::{self, Account};
use crate::store::audit::{self, Entry};
use crate::store::enrolment::{self, Enrolment};
use crate::store::pending_message::{self, NewMessage};
use crate::store::service_point::{self, ServicePoint};
use crate::store::throttle::{self, Line};
use crate::store::{account_change, session};

/// How often a login name is looked for that nobody has.
const NAME_TRIES: u32 = 8;

/// An officer at an open service point of an office the officer works for.
pub(super) struct Desk {
    pub(super) officer: StaffId,
    pub(super) point: ServicePoint,
}

impl Desk {
    pub(super) fn office(&self) -> OfficeId {
        self.point.office
    }
}

/// What is handed out to sign in with for the first time.
pub(super) struct Credentials {
    pub(super) login: LoginName,
    pub(super) password: Zeroizing<String>,
    pub(super) hash: String,
    pub(super) until: Timestamp,
}

/// An enrolment that is ready to be committed.
pub(super) struct Enrolling<'a> {
    pub(super) desk: &'a Desk,
    /// The account as it was seen; none if it is new.
    pub(super) seen: Option<&'a Account>,
    /// The account as it will be.
    pub(super) next: &'a Account,
    pub(super) papers: &'a Papers,
    pub(super) enrolment_id: EnrolmentId,
    pub(super) authorised_until: Option<Date>,
    pub(super) messages: Vec<NewMessage>,
    pub(super) act: &'static str,
    pub(super) reason: &'a str,
    pub(super) ends_sessions: bool,
    pub(super) now: Timestamp,
}

/// Where a member of staff acts, for audit entries.
pub(super) fn scope_of(actor: &Principal) -> Result<Scope, Error> {
    let province = ProvinceId::parse(&actor.province).map_err(|_| Reason::PermissionDenied)?;
    let office = match actor.offices.as_slice() {
        [office] => OfficeId::parse(office).ok(),
        _ => None,
    };
    Scope::new(province, office).map_err(|_| Reason::PermissionDenied.into())
}

impl App {
    /// The officer's desk.
    ///
    /// # Errors
    /// `SERVICE_POINT_UNKNOWN`, `OUTSIDE_YOUR_OFFICE`.
    pub(super) async fn desk(
        &self,
        actor: &Principal,
        service_point_id: ServicePointId,
    ) -> Result<Desk, Error> {
        let officer = actor.staff().ok_or(Reason::PermissionDenied)?;
        let point = service_point::lookup(self.db.pool(), service_point_id).await?;
        let point = point.ok_or(Reason::ServicePointUnknown)?;
        let (province, office) = (point.office.province(), point.office);
        if !actor.serves_office(province.as_str(), office.as_str()) {
            return Err(Reason::OutsideYourOffice.into());
        }
        if point.closed_at.is_some() {
            return Err(Reason::ServicePointUnknown.into());
        }
        Ok(Desk { officer, point })
    }

    /// The audit entry of an act at the counter.
    pub(super) fn counter_entry(
        &self,
        desk: &Desk,
        act: &'static str,
        account_id: AccountId,
        reason: &str,
        now: Timestamp,
    ) -> Entry {
        Entry {
            entry_id: row_id(&self.ids),
            scope: Scope {
                province: desk.office().province(),
                office: Some(desk.office()),
            },
            acted_at: now,
            actor: Some(desk.officer),
            reason: reason.to_owned(),
            act,
            subject: account_id.as_uuid(),
            on_behalf_of: Some(account_id),
            detail: desk.point.service_point_id.to_string(),
        }
    }

    /// Nobody is born tomorrow.
    ///
    /// # Errors
    /// `RESIDENT_ID_INVALID`.
    pub(super) fn check_birth(&self, id: &ResidentId, field: &str) -> Result<(), Error> {
        id.check_birth(self.clock.today()).map_err(|_| {
            Refusal::new(Reason::ResidentIdInvalid)
                .param("position", 7_u8)
                .on_field(field)
                .into()
        })
    }

    /// Credentials for the first sign-in (R-ACC-06): of `login`, or of a name nobody has yet.
    ///
    /// # Errors
    /// `OVERLOADED`; `LOGIN_NAME_TAKEN` when no free name was found.
    pub(super) async fn new_credentials(
        &self,
        login: Option<LoginName>,
        province: ProvinceId,
        now: Timestamp,
    ) -> Result<Credentials, Error> {
        let login = match login {
            Some(login) => login,
            None => self.free_login(province).await?,
        };
        let password = rules::initial_password(&self.random);
        let hash = self
            .passwords
            .hash(&Password::typed(password.as_str()))
            .await?;
        Ok(Credentials {
            login,
            password,
            hash,
            until: credentials_until(now, self.enrolment.credentials()),
        })
    }

    async fn free_login(&self, province: ProvinceId) -> Result<LoginName, Error> {
        for _ in 0..NAME_TRIES {
            let name = LoginName::parse(&rules::login_name(province, &self.random))
                .map_err(|_| Reason::Internal)?;
            if account::find_by_login(self.db.pool(), name.key())
                .await?
                .is_none()
            {
                return Ok(name);
            }
        }
        Err(Reason::LoginNameTaken.into())
    }

    /// The message that brings credentials to the enrolled number.
    pub(super) async fn credentials_message(
        &self,
        account: &Account,
        office: Option<OfficeId>,
        mobile: &Mobile,
        credentials: &Credentials,
        now: Timestamp,
    ) -> Result<NewMessage, Error> {
        let left = credentials.until.duration_since(now);
        let hour = SignedDuration::from_hours(1);
        let hours = (left.as_secs() + hour.as_secs() - 1) / hour.as_secs();
        let draft = Draft::credentials(
            mobile,
            credentials.login.as_str(),
            &credentials.password,
            hours,
            credentials.until,
        );
        self.pending(account, office, draft, now).await
    }

    /// Commits an enrolment and has notification told; `answer` is what its repetition gets, too.
    pub(super) async fn commit_enrolment<R: Message + Default + Clone>(
        &self,
        name: &'static str,
        key: &Key,
        request: &impl Message,
        enrolling: Enrolling<'_>,
        answer: R,
    ) -> Result<R, Error> {
        let account_id = enrolling.next.account_id;
        let (desk, now) = (enrolling.desk, enrolling.now);
        let entry = self.counter_entry(desk, enrolling.act, account_id, enrolling.reason, now);
        let event = events::account_enrolled(enrolling.next, self.ids.next(), now);
        let enrolment = Enrolment {
            enrolment_id: enrolling.enrolment_id,
            account_id,
            service_point_id: desk.point.service_point_id,
            office: desk.office(),
            officer: desk.officer,
            enrolled_at: now,
            document_ids: enrolling.papers.ids(),
            authorised_until: enrolling.authorised_until,
        };
        let done = self
            .db
            .run_once(name, key, request, async |tx: &mut Tx| {
                write_account(tx, &enrolling).await?;
                require_open(tx, desk).await?;
                enrolling.papers.adopt(tx, account_id).await?;
                enrolment::add(tx, &enrolment).await?;
                audit::add(tx, &entry).await?;
                for message in &enrolling.messages {
                    pending_message::add(tx, message).await?;
                }
                if enrolling.ends_sessions {
                    session::mark_all_ended(tx, account_id, None, now).await?;
                }
                outbox::append(tx, &event).await?;
                Ok::<_, Error>(answer.clone())
            })
            .await;
        if done.is_ok() {
            self.contact_due.raise();
            self.forget_own_keys().await;
        }
        done
    }
}

/// Nothing is enrolled where a service point was closed meanwhile.
pub(super) async fn require_open(tx: &mut Tx, desk: &Desk) -> Result<(), Error> {
    if service_point::lock_open(tx, desk.point.service_point_id).await? {
        Ok(())
    } else {
        Err(Reason::ServicePointUnknown.into())
    }
}

async fn write_account(tx: &mut Tx, enrolling: &Enrolling<'_>) -> Result<(), Error> {
    let next = enrolling.next;
    let Some(seen) = enrolling.seen else {
        // Two desks with the same person before them stand in a line; who comes second sees the account.
        let line = next
            .holder_index()
            .try_into()
            .map_err(|_| Reason::Internal)?;
        throttle::join(tx, Line::Enrolment, line, enrolling.now).await?;
        if account::has_holder(tx, next).await? {
            return Err(Reason::ChangedMeanwhile.into());
        }
        return account::add(tx, next).await.map_err(taken_meanwhile);
    };
    if !account_change::replace(tx, seen, next, enrolling.now)
        .await
        .map_err(mobile_in_use)?
    {
        return Err(Reason::ChangedMeanwhile.into());
    }
    if next.password_hash != seen.password_hash {
        pending_message::delete_of_template(tx, next.account_id, INITIAL_CREDENTIALS).await?;
    }
    Ok(())
}

/// Another's number is a refusal; that the account or the name came into being meanwhile is a reason to
/// ask again, with the account then there.
fn taken_meanwhile(error: db::Error) -> Error {
    let meanwhile = [
        account::RESIDENT_ID_KEY,
        account::CREDIT_CODE_KEY,
        account::LOGIN_KEY,
    ];
    match meanwhile
        .into_iter()
        .any(|key| error.is_unique_violation(key))
    {
        true => Reason::ChangedMeanwhile.into(),
        false => mobile_in_use(error),
    }
}
