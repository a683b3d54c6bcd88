//! Papers and pictures of persons: added by their owner or at the counter, shown to who may see them,
//! checked for other services, which keep nothing but ids.

use jiff::{SignedDuration, Timestamp};
use prost::Message;
use xuanhao_chassis::db::Tx;
use xuanhao_chassis::error::Refusal;
use xuanhao_chassis::grpc::timestamp;
use xuanhao_chassis::idempotency::{Key, Scope};
use xuanhao_chassis::ids::{AccountId, PersonId, RequestId, SessionId, StaffId};
use xuanhao_chassis::principal::Principal;
use xuanhao_chassis::reason::Reason;
use xuanhao_proto::identity::v1 as pb;
use xuanhao_vocabulary::{OfficeId, ProvinceId};
use zeroize::Zeroizing;

use super::App;
use super::challenge_budget::limited;
use super::enrol::scope_of;
use super::keyed::{Hash, row_id};
use crate::domain::document::{DocumentKind, MediaType, missing};
use crate::domain::ids::DocumentId;
use crate::domain::limits::{self, Cap, before};
use crate::domain::staff;
use crate::error::Error;
use crate::store::account;
use crate::store::audit::{self, Entry};
use crate::store::document::{self, Document};
use crate::store::throttle::{self, Line};

/// Where contents are sealed.
pub(super) const CONTENT: &str = "documents.content";

/// Who adds a document.
#[derive(Debug, Clone, Copy)]
pub enum Adder {
    /// Its owner.
    Owner {
        /// Whose.
        account_id: AccountId,
        /// Under which session.
        session_id: SessionId,
    },
    /// An officer, for somebody at the counter.
    Officer {
        /// Who.
        staff_id: StaffId,
        /// Where the officer works.
        province: ProvinceId,
        /// The office, if it is one.
        office: Option<OfficeId>,
    },
}

/// Somebody adds a document.
pub struct AddDocument {
    /// Caller's request.
    pub request_id: RequestId,
    /// Who.
    pub adder: Adder,
    /// Which paper.
    pub kind: DocumentKind,
    /// The file.
    pub content: Vec<u8>,
}

impl std::fmt::Debug for AddDocument {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AddDocument")
            .field("request_id", &self.request_id)
            .field("adder", &self.adder)
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

/// Who looks at a document.
#[derive(Debug)]
pub enum Looker<'a> {
    /// A citizen at an own one.
    Owner(AccountId),
    /// A member of staff, who says why.
    Staff(&'a Principal, String),
}

/// A document with its content.
pub struct AddedDocument {
    /// What is said of it.
    pub document: pb::Document,
    /// The file.
    pub content: Zeroizing<Vec<u8>>,
}

impl std::fmt::Debug for AddedDocument {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AddedDocument")
            .field("document", &self.document)
            .finish_non_exhaustive()
    }
}

impl App {
    /// Keeps a document, sealed: its owner's under the owner's key, an officer's under a key of its own
    /// until an act takes it.
    ///
    /// # Errors
    /// `DOCUMENT_TOO_LARGE`, `DOCUMENT_FORMAT`, `RATE_LIMITED`, `SESSION_EXPIRED`.
    pub async fn add_document(
        &self,
        command: AddDocument,
        request: &impl Message,
    ) -> Result<pb::AddDocumentResponse, Error> {
        let now = self.clock.now();
        let scope = match command.adder {
            Adder::Owner { account_id, .. } => Scope::Account(account_id),
            Adder::Officer { staff_id, .. } => Scope::Staff(staff_id),
        };
        let key = Key::new(&scope, "identity.add_document", command.request_id, now);
        if let Some(answered) = self.answered(&key, request).await? {
            return Ok(answered);
        }
        let media_type = self.tell_media(&command.content)?;
        let (key_id, new) = self.new_document(&command, media_type, now).await?;
        // Refused before the work; decided in the transaction.
        self.db
            .run_tx("identity.document.budget", async |tx: &mut Tx| {
                self.check_document_budget(tx, command.adder, now).await
            })
            .await?;
        let sealed = self.sealer.seal(key_id, CONTENT, &command.content).await?;
        let line = match command.adder {
            Adder::Owner { account_id, .. } => self.keyed.documents_of_owner(account_id),
            Adder::Officer { staff_id, .. } => self.keyed.documents_of_officer(staff_id),
        };
        let added = self
            .db
            .run_once(
                "identity.add_document",
                &key,
                request,
                async |tx: &mut Tx| {
                    self.write_document(tx, &line, command.adder, &new, &sealed)
                        .await
                },
            )
            .await;
        let is_ours = matches!(&added, Ok(answer) if is_of(answer, new.document_id));
        if new.account_id.is_none() && !is_ours && !matches!(added, Err(Error::Db(_))) {
            // Another try of the same request came first, or it was refused: this key seals nothing.
            if let Err(error) = self.erase(key_id).await {
                tracing::warn!(%error, "an unused key was not erased");
            }
        }
        added
    }

