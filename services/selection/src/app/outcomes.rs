//! The feed of outcomes, by position (R1).

use std::collections::HashMap;

use jiff::Timestamp;
use xuanhao_chassis::error::Refusal;
use xuanhao_chassis::outbox;

use super::{App, Reader};
use crate::error::Error;
use crate::store::selections::{self, View};

const LARGEST_PAGE: i32 = 1_000;
const USUAL_PAGE: i32 = 100;

/// An outcome with its place in the feed.
#[derive(Debug, Clone)]
pub(crate) struct Outcome {
    pub(crate) position: i64,
    /// The fact's type, as on the bus.
    pub(crate) kind: String,
    pub(crate) occurred_at: Timestamp,
    /// The selection as it stands; absent for one voided before it had a number.
    pub(crate) selection: Option<View>,
}

impl App {
    /// Outcomes after a position, and the position to go on from. Whoever remembers it misses none.
    ///
    /// # Errors
    /// `FIELD_INVALID`, `OUTSIDE_YOUR_OFFICE`.
    pub(crate) async fn list_outcomes(
        &self,
        reader: &Reader,
        after: i64,
        page_size: i32,
    ) -> Result<(Vec<Outcome>, i64), Error> {
        let province = reader.feed_province()?;
        let size = match page_size {
            0 => USUAL_PAGE,
            1..=LARGEST_PAGE => page_size,
            _ => return Err(Refusal::invalid("page_size", "out_of_range").into()),
        };
        let entries = outbox::read_from(self.db.pool(), after.max(0), size.into()).await?;
        let position = entries.last().map_or(after.max(0), |entry| entry.position);
        let facts: Vec<_> = entries
            .into_iter()
            .filter(|entry| {
                province.is_none_or(|own| entry.event.province == own.as_str())
                    && entry.event.kind.starts_with("selection.")
            })
            .collect();
        let ids: Vec<uuid::Uuid> = facts
            .iter()
            .filter_map(|entry| entry.event.aggregate_id.parse().ok())
            .collect();
        let views = selections::list(self.db.pool(), &ids).await?;
        let views: HashMap<String, View> = views
            .into_iter()
            .map(|view| (view.application.to_string(), view))
            .collect();
        let outcomes = facts.into_iter().map(|entry| Outcome {
            position: entry.position,
            kind: format!("selection.v1.{}", entry.event.kind),
            occurred_at: entry.event.occurred_at,
            selection: views.get(&entry.event.aggregate_id).cloned(),
        });
        Ok((outcomes.collect(), position))
    }
}
