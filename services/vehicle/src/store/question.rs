//! Questions to outside systems.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::PgConnection;
use sqlx::types::Json;
use xuanhao_chassis::db::{self, Traced, Tx};
use xuanhao_chassis::ids::PersonId;
use xuanhao_vocabulary::ProvinceId;

use super::known;
use crate::domain::assessment::AssessmentId;
use crate::domain::findings::{Answers, Invoice, Told, Vehicle};
use crate::domain::question::{QuestionId, System};

/// The column a question is sealed for.
pub(crate) const QUESTION: &str = "questions.question";

/// What one system answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Answer {
    /// The registry.
    Vehicle(Told<Vehicle>),
    /// The tax bureau.
    Invoice(Told<Invoice>),
}

impl Answer {
    fn to_json(&self) -> serde_json::Value {
        match self {
            Self::Vehicle(told) => serde_json::to_value(told),
            Self::Invoice(told) => serde_json::to_value(told),
        }
        .expect("findings are JSON")
    }
}

/// A question that is open, or was answered at once.
#[derive(Debug, Clone)]
pub(crate) struct NewQuestion {
    pub(crate) question_id: QuestionId,
    pub(crate) assessment_id: AssessmentId,
    pub(crate) system: System,
    /// The answer, or the sealed question and when it is asked again.
    pub(crate) told: Result<Answer, (Vec<u8>, Timestamp)>,
}

/// An open question.
#[derive(Debug, Clone)]
pub(crate) struct Open {
    pub(crate) question_id: QuestionId,
    pub(crate) assessment_id: AssessmentId,
    pub(crate) system: System,
    /// Whose data key seals it.
    pub(crate) person_id: PersonId,
    pub(crate) sealed: Vec<u8>,
    pub(crate) attempts: i32,
    pub(crate) asked_at: Timestamp,
    pub(crate) answers_until: Option<Timestamp>,
}

struct Row {
    question_id: QuestionId,
    assessment_id: AssessmentId,
    system: String,
    person_id: PersonId,
    question: Option<Vec<u8>>,
    attempts: i32,
    asked_at: jiff_sqlx::Timestamp,
    answers_until: Option<jiff_sqlx::Timestamp>,
}

impl TryFrom<Row> for Open {
    type Error = db::Error;

    fn try_from(row: Row) -> Result<Self, db::Error> {
        Ok(Self {
            question_id: row.question_id,
            assessment_id: row.assessment_id,
            system: known("system", System::from_word(&row.system))?,
            person_id: row.person_id,
            sealed: known("question", row.question)?,
            attempts: row.attempts,
            asked_at: row.asked_at.to_jiff(),
            answers_until: row.answers_until.map(jiff_sqlx::Timestamp::to_jiff),
        })
    }
}

/// Adds one.
///
/// # Errors
/// When the database cannot be asked.
pub(crate) async fn add(tx: &mut Tx, new: &NewQuestion, now: Timestamp) -> Result<(), db::Error> {
    let (state, sealed, answer, due_at) = match &new.told {
        Ok(answer) => ("answered", None, Some(answer.to_json()), None),
        Err((sealed, due_at)) => ("open", Some(sealed), None, Some(*due_at)),
    };
    let ended_at = new.told.is_ok().then_some(now);
    sqlx::query!(
        "-- vehicle.question.add
        INSERT INTO questions (question_id, assessment_id, system, state, question, answer, attempts,
                               asked_at, due_at, ended_at)
        VALUES ($1, $2, $3, $4, $5, $6, 0, $7, $8, $9)",
        new.question_id.as_uuid(),
        new.assessment_id.as_uuid(),
        new.system.as_str(),
        state,
        sealed,
        answer,
        now.to_sqlx() as _,
        due_at.map(|at| at.to_sqlx()) as _,
        ended_at.map(|at| at.to_sqlx()) as _,
    )
    .execute(&mut **tx)
    .traced("db.question.add")
    .await?;
    Ok(())
}

/// Claims open questions that are due, and puts them off to `again_at` in case the claim is lost.
///
/// # Errors
/// When the database cannot be asked.
pub(crate) async fn claim_due(
    tx: &mut Tx,
    now: Timestamp,
    again_at: Timestamp,
    limit: i64,
) -> Result<Vec<Open>, db::Error> {
    let rows = sqlx::query_as!(
        Row,
        r#"-- vehicle.question.claim_due
        UPDATE questions SET attempts = attempts + 1, due_at = $2
        FROM assessments
        WHERE assessments.assessment_id = questions.assessment_id
          AND question_id = ANY (ARRAY(
            SELECT question_id FROM questions WHERE state = 'open' AND due_at <= $1
            ORDER BY due_at LIMIT $3 FOR UPDATE SKIP LOCKED))
        RETURNING question_id AS "question_id: QuestionId",
                  questions.assessment_id AS "assessment_id: AssessmentId", system,
                  person_id AS "person_id: PersonId", question, attempts,
                  asked_at AS "asked_at: jiff_sqlx::Timestamp",
                  answers_until AS "answers_until: jiff_sqlx::Timestamp""#,
        now.to_sqlx() as _,
        again_at.to_sqlx() as _,
        limit,
    )
    .fetch_all(&mut **tx)
    .traced("db.question.claim_due")
    .await?;
    rows.into_iter().map(Open::try_from).collect()
}

