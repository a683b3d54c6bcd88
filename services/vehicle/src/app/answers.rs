//! Questions and answers of outside systems by file, for installations without a line to them.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::json;
use xuanhao_chassis::db::Tx;
use xuanhao_chassis::error::Refusal;
use xuanhao_chassis::idempotency::{Key, Scope};
use xuanhao_chassis::ids::{Id, RequestId};
use xuanhao_chassis::principal::Principal;
use xuanhao_chassis::reason::Reason;
use xuanhao_chassis::sealed;
use xuanhao_proto::vehicle::v1 as pb;
use xuanhao_vocabulary::{ProvinceId, Vin};

use super::late::read;
use super::{App, staff};
use crate::domain::claim::Taken;
use crate::domain::findings::Told;
use crate::domain::question::{Question, QuestionId, System};
use crate::error::Error;
use crate::outside::{InvoiceQuestion, Unavailable, VehicleQuestion};
use crate::store::question::{self, Answer, Open};
use crate::store::{audit, claim};

/// Questions to be put into a file.
#[derive(Debug)]
pub struct Export {
    /// Who asks for them.
    pub actor: Principal,
    /// Of which system.
    pub system: System,
    /// After this one.
    pub after: Option<QuestionId>,
    /// How many at most.
    pub size: u16,
    /// Why.
    pub reason: String,
}

/// A question as it goes into the file.
#[derive(Debug)]
pub struct FileQuestion {
    /// Its id.
    pub question_id: QuestionId,
    /// The JSON object the gateway would have been asked with.
    pub question: String,
    /// When it was first asked.
    pub asked_at: Timestamp,
}

/// Answers out of a file.
#[derive(Debug)]
pub struct Import {
    /// Who brings them.
    pub actor: Principal,
    /// The request id.
    pub request_id: RequestId,
    /// In the file's order.
    pub answers: Vec<FileAnswer>,
}

/// One answer out of a file; none if it names no question or system.
#[derive(Debug)]
pub struct FileAnswer {
    /// System and question, where they could be read.
    pub to: Option<(System, QuestionId)>,
    /// The JSON object the gateway would have answered with.
    pub answer: String,
}

/// An answer that fits an open question.
struct Fit {
    open: Open,
    answer: Answer,
    vin: Vin,
    taken: Taken,
}

