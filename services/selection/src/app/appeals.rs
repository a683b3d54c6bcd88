//! Filing and reading appeals (申诉). Deciding them is `decide_appeal`'s.

use uuid::Uuid;
use xuanhao_chassis::clock::civil_day;
use xuanhao_chassis::db::{self, Tx};
use xuanhao_chassis::error::Refusal;
use xuanhao_chassis::idempotency::Scope;
use xuanhao_chassis::ids::{ApplicationId, PersonId};
use xuanhao_chassis::jobs::Progress;
use xuanhao_chassis::reason::Reason;
use xuanhao_chassis::sealed;
use xuanhao_vocabulary::{OfficeId, ProvinceId};

use super::load::policy_in_force;
use super::view::Page;
use super::{Act, App, Citizen, Done, Staff};
use crate::domain::appeal::{
    Ground, LONGEST_STATEMENT, MOST_DOCUMENTS, Standing, check_in_time, due_on, ground,
};
use crate::domain::application::Application;
use crate::domain::policy::Level;
use crate::domain::rules::{Permission, Rules};
use crate::error::Error;
use crate::store::appeals::{self, Appeal};
use crate::store::{applications, blacklist, calendars};

/// The column the citizen's words are sealed for.
const STATEMENT: &str = "appeals.statement";
/// Appeals wiped by one run.
const BATCH: i64 = 200;

/// A citizen's wish.
#[derive(Clone)]
pub(crate) struct FileAppeal {
    pub(crate) application: ApplicationId,
    /// His words; not printed.
    pub(crate) statement: String,
    pub(crate) documents: Vec<Uuid>,
}

/// An appeal with the citizen's words in clear.
#[derive(Clone)]
pub(crate) struct OpenedAppeal {
    pub(crate) appeal: Appeal,
    /// Not printed; empty once wiped, or once the person's data was erased.
    pub(crate) statement: String,
}

/// What a reviewer asks for.
#[derive(Debug, Clone)]
pub(crate) struct ListAppeals {
    pub(crate) province: ProvinceId,
    /// None for the whole province.
    pub(crate) office: Option<OfficeId>,
    pub(crate) standing: Standing,
    pub(crate) size: u16,
    pub(crate) page_token: String,
}

impl App {
    /// Files an appeal against a ban or a voiding.
    ///
    /// # Errors
    /// `NOT_FOUND`, `APPEAL_NOT_POSSIBLE`, `APPEAL_TOO_LATE`, `ALREADY_EXISTS`, `DOCUMENT_MISSING`,
    /// `ENROLMENT_REQUIRED`, `FIELD_REQUIRED`, `FIELD_TOO_LONG`, `FIELD_INVALID`.
    pub(crate) async fn file_appeal(
        &self,
        citizen: Citizen,
        act: &Act,
        wish: &FileAppeal,
    ) -> Result<OpenedAppeal, Error> {
        let statement = check_statement(&wish.statement)?;
        check_documents(&wish.documents)?;
        let scope = Scope::Account(citizen.account);
        let key = act.key(&scope, "FileAppeal", self.clock.now());
        if let Some(done) = self.answered(&key, act).await? {
            return self.appeal_of(&done).await;
        }
        // Another's application is not found before anybody else is asked.
        let found = applications::lookup(self.db.pool(), wish.application).await?;
        let own = found.filter(|found| found.account == citizen.account);
        own.ok_or_else(|| Error::not_found("application"))?;
        let holder = self.peers.identity.holder(citizen.account).await?;
        if !wish.documents.is_empty() {
            let documents = &self.peers.documents;
            documents
                .check_appeal_evidence(citizen.account, &wish.documents)
                .await?;
        }
        let level = citizen.level.max(holder.level);
        let sealed = self.sealer.seal(holder.person, STATEMENT, &statement);
        let words = (holder.person, sealed.await?);
        let done = self
            .db
            .run_once(
                "selection.file_appeal",
                &key,
                &act.fingerprint,
                async |tx: &mut Tx| self.write_appeal(tx, citizen, level, wish, &words).await,
            )
            .await?;
        self.appeal_of(&done).await
    }

