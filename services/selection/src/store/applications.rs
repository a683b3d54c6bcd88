//! Applications.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::{PgConnection, PgExecutor};
use uuid::Uuid;
use xuanhao_chassis::db::{Error, Traced, affected};
use xuanhao_chassis::ids::{AccountId, ApplicationId, SessionId};
use xuanhao_vocabulary::plate::Energy;
use xuanhao_vocabulary::{OfficeId, Vin};

use super::{at, json, number, parse, stored, to_json};
use crate::domain::application::{Application, Info};
use crate::domain::void::Voided;

mod due;

pub(crate) use due::{
    claiming_until, list_lapsed_choices, list_spent, list_to_release, mark_claiming, mark_released,
};

/// Unique index: one open application per account and office.
pub(crate) const OPEN_KEY: &str = "applications_open_key";
/// Unique index: one application per VIN from the lock on.
pub(crate) const VIN_KEY: &str = "applications_vin_key";

/// The statement's tail chooses the rows; the columns are always the same.
macro_rules! select {
    ($name:literal, $tail:literal $(, $argument:expr)* $(,)?) => {
        sqlx::query_as!(
            Row,
            "-- selection.applications." + $name + r#"
            SELECT application_id AS "id: ApplicationId", office,
                   account_id AS "account: AccountId", person_key, state, version, notice_version,
                   vin, plate_class, assessment_id, vehicle_key, policy_version, last_op_no,
                   compose_from AS "compose_from: jiff_sqlx::Timestamp",
                   confirm_from AS "confirm_from: jiff_sqlx::Timestamp", holding,
                   opened_at AS "opened_at: jiff_sqlx::Timestamp", verification, review_id,
                   void_cause, void_reason, energy, vehicle_description, purchase_proof_masked,
                   choice, checked_session_id AS "checked_session: SessionId", at_counter,
                   more_time
            FROM applications "# + $tail
            $(, $argument)*
        )
    };
}

/// An application, locked against other writers.
pub(crate) async fn lookup_for_update(
    connection: &mut PgConnection,
    id: ApplicationId,
) -> Result<Option<Application>, Error> {
    let row = select!(
        "lookup_for_update",
        "WHERE application_id = $1 FOR UPDATE",
        id.as_uuid()
    )
    .fetch_optional(connection)
    .traced("db.applications.lookup_for_update")
    .await?;
    row.map(Application::try_from).transpose()
}

/// An application.
pub(crate) async fn lookup(
    executor: impl PgExecutor<'_>,
    id: ApplicationId,
) -> Result<Option<Application>, Error> {
    let row = select!("lookup", "WHERE application_id = $1", id.as_uuid())
        .fetch_optional(executor)
        .traced("db.applications.lookup")
        .await?;
    row.map(Application::try_from).transpose()
}

/// The account's latest application at an office.
pub(crate) async fn find_latest(
    executor: impl PgExecutor<'_>,
    account: AccountId,
    office: OfficeId,
) -> Result<Option<Application>, Error> {
    let row = select!(
        "find_latest",
        "WHERE account_id = $1 AND office = $2 ORDER BY opened_at DESC, application_id DESC LIMIT 1",
        account.as_uuid(),
        office.as_str(),
    )
    .fetch_optional(executor)
    .traced("db.applications.find_latest")
    .await?;
    row.map(Application::try_from).transpose()
}

/// The account's applications before a place in the list, newest first.
pub(crate) async fn list(
    executor: impl PgExecutor<'_>,
    account: AccountId,
    before: Option<(Timestamp, ApplicationId)>,
    limit: i64,
) -> Result<Vec<Application>, Error> {
    let (opened_at, id) = before.unzip();
    let rows = select!(
        "list",
        "WHERE account_id = $1
           AND ($2::timestamptz IS NULL OR (opened_at, application_id) < ($2, $3::uuid))
         ORDER BY opened_at DESC, application_id DESC LIMIT $4",
        account.as_uuid(),
        stored(opened_at) as _,
        id.map(ApplicationId::as_uuid),
        limit,
    )
    .fetch_all(executor)
    .traced("db.applications.list")
    .await?;
    rows.into_iter().map(Application::try_from).collect()
}

