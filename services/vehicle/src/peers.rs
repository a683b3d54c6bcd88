//! The one service vehicle asks: identity, for holders and documents. Calls go out under the
//! service's own certificate; no citizen's principal is passed on.

use tonic::Status;
use xuanhao_chassis::error::Refusal;
use xuanhao_chassis::grpc::{CallExt as _, ClientChannel, call};
use xuanhao_chassis::ids::{AccountId, Id, Kind, PersonId};
use xuanhao_chassis::reason::Reason;
use xuanhao_proto::identity::v1 as wire;
use xuanhao_proto::identity::v1::document_service_client::DocumentServiceClient;
use xuanhao_proto::identity::v1::identity_service_client::IdentityServiceClient;

use crate::domain::binding::Level;
use crate::domain::buyer::Buyer;
use crate::error::Error;

/// Marks the id of a document kept at identity.
#[derive(Debug)]
pub enum Document {}

impl Kind for Document {
    const NAME: &'static str = "Document";
}

/// The id of a document kept at identity.
pub type DocumentId = Id<Document>;

/// Whose account it is.
#[derive(Debug)]
pub(crate) struct Holder {
    pub(crate) person: PersonId,
    /// Resident id of a person, credit code of an organisation. Prints masked.
    pub(crate) number: Buyer,
    pub(crate) level: Option<Level>,
}

/// Accounts and documents.
#[derive(Debug, Clone)]
pub struct Identity {
    accounts: IdentityServiceClient<ClientChannel>,
    documents: DocumentServiceClient<ClientChannel>,
}

impl Identity {
    /// Asks over this channel.
    pub fn new(channel: ClientChannel) -> Self {
        Self {
            accounts: IdentityServiceClient::new(channel.clone()),
            documents: DocumentServiceClient::new(channel),
        }
    }

    /// The holder of an account, to look something up or to transact.
    ///
    /// # Errors
    /// `AUTHORISATION_EXPIRED` when it is to transact and may not; and when identity does not answer.
    pub(crate) async fn holder(
        &self,
        account: AccountId,
        to_transact: bool,
    ) -> Result<Holder, Error> {
        let message = wire::GetHolderRequest {
            account_id: account.to_string(),
            to_transact,
        };
        let answer = self
            .accounts
            .clone()
            .get_holder(call(message).idempotent())
            .await
            .map_err(failure)?
            .into_inner();
        let number = match answer.kind() {
            wire::HolderKind::Organisation => &answer.credit_code,
            _ => &answer.resident_id,
        };
        Ok(Holder {
            person: answer.person_id.parse().map_err(|_| Error::Form)?,
            number: Buyer::parse(number).ok_or(Error::Form)?,
            level: match answer.level() {
                wire::RegistrationLevel::Unspecified => None,
                wire::RegistrationLevel::Online => Some(Level::Online),
                wire::RegistrationLevel::FaceToFace => Some(Level::FaceToFace),
                wire::RegistrationLevel::RealPerson => Some(Level::RealPerson),
            },
        })
    }

    /// That the documents exist and are the account's own.
    ///
    /// # Errors
    /// `DOCUMENT_MISSING` or `NOT_FOUND` otherwise; and when identity does not answer.
    pub(crate) async fn check_documents(
        &self,
        account: AccountId,
        documents: &[DocumentId],
    ) -> Result<(), Error> {
        let message = wire::CheckDocumentsRequest {
            account_id: account.to_string(),
            document_ids: documents.iter().map(ToString::to_string).collect(),
            kinds: Vec::new(),
        };
        self.documents
            .clone()
            .check_documents(call(message).idempotent())
            .await
            .map(drop)
            .map_err(failure)
    }
}

/// A refusal about what was asked goes on to the caller; that we were refused, or identity is busy,
/// says nothing about the request.
fn failure(status: Status) -> Error {
    let about =
        |refusal: &Refusal| matches!(refusal.reason(), Reason::DocumentMissing | Reason::NotFound);
    match Refusal::from_status(&status).filter(about) {
        Some(refusal) => refusal.into(),
        None => Error::Peer(Box::new(status)),
    }
}
