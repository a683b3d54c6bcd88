//! Decisions.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::PgConnection;
use xuanhao_chassis::db::{self, Traced, Tx};
use xuanhao_chassis::ids::{ApplicationId, PersonId};
use xuanhao_vocabulary::{OfficeId, PlateClass};

use super::{blind_key, known, suspicions, words};
use crate::domain::assessment::{AssessmentId, Ground, State};
use crate::domain::claim::Taken;
use crate::domain::findings::Energy;
use crate::domain::suspicion::Suspicion;

/// The column a VIN is sealed for.
pub(crate) const VIN: &str = "assessments.vin";

/// A purchase proof as people may see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct MaskedProof {
    /// `paper_invoice` or `electronic_invoice`.
    pub(crate) kind: String,
    /// Last four digits.
    pub(crate) tail: String,
}

/// A decision as it is stored.
#[derive(Debug, Clone)]
pub(crate) struct Assessment {
    pub(crate) assessment_id: AssessmentId,
    pub(crate) application_id: ApplicationId,
    pub(crate) office: OfficeId,
    /// Whose data key seals the VIN.
    pub(crate) person_id: PersonId,
    /// Whether the buyer is an organisation.
    pub(crate) organisation: bool,
    /// Sealed VIN.
    pub(crate) vin: Vec<u8>,
    pub(crate) taken: Taken,
    pub(crate) proof: MaskedProof,
    pub(crate) state: State,
    pub(crate) class: Option<PlateClass>,
    pub(crate) energy: Option<Energy>,
    pub(crate) description: String,
    pub(crate) import_confirmed: bool,
    pub(crate) grounds: Vec<Ground>,
    pub(crate) suspicions: Vec<Suspicion>,
    /// A review found the suspicions unfounded then.
    pub(crate) cleared_at: Option<Timestamp>,
    /// Outside systems are asked until then; only while pending.
    pub(crate) answers_until: Option<Timestamp>,
    pub(crate) decided_at: Timestamp,
    pub(crate) version: i64,
}

/// Adds one.
///
/// # Errors
/// When the database cannot be asked.
pub(crate) async fn add(tx: &mut Tx, new: &Assessment) -> Result<(), db::Error> {
    sqlx::query!(
        "-- vehicle.assessment.add
        INSERT INTO assessments
            (assessment_id, application_id, province, office, person_id, organisation, vin,
             vehicle_key, purchase_proof_key, proof_kind, proof_tail, state, plate_class, energy,
             description, import_confirmed, grounds, suspicions, answers_until, decided_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18,
                $19, $20)",
        new.assessment_id.as_uuid(),
        new.application_id.as_uuid(),
        new.office.province().as_str(),
        new.office.as_str(),
        new.person_id.as_uuid(),
        new.organisation,
        new.vin,
        &new.taken.vehicle[..],
        &new.taken.purchase_proof[..],
        new.proof.kind,
        new.proof.tail,
        new.state.as_str(),
        new.class.map(PlateClass::as_str),
        new.energy.map(Energy::as_str),
        new.description,
        new.import_confirmed,
        &ground_words(&new.grounds),
        &words(&new.suspicions),
        new.answers_until.map(|at| at.to_sqlx()) as _,
        new.decided_at.to_sqlx() as _,
    )
    .execute(&mut **tx)
    .traced("db.assessment.add")
    .await?;
    Ok(())
}

/// Writes what a decision has come to; its version grows.
///
/// # Errors
/// When the database cannot be asked.
pub(crate) async fn mark_decided(tx: &mut Tx, now_is: &Assessment) -> Result<(), db::Error> {
    let marked = sqlx::query!(
        "-- vehicle.assessment.mark_decided
        UPDATE assessments
        SET state = $2, plate_class = $3, energy = $4, description = $5, grounds = $6,
            suspicions = $7, cleared_at = $8, answers_until = $9, decided_at = $10,
            version = version + 1
        WHERE assessment_id = $1",
        now_is.assessment_id.as_uuid(),
        now_is.state.as_str(),
        now_is.class.map(PlateClass::as_str),
        now_is.energy.map(Energy::as_str),
        now_is.description,
        &ground_words(&now_is.grounds),
        &words(&now_is.suspicions),
        now_is.cleared_at.map(|at| at.to_sqlx()) as _,
        now_is.answers_until.map(|at| at.to_sqlx()) as _,
        now_is.decided_at.to_sqlx() as _,
    )
    .execute(&mut **tx)
    .traced("db.assessment.mark_decided")
    .await?;
    db::affected(1, &marked)
}

/// One decision. A transaction that goes on to change it conflicts with another one that does.
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
               person_id AS "person_id: PersonId", organisation, vin, vehicle_key,
               purchase_proof_key, proof_kind, proof_tail, state, plate_class, energy, description,
               import_confirmed, grounds, suspicions,
               cleared_at AS "cleared_at: jiff_sqlx::Timestamp",
               answers_until AS "answers_until: jiff_sqlx::Timestamp",
               decided_at AS "decided_at: jiff_sqlx::Timestamp", version
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
        let energy = row
            .energy
            .map(|word| known("energy", Energy::from_word(&word)));
        let grounds = row
            .grounds
            .iter()
            .map(|word| known("grounds", Ground::from_word(word)));
        Ok(Assessment {
            assessment_id,
            application_id: row.application_id,
            office: known("office", OfficeId::parse(&row.office).ok())?,
            person_id: row.person_id,
            organisation: row.organisation,
            vin: row.vin,
            taken: Taken {
                vehicle: blind_key("vehicle_key", row.vehicle_key)?,
                purchase_proof: blind_key("purchase_proof_key", row.purchase_proof_key)?,
            },
            proof: MaskedProof {
                kind: row.proof_kind,
                tail: row.proof_tail,
            },
            state: known("state", State::from_word(&row.state))?,
            class: class.transpose()?,
            energy: energy.transpose()?,
            description: row.description,
            import_confirmed: row.import_confirmed,
            grounds: grounds.collect::<Result<_, _>>()?,
            suspicions: suspicions(&row.suspicions)?,
            cleared_at: row.cleared_at.map(jiff_sqlx::Timestamp::to_jiff),
            answers_until: row.answers_until.map(jiff_sqlx::Timestamp::to_jiff),
            decided_at: row.decided_at.to_jiff(),
            version: row.version,
        })
    })
    .transpose()
}

fn ground_words(grounds: &[Ground]) -> Vec<String> {
    grounds.iter().map(|g| g.as_str().to_owned()).collect()
}
