//! Papers and pictures, which identity keeps.

use uuid::Uuid;
use xuanhao_chassis::grpc::{CallExt, ClientChannel, call};
use xuanhao_chassis::ids::AccountId;
use xuanhao_proto::identity::v1 as wire;
use xuanhao_proto::identity::v1::document_service_client::DocumentServiceClient;

use super::failure;
use crate::error::Error;

/// Identity's documents.
#[derive(Debug, Clone)]
pub(crate) struct Documents(DocumentServiceClient<ClientChannel>);

impl Documents {
    pub(super) fn new(channel: ClientChannel) -> Self {
        Self(DocumentServiceClient::new(channel))
    }

    /// Checks that documents exist, are the account's own, and support an appeal.
    ///
    /// # Errors
    /// `NOT_FOUND`, `DOCUMENT_MISSING`.
    pub(crate) async fn check_appeal_evidence(
        &self,
        account: AccountId,
        documents: &[Uuid],
    ) -> Result<(), Error> {
        let message = wire::CheckDocumentsRequest {
            account_id: account.to_string(),
            document_ids: documents.iter().map(Uuid::to_string).collect(),
            kinds: vec![wire::DocumentKind::AppealEvidence.into()],
        };
        let checked = self
            .0
            .clone()
            .check_documents(call(message).idempotent())
            .await;
        checked.map(drop).map_err(failure)
    }
}
