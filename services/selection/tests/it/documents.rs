//! A peer that acts as identity's keeper of documents.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use tonic::{Request, Response, Status};
use xuanhao_chassis::error::Refusal;
use xuanhao_chassis::reason::Reason;
use xuanhao_proto::identity::v1 as identity;
use xuanhao_proto::identity::v1::document_service_server::DocumentService;

use crate::peers::unasked;

/// Whose each document is, and of what kind.
#[derive(Clone, Debug, Default)]
pub(crate) struct FakeDocuments(Arc<Mutex<HashMap<String, (String, identity::DocumentKind)>>>);

impl FakeDocuments {
    /// Keeps a document of an account.
    pub(crate) fn add(&self, account: &str, kind: identity::DocumentKind) -> String {
        let id = crate::house::uuid();
        let kept = (account.to_owned(), kind);
        self.0.lock().unwrap().insert(id.clone(), kept);
        id
    }
}

#[tonic::async_trait]
impl DocumentService for FakeDocuments {
    async fn add_document(
        &self,
        _: Request<identity::AddDocumentRequest>,
    ) -> Result<Response<identity::AddDocumentResponse>, Status> {
        unasked()
    }

    async fn get_document(
        &self,
        _: Request<identity::GetDocumentRequest>,
    ) -> Result<Response<identity::GetDocumentResponse>, Status> {
        unasked()
    }

    async fn check_documents(
        &self,
        request: Request<identity::CheckDocumentsRequest>,
    ) -> Result<Response<identity::CheckDocumentsResponse>, Status> {
        let request = request.into_inner();
        let kept = self.0.lock().unwrap();
        let own: Option<Vec<_>> = request
            .document_ids
            .iter()
            .map(|id| kept.get(id).filter(|(of, _)| *of == request.account_id))
            .collect();
        let own = own.ok_or_else(|| Refusal::not_found("document"))?;
        let has = |wanted: &i32| own.iter().any(|(_, kind)| i32::from(*kind) == *wanted);
        if !request.kinds.iter().all(has) {
            let refusal = Refusal::new(Reason::DocumentMissing);
            return Err(refusal.param("document", "appeal_evidence").into());
        }
        Ok(Response::new(identity::CheckDocumentsResponse {}))
    }
}
