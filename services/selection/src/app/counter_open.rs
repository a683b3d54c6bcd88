//! Opening an application at the window, or taking one up where it stands (R-SEL-12).
//!
//! The officer has seen the person and the papers: the notice is read out, no code is sent, and the
//! information is locked in the same act. As on the internet the vehicle is claimed before the lock; an
//! act that broke off is gone on with by the next attempt.

use std::sync::Arc;

use xuanhao_chassis::db::Tx;
use xuanhao_chassis::error::Refusal;
use xuanhao_chassis::idempotency::Scope;
use xuanhao_chassis::ids::AccountId;
use xuanhao_chassis::reason::Reason;
use xuanhao_vocabulary::{OfficeId, Vin};

use super::acts::check_reason;
use super::confirm_info::CLAIM_LIMIT;
use super::load::{info_of, policy_in_force, served_for_update};
use super::open_application::read_id;
use super::submit_info::check_kind;
use super::{Act, App, Done, Staff, View};
use crate::domain::Refused;
use crate::domain::application::Application;
use crate::domain::deadline::check_covered;
use crate::domain::holding::Holding;
use crate::domain::operation::Channel;
use crate::domain::policy::Level;
use crate::domain::rules::Rules;
use crate::domain::state::{Event, State};
use crate::domain::verification::Verification;
use crate::error::Error;
use crate::peers::{Holder, Submitted};
use crate::store::{applications, audit, calendars, notices};

/// An officer's wish.
#[derive(Clone)]
pub(crate) struct OpenAtCounter {
    pub(crate) office: OfficeId,
    /// Who stands at the window.
    pub(crate) account: AccountId,
    pub(crate) submitted: Submitted,
    /// Of the notice that was read out.
    pub(crate) notice_version: i32,
    pub(crate) reason: String,
}

/// What there is to go on with.
enum Begun {
    /// Its information is locked: it is taken up where it stands.
    Locked(Box<Application>),
    /// Its information is still to be taken in.
    Open(Box<Application>),
    /// There is none yet, and none is written before its vehicle was assessed.
    New(Box<Application>),
}

impl App {
    /// Opens or takes up an application at the window.
    ///
    /// # Errors
    /// `OUTSIDE_YOUR_OFFICE`, `STAFF_REASON_REQUIRED`, `COUNTER_NOT_OFFERED`, `NOTICE_CHANGED`,
    /// `ENROLMENT_REQUIRED`, `BLACKLISTED`, `ALREADY_CONFIRMED`, `CALENDAR_NOT_COVERED`,
    /// `SELECTION_PAUSED`, and those of the vehicle service.
    pub(crate) async fn open_at_counter(
        self: &Arc<Self>,
        staff: &Staff,
        act: &Act,
        wish: &OpenAtCounter,
    ) -> Result<View, Error> {
        let reason = check_reason(&wish.reason)?;
        staff.check_serves(wish.office)?;
        let key = act.key(&Scope::Staff(staff.id), "OpenAtCounter", self.clock.now());
        if let Some(done) = self.answered(&key, act).await? {
            return self.view_by_id(read_id(&done)?).await;
        }
        let holder = self.peers.identity.transacting_holder(wish.account).await?;
        let begun = self
            .db
            .run_tx("selection.begin_at_counter", async |tx: &mut Tx| {
                self.begin_at_counter(tx, wish, &holder).await
            })
            .await?;
        let (application, claim) = match begun {
            Begun::Locked(application) => (*application, None),
            begun => {
                let application = self.take_in(wish, &holder, begun).await?;
                let claim = self.claim_at_counter(act, &application).await?;
                (application, Some(claim))
            }
        };
        let done = self
            .db
            .run_once(
                "selection.open_at_counter",
                &key,
                &act.fingerprint,
                async |tx: &mut Tx| {
                    let found = served_for_update(tx, application.id, staff).await?;
                    let from = found.state;
                    let taken_up = match &claim {
                        Some(claim) => self.lock(tx, &found, &application, claim).await?,
                        None => self.take_up(tx, &found).await?,
                    };
                    let details = serde_json::json!({ "from": from.as_str() });
                    let act = "counter.opened";
                    let entry = audit::Entry {
                        on_behalf_of: Some(taken_up.account.as_uuid()),
                        ..self.entry(staff, wish.office, act, taken_up.id, &reason, details)
                    };
                    audit::add(tx, &entry, self.clock.now()).await?;
                    Ok::<_, Error>(Done::about(taken_up.id))
                },
            )
            .await?;
        self.view_by_id(read_id(&done)?).await
    }

