//! Opening an application by agreeing to the office's notice (R-ENT-03, R-ENT-04).

use xuanhao_chassis::db::Tx;
use xuanhao_chassis::error::Refusal;
use xuanhao_chassis::idempotency::Scope;
use xuanhao_chassis::reason::Reason;
use xuanhao_vocabulary::OfficeId;

use super::load::policy_in_force;
use super::{Act, App, Citizen, Done, View};
use crate::domain::application::Application;
use crate::domain::holding::Holding;
use crate::domain::rules::{Permission, Rules};
use crate::domain::state::State;
use crate::domain::verification::Verification;
use crate::error::Error;
use crate::peers::Holder;
use crate::store::{applications, notices};

impl App {
    /// Opens an application, or agrees to the notice again for the one that is open.
    ///
    /// # Errors
    /// `OFFICE_UNKNOWN`, `NOTICE_CHANGED`, `BLACKLISTED`, `ENROLMENT_REQUIRED`; `INFO_LOCKED` or
    /// `ALREADY_CONFIRMED` while an application at the office is further on.
    pub(crate) async fn open_application(
        &self,
        citizen: Citizen,
        act: &Act,
        office: OfficeId,
        notice_version: i32,
    ) -> Result<View, Error> {
        let scope = Scope::Account(citizen.account);
        let key = act.key(&scope, "OpenApplication", self.clock.now());
        if let Some(done) = self.answered(&key, act).await? {
            return self.view_by_id(read_id(&done)?).await;
        }
        let holder = self
            .peers
            .identity
            .transacting_holder(citizen.account)
            .await?;
        let done = self
            .db
            .run_once(
                "selection.open_application",
                &key,
                &act.fingerprint,
                async |tx: &mut Tx| {
                    self.open(tx, citizen, &holder, office, notice_version)
                        .await
                },
            )
            .await?;
        self.view_by_id(read_id(&done)?).await
    }

    async fn open(
        &self,
        tx: &mut Tx,
        citizen: Citizen,
        holder: &Holder,
        office: OfficeId,
        notice_version: i32,
    ) -> Result<Done, Error> {
        let now = self.clock.now();
        let policy = policy_in_force(tx, office).await?.policy;
        Rules::new(&policy, &policy)
            .check_permission(Permission::Preselect, citizen.level.max(holder.level))
            .map_err(|refused| self.no(refused))?;
        self.check_ban(tx, &holder.person_key).await?;
        let notice = notices::find_in_force(&mut **tx, office).await?;
        let notice = notice.ok_or_else(|| Error::not_found("notice"))?;
        if notice.version != notice_version {
            return Err(Refusal::new(Reason::NoticeChanged)
                .on_field("notice_version")
                .into());
        }
        let latest = applications::find_latest(&mut **tx, citizen.account, office).await?;
        if let Some(open) = latest.filter(|latest| is_open(latest.state)) {
            let agreed = open
                .agree_notice(notice_version)
                .map_err(|refused| self.no(refused))?;
            applications::update(tx, &agreed, now).await?;
            return Ok(Done::about(agreed.id));
        }
        let opened = Application {
            id: self.ids.next(),
            office,
            account: citizen.account,
            person_key: holder.person_key.clone(),
            state: State::NoticeAgreed,
            version: 1,
            notice_version,
            info: None,
            policy_version: None,
            last_op_no: 0,
            compose_from: None,
            confirm_from: None,
            holding: Holding::default(),
            choice: None,
            checked_session: None,
            at_counter: false,
            more_time: false,
            opened_at: now,
            verification: Verification::Verified,
            review: None,
            voided: None,
        };
        match applications::add(tx, &opened, now).await {
            Ok(()) => Ok(Done::about(opened.id)),
            // Another request of the same citizen came first.
            Err(error) if error.is_unique_violation(applications::OPEN_KEY) => {
                Err(Reason::ChangedMeanwhile.into())
            }
            Err(error) => Err(error.into()),
        }
    }
}

/// Whether the citizen's road at the office leads on with this application.
fn is_open(state: State) -> bool {
    !matches!(
        state,
        State::Registered | State::Exhausted | State::Expired | State::Voided
    )
}

/// The application a kept answer is about.
pub(super) fn read_id(done: &Done) -> Result<xuanhao_chassis::ids::ApplicationId, Error> {
    let corrupt = |source| xuanhao_chassis::db::Error::corrupt("response", source);
    Ok(done.subject.parse().map_err(corrupt)?)
}
