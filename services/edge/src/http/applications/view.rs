//! An application as its citizen sees it, and what a selecting call came to.

use serde::Serialize;
use utoipa::ToSchema;
use xuanhao_proto::selection::v1 as pb;

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
}

/// What remains for the vehicle.
#[derive(Debug, Serialize, ToSchema)]
struct Counters {
    compose_left: i32,
    draws_left: i32,
}

/// Quotas and timers as frozen into the application.
#[derive(Debug, Serialize, ToSchema)]
struct Terms {
    /// Name of the policy.
    #[schema(example = "guangdong-2023")]
    policy: String,
    policy_version: i32,
    compose_quota: i32,
    /// Wishes of one round.
    compose_batch_max: i32,
    compose_interval_s: i32,
    /// Draws.
    draw_quota: i32,
    /// Numbers of one draw.
    draw_count: i32,
    /// Whether numbers without 4 may be asked for.
    exclude_four: bool,
    column_ttl_s: i32,
    basket_ttl_s: i32,
    confirm_delay_s: i32,
    /// Working days to register in.
    validity_working_days: i32,
}

/// Numbers held for the citizen.
#[derive(Debug, Serialize, ToSchema)]
struct Holding {
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
struct Confirmed {
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

/// What a selecting call came to (P7).
#[derive(Debug, Serialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Outcome {
    /// The number is the vehicle's.
    Allocated(Confirmed),
    /// Numbers are held until then.
    Held(Holding),
    /// None of the wishes was free; the round is used up.
    AllMissed(AllMissed),
    /// Taken note of; a lot decides then.
    Lodged(Lodged),
}

/// The wishes that were missed.
#[derive(Debug, Serialize, ToSchema)]
struct AllMissed {
    wishes: Vec<String>,
}

/// When a lot decides.
#[derive(Debug, Serialize, ToSchema)]
struct Lodged {
    #[schema(format = DateTime)]
    decided_at: String,
}

/// What a selecting call came to, and the application afterwards.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Answered {
    outcome: Outcome,
    application: Application,
}

impl Answered {
    pub(super) fn of(
        outcome: Option<pb::SelectingOutcome>,
        application: Option<pb::Application>,
    ) -> Result<axum::Json<Self>, Error> {
        let outcome = outcome.and_then(|outcome| outcome.result);
        let application = application.ok_or_else(|| Error::peer_answer("application"))?;
        Ok(axum::Json(Self {
            outcome: outcome
                .ok_or_else(|| Error::peer_answer("outcome"))?
                .try_into()?,
            application: application.try_into()?,
        }))
    }
}

impl TryFrom<pb::selecting_outcome::Result> for Outcome {
    type Error = Error;

    fn try_from(told: pb::selecting_outcome::Result) -> Result<Self, Error> {
        use pb::selecting_outcome::Result as Told;
        Ok(match told {
            Told::Allocated(result) => Self::Allocated(result.try_into()?),
            Told::Held(holding) => Self::Held(holding.try_into()?),
            Told::AllMissed(missed) => Self::AllMissed(AllMissed {
                wishes: missed.wishes,
            }),
            Told::Lodged(lodged) => Self::Lodged(Lodged {
                decided_at: instant(lodged.decided_at, "decided_at")?,
            }),
        })
    }
}

impl TryFrom<pb::Application> for Application {
    type Error = Error;

    fn try_from(told: pb::Application) -> Result<Self, Error> {
        Ok(Self {
            state: state(told.state())?,
            plate_class: plate_class(told.plate_class)?,
            counters: counters(told.counters)?,
            holding: told.holding.map(Holding::try_from).transpose()?,
            result: told.result.map(Confirmed::try_from).transpose()?,
            version: told.version.to_string(),
            opened_at: instant(told.opened_at, "opened_at")?,
            compose_from: optional_instant(told.compose_from, "compose_from")?,
            confirm_from: optional_instant(told.confirm_from, "confirm_from")?,
            now: instant(told.now, "now")?,
            terms: terms(told.terms)?,
            operation_pending: told.operation_pending,
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

fn counters(told: Option<pb::Counters>) -> Result<Counters, Error> {
    let told = told.ok_or_else(|| Error::peer_answer("counters"))?;
    Ok(Counters {
        compose_left: told.compose_left,
        draws_left: told.draws_left,
    })
}

fn terms(told: Option<pb::Terms>) -> Result<Terms, Error> {
    let told = told.ok_or_else(|| Error::peer_answer("terms"))?;
    Ok(Terms {
        policy: told.policy,
        policy_version: told.policy_version,
        compose_quota: told.compose_quota,
        compose_batch_max: told.compose_batch_max,
        compose_interval_s: told.compose_interval_s,
        draw_quota: told.draw_quota,
        draw_count: told.draw_count,
        exclude_four: told.exclude_four,
        column_ttl_s: told.column_ttl_s,
        basket_ttl_s: told.basket_ttl_s,
        confirm_delay_s: told.confirm_delay_s,
        validity_working_days: told.validity_working_days,
    })
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
