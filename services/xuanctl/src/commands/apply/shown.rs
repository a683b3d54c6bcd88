//! What `xuanctl apply` tells: each document, what became of it, and what differs.

use std::io;

use serde::Serialize;
use xuanhao_proto::platepool::v1 as pool;
use xuanhao_proto::selection::v1 as pb;

use crate::output::{Output, Show};

/// What became of the documents, in their order.
#[derive(Debug, Default, Serialize)]
pub(super) struct Applied {
    pub(super) documents: Vec<Done>,
}

#[derive(Debug, Serialize)]
pub(super) struct Done {
    pub(super) document: String,
    pub(super) kind: &'static str,
    /// `applied`, `unchanged`, or `would_change` of a dry run.
    pub(super) outcome: &'static str,
    /// The highest new version; absent where nothing has versions or changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) version: Option<i32>,
    pub(super) differences: Vec<Difference>,
}

#[derive(Debug, Serialize)]
pub(super) struct Difference {
    /// The office, or of a calendar the province.
    pub(super) office: String,
    pub(super) field: String,
    pub(super) before: String,
    pub(super) after: String,
}

impl From<pb::PolicyDifference> for Difference {
    fn from(difference: pb::PolicyDifference) -> Self {
        Self {
            office: difference.office,
            field: difference.field,
            before: difference.before,
            after: difference.after,
        }
    }
}

impl From<pool::PoolRulesDifference> for Difference {
    fn from(difference: pool::PoolRulesDifference) -> Self {
        Self {
            office: difference.office,
            field: difference.field,
            before: difference.before,
            after: difference.after,
        }
    }
}

impl Show for Applied {
    fn write(&self, output: &mut Output) -> io::Result<()> {
        for done in &self.documents {
            let version = done.version.map(|version| format!(" v{version}"));
            output.line(&format!(
                "{} {} {}{}",
                done.document,
                done.kind,
                done.outcome,
                version.unwrap_or_default()
            ))?;
            for one in &done.differences {
                output.line(&format!(
                    "  {} {}: {} → {}",
                    one.office,
                    one.field,
                    short(&one.before),
                    short(&one.after)
                ))?;
            }
        }
        Ok(())
    }
}

/// One line of a value; nothing is shown as such.
fn short(value: &str) -> String {
    const LONGEST: usize = 60;
    let mut lines = value.lines();
    let first = lines.next().unwrap_or_default();
    if first.is_empty() {
        return "∅".to_owned();
    }
    let whole = lines.next().is_none() && first.chars().count() <= LONGEST;
    let shown: String = first.chars().take(LONGEST).collect();
    if whole { shown } else { format!("{shown}…") }
}
