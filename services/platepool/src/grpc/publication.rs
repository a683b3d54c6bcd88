//! `PoolPublicationService`.

use std::sync::Arc;

use jiff::Timestamp;
use tonic::{Request, Response, Status};
use xuanhao_chassis::error::Refusal;
use xuanhao_chassis::grpc::timestamp;
use xuanhao_proto::platepool::v1 as pb;
use xuanhao_proto::platepool::v1::pool_publication_service_server::PoolPublicationService;
use xuanhao_vocabulary::Office;

use super::{read, write};
use crate::app::{App, PublicRow};
use crate::domain::ids::RowKey;
use crate::wire;

/// What everybody may see.
#[derive(Clone, Debug)]
pub struct Publication(pub Arc<App>);

const LARGEST_PAGE: u16 = 1_000;
const USUAL_PAGE: u16 = 500;
const LARGEST_HISTORY: u16 = 366;
const USUAL_HISTORY: u16 = 30;
const LONGEST_SERIAL: usize = 6;

impl Publication {
    fn office(&self, text: &str) -> Result<&'static Office, Refusal> {
        self.0.office(read::office("office", text)?)
    }
}

/// What is typed so far; `?` stands for an open place.
fn typed(partial: &str) -> Result<Vec<Option<u8>>, Refusal> {
    let invalid = || Refusal::invalid("partial", "wrong_format");
    if partial.len() > LONGEST_SERIAL {
        return Err(Refusal::invalid("partial", "too_long"));
    }
    let place = |byte: u8| match byte {
        b'?' => Ok(None),
        byte if byte.is_ascii_alphanumeric() => Ok(Some(byte)),
        _ => Err(invalid()),
    };
    partial.bytes().map(place).collect()
}

/// The row a page ends with: instant, epoch and number.
fn page_token(row: &PublicRow) -> String {
    format!("{}.{}", row.decided_at.as_microsecond(), row.key)
}

fn page_after(token: &str) -> Result<Option<(Timestamp, RowKey)>, Refusal> {
    if token.is_empty() {
        return Ok(None);
    }
    let read = || {
        let mut parts = token.splitn(3, '.');
        let at = Timestamp::from_microsecond(parts.next()?.parse().ok()?).ok()?;
        let mut next = || {
            parts
                .next()?
                .parse::<u64>()
                .ok()
                .filter(|part| i64::try_from(*part).is_ok())
        };
        Some((
            at,
            RowKey {
                epoch: next()?,
                seq: next()?,
            },
        ))
    };
    read().map(Some).ok_or_else(read::bad_page_token)
}

fn entry(row: PublicRow) -> pb::DrawLogEntry {
    pb::DrawLogEntry {
        epoch: write::signed(row.key.epoch),
        seq: write::signed(row.key.seq),
        decided_at: Some(timestamp(row.decided_at)),
        kind: row.kind.to_owned(),
        application_id: row.application.map(|id| id.to_string()).unwrap_or_default(),
        op_no: row.op_no,
        content: row.content,
    }
}

#[tonic::async_trait]
impl PoolPublicationService for Publication {
    async fn get_pool(
        &self,
        request: Request<pb::GetPoolRequest>,
    ) -> Result<Response<pb::GetPoolResponse>, Status> {
        let office = self.office(&request.into_inner().office)?;
        let view = self.0.pool_view(office).await?;
        let figures = view
            .free_at_least
            .into_iter()
            .map(|(of, step)| pb::CoarseFigures {
                plate_class: wire::class(of.class).into(),
                released: of.released,
                free_at_least: of.free,
                step,
            });
        Ok(Response::new(pb::GetPoolResponse {
            batches: view.batches.into_iter().map(write::batch).collect(),
            figures: figures.collect(),
            counted_at: view.counted_at.map(timestamp),
            openings: view.openings.into_iter().map(write::opening).collect(),
            withholdings: view
                .withholdings
                .into_iter()
                .map(write::withholding)
                .collect(),
            now: Some(timestamp(view.now)),
        }))
    }

    async fn get_keyboard(
        &self,
        request: Request<pb::GetKeyboardRequest>,
    ) -> Result<Response<pb::GetKeyboardResponse>, Status> {
        let request = request.into_inner();
        let office = self.office(&request.office)?;
        let class = read::class("plate_class", request.plate_class)?;
        let code = read::code("issuing_code", &request.issuing_code)?;
        let possible = self
            .0
            .keyboard(office, class, code, &typed(&request.partial)?)
            .await?;
        let characters = possible
            .into_iter()
            .map(|set| set.iter().collect())
            .collect();
        Ok(Response::new(pb::GetKeyboardResponse { characters }))
    }

    async fn get_draw_day(
        &self,
        request: Request<pb::GetDrawDayRequest>,
    ) -> Result<Response<pb::GetDrawDayResponse>, Status> {
        let request = request.into_inner();
        let office = self.office(&request.office)?;
        let day = self
            .0
            .draw_day(office, read::date("day", &request.day)?)
            .await?;
        let (value, source, fixed_at) = match day.value {
            Some((value, source, fixed_at)) => (value, source, Some(timestamp(fixed_at))),
            None => Default::default(),
        };
        Ok(Response::new(pb::GetDrawDayResponse {
            key_hash: write::hex(&day.key_hash),
            hash_published_at: Some(timestamp(day.hash_published_at)),
            public_value: value,
            public_value_source: source,
            value_fixed_at: fixed_at,
            key: day.key.map(|key| write::hex(&key)).unwrap_or_default(),
        }))
    }

    async fn list_draw_log(
        &self,
        request: Request<pb::ListDrawLogRequest>,
    ) -> Result<Response<pb::ListDrawLogResponse>, Status> {
        let request = request.into_inner();
        let office = self.office(&request.office)?;
        let day = read::date("day", &request.day)?;
        let limit = read::page_size(request.page_size, USUAL_PAGE, LARGEST_PAGE)?;
        let after = page_after(&request.page_token)?;
        let (rows, more) = self.0.draw_log(office, day, after, limit).await?;
        let next_page_token = rows
            .last()
            .filter(|_| more)
            .map(page_token)
            .unwrap_or_default();
        let entries = rows.into_iter().map(entry).collect();
        Ok(Response::new(pb::ListDrawLogResponse {
            entries,
            next_page_token,
        }))
    }

    async fn list_pool_history(
        &self,
        request: Request<pb::ListPoolHistoryRequest>,
    ) -> Result<Response<pb::ListPoolHistoryResponse>, Status> {
        let request = request.into_inner();
        let office = self.office(&request.office)?;
        let limit = read::page_size(request.page_size, USUAL_HISTORY, LARGEST_HISTORY)?;
        let before = match request.page_token.as_str() {
            "" => None,
            token => Some(read::date("page_token", token).map_err(|_| read::bad_page_token())?),
        };
        let (days, more) = self.0.pool_history(office, before, limit).await?;
        let next_page_token = days
            .last()
            .filter(|_| more)
            .map(|one| one.day.to_string())
            .unwrap_or_default();
        Ok(Response::new(pb::ListPoolHistoryResponse {
            days: days.into_iter().map(write::day).collect(),
            next_page_token,
        }))
    }
}
