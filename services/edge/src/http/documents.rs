//! Documents: papers and pictures of persons, as they are. Identity keeps them; other routes name them
//! by their ids.

use axum::body::Body;
use axum::extract::{FromRequest, MatchedPath, Request, State};
use bytes::Bytes;
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE, LOCATION, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderName, Method, StatusCode};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use xuanhao_chassis::error::Refusal;
use xuanhao_chassis::reason::Reason;
use xuanhao_proto::identity::v1 as pb;

use super::Edge;
use super::body::{bytes, media_type};
use super::extract::{Citizen, DocumentPath, QueryOf, RequestKey};
use super::wire::instant;
use crate::error::Error;

/// Where documents are added.
const DOCUMENTS: &str = "/api/v1/documents";
/// Where one is looked at.
const DOCUMENT: &str = "/api/v1/documents/{document_id}";

pub(super) fn routes() -> OpenApiRouter<Edge> {
    OpenApiRouter::new()
        .routes(routes!(add_document))
        .routes(routes!(get_document))
}

/// Whether a request brings a document: its body may be larger than others.
pub(super) fn is_upload(request: &Request) -> bool {
    request.method() == Method::POST && matched(request) == Some(DOCUMENTS)
}

/// Whether a request moves a document in either direction: it may take longer than others.
pub(super) fn is_moved(request: &Request) -> bool {
    is_upload(request) || matched(request) == Some(DOCUMENT)
}

fn matched(request: &Request) -> Option<&str> {
    request.extensions().get().map(MatchedPath::as_str)
}

/// The refusal of a document larger than that.
pub(super) fn too_large(max: usize) -> Refusal {
    Refusal::new(Reason::DocumentTooLarge).param("max", max)
}

/// What a document shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum DocumentKind {
    /// 身份证.
    IdentityCard,
    /// 面签申请表.
    ApplicationForm,
    /// A photograph of the person.
    Portrait,
    /// 组织机构代码证.
    CodeCertificate,
    /// 盖章的授权委托书.
    PowerOfAttorney,
    /// 购车发票.
    Invoice,
    /// 国产车辆合格证明.
    DomesticCertificate,
    /// 货物进口证明书.
    ImportCertificate,
    /// What supports an appeal.
    AppealEvidence,
}

impl DocumentKind {
    /// Words and wire values, one row each.
    const ALL: [(Self, &'static str, pb::DocumentKind); 9] = [
        (
            Self::IdentityCard,
            "identity_card",
            pb::DocumentKind::IdentityCard,
        ),
        (
            Self::ApplicationForm,
            "application_form",
            pb::DocumentKind::ApplicationForm,
        ),
        (Self::Portrait, "portrait", pb::DocumentKind::Portrait),
        (
            Self::CodeCertificate,
            "code_certificate",
            pb::DocumentKind::CodeCertificate,
        ),
        (
            Self::PowerOfAttorney,
            "power_of_attorney",
            pb::DocumentKind::PowerOfAttorney,
        ),
        (Self::Invoice, "invoice", pb::DocumentKind::Invoice),
        (
            Self::DomesticCertificate,
            "domestic_certificate",
            pb::DocumentKind::DomesticCertificate,
        ),
        (
            Self::ImportCertificate,
            "import_certificate",
            pb::DocumentKind::ImportCertificate,
        ),
        (
            Self::AppealEvidence,
            "appeal_evidence",
            pb::DocumentKind::AppealEvidence,
        ),
    ];

    fn of_word(word: &str) -> Option<pb::DocumentKind> {
        let known = Self::ALL.iter().find(|(_, known, _)| *known == word);
        known.map(|(_, _, wire)| *wire)
    }

    fn of_wire(wire: pb::DocumentKind) -> Option<Self> {
        let known = Self::ALL.iter().find(|(_, _, known)| *known == wire);
        known.map(|(kind, _, _)| *kind)
    }
}

/// The forms a document may have, known by their first bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Jpeg,
    Png,
    Pdf,
}

impl Form {
    const ALL: [Self; 3] = [Self::Jpeg, Self::Png, Self::Pdf];

    fn of(media_type: &str) -> Option<Self> {
        let same = |form: &Self| form.media_type().eq_ignore_ascii_case(media_type);
        Self::ALL.into_iter().find(same)
    }

    fn media_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Pdf => "application/pdf",
        }
    }

    fn extension(self) -> &'static str {
        match self {
            Self::Jpeg => "jpg",
            Self::Png => "png",
            Self::Pdf => "pdf",
        }
    }

    fn begins(self) -> &'static [u8] {
        match self {
            Self::Jpeg => b"\xFF\xD8\xFF",
            Self::Png => b"\x89PNG\r\n\x1A\n",
            Self::Pdf => b"%PDF-",
        }
    }
}

/// A document's bytes, of the form they are said to have.
struct Content(Bytes);

impl FromRequest<Edge> for Content {
    type Rejection = Error;

    /// What is plainly no document is not sent on; what it is in the end, identity says.
    async fn from_request(request: Request, edge: &Edge) -> Result<Self, Error> {
        let (head, body) = request.into_parts();
        let form = media_type(&head.headers).and_then(Form::of);
        let form = form.ok_or(Reason::MediaTypeUnsupported)?;
        let content = bytes(body, edge.config().max_document_bytes, too_large).await?;
        if content.starts_with(form.begins()) {
            Ok(Self(content))
        } else {
            Err(Reason::DocumentFormat.into())
        }
    }
}