impl App {
    /// Open questions of the operator's province, oldest first; and the place after them if there is
    /// more. The act is audited: the questions hold personal data.
    ///
    /// # Errors
    /// `OUTSIDE_YOUR_OFFICE` for staff of single offices.
    pub async fn export_questions(
        &self,
        command: Export,
    ) -> Result<(Vec<FileQuestion>, Option<QuestionId>), Error> {
        let (province, actor) = (whole_province(&command.actor)?, staff(&command.actor)?);
        let (now, entry_id) = (self.clock.now(), self.ids.next::<Question>());
        let found = self
            .db
            .run_tx("vehicle.export_questions", async |tx: &mut Tx| {
                let limit = i64::from(command.size) + 1;
                let found =
                    question::list_open(tx, province, command.system, command.after, limit).await?;
                let entry = audit::Entry {
                    id: entry_id.as_uuid(),
                    province,
                    office: None,
                    act: "questions.exported",
                    subject: command.system.as_str().to_owned(),
                    actor,
                    reason: command.reason.clone(),
                    details: json!({"questions": found.len().min(usize::from(command.size))}),
                };
                audit::add(tx, &entry, now).await?;
                Ok::<_, Error>(found)
            })
            .await?;
        let more = found.len() > usize::from(command.size);
        let mut questions = Vec::new();
        let mut last = None;
        for open in found.into_iter().take(command.size.into()) {
            last = Some(open.question_id);
            match self.opened(&open).await {
                Ok(question) => questions.push(FileQuestion {
                    question_id: open.question_id,
                    question,
                    asked_at: open.asked_at,
                }),
                // The person was erased: there is nothing to ask.
                Err(Error::Sealed(sealed::Error::Erased)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok((questions, last.filter(|_| more)))
    }

    /// Takes answers, all that fit or none; decisions whose last answer came are made. Repeats are
    /// harmless: an answered question waits for nothing.
    ///
    /// # Errors
    /// `OUTSIDE_YOUR_OFFICE` for staff of single offices.
    pub async fn import_answers(
        &self,
        command: Import,
        request: &pb::ImportAnswersRequest,
    ) -> Result<pb::ImportAnswersResponse, Error> {
        let (province, actor) = (whole_province(&command.actor)?, staff(&command.actor)?);
        let now = self.clock.now();
        let (fits, unknown, malformed) = self.fitting(province, &command.answers).await?;
        let scope = Scope::Staff(actor);
        let key = Key::new(&scope, "vehicle.import_answers", command.request_id, now);
        let entry_id: Id<Question> = self.ids.next();
        let mut tries = 0;
        loop {
            tries += 1;
            let written = self
                .db
                .run_once(
                    "vehicle.import_answers",
                    &key,
                    request,
                    async |tx: &mut Tx| {
                        claim::lock(tx, fits.iter().map(|fit| &fit.taken)).await?;
                        let (mut taken, mut unknown) = (0, unknown);
                        for fit in &fits {
                            let id = fit.open.question_id;
                            if question::mark_answered(tx, id, &fit.answer, now).await? {
                                self.conclude(tx, fit.open.assessment_id, &fit.vin, now)
                                    .await?;
                                taken += 1;
                            } else {
                                unknown += 1;
                            }
                        }
                        let entry = audit::Entry {
                            id: entry_id.as_uuid(),
                            province,
                            office: None,
                            act: "answers.imported",
                            subject: "answers".to_owned(),
                            actor,
                            reason: String::new(),
                            details: json!({"taken": taken, "unknown": unknown,
                                            "malformed": malformed.len()}),
                        };
                        audit::add(tx, &entry, now).await?;
                        Ok::<_, Error>(pb::ImportAnswersResponse {
                            taken,
                            unknown,
                            malformed: malformed.clone(),
                        })
                    },
                )
                .await;
            match written {
                Err(error) if error.lost_a_race() && tries < 3 => {}
                other => return other,
            }
        }
    }

    /// Answers that fit open questions, how many are of questions that are not, and the places of
    /// those that cannot be read.
    async fn fitting(
        &self,
        province: ProvinceId,
        answers: &[FileAnswer],
    ) -> Result<(Vec<Fit>, u32, Vec<u32>), Error> {
        let ids: Vec<QuestionId> = answers.iter().filter_map(|a| Some(a.to?.1)).collect();
        let mut connection = self.db.pool().acquire().await?;
        let open = question::find_open(&mut connection, province, &ids).await?;
        drop(connection);
        let mut open: BTreeMap<QuestionId, Open> = open
            .into_iter()
            .map(|open| (open.question_id, open))
            .collect();
        let (mut fits, mut unknown, mut malformed) = (Vec::new(), 0, Vec::new());
        for (place, answer) in (1_u32..).zip(answers) {
            let Some((system, id)) = answer.to else {
                malformed.push(place);
                continue;
            };
            // The first answer to a question counts.
            let Some(asked) = open.remove(&id) else {
                unknown += 1;
                continue;
            };
            match self.fit(asked, system, &answer.answer).await {
                Ok(Some(fit)) => fits.push(fit),
                Ok(None) => malformed.push(place),
                // The person was erased, and with them whoever waited.
                Err(Error::Sealed(sealed::Error::Erased) | Error::Refused(_)) => unknown += 1,
                Err(error) => return Err(error),
            }
        }
        Ok((fits, unknown, malformed))
    }

    async fn fit(&self, open: Open, system: System, answer: &str) -> Result<Option<Fit>, Error> {
        if open.system != system {
            return Ok(None);
        }
        let json = self.opened(&open).await?;
        let told = match system {
            System::Registry => read::<VehicleQuestion>(&json)?
                .read(answer)
                .map(|told| Answer::Vehicle(Told::from(told))),
            System::TaxBureau => read::<InvoiceQuestion>(&json)?
                .read(answer)
                .map(|told| Answer::Invoice(Told::from(told))),
        };
        match told {
            Ok(answer) => {
                let (vin, taken) = self.behind(&open).await?;
                Ok(Some(Fit {
                    open,
                    answer,
                    vin,
                    taken,
                }))
            }
            Err(Unavailable) => Ok(None),
        }
    }
}

/// Files are of a whole province.
fn whole_province(actor: &Principal) -> Result<ProvinceId, Refusal> {
    let outside = || Refusal::new(Reason::OutsideYourOffice);
    if !actor.offices.is_empty() {
        return Err(outside());
    }
    ProvinceId::parse(&actor.province).map_err(|_| outside())
}
