//! Reviews.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::PgConnection;
use sqlx::types::Uuid;
use xuanhao_chassis::db::{self, Traced, Tx};
use xuanhao_chassis::ids::{ApplicationId, StaffId};
use xuanhao_vocabulary::{OfficeId, ProvinceId};

use super::claim::Claim;
use super::{known, suspicions, words};
use crate::domain::assessment::AssessmentId;
use crate::domain::claim::ClaimId;
use crate::domain::review::{ReviewId, State};
use crate::domain::suspicion::Suspicion;

/// A review as it is stored.
#[derive(Debug, Clone)]
pub(crate) struct Review {
    pub(crate) review_id: ReviewId,
    pub(crate) claim_id: ClaimId,
    pub(crate) application_id: ApplicationId,
    pub(crate) assessment_id: AssessmentId,
    pub(crate) office: OfficeId,
    pub(crate) state: State,
    pub(crate) suspicions: Vec<Suspicion>,
    pub(crate) document_ids: Vec<Uuid>,
    pub(crate) opened_at: Timestamp,
    pub(crate) opened_by: Option<Uuid>,
    pub(crate) due_at: Option<Timestamp>,
    pub(crate) ended_at: Option<Timestamp>,
    pub(crate) decision_reason: Option<String>,
}

struct Row {
    review_id: ReviewId,
    claim_id: ClaimId,
    application_id: ApplicationId,
    assessment_id: AssessmentId,
    office: String,
    state: String,
    suspicions: Vec<String>,
    document_ids: Vec<Uuid>,
    opened_at: jiff_sqlx::Timestamp,
    opened_by: Option<Uuid>,
    due_at: Option<jiff_sqlx::Timestamp>,
    ended_at: Option<jiff_sqlx::Timestamp>,
    decision_reason: Option<String>,
}

impl TryFrom<Row> for Review {
    type Error = db::Error;

    fn try_from(row: Row) -> Result<Self, db::Error> {
        Ok(Self {
            review_id: row.review_id,
            claim_id: row.claim_id,
            application_id: row.application_id,
            assessment_id: row.assessment_id,
            office: known("office", OfficeId::parse(&row.office).ok())?,
            state: known("state", State::from_word(&row.state))?,
            suspicions: suspicions(&row.suspicions)?,
            document_ids: row.document_ids,
            opened_at: row.opened_at.to_jiff(),
            opened_by: row.opened_by,
            due_at: row.due_at.map(jiff_sqlx::Timestamp::to_jiff),
            ended_at: row.ended_at.map(jiff_sqlx::Timestamp::to_jiff),
            decision_reason: row.decision_reason,
        })
    }
}

/// Opens one about a claim, by a rule or by a member of staff.
///
/// # Errors
/// When the database cannot be asked.
pub(crate) async fn add(
    tx: &mut Tx,
    review_id: ReviewId,
    claim: &Claim,
    of: &[Suspicion],
    opened_by: Option<StaffId>,
    now: Timestamp,
) -> Result<(), db::Error> {
    // As with claims: a race for the one open review of a claim runs the transaction again.
    let added = sqlx::query!(
        "-- vehicle.review.add
        INSERT INTO reviews (review_id, claim_id, application_id, assessment_id, province, office,
                             state, suspicions, opened_at, opened_by)
        VALUES ($1, $2, $3, $4, $5, $6, 'evidence_wanted', $7, $8, $9)
        ON CONFLICT DO NOTHING",
        review_id.as_uuid(),
        claim.claim_id.as_uuid(),
        claim.application_id.as_uuid(),
        claim.assessment_id.as_uuid(),
        claim.office.province().as_str(),
        claim.office.as_str(),
        &words(of),
        now.to_sqlx() as _,
        opened_by.map(StaffId::as_uuid),
    )
    .execute(&mut **tx)
    .traced("db.review.add")
    .await?;
    db::affected(1, &added)
}

/// One review.
///
/// # Errors
/// When the database cannot be asked.
pub(crate) async fn lookup(
    connection: &mut PgConnection,
    review_id: ReviewId,
) -> Result<Option<Review>, db::Error> {
    let row = sqlx::query_as!(
        Row,
        r#"-- vehicle.review.lookup
        SELECT review_id AS "review_id: ReviewId", claim_id AS "claim_id: ClaimId",
               application_id AS "application_id: ApplicationId",
               assessment_id AS "assessment_id: AssessmentId", office, state, suspicions,
               document_ids, opened_at AS "opened_at: jiff_sqlx::Timestamp", opened_by,
               due_at AS "due_at: jiff_sqlx::Timestamp",
               ended_at AS "ended_at: jiff_sqlx::Timestamp", decision_reason
        FROM reviews WHERE review_id = $1"#,
        review_id.as_uuid(),
    )
    .fetch_optional(connection)
    .traced("db.review.lookup")
    .await?;
    row.map(Review::try_from).transpose()
}

/// The newest review of an application that was not dropped: the open one, where there is one.
///
/// # Errors
/// When the database cannot be asked.
pub(crate) async fn newest(
    connection: &mut PgConnection,
    application: ApplicationId,
) -> Result<Option<Review>, db::Error> {
    let row = sqlx::query_as!(
        Row,
        r#"-- vehicle.review.newest
        SELECT review_id AS "review_id: ReviewId", claim_id AS "claim_id: ClaimId",
               application_id AS "application_id: ApplicationId",
               assessment_id AS "assessment_id: AssessmentId", office, state, suspicions,
               document_ids, opened_at AS "opened_at: jiff_sqlx::Timestamp", opened_by,
               due_at AS "due_at: jiff_sqlx::Timestamp",
               ended_at AS "ended_at: jiff_sqlx::Timestamp", decision_reason
        FROM reviews WHERE application_id = $1 AND state <> 'dropped'
        ORDER BY ended_at IS NULL DESC, review_id DESC LIMIT 1"#,
        application.as_uuid(),
    )
    .fetch_optional(connection)
    .traced("db.review.newest")
    .await?;
    row.map(Review::try_from).transpose()
}

