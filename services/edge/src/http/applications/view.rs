//! An application as its citizen sees it.

use serde::Serialize;
use utoipa::ToSchema;
use xuanhao_proto::selection::v1 as pb;

use super::terms::Terms;
use crate::error::Error;
use crate::http::wire::{PlateClass, instant, optional_instant, plate_class, text};

/// How far an application has come.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum ApplicationState {
    /// Notice agreed to; information to be submitted.
    NoticeAgreed,
    /// Information submitted; it may still be changed.
    InfoSubmitted,
    /// Information locked for ever (R-INF-07).
    InfoConfirmed,
    /// Identity checked again; numbers may be drawn and composed.
    Selecting,
    /// A number is the vehicle's.
    Confirmed,
    /// The vehicle is registered with it.
    Registered,
    /// All chances are used up.
    Exhausted,
    /// Not registered in time.
    Expired,
    /// Withdrawn.
    Voided,
}

/// One road of one vehicle.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct Application {
    #[schema(format = "uuid")]
    pub(super) application_id: String,
    #[schema(example = "gd-zhanjiang")]
    office: String,
    state: ApplicationState,
    /// Absent until submitted.
    #[serde(skip_serializing_if = "Option::is_none")]
    vin: Option<String>,
    /// Absent until submitted.
    #[serde(skip_serializing_if = "Option::is_none")]
    plate_class: Option<PlateClass>,
    counters: Counters,
    /// Absent when nothing is held.
    #[serde(skip_serializing_if = "Option::is_none")]
    holding: Option<Holding>,
    /// Set once confirmed.
    #[serde(skip_serializing_if = "Option::is_none")]
    result: Option<Confirmed>,
    /// Rises with every change.
    #[schema(example = "7")]
    version: String,
    #[schema(format = DateTime)]
    opened_at: String,
    /// The next compose round may be confirmed from then on (R-SEL-05).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    compose_from: Option<String>,
    /// The identity check may be sent from then on (R-AUTH-02).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    confirm_from: Option<String>,
    /// Our time, for countdowns.
    #[schema(format = DateTime)]
    now: String,
    terms: Terms,
    /// An operation is under way: its answer comes on repeating its `Idempotency-Key`.
    operation_pending: bool,
    /// Whether outside answers have confirmed vehicle and purchase proof; absent until submitted.
    #[serde(skip_serializing_if = "Option::is_none")]
    verification: Option<Verification>,
    /// A number that waits for being confirmed; absent when none does.
    #[serde(skip_serializing_if = "Option::is_none")]
    choice: Option<Choice>,
    /// This web session has passed the identity check and may select (R-AUTH-01).
    checked_here: bool,
    /// The citizen said that he needs more time; the terms tell the longer times.
    more_time: bool,
    /// What happened at the office; absent before anything did.
    #[serde(skip_serializing_if = "Option::is_none")]
    office_acts: Option<OfficeActs>,
    /// The number may be undone until then; absent when it may not.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    undo_until: Option<String>,
    /// What chances to compose were left were forfeited (R-SEL-10).
    compose_forfeited: bool,
    /// Why it was voided.
    #[serde(skip_serializing_if = "Option::is_none")]
    void_reason: Option<String>,
    /// First civil day on which a ban that is in force is over.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = Date)]
    banned_until: Option<String>,
    /// The latest appeal.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = "uuid")]
    appeal_id: Option<String>,
}

/// Whether outside answers have confirmed vehicle and purchase proof. Numbers may be selected only
/// once they have.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Verification {
    /// Confirmed.
    Verified,
    /// An outside system has not answered yet; a message follows.
    Pending,
    /// Evidence is wanted, or waits for an officer's decision: `getReview`.
    UnderReview,
}

/// A number that waits for being confirmed.
#[derive(Debug, Serialize, ToSchema)]
struct Choice {
    #[schema(example = "粤G12A3B")]
    plate: String,
    /// Found by composing (R-SEL-10), rather than drawn.
    composed: bool,
    /// Chosen: no way back, an SMS code completes it (R-CNF-01).
    r#final: bool,
    #[schema(format = DateTime)]
    until: String,
}

/// What happened at the office, each with its civil day once it did.
#[derive(Debug, Serialize, ToSchema)]
struct OfficeActs {
    /// Arrival stops the clock.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = Date)]
    arrived_on: Option<String>,
    /// 查验.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = Date)]
    inspected_on: Option<String>,
    /// Absent until inspected.
    #[serde(skip_serializing_if = "Option::is_none")]
    inspection_passed: Option<bool>,
    /// 号牌领取.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = Date)]
    collected_on: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = Date)]
    registered_on: Option<String>,
}

/// What remains for the vehicle.
#[derive(Debug, Serialize, ToSchema)]
struct Counters {
    compose_left: i32,
    draws_left: i32,
}

