//! Decisions.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::PgConnection;
use xuanhao_chassis::db::{self, Traced, Tx};
use xuanhao_chassis::ids::{ApplicationId, PersonId};
use xuanhao_vocabulary::{OfficeId, PlateClass};

use super::{blind_key, known};
use crate::domain::assessment::{AssessmentId, Ground};
use crate::domain::claim::Taken;

/// The column a VIN is sealed for.
pub(crate) const VIN: &str = "assessments.vin";

/// A decision as it is stored.
#[derive(Debug, Clone)]
pub(crate) struct Assessment {
    pub(crate) assessment_id: AssessmentId,
    pub(crate) application_id: ApplicationId,
    pub(crate) office: OfficeId,
    /// Whose data key seals the VIN.
    pub(crate) person_id: PersonId,
    /// Sealed VIN.
    pub(crate) vin: Vec<u8>,
    pub(crate) taken: Taken,
    pub(crate) class: Option<PlateClass>,
    pub(crate) description: String,
    pub(crate) import_confirmed: bool,
    pub(crate) grounds: Vec<Ground>,
    pub(crate) decided_at: Timestamp,
}

/// Adds one.
///
/// # Errors
/// When the database cannot be asked.
pub(crate) async fn add(tx: &mut Tx, new: &Assessment) -> Result<(), db::Error> {
    let grounds: Vec<String> = new.grounds.iter().map(|g| g.as_str().to_owned()).collect();
    sqlx::query!(
        "-- vehicle.assessment.add
        INSERT INTO assessments
            (assessment_id, application_id, province, office, person_id, vin, vehicle_key,
             purchase_proof_key, plate_class, description, import_confirmed, grounds, decided_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        new.assessment_id.as_uuid(),
        new.application_id.as_uuid(),
        new.office.province().as_str(),
        new.office.as_str(),
        new.person_id.as_uuid(),
        new.vin,
        &new.taken.vehicle[..],
        &new.taken.purchase_proof[..],
        new.class.map(PlateClass::as_str),
        new.description,
        new.import_confirmed,
        &grounds,
        new.decided_at.to_sqlx() as _,
    )
    .execute(&mut **tx)
    .traced("db.assessment.add")
    .await?;
    Ok(())
}

/// One decision.
///
/// # Errors
/// When the database cannot be asked.
pub(crate) async fn lookup(
    connection: &mut PgConnection,
    assessment_id: AssessmentId,
) -> Result<Option<Assessment>, db::Error> {
    let row = sqlx::query!(
        r#"-- vehicle.assessment.lookup
        SELECT application_id AS "application_id: ApplicationId", office,
               person_id AS "person_id: PersonId", vin, vehicle_key, purchase_proof_key, plate_class,
               description, import_confirmed, grounds,
               decided_at AS "decided_at: jiff_sqlx::Timestamp"
        FROM assessments WHERE assessment_id = $1"#,
        assessment_id.as_uuid(),
    )
    .fetch_optional(connection)
    .traced("db.assessment.lookup")
    .await?;
    row.map(|row| {
        let class = row
            .plate_class
            .map(|word| known("plate_class", word.parse().ok()));
        let grounds = row
            .grounds
            .iter()
            .map(|word| known("grounds", Ground::from_word(word)));
        Ok(Assessment {
            assessment_id,
            application_id: row.application_id,
            office: known("office", OfficeId::parse(&row.office).ok())?,
            person_id: row.person_id,
            vin: row.vin,
            taken: Taken {
                vehicle: blind_key("vehicle_key", row.vehicle_key)?,
                purchase_proof: blind_key("purchase_proof_key", row.purchase_proof_key)?,
            },
            class: class.transpose()?,
            description: row.description,
            import_confirmed: row.import_confirmed,
            grounds: grounds.collect::<Result<_, _>>()?,
            decided_at: row.decided_at.to_jiff(),
        })
    })
    .transpose()
}
