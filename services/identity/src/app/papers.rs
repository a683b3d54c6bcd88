//! Documents an officer added at the counter, taken by an act: sealed anew under the account's key, so
//! that erasing the account's erases them.

use xuanhao_chassis::db::Tx;
use xuanhao_chassis::error::Refusal;
use xuanhao_chassis::ids::{AccountId, PersonId, StaffId};
use xuanhao_chassis::reason::Reason;

use super::App;
use super::documents::CONTENT;
use crate::domain::document::{DocumentKind, missing};
use crate::domain::ids::DocumentId;
use crate::domain::limits::before;
use crate::error::Error;
use crate::store::document;

/// Documents ready to be taken.
pub(super) struct Papers {
    key: PersonId,
    resealed: Vec<(DocumentId, Vec<u8>)>,
}

impl Papers {
    /// Their ids.
    pub(super) fn ids(&self) -> Vec<DocumentId> {
        self.resealed.iter().map(|(id, _)| *id).collect()
    }

    /// Makes them the account's.
    pub(super) async fn adopt(&self, tx: &mut Tx, account_id: AccountId) -> Result<(), Error> {
        for (id, content) in &self.resealed {
            if !document::adopt(tx, *id, account_id, self.key, content).await? {
                return Err(Reason::ChangedMeanwhile.into());
            }
        }
        Ok(())
    }
}

impl App {
    /// The officer's own, recent, waiting documents of these ids, with all `wanted` kinds among them,
    /// sealed under `key` (R-ACC-05).
    ///
    /// # Errors
    /// `NOT_FOUND{document}` for any other document; `DOCUMENT_MISSING`.
    pub(super) async fn take_papers(
        &self,
        officer: StaffId,
        ids: &[DocumentId],
        wanted: &[DocumentKind],
        key: PersonId,
    ) -> Result<Papers, Error> {
        let since = before(self.clock.now(), self.enrolment.documents());
        let found = document::list(self.db.pool(), ids).await?;
        let is_usable = |id: &DocumentId| {
            found.iter().any(|paper| {
                paper.document_id == *id
                    && paper.officer == Some(officer)
                    && paper.account_id.is_none()
                    && paper.added_at > since
            })
        };
        if !ids.iter().all(is_usable) {
            return Err(Refusal::not_found("document").into());
        }
        let kinds: Vec<DocumentKind> = found.iter().map(|paper| paper.kind).collect();
        if let Some(kind) = missing(wanted, &kinds) {
            let missing = Refusal::new(Reason::DocumentMissing).param("document", kind.as_str());
            return Err(missing.on_field("document_ids").into());
        }
        let mut resealed = Vec::with_capacity(found.len());
        for id in ids {
            let content = document::lookup_content(self.db.pool(), *id).await?;
            let (own_key, sealed) = content.ok_or_else(|| Refusal::not_found("document"))?;
            let opened = self.sealer.open(own_key, CONTENT, &sealed).await?;
            resealed.push((*id, self.sealer.seal(key, CONTENT, &*opened).await?));
        }
        Ok(Papers { key, resealed })
    }

    /// Erases the documents' own keys after the commit; what fails is done by the sweep.
    pub(super) async fn forget_own_keys(&self) {
        if let Err(error) = self.erase_former_keys().await {
            tracing::warn!(%error, "former keys of documents were not erased yet");
        }
    }

    /// Destroys a key nothing is sealed under any more.
    pub(crate) async fn erase(&self, key: PersonId) -> Result<(), Error> {
        Ok(self.sealer.erase(key).await?)
    }
}