/// Numbers held for the citizen.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Holding {
    /// Of the last draw.
    column: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    column_until: Option<String>,
    /// Candidates.
    basket: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    basket_until: Option<String>,
}

/// A confirmed number.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Confirmed {
    #[schema(example = "粤G12A3B")]
    plate: String,
    #[schema(format = DateTime)]
    decided_at: String,
    /// Last civil day for registering, inclusive (R-DONE-01).
    #[schema(format = Date)]
    deadline: String,
    /// The number people read out; its last place is a check character.
    #[schema(example = "7K3F-9QXM-2HTA")]
    voucher_number: String,
}

impl TryFrom<pb::Application> for Application {
    type Error = Error;

    fn try_from(told: pb::Application) -> Result<Self, Error> {
        Ok(Self {
            state: state(told.state())?,
            verification: verification(told.verification()),
            plate_class: plate_class(told.plate_class)?,
            counters: counters(told.counters)?,
            holding: told.holding.map(Holding::try_from).transpose()?,
            result: told.result.map(Confirmed::try_from).transpose()?,
            version: told.version.to_string(),
            opened_at: instant(told.opened_at, "opened_at")?,
            compose_from: optional_instant(told.compose_from, "compose_from")?,
            confirm_from: optional_instant(told.confirm_from, "confirm_from")?,
            now: instant(told.now, "now")?,
            choice: told.choice.map(Choice::try_from).transpose()?,
            office_acts: told.office_acts.map(OfficeActs::from),
            undo_until: optional_instant(told.undo_until, "undo_until")?,
            terms: told.terms.try_into()?,
            operation_pending: told.operation_pending,
            checked_here: told.checked_here,
            more_time: told.more_time,
            compose_forfeited: told.compose_forfeited,
            void_reason: text(told.void_reason),
            banned_until: text(told.banned_until),
            appeal_id: text(told.appeal_id),
            application_id: told.application_id,
            office: told.office,
            vin: text(told.vin),
        })
    }
}

fn state(told: pb::ApplicationState) -> Result<ApplicationState, Error> {
    Ok(match told {
        pb::ApplicationState::Unspecified => return Err(Error::peer_answer("state")),
        pb::ApplicationState::NoticeAgreed => ApplicationState::NoticeAgreed,
        pb::ApplicationState::InfoSubmitted => ApplicationState::InfoSubmitted,
        pb::ApplicationState::InfoConfirmed => ApplicationState::InfoConfirmed,
        pb::ApplicationState::Selecting => ApplicationState::Selecting,
        pb::ApplicationState::Confirmed => ApplicationState::Confirmed,
        pb::ApplicationState::Registered => ApplicationState::Registered,
        pb::ApplicationState::Exhausted => ApplicationState::Exhausted,
        pb::ApplicationState::Expired => ApplicationState::Expired,
        pb::ApplicationState::Voided => ApplicationState::Voided,
    })
}

/// `None` before there is anything to verify.
fn verification(told: pb::Verification) -> Option<Verification> {
    match told {
        pb::Verification::Unspecified => None,
        pb::Verification::Verified => Some(Verification::Verified),
        pb::Verification::Pending => Some(Verification::Pending),
        pb::Verification::UnderReview => Some(Verification::UnderReview),
    }
}

fn counters(told: Option<pb::Counters>) -> Result<Counters, Error> {
    let told = told.ok_or_else(|| Error::peer_answer("counters"))?;
    Ok(Counters {
        compose_left: told.compose_left,
        draws_left: told.draws_left,
    })
}

impl TryFrom<pb::Choice> for Choice {
    type Error = Error;

    fn try_from(told: pb::Choice) -> Result<Self, Error> {
        Ok(Self {
            until: instant(told.until, "until")?,
            plate: told.plate,
            composed: told.composed,
            r#final: told.r#final,
        })
    }
}

impl From<pb::OfficeActs> for OfficeActs {
    fn from(told: pb::OfficeActs) -> Self {
        Self {
            arrived_on: text(told.arrived_on),
            inspected_on: text(told.inspected_on),
            inspection_passed: told.inspection_passed,
            collected_on: text(told.collected_on),
            registered_on: text(told.registered_on),
        }
    }
}

impl TryFrom<pb::Holding> for Holding {
    type Error = Error;

    fn try_from(told: pb::Holding) -> Result<Self, Error> {
        Ok(Self {
            column: told.column,
            column_until: optional_instant(told.column_until, "column_until")?,
            basket: told.basket,
            basket_until: optional_instant(told.basket_until, "basket_until")?,
        })
    }
}

impl TryFrom<pb::Result> for Confirmed {
    type Error = Error;

    fn try_from(told: pb::Result) -> Result<Self, Error> {
        Ok(Self {
            plate: told.plate,
            decided_at: instant(told.decided_at, "decided_at")?,
            deadline: told.deadline,
            voucher_number: told.voucher_number,
        })
    }
}
