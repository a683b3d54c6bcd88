//! Confirmed numbers and what became of them.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff_sqlx::ToSqlx;
use sqlx::{PgConnection, PgExecutor};
use uuid::Uuid;
use xuanhao_chassis::db::{Error, Traced, affected};
use xuanhao_chassis::ids::ApplicationId;
use xuanhao_vocabulary::{OfficeId, PlateClass, PlateNumber, Vin};

use super::{at, day, parse};
use crate::domain::application::{Application, Info, Selection};
use crate::domain::operation::Allocation;
use crate::domain::state::State;

/// A selection with the state of its application, as offices see it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct View {
    pub(crate) application: ApplicationId,
    pub(crate) office: OfficeId,
    pub(crate) vin: Vin,
    pub(crate) state: State,
    pub(crate) selection: Selection,
}

macro_rules! select {
    ($name:literal, $tail:literal $(, $argument:expr)* $(,)?) => {
        sqlx::query_as!(
            Row,
            "-- selection.selections." + $name + r#"
            SELECT s.application_id AS "application: ApplicationId", s.office, s.vin, a.state,
                   s.allocation_id, s.plate_class, s.plate,
                   s.decided_at AS "decided_at: jiff_sqlx::Timestamp",
                   s.deadline AS "deadline: jiff_sqlx::Date", s.voucher_number,
                   s.registered_on AS "registered_on: jiff_sqlx::Date",
                   s.returned_at AS "returned_at: jiff_sqlx::Timestamp"
            FROM selections s JOIN applications a USING (application_id) "# + $tail
            $(, $argument)*
        )
    };
}

/// The selection of an application.
pub(crate) async fn lookup(
    executor: impl PgExecutor<'_>,
    application: ApplicationId,
) -> Result<Option<View>, Error> {
    let row = select!(
        "lookup",
        "WHERE s.application_id = $1",
        application.as_uuid()
    )
    .fetch_optional(executor)
    .traced("db.selections.lookup")
    .await?;
    row.map(View::try_from).transpose()
}

/// The latest selection of a vehicle.
pub(crate) async fn find_by_vin(
    executor: impl PgExecutor<'_>,
    vin: &Vin,
) -> Result<Option<View>, Error> {
    let row = select!(
        "find_by_vin",
        "WHERE s.vin = $1 ORDER BY s.decided_at DESC LIMIT 1",
        vin.as_str(),
    )
    .fetch_optional(executor)
    .traced("db.selections.find_by_vin")
    .await?;
    row.map(View::try_from).transpose()
}

/// The latest selection of a number.
pub(crate) async fn find_by_plate(
    executor: impl PgExecutor<'_>,
    class: PlateClass,
    plate: PlateNumber,
) -> Result<Option<View>, Error> {
    let row = select!(
        "find_by_plate",
        "WHERE s.plate_class = $1 AND s.plate = $2 ORDER BY s.decided_at DESC LIMIT 1",
        class.as_str(),
        plate.to_string(),
    )
    .fetch_optional(executor)
    .traced("db.selections.find_by_plate")
    .await?;
    row.map(View::try_from).transpose()
}

/// The selection of a voucher.
pub(crate) async fn find_by_voucher(
    executor: impl PgExecutor<'_>,
    voucher_number: &str,
) -> Result<Option<View>, Error> {
    let row = select!(
        "find_by_voucher",
        "WHERE s.voucher_number = $1",
        voucher_number
    )
    .fetch_optional(executor)
    .traced("db.selections.find_by_voucher")
    .await?;
    row.map(View::try_from).transpose()
}

/// Several at once, in no order.
pub(crate) async fn list(
    executor: impl PgExecutor<'_>,
    applications: &[Uuid],
) -> Result<Vec<View>, Error> {
    let rows = select!("list", "WHERE s.application_id = ANY ($1)", applications)
        .fetch_all(executor)
        .traced("db.selections.list")
        .await?;
    rows.into_iter().map(View::try_from).collect()
}

/// Whether a voucher number is taken.
pub(crate) async fn voucher_exists(
    connection: &mut PgConnection,
    voucher_number: &str,
) -> Result<bool, Error> {
    Ok(sqlx::query_scalar!(
        r#"-- selection.selections.voucher_exists
        SELECT EXISTS (SELECT FROM selections WHERE voucher_number = $1) AS "exists!""#,
        voucher_number,
    )
    .fetch_one(connection)
    .traced("db.selections.voucher_exists")
    .await?)
}