    /// Finds what there is to go on with, or opens it.
    async fn begin_at_counter(
        &self,
        tx: &mut Tx,
        wish: &OpenAtCounter,
        holder: &Holder,
    ) -> Result<Begun, Error> {
        let now = self.clock.now();
        let no = |refused| self.no(refused);
        let policy = policy_in_force(tx, wish.office).await?.policy;
        let rules = Rules::new(&policy, &policy);
        rules.window().map_err(no)?;
        rules.check_open(Channel::Window, now).map_err(no)?;
        check_kind(&wish.submitted, &policy)?;
        self.check_ban(tx, &holder.person_key).await?;
        let calendar = calendars::of_province(&mut **tx, wish.office.province()).await?;
        check_covered(now, rules.validity(), &calendar).map_err(no)?;
        let notice = notices::find_in_force(&mut **tx, wish.office).await?;
        let notice = notice.ok_or_else(|| Error::not_found("notice"))?;
        if notice.version != wish.notice_version {
            return Err(Refusal::new(Reason::NoticeChanged)
                .on_field("notice_version")
                .into());
        }
        let (account, office) = (wish.account, wish.office);
        // What is no VIN is told why by the vehicle service.
        let found = match Vin::parse(&wish.submitted.vin) {
            Ok(vin) => applications::find_to_take_up(tx, account, office, &vin).await?,
            Err(_) => None,
        };
        if let Some(found) = &found
            && found.policy_version.is_some()
        {
            found.state.after(Event::OperateAtCounter).map_err(no)?;
            return Ok(Begun::Locked(Box::new(found.clone())));
        }
        if holder.level < Level::FaceToFace {
            return Err(no(Refused::LevelTooLow));
        }
        let begun = match found {
            Some(found) => Some(found),
            None => applications::find_begun_at_counter(tx, account, office).await?,
        };
        if let Some(begun) = begun {
            begun.agree_notice(notice.version).map_err(no)?;
            return Ok(Begun::Open(Box::new(begun)));
        }
        let opened = Application {
            id: self.ids.next(),
            office,
            account,
            person_key: holder.person_key.clone(),
            state: State::NoticeAgreed,
            version: 1,
            notice_version: notice.version,
            info: None,
            policy_version: None,
            last_op_no: 0,
            compose_from: None,
            confirm_from: None,
            holding: Holding::default(),
            choice: None,
            checked_session: None,
            at_counter: true,
            more_time: false,
            verification: Verification::Verified,
            review: None,
            voided: None,
            opened_at: now,
        };
        Ok(Begun::New(Box::new(opened)))
    }

    /// Has the vehicle assessed and takes over what was found. The assessment has a request id of its
    /// own: nothing hangs on it until it is taken over.
    async fn take_in(
        &self,
        wish: &OpenAtCounter,
        holder: &Holder,
        begun: Begun,
    ) -> Result<Application, Error> {
        let is_new = matches!(begun, Begun::New(_));
        let (Begun::Locked(begun) | Begun::Open(begun) | Begun::New(begun)) = begun;
        if !is_new {
            self.free_unfinished_claim(begun.id).await?;
        }
        let vehicle = &self.peers.vehicle;
        let request_id = self.request_id().as_uuid();
        let assessed = vehicle
            .assess(request_id, begun.id, wish.office, &wish.submitted, holder)
            .await?;
        self.db
            .run_tx("selection.take_in_at_counter", async |tx: &mut Tx| {
                let now = self.clock.now();
                let no = |refused| self.no(refused);
                if is_new {
                    applications::add(tx, &begun, now).await?;
                }
                let found = applications::lookup_for_update(tx, begun.id).await?;
                let found = found.ok_or_else(|| Error::not_found("application"))?;
                if applications::claiming_until(tx, begun.id).await?.is_some() {
                    return Err(no(Refused::OperationPending));
                }
                let agreed = found.agree_notice(wish.notice_version).map_err(no)?;
                let agreed = Application {
                    at_counter: true,
                    ..agreed
                };
                applications::update(tx, &agreed, now).await?;
                let policy = policy_in_force(tx, agreed.office).await?.policy;
                let next = agreed
                    .submit_info(assessed.info.clone(), &policy)
                    .map_err(no)?;
                applications::update(tx, &next, now).await?;
                let until = self.later(CLAIM_LIMIT);
                applications::mark_claiming(tx, next.id, Some(until)).await?;
                Ok::<_, Error>(next)
            })
            .await
    }

    async fn claim_at_counter(
        &self,
        act: &Act,
        application: &Application,
    ) -> Result<crate::domain::verification::Claim, Error> {
        let info = info_of(application).map_err(|refused| self.no(refused))?;
        let vehicle = &self.peers.vehicle;
        let claim = vehicle.claim(act.request_id.as_uuid(), info.assessment, application.id);
        match claim.await {
            Ok(claim) => Ok(claim),
            Err(error) => {
                if let Error::Refused(_) = error {
                    self.end_claim(application.id).await?;
                }
                Err(error)
            }
        }
    }

    async fn take_up(&self, tx: &mut Tx, found: &Application) -> Result<Application, Error> {
        let after = found.state.after(Event::OperateAtCounter);
        after.map_err(|refused| self.no(refused))?;
        let taken_up = found.take_up();
        applications::update(tx, &taken_up, self.clock.now()).await?;
        Ok(taken_up)
    }
}
