//! Batches, imports and figures of the plate pool.

use std::collections::BTreeMap;
use std::io;

use jiff::Timestamp;
use serde::Serialize;
use xuanhao_proto::platepool::v1 as pb;

use super::words::{class_word, clock, enum_word, instant, rfc3339};
use super::{Output, Show, bilingual, complain};

/// A batch.
#[derive(Debug, Serialize)]
pub(crate) struct Batch {
    batch_id: String,
    office: String,
    name: String,
    segments: Vec<Segment>,
    state: String,
    imported: u64,
    #[serde(serialize_with = "rfc3339")]
    added_at: Option<Timestamp>,
    #[serde(serialize_with = "rfc3339")]
    released_at: Option<Timestamp>,
    #[serde(serialize_with = "rfc3339")]
    opens_at: Option<Timestamp>,
    #[serde(serialize_with = "rfc3339")]
    announced_at: Option<Timestamp>,
    withdrawn_reason: String,
}

#[derive(Debug, Serialize)]
struct Segment {
    segment_id: String,
    issuing_code: String,
    plate_class: String,
    mask: String,
    count: u64,
    life: String,
    #[serde(serialize_with = "rfc3339")]
    open_since: Option<Timestamp>,
}

impl From<pb::Batch> for Batch {
    fn from(batch: pb::Batch) -> Self {
        Self {
            state: enum_word(batch.state().as_str_name(), "BATCH_STATE_"),
            added_at: instant(batch.added_at.as_ref()),
            released_at: instant(batch.released_at.as_ref()),
            opens_at: instant(batch.opens_at.as_ref()),
            announced_at: instant(batch.announced_at.as_ref()),
            withdrawn_reason: batch.withdrawn_reason,
            batch_id: batch.batch_id,
            office: batch.office,
            name: batch.name,
            segments: batch.segments.into_iter().map(Segment::from).collect(),
            imported: batch.imported,
        }
    }
}

impl From<pb::Segment> for Segment {
    fn from(segment: pb::Segment) -> Self {
        Self {
            life: enum_word(segment.life().as_str_name(), "SEGMENT_LIFE_"),
            open_since: instant(segment.open_since.as_ref()),
            plate_class: class_word(segment.plate_class),
            segment_id: segment.segment_id,
            issuing_code: segment.issuing_code,
            mask: segment.mask,
            count: segment.count,
        }
    }
}

impl Batch {
    fn row(&self) -> [String; 6] {
        let segments: Vec<_> = self
            .segments
            .iter()
            .map(|one| format!("{}:{}:{}", one.issuing_code, one.plate_class, one.mask))
            .collect();
        let numbers: u64 = self.segments.iter().map(|segment| segment.count).sum();
        [
            self.batch_id.clone(),
            self.state.clone(),
            format!("{}/{numbers}", self.imported),
            clock(self.released_at.or(self.opens_at)),
            self.name.clone(),
            segments.join(" "),
        ]
    }
}

const BATCH_HEADER: [&str; 6] = [
    "批次 · batch",
    "状态 · state",
    "已用/总数 · used/all",
    "投放时间 · released",
    "名称 · name",
    "号段 · segments",
];

impl Show for Batch {
    fn write(&self, output: &mut Output) -> io::Result<()> {
        output.table(BATCH_HEADER, [self.row()])
    }
}

/// A batch, with what an operator should know before going on.
#[derive(Debug, Serialize)]
pub(crate) struct Warned {
    #[serde(flatten)]
    batch: Batch,
    warnings: Vec<Warning>,
}

#[derive(Debug, Serialize)]
struct Warning {
    warning: String,
    parameters: BTreeMap<String, String>,
}

impl Warned {
    pub(crate) fn of(batch: pb::Batch, warnings: Vec<pb::PoolWarning>) -> Self {
        let warning = |told: pb::PoolWarning| Warning {
            warning: told.warning,
            parameters: told.parameters.into_iter().collect(),
        };
        Self {
            batch: batch.into(),
            warnings: warnings.into_iter().map(warning).collect(),
        }
    }

    /// Tells the warnings on the standard error, beside any answer.
    pub(crate) fn complain(&self) {
        for one in &self.warnings {
            let parameters: Vec<_> = one
                .parameters
                .iter()
                .map(|(name, value)| format!("{name}={value}"))
                .collect();
            complain(&format!(
                "{} {}",
                bilingual("请注意", &format!("warning: {}", one.warning)),
                parameters.join(" ")
            ));
        }
    }
}

impl Show for Warned {
    fn write(&self, output: &mut Output) -> io::Result<()> {
        self.batch.write(output)
    }
}

/// A batch that was prepared.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub(crate) struct Prepared(pub(crate) Warned);

impl Show for Prepared {
    /// The id alone, for use in scripts.
    fn write(&self, output: &mut Output) -> io::Result<()> {
        output.line(&self.0.batch.batch_id)
    }
}

/// Batches of an office.
#[derive(Debug, Serialize)]
pub(crate) struct Batches {
    batches: Vec<Batch>,
}

impl From<Vec<pb::Batch>> for Batches {
    fn from(batches: Vec<pb::Batch>) -> Self {
        Self {
            batches: batches.into_iter().map(Batch::from).collect(),
        }
    }
}

impl Show for Batches {
    fn write(&self, output: &mut Output) -> io::Result<()> {
        output.table(BATCH_HEADER, self.batches.iter().map(Batch::row))
    }
}

/// What an import came to, repeats of earlier runs included.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Imported {
    pub(crate) rows: u64,
    pub(crate) chunks: u32,
    pub(crate) taken: u64,
    pub(crate) outside: u64,
}

impl Show for Imported {
    fn write(&self, output: &mut Output) -> io::Result<()> {
        output.record(&[
            ("行数 · rows", self.rows.to_string()),
            ("分块 · chunks", self.chunks.to_string()),
            ("已导入 · taken", self.taken.to_string()),
            ("不在批次内 · outside the batch", self.outside.to_string()),
        ])
    }
}

/// Figures of an office.
#[derive(Debug, Serialize)]
pub(crate) struct Figures {
    classes: Vec<ClassFigures>,
    epoch: i64,
}

#[derive(Debug, Serialize)]
struct ClassFigures {
    plate_class: String,
    released: u64,
    free: u64,
    held: u64,
    allocated: u64,
    returning: u64,
}

impl From<pb::GetPoolFiguresResponse> for Figures {
    fn from(figures: pb::GetPoolFiguresResponse) -> Self {
        let class = |of: pb::ClassFigures| ClassFigures {
            plate_class: class_word(of.plate_class),
            released: of.released,
            free: of.free,
            held: of.held,
            allocated: of.allocated,
            returning: of.returning,
        };
        Self {
            classes: figures.classes.into_iter().map(class).collect(),
            epoch: figures.epoch,
        }
    }
}

impl Show for Figures {
    fn write(&self, output: &mut Output) -> io::Result<()> {
        let row = |of: &ClassFigures| {
            [
                of.plate_class.clone(),
                of.released.to_string(),
                of.free.to_string(),
                of.held.to_string(),
                of.allocated.to_string(),
                of.returning.to_string(),
            ]
        };
        output.table(
            [
                "号牌种类 · class",
                "已投放 · released",
                "可选 · free",
                "保留 · held",
                "已选定 · allocated",
                "待回池 · returning",
            ],
            self.classes.iter().map(row),
        )
    }
}
