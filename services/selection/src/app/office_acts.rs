//! Acts at the office's window: arrival, inspection, collection. Each is its own act of staff
//! (R-DONE-04, R-DONE-05).

use jiff::civil::Date;
use xuanhao_chassis::db::Tx;
use xuanhao_chassis::error::Refusal;
use xuanhao_chassis::idempotency::Scope;
use xuanhao_chassis::ids::ApplicationId;
use xuanhao_chassis::reason::Reason;
use xuanhao_vocabulary::OfficeId;

use super::acts::check_reason;
use super::load::served_for_update;
use super::view::Page;
use super::{Act, App, Done, Staff};
use crate::domain::office_acts::OfficeAct;
use crate::domain::state::State;
use crate::error::Error;
use crate::store::selections::{self, Listed, View};
use crate::store::{applications, audit, endings};

/// An officer's statement.
#[derive(Debug, Clone)]
pub(crate) struct RecordAct {
    pub(crate) application: ApplicationId,
    pub(crate) act: OfficeAct,
    /// The civil day; today where none was named.
    pub(crate) on: Option<Date>,
    pub(crate) reason: String,
}

impl App {
    /// Records an act at the window.
    ///
    /// # Errors
    /// `NOT_FOUND`, `STEP_NOT_REACHED`, `DEADLINE_PASSED`, `ALREADY_REGISTERED`, `APPLICATION_VOIDED`,
    /// `OUTSIDE_YOUR_OFFICE`, `STAFF_REASON_REQUIRED`, `FIELD_INVALID` for a day that cannot be.
    pub(crate) async fn record_act(
        &self,
        staff: &Staff,
        act: &Act,
        wish: &RecordAct,
    ) -> Result<View, Error> {
        let (method, word) = match wish.act {
            OfficeAct::Arrival => ("RecordArrival", "selection.arrived"),
            OfficeAct::Inspection { .. } => ("RecordInspection", "selection.inspected"),
            OfficeAct::Collection => ("RecordCollection", "selection.collected"),
        };
        let reason = match wish.act {
            // What was found is told when something was.
            OfficeAct::Inspection { passed: true } if wish.reason.trim().is_empty() => {
                String::new()
            }
            _ => check_reason(&wish.reason)?,
        };
        let key = act.key(&Scope::Staff(staff.id), method, self.clock.now());
        self.db
            .run_once(
                "selection.record_act",
                &key,
                &act.fingerprint,
                async |tx: &mut Tx| self.write_act(tx, staff, wish, word, &reason).await,
            )
            .await?;
        let view = selections::lookup(self.db.pool(), wish.application).await?;
        view.ok_or_else(|| Error::not_found("application"))
    }

    async fn write_act(
        &self,
        tx: &mut Tx,
        staff: &Staff,
        wish: &RecordAct,
        word: &'static str,
        reason: &str,
    ) -> Result<Done, Error> {
        let (now, today) = (self.clock.now(), self.clock.today());
        let application = served_for_update(tx, wish.application, staff).await?;
        let view = selections::lookup(&mut **tx, application.id).await?;
        let view = view.ok_or(Reason::StepNotReached)?;
        let on = wish.on.unwrap_or(today);
        let acts = view
            .selection
            .record(application.state, wish.act, on, today)
            .map_err(|refused| self.no(refused))?;
        endings::record_acts(tx, application.id, &acts).await?;
        applications::update(tx, &application.touched(), now).await?;
        let details = match wish.act {
            OfficeAct::Inspection { passed } => serde_json::json!({ "on": on, "passed": passed }),
            _ => serde_json::json!({ "on": on }),
        };
        let office = application.office;
        let entry = self.entry(staff, office, word, application.id, reason, details);
        audit::add(tx, &entry, now).await?;
        Ok(Done::about(application.id))
    }

    /// An office's selections for its windows, those due first.
    ///
    /// # Errors
    /// `OUTSIDE_YOUR_OFFICE`, `FIELD_INVALID`, `PAGE_TOKEN_INVALID`.
    pub(crate) async fn list_selections(
        &self,
        staff: &Staff,
        office: OfficeId,
        state: &str,
        size: u16,
        page_token: &str,
    ) -> Result<Page<View>, Error> {
        staff.check_serves(office)?;
        let listed = match state {
            "" => Listed::Open,
            "confirmed" => Listed::Confirmed,
            "arrived" => Listed::Arrived,
            "registered" => Listed::Ended(State::Registered),
            "expired" => Listed::Ended(State::Expired),
            "voided" => Listed::Ended(State::Voided),
            _ => return Err(Refusal::invalid("state", "unknown_value").into()),
        };
        let after = match page_token {
            "" => None,
            token => Some(read_token(token)?),
        };
        let limit = i64::from(size) + 1;
        let pool = self.db.pool();
        let mut items = selections::list_of_office(pool, office, listed, after, limit).await?;
        let more = items.len() > usize::from(size);
        items.truncate(size.into());
        let last = items.last().filter(|_| more);
        let next = last.map_or_else(String::new, |last| {
            format!("{}.{}", last.selection.deadline, last.application)
        });
        Ok(Page { items, next })
    }
}

fn read_token(token: &str) -> Result<(Date, ApplicationId), Error> {
    let read = || {
        let (deadline, id) = token.split_once('.')?;
        Some((deadline.parse().ok()?, id.parse().ok()?))
    };
    read().ok_or_else(|| Reason::PageTokenInvalid.into())
}