    async fn write_appeal(
        &self,
        tx: &mut Tx,
        citizen: Citizen,
        level: Level,
        wish: &FileAppeal,
        (person, statement): &(PersonId, Vec<u8>),
    ) -> Result<Done, Error> {
        let no = |refused| self.no(refused);
        let (now, today) = (self.clock.now(), self.clock.today());
        let found = applications::lookup_for_update(tx, wish.application).await?;
        let own = found.filter(|found| found.account == citizen.account);
        let application = own.ok_or_else(|| Error::not_found("application"))?;
        let policy = policy_in_force(tx, application.office).await?.policy;
        Rules::new(&policy, &policy)
            .check_permission(Permission::Appeal, level)
            .map_err(no)?;
        let latest = appeals::find_latest(&mut **tx, application.id).await?;
        let standing = latest.map(|latest| latest.standing);
        if standing == Some(Standing::Waiting) {
            return Err(waiting_already());
        }
        let ban = blacklist::of_application(&mut **tx, application.id, today).await?;
        let upheld = standing == Some(Standing::Upheld);
        let voided = application.voided.as_ref();
        let against = ground(application.state, voided, ban.is_some(), upheld).map_err(no)?;
        let since = match (against, ban) {
            (Ground::Ban, Some(ban)) => ban.from,
            _ => self.ended_on(tx, &application).await?,
        };
        check_in_time(since, policy.appeal.within_days, today).map_err(no)?;
        let calendar = calendars::of_province(&mut **tx, application.office.province()).await?;
        let appeal = Appeal {
            id: self.entry_id(),
            application: application.id,
            office: application.office,
            account: citizen.account,
            ground: against,
            person: *person,
            statement: statement.clone(),
            documents: wish.documents.clone(),
            standing: Standing::Waiting,
            filed_at: now,
            due_on: due_on(today, policy.appeal.decide_within_days, &calendar),
            decided_at: None,
            decision_reason: String::new(),
        };
        match appeals::add(tx, &appeal).await {
            Err(error) if error.is_unique_violation(appeals::OPEN_KEY) => {
                return Err(waiting_already());
            }
            added => added?,
        }
        Ok(Done::about(appeal.id))
    }

    async fn ended_on(
        &self,
        tx: &mut Tx,
        application: &Application,
    ) -> Result<jiff::civil::Date, Error> {
        let ended = appeals::ended_at(&mut **tx, application.id).await?;
        let missing = || db::Error::corrupt("ended_at", "an ended application has no end");
        Ok(civil_day(ended.ok_or_else(missing)?))
    }

    pub(super) async fn appeal_of(&self, done: &Done) -> Result<OpenedAppeal, Error> {
        let corrupt = |source| db::Error::corrupt("response", source);
        let id: Uuid = done.subject.parse().map_err(corrupt)?;
        let found = appeals::lookup(self.db.pool(), id).await?;
        let found = found.ok_or_else(|| Error::not_found("appeal"))?;
        self.opened(found).await
    }

    async fn opened(&self, appeal: Appeal) -> Result<OpenedAppeal, Error> {
        let statement = if appeal.statement.is_empty() {
            String::new()
        } else {
            let sealed = &appeal.statement;
            match self
                .sealer
                .open_text(appeal.person, STATEMENT, sealed)
                .await
            {
                Ok(text) => text.to_string(),
                Err(sealed::Error::Erased) => String::new(),
                Err(error) => return Err(error.into()),
            }
        };
        Ok(OpenedAppeal { appeal, statement })
    }