/// The open review of a claim.
///
/// # Errors
/// When the database cannot be asked.
pub(crate) async fn open_of(
    connection: &mut PgConnection,
    claim_id: ClaimId,
) -> Result<Option<ReviewId>, db::Error> {
    let found = sqlx::query_scalar!(
        r#"-- vehicle.review.open_of
        SELECT review_id AS "review_id: ReviewId" FROM reviews
        WHERE claim_id = $1 AND ended_at IS NULL"#,
        claim_id.as_uuid(),
    )
    .fetch_optional(connection)
    .traced("db.review.open_of")
    .await?;
    Ok(found)
}

/// Which reviews are listed.
#[derive(Debug, Clone)]
pub(crate) struct Wanted {
    pub(crate) province: ProvinceId,
    /// Of these offices; of the whole province if there is none.
    pub(crate) offices: Vec<String>,
    pub(crate) states: Vec<State>,
    /// After this place: due time and id.
    pub(crate) after: Option<(Timestamp, ReviewId)>,
    pub(crate) limit: i64,
}

/// The place of a review in the order of [`list`]: those due first come first, those without
/// evidence last.
pub(crate) fn place(review: &Review) -> (Timestamp, ReviewId) {
    (review.due_at.unwrap_or_else(far), review.review_id)
}

fn far() -> Timestamp {
    Timestamp::from_second(200_000_000_000).expect("it is within range")
}

/// Reviews, those due first.
///
/// # Errors
/// When the database cannot be asked.
pub(crate) async fn list(
    connection: &mut PgConnection,
    wanted: &Wanted,
) -> Result<Vec<Review>, db::Error> {
    let states: Vec<String> = wanted
        .states
        .iter()
        .map(|s| s.as_str().to_owned())
        .collect();
    let rows = sqlx::query_as!(
        Row,
        r#"-- vehicle.review.list
        SELECT review_id AS "review_id: ReviewId", claim_id AS "claim_id: ClaimId",
               application_id AS "application_id: ApplicationId",
               assessment_id AS "assessment_id: AssessmentId", office, state, suspicions,
               document_ids, opened_at AS "opened_at: jiff_sqlx::Timestamp", opened_by,
               due_at AS "due_at: jiff_sqlx::Timestamp",
               ended_at AS "ended_at: jiff_sqlx::Timestamp", decision_reason
        FROM reviews
        WHERE province = $1 AND state = ANY ($2) AND ($3::text[] = '{}' OR office = ANY ($3))
          AND ($4::timestamptz IS NULL
               OR (COALESCE(due_at, $6::timestamptz), review_id) > ($4, $5::uuid))
        ORDER BY COALESCE(due_at, $6::timestamptz), review_id LIMIT $7"#,
        wanted.province.as_str(),
        &states,
        &wanted.offices,
        wanted.after.map(|(at, _)| at.to_sqlx()) as _,
        wanted.after.map(|(_, id)| id.as_uuid()),
        far().to_sqlx() as _,
        wanted.limit,
    )
    .fetch_all(connection)
    .traced("db.review.list")
    .await?;
    rows.into_iter().map(Review::try_from).collect()
}

/// Adds evidence to an open review, which then waits for an officer. `false` if it is closed.
///
/// # Errors
/// When the database cannot be asked.
pub(crate) async fn mark_waiting(
    tx: &mut Tx,
    review_id: ReviewId,
    document_ids: &[Uuid],
    due_at: Timestamp,
) -> Result<bool, db::Error> {
    let marked = sqlx::query!(
        "-- vehicle.review.mark_waiting
        UPDATE reviews SET state = 'waiting', document_ids = $2, due_at = $3
        WHERE review_id = $1 AND ended_at IS NULL",
        review_id.as_uuid(),
        document_ids,
        due_at.to_sqlx() as _,
    )
    .execute(&mut **tx)
    .traced("db.review.mark_waiting")
    .await?;
    Ok(marked.rows_affected() == 1)
}

/// Decides an open review. `false` if it is closed.
///
/// # Errors
/// When the database cannot be asked.
pub(crate) async fn mark_decided(
    tx: &mut Tx,
    review_id: ReviewId,
    state: State,
    by: StaffId,
    reason: &str,
    now: Timestamp,
) -> Result<bool, db::Error> {
    let marked = sqlx::query!(
        "-- vehicle.review.mark_decided
        UPDATE reviews
        SET state = $2, decided_by = $3, decision_reason = $4, ended_at = GREATEST(opened_at, $5)
        WHERE review_id = $1 AND ended_at IS NULL",
        review_id.as_uuid(),
        state.as_str(),
        by.as_uuid(),
        reason,
        now.to_sqlx() as _,
    )
    .execute(&mut **tx)
    .traced("db.review.mark_decided")
    .await?;
    Ok(marked.rows_affected() == 1)
}

/// Drops the open review of a claim that ended.
///
/// # Errors
/// When the database cannot be asked.
pub(crate) async fn drop_of(
    tx: &mut Tx,
    claim_id: ClaimId,
    now: Timestamp,
) -> Result<(), db::Error> {
    sqlx::query!(
        "-- vehicle.review.drop_of
        UPDATE reviews SET state = 'dropped', ended_at = GREATEST(opened_at, $2)
        WHERE claim_id = $1 AND ended_at IS NULL",
        claim_id.as_uuid(),
        now.to_sqlx() as _,
    )
    .execute(&mut **tx)
    .traced("db.review.drop_of")
    .await?;
    Ok(())
}