    async fn write_document(
        &self,
        tx: &mut Tx,
        line: &Hash,
        adder: Adder,
        new: &Document,
        sealed: &[u8],
    ) -> Result<pb::AddDocumentResponse, Error> {
        throttle::join(tx, Line::Document, line, new.added_at).await?;
        self.check_document_budget(tx, adder, new.added_at).await?;
        document::add(tx, new, sealed).await?;
        if let Adder::Officer { staff_id, .. } = adder {
            audit::add(tx, &self.scan_entry(staff_id, new)?).await?;
        }
        Ok(pb::AddDocumentResponse {
            document: Some(wire(new)),
        })
    }

    /// The audit entry of a scan. The request asks for no reason: the act that takes the document gives it.
    fn scan_entry(&self, officer: StaffId, new: &Document) -> Result<Entry, Error> {
        let scope =
            staff::Scope::new(new.province, new.office).map_err(|_| Reason::PermissionDenied)?;
        Ok(Entry {
            entry_id: row_id(&self.ids),
            scope,
            acted_at: new.added_at,
            actor: Some(officer),
            reason: "scanned at the counter".to_owned(),
            act: "add_document",
            subject: new.document_id.as_uuid(),
            on_behalf_of: None,
            detail: new.kind.as_str().to_owned(),
        })
    }

    fn tell_media(&self, content: &[u8]) -> Result<MediaType, Error> {
        let max = self.documents.max_bytes;
        if content.is_empty() {
            return Err(Refusal::required("content").into());
        }
        if content.len() > max {
            let large = Refusal::new(Reason::DocumentTooLarge).param("max", max);
            return Err(large.on_field("content").into());
        }
        let format = Refusal::new(Reason::DocumentFormat).on_field("content");
        Ok(MediaType::of(content).ok_or(format)?)
    }

    async fn new_document(
        &self,
        command: &AddDocument,
        media_type: MediaType,
        now: Timestamp,
    ) -> Result<(PersonId, Document), Error> {
        let (account_id, officer, key_id, province, office) = match command.adder {
            Adder::Owner {
                account_id,
                session_id,
            } => {
                self.require_live(session_id).await?;
                let account = account::lookup(self.db.pool(), account_id)
                    .await?
                    .ok_or(Reason::SessionExpired)?;
                let (key, province) = (account.person_id, account.province);
                (Some(account_id), None, key, province, None)
            }
            Adder::Officer {
                staff_id,
                province,
                office,
            } => (None, Some(staff_id), self.ids.next(), province, office),
        };
        let document = Document {
            document_id: self.ids.next(),
            account_id,
            officer,
            key_id,
            province,
            office,
            kind: command.kind,
            media_type,
            size: i64::try_from(command.content.len()).unwrap_or(i64::MAX),
            added_at: now,
        };
        Ok((key_id, document))
    }

    /// How many files one account's owner or one officer may add.
    async fn check_document_budget(
        &self,
        tx: &mut Tx,
        adder: Adder,
        now: Timestamp,
    ) -> Result<(), Error> {
        let config = &self.documents;
        let (caps, past) = match adder {
            Adder::Owner { account_id, .. } => {
                let kept = document::list_added_by_owner(tx, account_id).await?;
                let most = usize::try_from(config.most_per_account).unwrap_or(usize::MAX);
                if kept.len() >= most {
                    return Err(limited(Reason::RateLimited, None, now));
                }
                (&config.per_account, kept)
            }
            Adder::Officer { staff_id, .. } => {
                let caps = &config.per_officer;
                let longest = caps.iter().map(|cap| cap.cap().within).max();
                let since = before(now, longest.unwrap_or(SignedDuration::ZERO));
                let past = document::list_added_by_officer(tx, staff_id, since).await?;
                (caps, past)
            }
        };
        let caps: Vec<Cap> = caps.iter().map(|cap| cap.cap()).collect();
        let free = limits::next_at(&caps, &past, now);
        if free == Some(now) {
            Ok(())
        } else {
            Err(limited(Reason::RateLimited, free, now))
        }
    }

