//! Confirmed numbers: written once, read by whom they concern. What becomes of them is in `endings`.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff_sqlx::ToSqlx;
use sqlx::{PgConnection, PgExecutor};
use uuid::Uuid;
use xuanhao_chassis::db::{Error, Traced};
use xuanhao_chassis::ids::ApplicationId;
use xuanhao_vocabulary::{OfficeId, PlateClass, PlateNumber, Vin};

use super::{at, day, parse};
use crate::domain::application::{Application, Info, Selection};
use crate::domain::office_acts::{Inspection, OfficeActs};
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
    /// Why it was voided, if it was.
    pub(crate) void_reason: String,
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
                   s.returned_at AS "returned_at: jiff_sqlx::Timestamp",
                   s.arrived_on AS "arrived_on: jiff_sqlx::Date",
                   s.inspected_on AS "inspected_on: jiff_sqlx::Date", s.inspection_passed,
                   s.collected_on AS "collected_on: jiff_sqlx::Date",
                   s.undoing_at AS "undoing_at: jiff_sqlx::Timestamp", a.void_reason
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

/// Which selections a window asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Listed {
    /// Confirmed, arrived or not.
    Open,
    /// Confirmed; nobody came yet.
    Confirmed,
    /// Somebody came; not registered yet.
    Arrived,
    /// Ended in that state.
    Ended(State),
}

/// An office's selections after a place in the list, those due first.
pub(crate) async fn list_of_office(
    executor: impl PgExecutor<'_>,
    office: OfficeId,
    listed: Listed,
    after: Option<(Date, ApplicationId)>,
    limit: i64,
) -> Result<Vec<View>, Error> {
    let (deadline, id) = after.unzip();
    let (state, arrived) = match listed {
        Listed::Open => (State::Confirmed, None),
        Listed::Confirmed => (State::Confirmed, Some(false)),
        Listed::Arrived => (State::Confirmed, Some(true)),
        Listed::Ended(state) => (state, None),
    };
    let rows = select!(
        "list_of_office",
        "WHERE s.office = $1 AND a.state = $2
           AND ($3::boolean IS NULL OR (s.arrived_on IS NOT NULL) = $3)
           AND ($4::date IS NULL OR (s.deadline, s.application_id) > ($4, $5::uuid))
         ORDER BY s.deadline, s.application_id LIMIT $6",
        office.as_str(),
        state.as_str(),
        arrived,
        deadline.map(Date::to_sqlx) as _,
        id.map(ApplicationId::as_uuid),
        limit,
    )
    .fetch_all(executor)
    .traced("db.selections.list_of_office")
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
    arrived_on: Option<jiff_sqlx::Date>,
    inspected_on: Option<jiff_sqlx::Date>,
    inspection_passed: Option<bool>,
    collected_on: Option<jiff_sqlx::Date>,
    undoing_at: Option<jiff_sqlx::Timestamp>,
    void_reason: Option<String>,
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
                acts: OfficeActs {
                    arrived_on: day(row.arrived_on),
                    inspection: day(row.inspected_on)
                        .zip(row.inspection_passed)
                        .map(|(on, passed)| Inspection { on, passed }),
                    collected_on: day(row.collected_on),
                },
                undoing_at: at(row.undoing_at),
            },
            void_reason: row.void_reason.unwrap_or_default(),
        })
    }
}
