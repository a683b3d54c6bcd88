//! Claims.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::PgConnection;
use sqlx::types::Uuid;
use xuanhao_chassis::db::{self, Traced, Tx};
use xuanhao_chassis::ids::{ApplicationId, PersonId};
use xuanhao_vocabulary::OfficeId;

use super::assessment::Assessment;
use super::{blind_key, known};
use crate::domain::assessment::AssessmentId;
use crate::domain::claim::{ClaimId, State, Taken};

/// The indexes a second verified claim of a vehicle or a purchase proof violates.
pub(crate) const VERIFIED: [&str; 2] =
    ["claims_verified_vehicle", "claims_verified_purchase_proof"];

/// A claim as it is stored.
#[derive(Debug, Clone)]
pub(crate) struct Claim {
    pub(crate) claim_id: ClaimId,
    pub(crate) application_id: ApplicationId,
    pub(crate) assessment_id: AssessmentId,
    pub(crate) office: OfficeId,
    pub(crate) taken: Taken,
    pub(crate) state: State,
    pub(crate) lapses_at: Option<Timestamp>,
}

struct Row {
    claim_id: ClaimId,
    application_id: ApplicationId,
    assessment_id: AssessmentId,
    office: String,
    vehicle_key: Vec<u8>,
    purchase_proof_key: Vec<u8>,
    state: String,
    lapses_at: Option<jiff_sqlx::Timestamp>,
    ended: bool,
}

impl TryFrom<Row> for Claim {
    type Error = db::Error;

    fn try_from(row: Row) -> Result<Self, db::Error> {
        let state = known("state", State::from_word(&row.state))?;
        Ok(Self {
            claim_id: row.claim_id,
            application_id: row.application_id,
            assessment_id: row.assessment_id,
            office: known("office", OfficeId::parse(&row.office).ok())?,
            taken: Taken {
                vehicle: blind_key("vehicle_key", row.vehicle_key)?,
                purchase_proof: blind_key("purchase_proof_key", row.purchase_proof_key)?,
            },
            // A program that knows no states ends a claim by its time alone.
            state: if row.ended && state.is_live() {
                State::Released
            } else {
                state
            },
            lapses_at: row.lapses_at.map(jiff_sqlx::Timestamp::to_jiff),
        })
    }
}

/// The verified claims of a vehicle or a purchase proof; two at most.
///
/// # Errors
/// When the database cannot be asked.
pub(crate) async fn verified(
    tx: &mut Tx,
    wanted: &Taken,
) -> Result<Vec<(ApplicationId, Taken)>, db::Error> {
    let rows = sqlx::query!(
        r#"-- vehicle.claim.verified
        SELECT application_id AS "application_id: ApplicationId", vehicle_key, purchase_proof_key
        FROM claims
        WHERE released_at IS NULL AND state = 'verified'
          AND (vehicle_key = $1 OR purchase_proof_key = $2)"#,
        &wanted.vehicle[..],
        &wanted.purchase_proof[..],
    )
    .fetch_all(&mut **tx)
    .traced("db.claim.verified")
    .await?;
    rows.into_iter()
        .map(|row| {
            let taken = Taken {
                vehicle: blind_key("vehicle_key", row.vehicle_key)?,
                purchase_proof: blind_key("purchase_proof_key", row.purchase_proof_key)?,
            };
            Ok((row.application_id, taken))
        })
        .collect()
}

/// Locks the live claims of these vehicles and purchase proofs, in one order for everybody: who is going
/// to verify one and evict the others does this before anything else, so that nobody waits in a circle.
///
/// # Errors
/// When the database cannot be asked.
pub(crate) async fn lock<'a>(
    tx: &mut Tx,
    wanted: impl IntoIterator<Item = &'a Taken>,
) -> Result<(), db::Error> {
    let (vehicles, proofs): (Vec<Vec<u8>>, Vec<Vec<u8>>) = wanted
        .into_iter()
        .map(|taken| (taken.vehicle.to_vec(), taken.purchase_proof.to_vec()))
        .unzip();
    sqlx::query!(
        "-- vehicle.claim.lock
        SELECT claim_id FROM claims
        WHERE released_at IS NULL
          AND (vehicle_key = ANY ($1) OR purchase_proof_key = ANY ($2))
        ORDER BY claim_id FOR UPDATE",
        &vehicles,
        &proofs,
    )
    .fetch_all(&mut **tx)
    .traced("db.claim.lock")
    .await?;
    Ok(())
}