    /// A document with its content: one's own; for officers and reviewers any of the province, with an
    /// audit entry per look.
    ///
    /// # Errors
    /// `NOT_FOUND{document}`, also for another's.
    pub async fn get_document(
        &self,
        looker: Looker<'_>,
        document_id: DocumentId,
    ) -> Result<AddedDocument, Error> {
        let not_found = || Error::from(Refusal::not_found("document"));
        let found = document::list(self.db.pool(), &[document_id]).await?;
        let found = found.into_iter().next().ok_or_else(not_found)?;
        let may_look = match &looker {
            Looker::Owner(account_id) => found.account_id == Some(*account_id),
            Looker::Staff(actor, _) => actor.province == found.province.as_str(),
        };
        if !may_look {
            return Err(not_found());
        }
        let content = document::lookup_content(self.db.pool(), document_id).await?;
        let (key, sealed) = content.ok_or_else(not_found)?;
        let content = self.sealer.open(key, CONTENT, &sealed).await?;
        if let Looker::Staff(actor, reason) = looker {
            let entry = Entry {
                entry_id: row_id(&self.ids),
                scope: scope_of(actor)?,
                acted_at: self.clock.now(),
                actor: actor.staff(),
                reason,
                act: "look_at_document",
                subject: document_id.as_uuid(),
                on_behalf_of: found.account_id,
                detail: found.kind.as_str().to_owned(),
            };
            self.db
                .run_tx("identity.document.look", async |tx: &mut Tx| {
                    audit::add(tx, &entry).await
                })
                .await?;
        }
        Ok(AddedDocument {
            document: wire(&found),
            content,
        })
    }

    /// Whether all documents are the account's own, with all `kinds` among them.
    ///
    /// # Errors
    /// `NOT_FOUND{document}`, `DOCUMENT_MISSING`.
    pub async fn check_documents(
        &self,
        account_id: AccountId,
        ids: &[DocumentId],
        kinds: &[DocumentKind],
    ) -> Result<(), Error> {
        let found = document::list(self.db.pool(), ids).await?;
        let own = found
            .iter()
            .filter(|paper| paper.account_id == Some(account_id));
        let given: Vec<DocumentKind> = own.map(|paper| paper.kind).collect();
        if given.len() != ids.len() {
            return Err(Refusal::not_found("document").into());
        }
        match missing(kinds, &given) {
            Some(kind) => Err(Refusal::new(Reason::DocumentMissing)
                .param("document", kind.as_str())
                .into()),
            None => Ok(()),
        }
    }
}

fn is_of(answer: &pb::AddDocumentResponse, document_id: DocumentId) -> bool {
    let document = answer.document.as_ref();
    document.is_some_and(|document| document.document_id == document_id.to_string())
}

/// Which paper, in the contract's words.
pub(crate) fn kind(kind: DocumentKind) -> pb::DocumentKind {
    match kind {
        DocumentKind::IdentityCard => pb::DocumentKind::IdentityCard,
        DocumentKind::ApplicationForm => pb::DocumentKind::ApplicationForm,
        DocumentKind::Portrait => pb::DocumentKind::Portrait,
        DocumentKind::CodeCertificate => pb::DocumentKind::CodeCertificate,
        DocumentKind::PowerOfAttorney => pb::DocumentKind::PowerOfAttorney,
        DocumentKind::Invoice => pb::DocumentKind::Invoice,
        DocumentKind::DomesticCertificate => pb::DocumentKind::DomesticCertificate,
        DocumentKind::ImportCertificate => pb::DocumentKind::ImportCertificate,
        DocumentKind::AppealEvidence => pb::DocumentKind::AppealEvidence,
    }
}

fn wire(document: &Document) -> pb::Document {
    pb::Document {
        document_id: document.document_id.to_string(),
        kind: kind(document.kind).into(),
        media_type: document.media_type.as_str().to_owned(),
        size: document.size,
        added_at: Some(timestamp(document.added_at)),
    }
}
