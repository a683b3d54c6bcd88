//! Enrolments face to face.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff_sqlx::ToSqlx;
use sqlx::PgPool;
use uuid::Uuid;
use xuanhao_chassis::db::{self, Traced, Tx};
use xuanhao_chassis::ids::{AccountId, StaffId};
use xuanhao_vocabulary::OfficeId;

use super::known;
use crate::domain::ids::{DocumentId, EnrolmentId, ServicePointId};

/// An enrolment as stored.
#[derive(Debug, Clone)]
pub(crate) struct Enrolment {
    /// Its id.
    pub(crate) enrolment_id: EnrolmentId,
    /// Of which account.
    pub(crate) account_id: AccountId,
    /// Where.
    pub(crate) service_point_id: ServicePointId,
    /// Office the service point belongs to.
    pub(crate) office: OfficeId,
    /// Who enrolled.
    pub(crate) officer: StaffId,
    /// When.
    pub(crate) enrolled_at: Timestamp,
    /// What was scanned and photographed.
    pub(crate) document_ids: Vec<DocumentId>,
    /// Last civil day of the power of attorney.
    pub(crate) authorised_until: Option<Date>,
}

/// Adds one.
///
/// # Errors
/// When the database cannot be asked.
pub(crate) async fn add(tx: &mut Tx, new: &Enrolment) -> Result<(), db::Error> {
    let documents: Vec<Uuid> = new.document_ids.iter().map(|id| id.as_uuid()).collect();
    sqlx::query!(
        "-- identity.enrolment.add
        INSERT INTO enrolments
            (enrolment_id, account_id, service_point_id, province, office, officer, enrolled_at,
             document_ids, authorised_until)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        new.enrolment_id.as_uuid(),
        new.account_id.as_uuid(),
        new.service_point_id.as_uuid(),
        new.office.province().as_str(),
        new.office.as_str(),
        new.officer.as_uuid(),
        new.enrolled_at.to_sqlx() as _,
        &documents,
        new.authorised_until.map(|day| day.to_sqlx()) as _,
    )
    .execute(&mut **tx)
    .traced("db.enrolment.add")
    .await?;
    Ok(())
}

/// Enrolments of an account, newest first, older than `before` if given.
///
/// # Errors
/// When the database cannot be asked.
pub(crate) async fn list(
    pool: &PgPool,
    account_id: AccountId,
    before: Option<EnrolmentId>,
    limit: i64,
) -> Result<Vec<Enrolment>, db::Error> {
    let rows = sqlx::query!(
        r#"-- identity.enrolment.list
        SELECT enrolment_id AS "enrolment_id: EnrolmentId",
               service_point_id AS "service_point_id: ServicePointId", office,
               officer AS "officer: StaffId", enrolled_at AS "enrolled_at: jiff_sqlx::Timestamp",
               document_ids, authorised_until AS "authorised_until: jiff_sqlx::Date"
        FROM enrolments
        WHERE account_id = $1 AND ($2::uuid IS NULL OR enrolment_id < $2)
        ORDER BY enrolment_id DESC LIMIT $3"#,
        account_id.as_uuid(),
        before.map(EnrolmentId::as_uuid),
        limit,
    )
    .fetch_all(pool)
    .traced("db.enrolment.list")
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Enrolment {
                enrolment_id: row.enrolment_id,
                account_id,
                service_point_id: row.service_point_id,
                office: known("office", OfficeId::parse(&row.office).ok())?,
                officer: row.officer,
                enrolled_at: row.enrolled_at.to_jiff(),
                document_ids: row
                    .document_ids
                    .into_iter()
                    .map(DocumentId::from_uuid)
                    .collect(),
                authorised_until: row.authorised_until.map(jiff_sqlx::Date::to_jiff),
            })
        })
        .collect()
}