/// Adds the selection of a confirmed application.
pub(crate) async fn add(
    connection: &mut PgConnection,
    application: &Application,
    info: &Info,
    added: &Selection,
    now: Timestamp,
) -> Result<(), Error> {
    sqlx::query!(
        "-- selection.selections.add
        INSERT INTO selections (application_id, province, office, vin, allocation_id, plate_class,
                                plate, decided_at, deadline, voucher_number, confirmed_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        application.id.as_uuid(),
        application.office.province().as_str(),
        application.office.as_str(),
        info.vin.as_str(),
        added.allocation.id,
        added.allocation.class.as_str(),
        added.allocation.plate.to_string(),
        added.allocation.decided_at.to_sqlx() as _,
        added.deadline.to_sqlx() as _,
        added.voucher_number,
        now.to_sqlx() as _,
    )
    .execute(connection)
    .traced("db.selections.add")
    .await?;
    Ok(())
}

/// Confirmed selections whose deadline passed before `today` and that nobody has ended yet.
pub(crate) async fn list_overdue(
    executor: impl PgExecutor<'_>,
    today: Date,
    now: Timestamp,
    limit: i64,
) -> Result<Vec<ApplicationId>, Error> {
    Ok(sqlx::query_scalar!(
        r#"-- selection.selections.list_overdue
        SELECT s.application_id AS "application: ApplicationId"
        FROM selections s JOIN applications a USING (application_id)
        WHERE s.deadline < $1 AND s.closed_at IS NULL AND s.registered_on IS NULL
          AND a.state = 'confirmed' AND (s.next_check_at IS NULL OR s.next_check_at <= $2)
        ORDER BY s.deadline LIMIT $3"#,
        today.to_sqlx() as _,
        now.to_sqlx() as _,
        limit,
    )
    .fetch_all(executor)
    .traced("db.selections.list_overdue")
    .await?)
}

/// Ended selections whose number has not gone back yet.
pub(crate) async fn list_unreturned(
    executor: impl PgExecutor<'_>,
    now: Timestamp,
    limit: i64,
) -> Result<Vec<ApplicationId>, Error> {
    Ok(sqlx::query_scalar!(
        r#"-- selection.selections.list_unreturned
        SELECT application_id AS "application: ApplicationId"
        FROM selections
        WHERE closed_at IS NOT NULL AND returned_at IS NULL AND registered_on IS NULL
          AND (next_check_at IS NULL OR next_check_at <= $1)
        ORDER BY deadline LIMIT $2"#,
        now.to_sqlx() as _,
        limit,
    )
    .fetch_all(executor)
    .traced("db.selections.list_unreturned")
    .await?)
}

/// Puts the next look at a selection off.
pub(crate) async fn mark_next_check(
    connection: &mut PgConnection,
    application: ApplicationId,
    at: Timestamp,
) -> Result<(), Error> {
    sqlx::query!(
        "-- selection.selections.mark_next_check
        UPDATE selections SET next_check_at = $2 WHERE application_id = $1",
        application.as_uuid(),
        at.to_sqlx() as _,
    )
    .execute(connection)
    .traced("db.selections.mark_next_check")
    .await?;
    Ok(())
}

/// Notes that the pool has closed the application (P9).
pub(crate) async fn mark_closed(
    connection: &mut PgConnection,
    application: ApplicationId,
    now: Timestamp,
) -> Result<(), Error> {
    sqlx::query!(
        "-- selection.selections.mark_closed
        UPDATE selections SET closed_at = $2, next_check_at = NULL
        WHERE application_id = $1 AND closed_at IS NULL",
        application.as_uuid(),
        now.to_sqlx() as _,
    )
    .execute(connection)
    .traced("db.selections.mark_closed")
    .await?;
    Ok(())
}

/// Notes the day of registration.
pub(crate) async fn mark_registered(
    connection: &mut PgConnection,
    application: ApplicationId,
    on: Date,
) -> Result<(), Error> {
    let result = sqlx::query!(
        "-- selection.selections.mark_registered
        UPDATE selections SET registered_on = $2 WHERE application_id = $1",
        application.as_uuid(),
        on.to_sqlx() as _,
    )
    .execute(connection)
    .traced("db.selections.mark_registered")
    .await?;
    affected(1, &result)
}

/// Notes that the number went back to the pool.
pub(crate) async fn mark_returned(
    connection: &mut PgConnection,
    application: ApplicationId,
    now: Timestamp,
) -> Result<(), Error> {
    sqlx::query!(
        "-- selection.selections.mark_returned
        UPDATE selections SET returned_at = $2 WHERE application_id = $1 AND returned_at IS NULL",
        application.as_uuid(),
        now.to_sqlx() as _,
    )
    .execute(connection)
    .traced("db.selections.mark_returned")
    .await?;
    Ok(())
}

struct Row {
    application: ApplicationId,
    office: String,
    vin: String,
    state: String,
    allocation_id: Uuid,
    plate_class: String,
    plate: String,
    decided_at: jiff_sqlx::Timestamp,
    deadline: jiff_sqlx::Date,
    voucher_number: String,
    registered_on: Option<jiff_sqlx::Date>,
    returned_at: Option<jiff_sqlx::Timestamp>,
}

impl TryFrom<Row> for View {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self, Error> {
        Ok(Self {
            application: row.application,
            office: parse("selections.office", &row.office)?,
            vin: parse("selections.vin", &row.vin)?,
            state: parse("applications.state", &row.state)?,
            selection: Selection {
                allocation: Allocation {
                    id: row.allocation_id,
                    class: parse("selections.plate_class", &row.plate_class)?,
                    plate: parse("selections.plate", &row.plate)?,
                    decided_at: row.decided_at.to_jiff(),
                },
                deadline: row.deadline.to_jiff(),
                voucher_number: row.voucher_number,
                registered_on: day(row.registered_on),
                returned_at: at(row.returned_at),
            },
        })
    }
}