/// Adds a new application.
pub(crate) async fn add(
    connection: &mut PgConnection,
    added: &Application,
    now: Timestamp,
) -> Result<(), Error> {
    sqlx::query!(
        "-- selection.applications.add
        INSERT INTO applications (application_id, province, office, account_id, person_key, state,
                                  version, notice_version, holding, opened_at, updated_at,
                                  at_counter)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        added.id.as_uuid(),
        added.office.province().as_str(),
        added.office.as_str(),
        added.account.as_uuid(),
        added.person_key,
        added.state.as_str(),
        added.version,
        added.notice_version,
        to_json("applications.holding", &added.holding)?,
        added.opened_at.to_sqlx() as _,
        now.to_sqlx() as _,
        added.at_counter,
    )
    .execute(connection)
    .traced("db.applications.add")
    .await?;
    Ok(())
}

/// Writes an application that is one version on. Nobody else wrote between, or nothing is written.
pub(crate) async fn update(
    connection: &mut PgConnection,
    changed: &Application,
    now: Timestamp,
) -> Result<(), Error> {
    use crate::domain::state::State;

    let info = changed.info.as_ref();
    let choice = changed.choice.as_ref();
    let choice = choice
        .map(|choice| to_json("applications.choice", choice))
        .transpose()?;
    let ended = matches!(
        changed.state,
        State::Registered | State::Exhausted | State::Expired | State::Voided
    );
    let result = sqlx::query!(
        "-- selection.applications.update
        UPDATE applications
        SET state = $3, version = $2, notice_version = $4, vin = $5, plate_class = $6,
            assessment_id = $7, vehicle_key = $8, policy_version = $9, last_op_no = $10,
            compose_from = $11, confirm_from = $12, holding = $13, held_until = $14,
            updated_at = $15,
            ended_at = CASE WHEN $16 THEN coalesce(ended_at, $15) END,
            verification = $17, review_id = $18, void_cause = $19, void_reason = $20,
            energy = $21, vehicle_description = $22, purchase_proof_masked = $23, choice = $24,
            choice_until = $25, checked_session_id = $26, at_counter = $27, more_time = $28
        WHERE application_id = $1 AND version + 1 = $2",
        changed.id.as_uuid(),
        changed.version,
        changed.state.as_str(),
        changed.notice_version,
        info.map(|info| info.vin.as_str()),
        info.map(|info| info.class.as_str()),
        info.map(|info| info.assessment),
        info.map(|info| info.vehicle_key.as_slice()),
        changed.policy_version,
        number::<i64, _>("applications.last_op_no", changed.last_op_no)?,
        stored(changed.compose_from) as _,
        stored(changed.confirm_from) as _,
        to_json("applications.holding", &changed.holding)?,
        stored(changed.holding.ends_at()) as _,
        now.to_sqlx() as _,
        ended,
        changed.verification.as_str(),
        changed.review,
        changed.voided.as_ref().map(|why| why.cause.as_str()),
        changed.voided.as_ref().map(|why| why.reason.as_str()),
        info.and_then(|info| info.energy).map(energy_word),
        info.map_or("", |info| info.description.as_str()),
        info.map_or("", |info| info.purchase_proof_masked.as_str()),
        choice,
        stored(changed.choice.as_ref().map(|choice| choice.until)) as _,
        changed.checked_session.map(SessionId::as_uuid),
        changed.at_counter,
        changed.more_time,
    )
    .execute(connection)
    .traced("db.applications.update")
    .await?;
    affected(1, &result)
}

/// The account's application for a vehicle at an office that an officer may take up: the furthest of
/// those that have no number and are not ended.
pub(crate) async fn find_to_take_up(
    connection: &mut PgConnection,
    account: AccountId,
    office: OfficeId,
    vin: &Vin,
) -> Result<Option<Application>, Error> {
    let row = select!(
        "find_to_take_up",
        "WHERE account_id = $1 AND office = $2 AND vin = $3
           AND state IN ('info_submitted', 'info_confirmed', 'selecting', 'exhausted', 'confirmed')
         ORDER BY policy_version IS NULL, opened_at DESC LIMIT 1 FOR UPDATE",
        account.as_uuid(),
        office.as_str(),
        vin.as_str(),
    )
    .fetch_optional(connection)
    .traced("db.applications.find_to_take_up")
    .await?;
    row.map(Application::try_from).transpose()
}