/// The newest claim of an application: the live one, where there is one.
///
/// # Errors
/// When the database cannot be asked.
pub(crate) async fn newest(
    connection: &mut PgConnection,
    application: ApplicationId,
) -> Result<Option<Claim>, db::Error> {
    let row = sqlx::query_as!(
        Row,
        r#"-- vehicle.claim.newest
        SELECT claim_id AS "claim_id: ClaimId", application_id AS "application_id: ApplicationId",
               assessment_id AS "assessment_id: AssessmentId", office, vehicle_key,
               purchase_proof_key, state, lapses_at AS "lapses_at: jiff_sqlx::Timestamp",
               released_at IS NOT NULL AS "ended!"
        FROM claims WHERE application_id = $1
        ORDER BY released_at IS NULL DESC, claimed_at DESC, claim_id DESC LIMIT 1"#,
        application.as_uuid(),
    )
    .fetch_optional(connection)
    .traced("db.claim.newest")
    .await?;
    row.map(Claim::try_from).transpose()
}

/// How many live claims a person's other applications hold, of those made since.
///
/// # Errors
/// When the database cannot be asked.
pub(crate) async fn count_of_person(
    tx: &mut Tx,
    person: PersonId,
    but: ApplicationId,
    since: Timestamp,
) -> Result<i64, db::Error> {
    let count = sqlx::query_scalar!(
        r#"-- vehicle.claim.count_of_person
        SELECT count(*) AS "count!" FROM claims JOIN assessments USING (assessment_id)
        WHERE assessments.person_id = $1 AND claims.application_id <> $2
          AND claims.released_at IS NULL AND claims.claimed_at >= $3"#,
        person.as_uuid(),
        but.as_uuid(),
        since.to_sqlx() as _,
    )
    .fetch_one(&mut **tx)
    .traced("db.claim.count_of_person")
    .await?;
    Ok(count)
}

/// Adds one. If somebody took it since [`verified`] was asked, the transaction runs again, which
/// then finds it.
///
/// # Errors
/// When the database cannot be asked.
pub(crate) async fn add(
    tx: &mut Tx,
    claim_id: Uuid,
    assessment: &Assessment,
    lapses_at: Option<Timestamp>,
    now: Timestamp,
) -> Result<(), db::Error> {
    // Under REPEATABLE READ a conflict with a row this snapshot does not show is a serialisation
    // failure; without the clause it would be a violation, which is not tried again.
    let added = sqlx::query!(
        "-- vehicle.claim.add
        INSERT INTO claims
            (claim_id, application_id, assessment_id, province, office, vehicle_key,
             purchase_proof_key, claimed_at, state, lapses_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8,
                CASE WHEN $9::timestamptz IS NULL THEN 'verified' ELSE 'unverified' END, $9)
        ON CONFLICT DO NOTHING",
        claim_id,
        assessment.application_id.as_uuid(),
        assessment.assessment_id.as_uuid(),
        assessment.office.province().as_str(),
        assessment.office.as_str(),
        &assessment.taken.vehicle[..],
        &assessment.taken.purchase_proof[..],
        now.to_sqlx() as _,
        lapses_at.map(|at| at.to_sqlx()) as _,
    )
    .execute(&mut **tx)
    .traced("db.claim.add")
    .await?;
    db::affected(1, &added)
}

