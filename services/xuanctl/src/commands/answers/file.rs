//! The files: CSV, or a JSON object a line.

use std::fs;
use std::path::Path;

use csv::{ReaderBuilder, StringRecord, Writer};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use xuanhao_proto::vehicle::v1 as pb;

use crate::failure::Failure;
use crate::output::bilingual;
use crate::output::words::instant;

/// Bad lines that are told one by one.
const TOLD: usize = 10;

/// How a file is written, by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Csv,
    JsonLines,
}

impl Format {
    pub(super) fn of(file: &Path) -> Self {
        let csv = file
            .extension()
            .is_some_and(|extension| extension.eq_ignore_ascii_case("csv"));
        if csv { Self::Csv } else { Self::JsonLines }
    }
}

/// An answer and where it stands. It may hold personal data, so it is never shown.
pub(super) struct Answer {
    pub(super) line: u64,
    pub(super) system: String,
    pub(super) question_id: String,
    /// A JSON object as one text.
    pub(super) answer: String,
}

impl Answer {
    pub(super) fn message(&self) -> pb::OutsideAnswer {
        pb::OutsideAnswer {
            system: self.system.clone(),
            question_id: self.question_id.clone(),
            answer: self.answer.clone(),
        }
    }
}

/// As a line holds it: the answer is the object itself, or a text of it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    system: String,
    question_id: String,
    answer: Value,
}

/// Why a line cannot be used; never a word of what stands in it.
struct Bad {
    line: u64,
    why: &'static str,
}

/// Reads all answers of a file.
///
/// # Errors
/// With the first bad lines, and nothing was sent then.
pub(super) fn read(file: &Path) -> Result<Vec<Answer>, Failure> {
    let text = fs::read_to_string(file).map_err(|error| {
        Failure::Usage(bilingual(
            "文件无法读取",
            &format!("{} cannot be read: {error}", file.display()),
        ))
    })?;
    let read = match Format::of(file) {
        Format::Csv => of_csv(&text)?,
        Format::JsonLines => of_lines(&text),
    };
    let (mut answers, mut bad) = (Vec::new(), Vec::new());
    for one in read {
        match one {
            Ok(answer) => answers.push(answer),
            Err(line) => bad.push(line),
        }
    }
    if bad.is_empty() {
        return Ok(answers);
    }
    let told = bad.iter().take(TOLD);
    let mut told: Vec<_> = told
        .map(|bad| format!("第{0}行 · line {0}: {1}", bad.line, bad.why))
        .collect();
    if bad.len() > TOLD {
        told.push("…".to_owned());
    }
    told.push(bilingual("未导入任何答复", "nothing was imported"));
    Err(Failure::Here(told.join("\n")))
}

fn of_lines(text: &str) -> Vec<Result<Answer, Bad>> {
    let numbered = (1_u64..).zip(text.lines());
    let full = numbered.filter(|(_, line)| !line.trim().is_empty());
    full.map(|(line, text)| {
        let read: Line = serde_json::from_str(text).map_err(|_| Bad {
            line,
            why: "不是所需的 JSON 对象 · not a JSON object with system, question_id, answer",
        })?;
        answer(line, read.system, read.question_id, read.answer)
    })
    .collect()
}

fn of_csv(text: &str) -> Result<Vec<Result<Answer, Bad>>, Failure> {
    let mut reader = ReaderBuilder::new().from_reader(text.as_bytes());
    let header = reader.headers().cloned().unwrap_or_default();
    let column = |name: &str| {
        let found = header.iter().position(|known| known.trim() == name);
        found.ok_or_else(|| {
            Failure::Here(bilingual(
                &format!("第1行缺少 {name} 列"),
                &format!("line 1: there is no column `{name}`"),
            ))
        })
    };
    let (system, question, content) =
        (column("system")?, column("question_id")?, column("answer")?);
    let mut answers = Vec::new();
    let mut record = StringRecord::new();
    loop {
        let line = reader.position().line();
        let read = match reader.read_record(&mut record) {
            Ok(false) => return Ok(answers),
            Ok(true) => {
                let of = |column: usize| record.get(column).unwrap_or_default().to_owned();
                answer(line, of(system), of(question), Value::String(of(content)))
            }
            Err(_) => Err(Bad {
                line,
                why: "列数与表头不同 · not as many columns as the header has",
            }),
        };
        answers.push(read);
    }
}

fn answer(line: u64, system: String, question_id: String, told: Value) -> Result<Answer, Bad> {
    let bad = |why| Bad { line, why };
    if !["registry", "tax_bureau"].contains(&system.as_str()) {
        return Err(bad(
            "system 为 registry 或 tax_bureau · system is registry or tax_bureau",
        ));
    }
    if question_id.is_empty() {
        return Err(bad("缺少 question_id · question_id is missing"));
    }
    let object = match told {
        Value::String(text) => serde_json::from_str(&text).unwrap_or_default(),
        other => other,
    };
    if !object.is_object() {
        return Err(bad("answer 不是 JSON 对象 · answer is no JSON object"));
    }
    Ok(Answer {
        line,
        system,
        question_id,
        answer: object.to_string(),
    })
}

/// As a line of the file that goes out holds it.
#[derive(Serialize)]
struct Question<'a> {
    system: &'a str,
    question_id: &'a str,
    asked_at: String,
    question: Value,
}

/// The file of questions.
///
/// # Errors
/// When a question is no JSON: the service garbled it.
pub(super) fn written(
    format: Format,
    system: &str,
    questions: &[pb::OutsideQuestion],
) -> Result<Vec<u8>, Failure> {
    let mut rows = Vec::new();
    for told in questions {
        let asked_at = instant(told.asked_at.as_ref());
        let question = serde_json::from_str(&told.question);
        rows.push(Question {
            system,
            question_id: &told.question_id,
            asked_at: asked_at.map(|at| at.to_string()).unwrap_or_default(),
            question: question.map_err(|_| Failure::incomplete())?,
        });
    }
    match format {
        Format::JsonLines => {
            let lines = rows
                .iter()
                .map(|row| serde_json::to_string(row).map(|line| line + "\n"));
            let text: Result<String, _> = lines.collect();
            text.map(String::into_bytes)
                .map_err(|_| Failure::incomplete())
        }
        Format::Csv => {
            let mut writer = Writer::from_writer(Vec::new());
            let unwritten = |_| Failure::incomplete();
            writer
                .write_record(["system", "question_id", "asked_at", "question"])
                .map_err(unwritten)?;
            for row in &rows {
                let question = row.question.to_string();
                writer
                    .write_record([row.system, row.question_id, &row.asked_at, &question])
                    .map_err(unwritten)?;
            }
            writer.into_inner().map_err(|_| Failure::incomplete())
        }
    }
}