    /// A citizen's own appeal.
    ///
    /// # Errors
    /// `NOT_FOUND`, also for another's.
    pub(crate) async fn get_appeal(
        &self,
        citizen: Citizen,
        id: Uuid,
    ) -> Result<OpenedAppeal, Error> {
        let found = appeals::lookup(self.db.pool(), id).await?;
        let own = found.filter(|found| found.account == citizen.account);
        let own = own.ok_or_else(|| Error::not_found("appeal"))?;
        self.opened(own).await
    }

    /// Appeals within a reviewer's reach, the oldest first.
    ///
    /// # Errors
    /// `OUTSIDE_YOUR_OFFICE`, `PAGE_TOKEN_INVALID`.
    pub(crate) async fn list_appeals(
        &self,
        staff: &Staff,
        wish: &ListAppeals,
    ) -> Result<Page<OpenedAppeal>, Error> {
        if staff.province != wish.province.as_str() {
            return Err(Reason::OutsideYourOffice.into());
        }
        let offices = match wish.office {
            Some(office) => {
                staff.check_serves(office)?;
                Some(vec![office.to_string()])
            }
            None if staff.offices.is_empty() => None,
            None => Some(staff.offices.clone()),
        };
        let after = match wish.page_token.as_str() {
            "" => None,
            token => Some(read_token(token)?),
        };
        let mut found = appeals::list(
            self.db.pool(),
            wish.province,
            offices.as_deref(),
            wish.standing,
            after,
            i64::from(wish.size) + 1,
        )
        .await?;
        let more = found.len() > usize::from(wish.size);
        found.truncate(wish.size.into());
        let last = found.last().filter(|_| more);
        let next = last.map_or_else(String::new, |last| {
            format!("{}.{}", last.filed_at.as_microsecond(), last.id)
        });
        let mut items = Vec::with_capacity(found.len());
        for appeal in found {
            items.push(self.opened(appeal).await?);
        }
        Ok(Page { items, next })
    }

    /// Empties the citizens' words of appeals that were decided a year ago.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn wipe_appeals(&self) -> Result<Progress, Error> {
        let now = self.clock.now();
        let year = jiff::SignedDuration::from_hours(24 * 365);
        let before = now.saturating_sub(year).unwrap_or(now);
        let wiped = self
            .db
            .run_tx("selection.wipe_appeals", async |tx: &mut Tx| {
                Ok::<_, Error>(appeals::wipe_decided(tx, before, now, BATCH).await?)
            })
            .await?;
        let full = wiped >= BATCH.unsigned_abs();
        Ok(if full { Progress::More } else { Progress::Idle })
    }
}

fn waiting_already() -> Error {
    let refusal = Refusal::new(Reason::AlreadyExists);
    refusal.param("kind", "appeal").into()
}

fn check_statement(statement: &str) -> Result<String, Error> {
    let statement = statement.trim();
    // What Postgres cannot keep as text nobody types.
    if statement.contains('\0') {
        return Err(Refusal::invalid("statement", "wrong_format").into());
    }
    if statement.is_empty() {
        return Err(Refusal::required("statement").into());
    }
    if statement.chars().count() > LONGEST_STATEMENT {
        let refusal = Refusal::new(Reason::FieldTooLong).param("field", "statement");
        let refusal = refusal.param("max", LONGEST_STATEMENT);
        return Err(refusal.on_field("statement").into());
    }
    Ok(statement.to_owned())
}

fn check_documents(documents: &[Uuid]) -> Result<(), Error> {
    let distinct: std::collections::BTreeSet<_> = documents.iter().collect();
    if documents.len() > MOST_DOCUMENTS || distinct.len() < documents.len() {
        return Err(Refusal::invalid("document_ids", "out_of_range").into());
    }
    Ok(())
}

fn read_token(token: &str) -> Result<(jiff::Timestamp, Uuid), Error> {
    let read = || {
        let (micros, id) = token.split_once('.')?;
        let at = jiff::Timestamp::from_microsecond(micros.parse().ok()?).ok()?;
        Some((at, id.parse().ok()?))
    };
    read().ok_or_else(|| Reason::PageTokenInvalid.into())
}