/// An application an officer began and did not finish opening.
pub(crate) async fn find_begun_at_counter(
    connection: &mut PgConnection,
    account: AccountId,
    office: OfficeId,
) -> Result<Option<Application>, Error> {
    let row = select!(
        "find_begun_at_counter",
        "WHERE account_id = $1 AND office = $2 AND at_counter
           AND state IN ('notice_agreed', 'info_submitted')
         ORDER BY opened_at DESC LIMIT 1 FOR UPDATE",
        account.as_uuid(),
        office.as_str(),
    )
    .fetch_optional(connection)
    .traced("db.applications.find_begun_at_counter")
    .await?;
    row.map(Application::try_from).transpose()
}

struct Row {
    id: ApplicationId,
    office: String,
    account: AccountId,
    person_key: Vec<u8>,
    state: String,
    version: i64,
    notice_version: i32,
    vin: Option<String>,
    plate_class: Option<String>,
    assessment_id: Option<Uuid>,
    vehicle_key: Option<Vec<u8>>,
    policy_version: Option<i32>,
    last_op_no: i64,
    compose_from: Option<jiff_sqlx::Timestamp>,
    confirm_from: Option<jiff_sqlx::Timestamp>,
    holding: serde_json::Value,
    opened_at: jiff_sqlx::Timestamp,
    verification: String,
    review_id: Option<Uuid>,
    void_cause: Option<String>,
    void_reason: Option<String>,
    energy: Option<String>,
    vehicle_description: String,
    purchase_proof_masked: String,
    choice: Option<serde_json::Value>,
    checked_session: Option<SessionId>,
    at_counter: bool,
    more_time: bool,
}

impl TryFrom<Row> for Application {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self, Error> {
        let info = match (row.vin, row.plate_class, row.assessment_id, row.vehicle_key) {
            (Some(vin), Some(class), Some(assessment), Some(vehicle_key)) => Some(Info {
                vin: parse::<Vin>("applications.vin", &vin)?,
                class: parse("applications.plate_class", &class)?,
                assessment,
                vehicle_key,
                energy: row.energy.as_deref().map(read_energy).transpose()?,
                description: row.vehicle_description,
                purchase_proof_masked: row.purchase_proof_masked,
            }),
            // A check of the table: all four or none.
            _ => None,
        };
        Ok(Self {
            id: row.id,
            office: parse("applications.office", &row.office)?,
            account: row.account,
            person_key: row.person_key,
            state: parse("applications.state", &row.state)?,
            version: row.version,
            notice_version: row.notice_version,
            info,
            policy_version: row.policy_version,
            last_op_no: number("applications.last_op_no", row.last_op_no)?,
            compose_from: at(row.compose_from),
            confirm_from: at(row.confirm_from),
            holding: json("applications.holding", row.holding)?,
            choice: row
                .choice
                .map(|choice| json("applications.choice", choice))
                .transpose()?,
            checked_session: row.checked_session,
            at_counter: row.at_counter,
            more_time: row.more_time,
            opened_at: row.opened_at.to_jiff(),
            verification: parse("applications.verification", &row.verification)?,
            review: row.review_id,
            voided: voided(row.void_cause, row.void_reason)?,
        })
    }
}

fn energy_word(energy: Energy) -> &'static str {
    match energy {
        Energy::Battery => "battery",
        Energy::NotPurelyBattery => "not_purely_battery",
    }
}

fn read_energy(word: &str) -> Result<Energy, Error> {
    [Energy::Battery, Energy::NotPurelyBattery]
        .into_iter()
        .find(|energy| energy_word(*energy) == word)
        .ok_or_else(|| Error::corrupt("applications.energy", "it names no energy"))
}

fn voided(cause: Option<String>, reason: Option<String>) -> Result<Option<Voided>, Error> {
    // A check of the table: both or none.
    cause
        .zip(reason)
        .map(|(cause, reason)| {
            Ok(Voided {
                cause: parse("applications.void_cause", &cause)?,
                reason,
            })
        })
        .transpose()
}
