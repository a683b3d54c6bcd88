//! Taking numbers of a batch that are in use already, a piece at a time (E1).

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest, Sha256};
use xuanhao_chassis::db::Tx;
use xuanhao_chassis::error::Refusal;
use xuanhao_chassis::idempotency::{Key, Scope};
use xuanhao_chassis::ids::{BatchId, RequestId};
use xuanhao_chassis::principal::Principal;
use xuanhao_chassis::reason::Reason;
use xuanhao_proto::platepool::v1 as pb;
use xuanhao_vocabulary::{PlateKey, PlateNumber};

use super::batches::BatchView;
use super::{Act, App, require_office};
use crate::domain::command::{Channel, Command, Import, Request};
use crate::domain::rows::{Answer, Outcome};
use crate::error::Error;
use crate::store::chunk;
use crate::store::segment::{self, Segment};
use crate::store::{allocation, audit, batch, range};

/// A piece of an import.
#[derive(Debug, Clone)]
pub struct Chunk {
    /// The batch it is for.
    pub batch: BatchId,
    /// Its number, from 0.
    pub number: u32,
    /// The numbers, as they were sent.
    pub plates: Vec<PlateNumber>,
}

impl App {
    /// Takes a piece: how many numbers it took, and how many lay outside the batch. The same piece
    /// again is answered the same.
    ///
    /// # Errors
    /// `NOT_FOUND`, `IMPORT_CLOSED`, `REQUEST_ID_REUSED` for another piece under the same number.
    pub async fn import(&self, actor: &Principal, piece: Chunk) -> Result<(u64, u64), Error> {
        let batch = self.batch(piece.batch).await?;
        let office = self.office(batch.office)?;
        require_office(actor, office.id)?;
        let content_hash = hash(&piece.plates);
        let pool = self.db().pool();
        if let Some(known) = chunk::lookup(pool, piece.batch, piece.number).await? {
            if known.content_hash != content_hash {
                return Err(Refusal::new(Reason::RequestIdReused)
                    .on_field("chunk_no")
                    .into());
            }
            return Ok((known.taken, known.outside));
        }
        if batch.import_closed_at.is_some() {
            return Err(Reason::ImportClosed.into());
        }
        let segments = segment::of_batches(pool, &[piece.batch]).await?;
        let (inside, outside) = sort(&piece.plates, &segments);
        let mut taken = 0;
        if !inside.is_empty() {
            let reason = format!("batch {} piece {}", piece.batch, piece.number);
            let import = Import {
                channel: Channel::Import,
                reason,
                plates: inside,
            };
            let request = Request::Command(Command::Import(import));
            let Answer::Recorded(receipt) = self.offices.ask(office, request).await? else {
                return Err(Error::Answer);
            };
            let Outcome::Imported { taken: by_this, .. } = receipt.outcome else {
                return Err(Error::Answer);
            };
            taken = by_this;
        }
        let (batch, number) = (piece.batch, piece.number);
        let done = chunk::Chunk {
            batch,
            number,
            content_hash,
            taken,
            outside,
        };
        let now = self.clock().now();
        self.db()
            .run_tx("platepool.import.chunk", async |tx: &mut Tx| {
                Ok::<_, Error>(chunk::add(tx, office.id, &done, now).await?)
            })
            .await?;
        Ok((taken, outside))
    }

    /// Declares the import complete, if the pool holds as many numbers of the batch as are expected.
    ///
    /// # Errors
    /// `NOT_FOUND`, `IMPORT_CLOSED`, `IMPORT_INCOMPLETE`, `OUTSIDE_YOUR_OFFICE`.
    pub async fn close_import(
        &self,
        act: &Act,
        (id, expected): (BatchId, u64),
        request_id: RequestId,
        request: &pb::CloseImportRequest,
        answer: impl Fn(BatchView) -> pb::CloseImportResponse + Send + Sync,
    ) -> Result<pb::CloseImportResponse, Error> {
        let before = self.batch_view(id).await?;
        let office = self.office(before.office)?;
        require_office(&act.actor, office.id)?;
        let now = self.clock().now();
        let key = Key::new(
            &Scope::Staff(act.staff()?),
            "platepool.close_import",
            request_id,
            now,
        );
        let segments = segment::of_batches(self.db().pool(), &[id]).await?;
        let mut counts = Vec::with_capacity(segments.len());
        for segment in &segments {
            counts.push((segment.id, self.count_used(segment).await?));
        }
        let found: u64 = counts.iter().map(|(_, count)| count).sum();
        let entry = audit::Entry {
            subject: id.to_string(),
            detail: format!("{found} numbers in use"),
            ..self.entry(act, "close_import", office.id)?
        };
        let closed = BatchView {
            import_closed_at: Some(now),
            imported: found,
            ..before
        };
        let answer = &answer;
        self.db()
            .run_once(
                "platepool.close_import",
                &key,
                request,
                async |tx: &mut Tx| {
                    let open = batch::lookup(tx, id)
                        .await?
                        .filter(|batch| batch.import_closed_at.is_none());
                    if open.is_none() {
                        return Err(Error::from(Reason::ImportClosed));
                    }
                    if found != expected {
                        let incomplete = Refusal::new(Reason::ImportIncomplete);
                        return Err(incomplete
                            .param("expected", expected)
                            .param("found", found)
                            .into());
                    }
                    for (segment, count) in &counts {
                        segment::count_imported(tx, *segment, *count).await?;
                    }
                    batch::close_import(tx, id, now).await?;
                    audit::add(tx, &entry).await?;
                    Ok(answer(closed.clone()))
                },
            )
            .await
    }

    /// How many numbers of a segment are somebody's, by the rows.
    async fn count_used(&self, segment: &Segment) -> Result<u64, Error> {
        let range = range(segment.class, segment.code);
        let live = allocation::live_within(self.db().pool(), &[range]).await?;
        let own = live
            .into_iter()
            .filter(|plate| segment.mask.contains(&plate.unpack().1.serial()));
        Ok(own.count() as u64)
    }
}

/// The numbers within the segments, each once, and how many lie outside. A number tells its class
/// only by the segment that holds it: the same number of two classes is taken in both.
fn sort(plates: &[PlateNumber], segments: &[Segment]) -> (Vec<PlateKey>, u64) {
    let mut by_code: BTreeMap<_, Vec<&Segment>> = BTreeMap::new();
    for segment in segments {
        by_code.entry(segment.code).or_default().push(segment);
    }
    let (mut inside, mut outside) = (BTreeSet::new(), BTreeSet::new());
    for number in plates {
        let holders = by_code.get(&number.code()).into_iter().flatten();
        let holders = holders.filter(|segment| segment.mask.contains(&number.serial()));
        let keys: Vec<_> = holders
            .filter_map(|one| PlateKey::pack(one.class, *number).ok())
            .collect();
        if keys.is_empty() {
            outside.insert(number.to_string());
        }
        inside.extend(keys);
    }
    (inside.into_iter().collect(), outside.len() as u64)
}

fn hash(plates: &[PlateNumber]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for plate in plates {
        hash.update(plate.to_string().as_bytes());
        hash.update(b"\n");
    }
    hash.finalize().into()
}