/// What the document shows.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct KindQuery {
    /// What it shows.
    #[param(required = true, value_type = Option<DocumentKind>, inline)]
    kind: Option<String>,
}

impl KindQuery {
    fn read(&self) -> Result<pb::DocumentKind, Refusal> {
        let word = self
            .kind
            .as_deref()
            .ok_or_else(|| Refusal::required("kind"))?;
        DocumentKind::of_word(word).ok_or_else(|| Refusal::invalid("kind", "unknown_value"))
    }
}

/// A document that is kept; its content is had by `getDocument`.
#[derive(Debug, Serialize, ToSchema)]
struct Document {
    #[schema(format = "uuid")]
    document_id: String,
    kind: DocumentKind,
    /// By its first bytes: `image/jpeg`, `image/png` or `application/pdf`.
    #[schema(example = "image/jpeg")]
    media_type: String,
    /// Bytes.
    #[schema(example = "182044")]
    size: String,
    #[schema(format = DateTime)]
    added_at: String,
}

impl TryFrom<pb::Document> for Document {
    type Error = Error;

    fn try_from(told: pb::Document) -> Result<Self, Error> {
        let kind = DocumentKind::of_wire(told.kind());
        Ok(Self {
            kind: kind.ok_or_else(|| Error::peer_answer("kind"))?,
            document_id: told.document_id,
            media_type: told.media_type,
            size: told.size.to_string(),
            added_at: instant(told.added_at, "added_at")?,
        })
    }
}

/// A file in the document.
#[derive(ToSchema)]
#[schema(value_type = String, format = Binary)]
#[expect(dead_code, reason = "stands in the document only")]
struct File(Vec<u8>);

/// Add a document
///
/// Papers and pictures that other requests name by their ids. The body is the file itself: JPEG, PNG or
/// PDF under its own media type, at most 5 MiB.
#[utoipa::path(
    post,
    path = "/api/v1/documents",
    operation_id = "addDocument",
    tag = "documents",
    params(KindQuery, RequestKey),
    request_body(
        content(
            (inline(File) = "image/jpeg"),
            (inline(File) = "image/png"),
            (inline(File) = "application/pdf")
        ),
        description = "The file."
    ),
    responses((
        status = 201,
        description = "Kept.",
        body = Document,
        headers(("Location" = String, description = "The document."))
    )),
    security(("session" = []))
)]
async fn add_document(
    State(edge): State<Edge>,
    Citizen(citizen): Citizen,
    QueryOf(query): QueryOf<KindQuery>,
    key: RequestKey,
    Content(content): Content,
) -> Result<(StatusCode, [(HeaderName, String); 1], axum::Json<Document>), Error> {
    let asked = citizen.repeatable(pb::AddDocumentRequest {
        request_id: key.text(),
        kind: query.read()?.into(),
        content: content.into(),
    });
    let told = edge.peers().documents().add_document(asked).await?;
    let kept = told.into_inner().document;
    let kept: Document = kept
        .ok_or_else(|| Error::peer_answer("document"))?
        .try_into()?;
    let location = format!("{DOCUMENTS}/{}", kept.document_id);
    Ok((
        StatusCode::CREATED,
        [(LOCATION, location)],
        axum::Json(kept),
    ))
}

/// A file with its headers.
type Attached = ([(HeaderName, String); 3], Body);

/// Get a document
///
/// The file itself, to be saved and never shown in the platform's own pages.
#[utoipa::path(
    get,
    path = "/api/v1/documents/{document_id}",
    operation_id = "getDocument",
    tag = "documents",
    params(("document_id" = String, Path, format = "uuid", description = "Which document.")),
    responses((
        status = 200,
        description = "The file.",
        content(
            (inline(File) = "image/jpeg"),
            (inline(File) = "image/png"),
            (inline(File) = "application/pdf")
        ),
        headers(("Content-Disposition" = String, description = "`attachment` with a file name."))
    )),
    security(("session" = []))
)]
async fn get_document(
    State(edge): State<Edge>,
    Citizen(citizen): Citizen,
    DocumentPath(id): DocumentPath,
) -> Result<Attached, Error> {
    let asked = citizen.repeatable(pb::GetDocumentRequest {
        document_id: id.to_string(),
        reason: String::new(),
    });
    let told = edge.peers().documents().get_document(asked).await?;
    let told = told.into_inner();
    let form = told.document.as_ref().map(|kept| kept.media_type.as_str());
    // A browser never learns of another form than these.
    let form = form
        .and_then(Form::of)
        .ok_or_else(|| Error::peer_answer("media_type"))?;
    let name = format!(
        "attachment; filename=\"document-{id}.{}\"",
        form.extension()
    );
    let headers = [
        (CONTENT_TYPE, form.media_type().to_owned()),
        (CONTENT_DISPOSITION, name),
        (X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
    ];
    Ok((headers, Body::from(told.content)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_one_word_in_both_directions() {
        for (kind, word, wire) in DocumentKind::ALL {
            assert_eq!(serde_json::to_value(kind).unwrap(), word);
            assert_eq!(DocumentKind::of_word(word), Some(wire));
            assert_eq!(DocumentKind::of_wire(wire), Some(kind));
            let name = format!("DOCUMENT_KIND_{}", word.to_uppercase());
            assert_eq!(wire.as_str_name(), name);
        }
        let kinds = (1..).map_while(|number| pb::DocumentKind::try_from(number).ok());
        assert_eq!(kinds.count(), DocumentKind::ALL.len());
    }
}
