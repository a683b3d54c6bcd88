//! Who writes for the offices, and what a replay of a log came to.

use std::io;
use std::path::Path;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;
use xuanhao_proto::platepool::v1 as pb;

use super::words::{clock, instant, rfc3339};
use super::{Output, Show, bilingual};

/// Offices with their writers, and the pool's processes.
#[derive(Debug, Serialize)]
pub(crate) struct Writers {
    writers: Vec<Writer>,
    replicas: Vec<Replica>,
}

#[derive(Debug, Serialize)]
struct Writer {
    office: String,
    replica: String,
    epoch: i64,
    #[serde(serialize_with = "rfc3339")]
    taken_at: Option<Timestamp>,
}

#[derive(Debug, Serialize)]
struct Replica {
    replica: String,
    address: String,
    #[serde(serialize_with = "rfc3339")]
    expires_at: Option<Timestamp>,
    leaving: bool,
}

impl From<pb::ListWritersResponse> for Writers {
    fn from(told: pb::ListWritersResponse) -> Self {
        let writer = |of: pb::Writer| Writer {
            taken_at: instant(of.taken_at.as_ref()),
            office: of.office,
            replica: of.replica,
            epoch: of.epoch,
        };
        let replica = |of: pb::PoolReplica| Replica {
            expires_at: instant(of.expires_at.as_ref()),
            replica: of.replica,
            address: of.address,
            leaving: of.leaving,
        };
        Self {
            writers: told.writers.into_iter().map(writer).collect(),
            replicas: told.replicas.into_iter().map(replica).collect(),
        }
    }
}

impl Writers {
    fn offices_of(&self, replica: &Replica) -> usize {
        let own = |writer: &&Writer| writer.replica == replica.replica;
        self.writers.iter().filter(own).count()
    }
}

impl Show for Writers {
    fn write(&self, output: &mut Output) -> io::Result<()> {
        let replica = |of: &Replica| {
            [
                of.replica.clone(),
                of.address.clone(),
                self.offices_of(of).to_string(),
                clock(of.expires_at),
                if of.leaving { "leaving" } else { "" }.to_owned(),
            ]
        };
        output.table(
            [
                "进程 · replica",
                "地址 · address",
                "车管所 · offices",
                "有效至 · until",
                "",
            ],
            self.replicas.iter().map(replica),
        )?;
        output.line("")?;
        let writer = |of: &Writer| {
            [
                of.office.clone(),
                of.replica.clone(),
                of.epoch.to_string(),
                clock(of.taken_at),
            ]
        };
        output.table(
            [
                "车管所 · office",
                "进程 · replica",
                "纪元 · epoch",
                "自 · since",
            ],
            self.writers.iter().map(writer),
        )
    }
}

/// What a replay came to.
#[derive(Debug, Serialize)]
pub(crate) struct Replayed {
    day: String,
    holds: bool,
    rows: u64,
    rows_of_day: u64,
    draws_of_day: u64,
    picks_of_day: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    mismatch: Option<Mismatch>,
}

#[derive(Debug, Serialize)]
struct Mismatch {
    epoch: i64,
    seq: i64,
    why: String,
}

impl Replayed {
    pub(crate) fn new(day: Date, step: &pb::ReplayDayResponse, verdict: pb::ReplayVerdict) -> Self {
        let mismatch = (!verdict.holds).then_some(Mismatch {
            epoch: verdict.epoch,
            seq: verdict.seq,
            why: verdict.mismatch,
        });
        Self {
            day: day.to_string(),
            holds: verdict.holds,
            rows: step.rows,
            rows_of_day: step.rows_of_day,
            draws_of_day: step.draws_of_day,
            picks_of_day: step.picks_of_day,
            mismatch,
        }
    }

    pub(crate) fn holds(&self) -> bool {
        self.holds
    }
}

impl Show for Replayed {
    fn write(&self, output: &mut Output) -> io::Result<()> {
        let verdict = match &self.mismatch {
            None => bilingual("全部相符", "all of it comes out as recorded"),
            Some(Mismatch { epoch, seq, why }) => bilingual(
                &format!("第{epoch}.{seq}行不符"),
                &format!("row {epoch}.{seq} does not: {why}"),
            ),
        };
        output.record(&[
            ("选号日 · day", self.day.clone()),
            ("日志行 · rows from the first", self.rows.to_string()),
            ("当日 · rows of the day", self.rows_of_day.to_string()),
            ("抽号次数 · draws of the day", self.draws_of_day.to_string()),
            ("抽出号码 · numbers drawn", self.picks_of_day.to_string()),
            ("结论 · verdict", verdict),
        ])
    }
}

/// A log that was written to a file.
#[derive(Debug, Serialize)]
pub(crate) struct Exported {
    file: String,
    days: usize,
    rows: u64,
}

impl Exported {
    pub(crate) fn new(file: &Path, days: usize, rows: u64) -> Self {
        Self {
            file: file.display().to_string(),
            days,
            rows,
        }
    }
}

impl Show for Exported {
    fn write(&self, output: &mut Output) -> io::Result<()> {
        output.record(&[
            ("文件 · file", self.file.clone()),
            ("日数 · days", self.days.to_string()),
            ("行数 · rows", self.rows.to_string()),
        ])
    }
}
