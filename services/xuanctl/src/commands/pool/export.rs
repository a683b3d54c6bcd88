//! `xuanctl pool export`: an office's public log in one file.
//!
//! One JSON object a line: the file's own first, then for each day its key and public value, and the
//! day's rows in order. It is all that a stranger needs to derive every draw again, and nothing in it
//! is about persons.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::PathBuf;

use clap::Args;
use jiff::civil::Date;
use serde_json::{Value, json};
use xuanhao_chassis::grpc::{CallExt, ClientChannel, call};
use xuanhao_proto::platepool::v1 as pb;
use xuanhao_proto::platepool::v1::pool_publication_service_client::PoolPublicationServiceClient;
use xuanhao_vocabulary::OfficeId;

use crate::args::word;
use crate::commands::progress::Count;
use crate::connection::Connection;
use crate::failure::Failure;
use crate::output::replaying::Exported;
use crate::output::words::instant;
use crate::output::{Output, bilingual};

/// What the file's first line says it is.
const FORMAT: &str = "xuanhao-draw-log-1";
/// Rows asked for at once.
const PAGE: i32 = 1_000;
/// So many days without a key in a row, and the log is taken to begin after them.
const LONGEST_GAP: u32 = 31;

#[derive(Debug, Args)]
pub(crate) struct Export {
    /// 车管所，例如 gd-zhanjiang · Office, such as gd-zhanjiang
    #[arg(value_parser = word::<OfficeId>)]
    office: OfficeId,
    /// 最后一日，其密钥须已公开 · The last day; its key must be revealed
    #[arg(value_name = "YYYY-MM-DD")]
    until: Date,
    /// 写入的文件 · The file to write
    #[arg(long, value_name = "FILE")]
    file: PathBuf,
}

impl Export {
    pub(crate) async fn run(self, to: &Connection, output: &mut Output) -> Result<(), Failure> {
        let mut source = Source {
            client: to.published()?,
            office: self.office,
        };
        let days = source.days(self.until).await?;
        let mut file = BufWriter::new(File::create(&self.file)?);
        let from = days.first().map_or(self.until, |(day, _)| *day);
        let head = json!({
            "format": FORMAT,
            "office": self.office.to_string(),
            "from": from.to_string(),
            "until": self.until.to_string(),
        });
        writeln!(file, "{head}")?;
        let (mut rows, mut count) = (0, Count::begin());
        for (day, known) in &days {
            writeln!(file, "{}", day_line(*day, known))?;
            let mut page = String::new();
            loop {
                let (entries, next) = source.rows(*day, page).await?;
                rows += entries.len() as u64;
                for entry in entries {
                    writeln!(file, "{}", row_line(entry)?)?;
                }
                count.stands_at(rows);
                if next.is_empty() {
                    break;
                }
                page = next;
            }
        }
        file.flush()?;
        count.end();
        Ok(output.show(&Exported::new(&self.file, days.len(), rows))?)
    }
}

/// The published log of an office.
struct Source {
    client: PoolPublicationServiceClient<ClientChannel>,
    office: OfficeId,
}

impl Source {
    /// The days that have a key, up to the last one asked for, oldest first.
    async fn days(&mut self, until: Date) -> Result<Vec<(Date, pb::GetDrawDayResponse)>, Failure> {
        let (mut days, mut day, mut gap) = (Vec::new(), until, 0);
        while gap < LONGEST_GAP {
            match self.day(day).await? {
                Some(known) if known.key.is_empty() => return Err(secret(day)),
                Some(known) => {
                    days.push((day, known));
                    gap = 0;
                }
                None if days.is_empty() => return Err(secret(day)),
                None => gap += 1,
            }
            let Ok(before) = day.yesterday() else { break };
            day = before;
        }
        days.reverse();
        Ok(days)
    }

    async fn day(&mut self, day: Date) -> Result<Option<pb::GetDrawDayResponse>, Failure> {
        let request = call(pb::GetDrawDayRequest {
            office: self.office.to_string(),
            day: day.to_string(),
        });
        match self.client.get_draw_day(request.idempotent()).await {
            Ok(told) => Ok(Some(told.into_inner())),
            Err(status) if status.code() == tonic::Code::NotFound => Ok(None),
            Err(status) => Err(status.into()),
        }
    }

    async fn rows(
        &mut self,
        day: Date,
        page_token: String,
    ) -> Result<(Vec<pb::DrawLogEntry>, String), Failure> {
        let request = call(pb::ListDrawLogRequest {
            office: self.office.to_string(),
            day: day.to_string(),
            page_size: PAGE,
            page_token,
        });
        let told = self.client.list_draw_log(request.idempotent()).await?;
        let told = told.into_inner();
        Ok((told.entries, told.next_page_token))
    }
}

/// Without its key nobody can derive the day.
fn secret(day: Date) -> Failure {
    Failure::Here(bilingual(
        &format!("{day}的密钥尚未公开"),
        &format!("the key of {day} is not revealed"),
    ))
}

fn day_line(day: Date, known: &pb::GetDrawDayResponse) -> Value {
    json!({
        "day": day.to_string(),
        "key_hash": known.key_hash,
        "public_value": known.public_value,
        "public_value_source": known.public_value_source,
        "key": known.key,
    })
}

fn row_line(entry: pb::DrawLogEntry) -> Result<Value, Failure> {
    let at = instant(entry.decided_at.as_ref()).ok_or_else(Failure::incomplete)?;
    let content: Value = serde_json::from_str(&entry.content).map_err(|_| Failure::incomplete())?;
    Ok(json!({
        "epoch": entry.epoch,
        "seq": entry.seq,
        "decided_at": format!("{at:.6}"),
        "kind": entry.kind,
        "application": entry.application_id,
        "op_no": entry.op_no,
        "content": content,
    }))
}
