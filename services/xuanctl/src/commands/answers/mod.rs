//! `xuanctl answers` and `xuanctl questions`: what outside systems are asked and answer by file, where no
//! line leads to them.
//!
//! As with `batch import`, the whole file is read before anything is sent, and it goes in chunks. A
//! chunk's request id is made of what is in it, so the same command on the same file joins what was
//! taken before instead of repeating it.

mod file;

use std::path::{Path, PathBuf};

use clap::{Subcommand, ValueEnum};
use sha2::{Digest, Sha256};
use uuid::Uuid;
use xuanhao_chassis::grpc::{CallExt, call};
use xuanhao_chassis::ids::RequestId;
use xuanhao_proto::vehicle::v1 as pb;

use self::file::{Answer, Format};
use super::document::write_new;
use super::progress::Progress;
use crate::args::{Acting, fresh};
use crate::connection::Connection;
use crate::failure::Failure;
use crate::output::cases::{Answered, Exported};
use crate::output::{Output, bilingual, complain};

/// Answers in a chunk. Changing it makes a run that broke off begin again, which is harmless.
const CHUNK: usize = 500;

/// The most questions a page has.
const PAGE: i32 = 1_000;

#[derive(Debug, Subcommand)]
pub(crate) enum Answers {
    /// 导入外部系统的答复，可重复执行 · Take answers of outside systems; may be run again
    Import {
        /// CSV（`system`、`question_id`、`answer` 列）或每行一个 JSON · CSV with the columns `system`,
        /// `question_id` and `answer`, or a JSON object a line with these fields
        file: PathBuf,
        /// 重新提交，不沿用以前的结果 · Send again what was sent before, as new requests
        #[arg(long)]
        again: bool,
        #[command(flatten)]
        acting: Acting,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Questions {
    /// 导出待答复的问题，记入审计 · Write the questions that wait for an answer; audited
    Export {
        /// 外部系统 · The outside system
        #[arg(long, value_enum)]
        system: System,
        /// 新文件，.csv 或每行一个 JSON · New file: .csv, or a JSON object a line
        #[arg(short = 'o', long = "out", value_name = "FILE")]
        out: PathBuf,
        /// 导出理由，记入审计 · Why; kept with the audit entry
        #[arg(long, value_name = "TEXT")]
        reason: String,
        #[command(flatten)]
        acting: Acting,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
pub(crate) enum System {
    /// 全国机动车登记系统 · The national vehicle registry
    Registry,
    /// 税务发票查验系统 · The tax bureau
    TaxBureau,
}

impl System {
    fn word(self) -> &'static str {
        match self {
            Self::Registry => "registry",
            Self::TaxBureau => "tax_bureau",
        }
    }
}

impl Answers {
    pub(crate) async fn run(self, to: &Connection, output: &mut Output) -> Result<(), Failure> {
        let Self::Import {
            file,
            again,
            acting,
        } = self;
        let answered = import(to, &file, again, &acting).await?;
        Ok(output.show(&answered)?)
    }
}

async fn import(
    to: &Connection,
    file: &Path,
    again: bool,
    acting: &Acting,
) -> Result<Answered, Failure> {
    let answers = file::read(file)?;
    let mut told = Answered {
        rows: answers.len() as u64,
        ..Answered::default()
    };
    let mut progress = Progress::begin(told.rows);
    let mut client = to.reviews()?;
    for (number, chunk) in (1_u32..).zip(answers.chunks(CHUNK)) {
        let id = if again { fresh() } else { id_of(chunk) };
        // A principal may end while a long import runs, so each chunk gets its own.
        let principal = to.principal(acting.scope()).await?;
        let request = call(pb::ImportAnswersRequest {
            request_id: id.to_string(),
            answers: chunk.iter().map(Answer::message).collect(),
        });
        let request = request.principal(&principal).idempotent();
        let taken = client.import_answers(request).await.map_err(|status| {
            progress.broken();
            complain(&bilingual(
                &format!("自第{}行起未能确认；可重复执行同一命令继续", chunk[0].line),
                &format!(
                    "from line {} on nothing was taken; the same command goes on",
                    chunk[0].line
                ),
            ));
            Failure::from(status)
        })?;
        let taken = taken.into_inner();
        told.taken += u64::from(taken.taken);
        told.unknown += u64::from(taken.unknown);
        // Told by their place in the request, from 1.
        let lines = taken.malformed.iter().filter_map(|place| {
            let place = usize::try_from(*place).ok()?.checked_sub(1)?;
            Some(chunk.get(place)?.line)
        });
        told.malformed.extend(lines);
        progress.after(number, chunk.len());
    }
    progress.end();
    Ok(told)
}

/// The id of a chunk: the same answers have the same one.
fn id_of(chunk: &[Answer]) -> RequestId {
    let mut hash = Sha256::new();
    for answer in chunk {
        for part in [&answer.system, &answer.question_id, &answer.answer] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
    }
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash.finalize()[..16]);
    RequestId::from_uuid(Uuid::from_bytes(bytes))
}

impl Questions {
    pub(crate) async fn run(self, to: &Connection, output: &mut Output) -> Result<(), Failure> {
        let Self::Export {
            system,
            out,
            reason,
            acting,
        } = self;
        if out.exists() {
            return Err(Failure::Usage(bilingual(
                &format!("文件 {} 已存在", out.display()),
                &format!("{} is there already", out.display()),
            )));
        }
        let mut client = to.reviews()?;
        let (mut questions, mut page_token) = (Vec::new(), String::new());
        loop {
            let principal = to.principal(acting.scope()).await?;
            let request = call(pb::ExportQuestionsRequest {
                system: system.word().to_owned(),
                page_size: PAGE,
                page_token,
                reason: reason.clone(),
            });
            let request = request.principal(&principal).idempotent();
            let page = client.export_questions(request).await?.into_inner();
            questions.extend(page.questions);
            page_token = page.next_page_token;
            if page_token.is_empty() {
                break;
            }
        }
        let text = file::written(Format::of(&out), system.word(), &questions)?;
        write_new(&out, &text)?;
        let questions = questions.len() as u64;
        Ok(output.show(&Exported { questions })?)
    }
}
