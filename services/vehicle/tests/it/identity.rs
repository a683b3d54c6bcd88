//! Identity as vehicle sees it: holders of accounts, and documents.

use std::collections::{HashMap, HashSet};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tonic::{Request, Response, Status};
use xuanhao_chassis::authz::{Caller, Requirement, Rule, Table};
use xuanhao_chassis::error::Refusal;
use xuanhao_chassis::grpc::{Server, ServerConfig};
use xuanhao_chassis::reason::Reason;
use xuanhao_chassis::tls::Identity;
use xuanhao_proto::identity::v1 as pb;
use xuanhao_proto::identity::v1::document_service_server::{
    DocumentService, DocumentServiceServer,
};
use xuanhao_proto::identity::v1::identity_service_server::{
    IdentityService, IdentityServiceServer,
};
use xuanhao_testkit::Certs;

use crate::house::{BUYER, tls_files};

/// What identity knows. An account's person has its id unless it says otherwise.
#[derive(Debug, Default)]
pub(crate) struct Known {
    pub(crate) persons: HashMap<String, String>,
    /// Accounts that registered online; others were enrolled face to face.
    pub(crate) online: HashSet<String>,
    /// Documents that are nobody's.
    pub(crate) missing: HashSet<String>,
    pub(crate) away: bool,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct FakeIdentity(Arc<Mutex<Known>>);

impl FakeIdentity {
    pub(crate) fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap()
    }

    pub(crate) async fn serve(&self, certs: &Certs, stop: CancellationToken) -> SocketAddr {
        let rule = |rpc| Rule {
            rpc,
            callers: &[Caller::Vehicle],
            principal: Requirement::None,
        };
        let table = Table::new(&[
            rule("/xuanhao.identity.v1.IdentityService/GetHolder"),
            rule("/xuanhao.identity.v1.DocumentService/CheckDocuments"),
        ]);
        let own = Identity::load(&tls_files(certs, "identity")).unwrap();
        let bound = Server::new(&ServerConfig::default(), own, table)
            .add_service(IdentityServiceServer::new(self.clone()))
            .add_service(DocumentServiceServer::new(self.clone()))
            .bind()
            .await
            .unwrap();
        let address = bound.address();
        tokio::spawn(bound.serve(stop, Duration::from_secs(1)));
        address
    }
}

fn unasked<T>() -> Result<Response<T>, Status> {
    Err(Status::unimplemented("vehicle does not ask"))
}

#[tonic::async_trait]
impl IdentityService for FakeIdentity {
    async fn get_holder(
        &self,
        request: Request<pb::GetHolderRequest>,
    ) -> Result<Response<pb::GetHolderResponse>, Status> {
        let account = request.into_inner().account_id;
        let known = self.known();
        if known.away {
            return Err(Status::unavailable("away"));
        }
        let level = if known.online.contains(&account) {
            pb::RegistrationLevel::Online
        } else {
            pb::RegistrationLevel::FaceToFace
        };
        Ok(Response::new(pb::GetHolderResponse {
            person_id: known.persons.get(&account).unwrap_or(&account).clone(),
            resident_id: BUYER.into(),
            level: level.into(),
            kind: pb::HolderKind::Person.into(),
            ..Default::default()
        }))
    }

    async fn register_account(
        &self,
        _: Request<pb::RegisterAccountRequest>,
    ) -> Result<Response<pb::RegisterAccountResponse>, Status> {
        unasked()
    }

    async fn sign_in(
        &self,
        _: Request<pb::SignInRequest>,
    ) -> Result<Response<pb::SignInResponse>, Status> {
        unasked()
    }

    async fn sign_out(
        &self,
        _: Request<pb::SignOutRequest>,
    ) -> Result<Response<pb::SignOutResponse>, Status> {
        unasked()
    }

    async fn issue_principal(
        &self,
        _: Request<pb::IssuePrincipalRequest>,
    ) -> Result<Response<pb::IssuePrincipalResponse>, Status> {
        unasked()
    }

    async fn get_account(
        &self,
        _: Request<pb::GetAccountRequest>,
    ) -> Result<Response<pb::GetAccountResponse>, Status> {
        unasked()
    }

    async fn change_password(
        &self,
        _: Request<pb::ChangePasswordRequest>,
    ) -> Result<Response<pb::ChangePasswordResponse>, Status> {
        unasked()
    }

    async fn reset_password(
        &self,
        _: Request<pb::ResetPasswordRequest>,
    ) -> Result<Response<pb::ResetPasswordResponse>, Status> {
        unasked()
    }

    async fn replace_initial_password(
        &self,
        _: Request<pb::ReplaceInitialPasswordRequest>,
    ) -> Result<Response<pb::ReplaceInitialPasswordResponse>, Status> {
        unasked()
    }

    async fn change_mobile(
        &self,
        _: Request<pb::ChangeMobileRequest>,
    ) -> Result<Response<pb::ChangeMobileResponse>, Status> {
        unasked()
    }

    async fn keep_residence(
        &self,
        _: Request<pb::KeepResidenceRequest>,
    ) -> Result<Response<pb::KeepResidenceResponse>, Status> {
        unasked()
    }
}

#[tonic::async_trait]
impl DocumentService for FakeIdentity {
    async fn check_documents(
        &self,
        request: Request<pb::CheckDocumentsRequest>,
    ) -> Result<Response<pb::CheckDocumentsResponse>, Status> {
        let request = request.into_inner();
        let known = self.known();
        if request
            .document_ids
            .iter()
            .any(|id| known.missing.contains(id))
        {
            return Err(Refusal::new(Reason::DocumentMissing)
                .param("document", "appeal_evidence")
                .into());
        }
        Ok(Response::new(pb::CheckDocumentsResponse {}))
    }

    async fn add_document(
        &self,
        _: Request<pb::AddDocumentRequest>,
    ) -> Result<Response<pb::AddDocumentResponse>, Status> {
        unasked()
    }

    async fn get_document(
        &self,
        _: Request<pb::GetDocumentRequest>,
    ) -> Result<Response<pb::GetDocumentResponse>, Status> {
        unasked()
    }
}