/// Puts off when an open question is asked again.
///
/// # Errors
/// When the database cannot be asked.
pub(crate) async fn put_off(
    tx: &mut Tx,
    question_id: QuestionId,
    due_at: Timestamp,
) -> Result<(), db::Error> {
    sqlx::query!(
        "-- vehicle.question.put_off
        UPDATE questions SET due_at = $2 WHERE question_id = $1 AND state = 'open'",
        question_id.as_uuid(),
        due_at.to_sqlx() as _,
    )
    .execute(&mut **tx)
    .traced("db.question.put_off")
    .await?;
    Ok(())
}

/// Open questions of a province to a system after one of them, oldest first.
///
/// # Errors
/// When the database cannot be asked.
pub(crate) async fn list_open(
    tx: &mut Tx,
    province: ProvinceId,
    system: System,
    after: Option<QuestionId>,
    limit: i64,
) -> Result<Vec<Open>, db::Error> {
    let rows = sqlx::query_as!(
        Row,
        r#"-- vehicle.question.list_open
        SELECT question_id AS "question_id: QuestionId",
               questions.assessment_id AS "assessment_id: AssessmentId", system,
               person_id AS "person_id: PersonId", question, attempts,
               asked_at AS "asked_at: jiff_sqlx::Timestamp",
               answers_until AS "answers_until: jiff_sqlx::Timestamp"
        FROM questions JOIN assessments USING (assessment_id)
        WHERE questions.state = 'open' AND system = $1 AND province = $2
          AND ($3::uuid IS NULL OR question_id > $3)
        ORDER BY question_id LIMIT $4"#,
        system.as_str(),
        province.as_str(),
        after.map(QuestionId::as_uuid),
        limit,
    )
    .fetch_all(&mut **tx)
    .traced("db.question.list_open")
    .await?;
    rows.into_iter().map(Open::try_from).collect()
}

/// Those of some questions that are open and of the province.
///
/// # Errors
/// When the database cannot be asked.
pub(crate) async fn find_open(
    connection: &mut PgConnection,
    province: ProvinceId,
    ids: &[QuestionId],
) -> Result<Vec<Open>, db::Error> {
    let ids: Vec<_> = ids.iter().map(|id| id.as_uuid()).collect();
    let rows = sqlx::query_as!(
        Row,
        r#"-- vehicle.question.find_open
        SELECT question_id AS "question_id: QuestionId",
               questions.assessment_id AS "assessment_id: AssessmentId", system,
               person_id AS "person_id: PersonId", question, attempts,
               asked_at AS "asked_at: jiff_sqlx::Timestamp",
               answers_until AS "answers_until: jiff_sqlx::Timestamp"
        FROM questions JOIN assessments USING (assessment_id)
        WHERE questions.state = 'open' AND province = $1 AND question_id = ANY ($2)"#,
        province.as_str(),
        &ids,
    )
    .fetch_all(connection)
    .traced("db.question.find_open")
    .await?;
    rows.into_iter().map(Open::try_from).collect()
}

/// Writes an answer and wipes the question; `false` if nobody waits for it any more.
///
/// # Errors
/// When the database cannot be asked.
pub(crate) async fn mark_answered(
    tx: &mut Tx,
    question_id: QuestionId,
    answer: &Answer,
    now: Timestamp,
) -> Result<bool, db::Error> {
    let marked = sqlx::query!(
        "-- vehicle.question.mark_answered
        UPDATE questions
        SET state = 'answered', question = NULL, due_at = NULL, answer = $2,
            ended_at = GREATEST(asked_at, $3)
        WHERE question_id = $1 AND state = 'open'",
        question_id.as_uuid(),
        answer.to_json(),
        now.to_sqlx() as _,
    )
    .execute(&mut **tx)
    .traced("db.question.mark_answered")
    .await?;
    Ok(marked.rows_affected() == 1)
}

/// Ends and wipes the open questions of a decision: nobody waits for them.
///
/// # Errors
/// When the database cannot be asked.
pub(crate) async fn give_up(
    tx: &mut Tx,
    assessment_id: AssessmentId,
    now: Timestamp,
) -> Result<(), db::Error> {
    sqlx::query!(
        "-- vehicle.question.give_up
        UPDATE questions
        SET state = 'given_up', question = NULL, due_at = NULL, ended_at = GREATEST(asked_at, $2)
        WHERE assessment_id = $1 AND state = 'open'",
        assessment_id.as_uuid(),
        now.to_sqlx() as _,
    )
    .execute(&mut **tx)
    .traced("db.question.give_up")
    .await?;
    Ok(())
}

/// What was answered for a decision by now.
///
/// # Errors
/// When the database cannot be asked.
pub(crate) async fn answers(
    tx: &mut Tx,
    assessment_id: AssessmentId,
) -> Result<Answers, db::Error> {
    let rows = sqlx::query!(
        r#"-- vehicle.question.answers
        SELECT system, answer AS "answer!: Json<serde_json::Value>" FROM questions
        WHERE assessment_id = $1 AND state = 'answered'"#,
        assessment_id.as_uuid(),
    )
    .fetch_all(&mut **tx)
    .traced("db.question.answers")
    .await?;
    let mut answers = Answers::default();
    for row in rows {
        let corrupt = |error| db::Error::corrupt("answer", error);
        match known("system", System::from_word(&row.system))? {
            System::Registry => {
                answers.vehicle = Some(serde_json::from_value(row.answer.0).map_err(corrupt)?);
            }
            System::TaxBureau => {
                answers.invoice = Some(serde_json::from_value(row.answer.0).map_err(corrupt)?);
            }
        }
    }
    Ok(answers)
}