/// Ends the unverified claims of others that want what is taken; gives them.
///
/// # Errors
/// When the database cannot be asked.
pub(crate) async fn evict(
    tx: &mut Tx,
    winner: ApplicationId,
    taken: &Taken,
    now: Timestamp,
) -> Result<Vec<Claim>, db::Error> {
    let rows = sqlx::query_as!(
        Row,
        r#"-- vehicle.claim.evict
        UPDATE claims
        SET state = 'evicted', lapses_at = NULL, released_at = GREATEST(claimed_at, $4)
        WHERE released_at IS NULL AND state = 'unverified' AND application_id <> $1
          AND (vehicle_key = $2 OR purchase_proof_key = $3)
        RETURNING claim_id AS "claim_id: ClaimId", application_id AS "application_id: ApplicationId",
                  assessment_id AS "assessment_id: AssessmentId", office, vehicle_key,
                  purchase_proof_key, state, lapses_at AS "lapses_at: jiff_sqlx::Timestamp",
                  true AS "ended!""#,
        winner.as_uuid(),
        &taken.vehicle[..],
        &taken.purchase_proof[..],
        now.to_sqlx() as _,
    )
    .fetch_all(&mut **tx)
    .traced("db.claim.evict")
    .await?;
    rows.into_iter().map(Claim::try_from).collect()
}

/// Ends unverified claims whose time is over; gives them.
///
/// # Errors
/// When the database cannot be asked.
pub(crate) async fn lapse(
    tx: &mut Tx,
    now: Timestamp,
    limit: i64,
) -> Result<Vec<Claim>, db::Error> {
    let rows = sqlx::query_as!(
        Row,
        r#"-- vehicle.claim.lapse
        UPDATE claims
        SET state = 'lapsed', lapses_at = NULL, released_at = GREATEST(claimed_at, $1)
        WHERE claim_id = ANY (ARRAY(
            SELECT claim_id FROM claims WHERE released_at IS NULL AND lapses_at <= $1
            ORDER BY lapses_at LIMIT $2 FOR UPDATE SKIP LOCKED))
        RETURNING claim_id AS "claim_id: ClaimId", application_id AS "application_id: ApplicationId",
                  assessment_id AS "assessment_id: AssessmentId", office, vehicle_key,
                  purchase_proof_key, state, lapses_at AS "lapses_at: jiff_sqlx::Timestamp",
                  true AS "ended!""#,
        now.to_sqlx() as _,
        limit,
    )
    .fetch_all(&mut **tx)
    .traced("db.claim.lapse")
    .await?;
    rows.into_iter().map(Claim::try_from).collect()
}

/// Makes a live claim verified.
///
/// # Errors
/// When the database cannot be asked, and a unique violation of one of [`VERIFIED`] when somebody
/// else's was verified meanwhile.
pub(crate) async fn mark_verified(tx: &mut Tx, claim_id: ClaimId) -> Result<(), db::Error> {
    let marked = sqlx::query!(
        "-- vehicle.claim.mark_verified
        UPDATE claims SET state = 'verified', lapses_at = NULL
        WHERE claim_id = $1 AND released_at IS NULL",
        claim_id.as_uuid(),
    )
    .execute(&mut **tx)
    .traced("db.claim.mark_verified")
    .await?;
    db::affected(1, &marked)
}

/// Puts off when an unverified claim lapses; never, while an officer is to decide.
///
/// # Errors
/// When the database cannot be asked.
pub(crate) async fn put_off(
    tx: &mut Tx,
    claim_id: ClaimId,
    lapses_at: Option<Timestamp>,
) -> Result<(), db::Error> {
    sqlx::query!(
        "-- vehicle.claim.put_off
        UPDATE claims SET lapses_at = $2
        WHERE claim_id = $1 AND released_at IS NULL AND state = 'unverified'",
        claim_id.as_uuid(),
        lapses_at.map(|at| at.to_sqlx()) as _,
    )
    .execute(&mut **tx)
    .traced("db.claim.put_off")
    .await?;
    Ok(())
}

/// Ends a live claim.
///
/// # Errors
/// When the database cannot be asked.
pub(crate) async fn end(
    tx: &mut Tx,
    claim_id: ClaimId,
    state: State,
    now: Timestamp,
) -> Result<(), db::Error> {
    let ended = sqlx::query!(
        "-- vehicle.claim.end
        UPDATE claims
        SET state = $2, lapses_at = NULL, released_at = GREATEST(claimed_at, $3)
        WHERE claim_id = $1 AND released_at IS NULL",
        claim_id.as_uuid(),
        state.as_str(),
        now.to_sqlx() as _,
    )
    .execute(&mut **tx)
    .traced("db.claim.end")
    .await?;
    db::affected(1, &ended)
}
