//! The voucher (预选号凭证): a page to print, and the signed text its QR code holds.

use axum::extract::State;
use http::HeaderName;
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use xuanhao_chassis::error::Refusal;
use xuanhao_chassis::ids::ApplicationId;
use xuanhao_proto::selection::v1 as pb;

use crate::error::Error;
use crate::http::Edge;
use crate::http::extract::{ApplicationPath, Citizen, QueryOf};
use crate::peers::Principal;

pub(super) fn routes() -> OpenApiRouter<Edge> {
    OpenApiRouter::new()
        .routes(routes!(get_voucher))
        .routes(routes!(get_signed_voucher))
}

/// How a browser is to treat the file.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct VoucherQuery {
    /// `attachment` (saved, also when left out) or `inline` (shown).
    #[param(example = "inline")]
    disposition: Option<String>,
}

impl VoucherQuery {
    fn disposition(&self) -> Result<&'static str, Refusal> {
        match self.disposition.as_deref() {
            None | Some("attachment") => Ok("attachment"),
            Some("inline") => Ok("inline"),
            Some(_) => Err(Refusal::invalid("disposition", "unknown_value")),
        }
    }
}

/// A PDF with its headers.
type Pdf = ([(HeaderName, String); 2], Vec<u8>);

/// A PDF in the document.
#[derive(ToSchema)]
#[schema(value_type = String, format = Binary, content_media_type = "application/pdf")]
#[expect(dead_code, reason = "stands in the document only")]
struct Page(Vec<u8>);

/// Get the voucher
///
/// The voucher (预选号凭证) of a confirmed application, as a page to print.
#[utoipa::path(
    get,
    path = "/api/v1/applications/{application_id}/voucher",
    operation_id = "getVoucher",
    tag = "applications",
    params(
        ("application_id" = String, Path, format = "uuid", description = "Which application."),
        VoucherQuery
    ),
    responses((
        status = 200,
        description = "The page; its file name holds the voucher's number.",
        body = inline(Page),
        content_type = "application/pdf",
        headers(("Content-Disposition" = String, description = "Such as `attachment; filename=\"voucher-7K3F-9QXM-2HTA.pdf\"`."))
    )),
    security(("session" = []))
)]
async fn get_voucher(
    State(edge): State<Edge>,
    Citizen(citizen): Citizen,
    ApplicationPath(id): ApplicationPath,
    QueryOf(query): QueryOf<VoucherQuery>,
) -> Result<Pdf, Error> {
    let disposition = query.disposition()?;
    let voucher = voucher(&edge, &citizen, id).await?;
    let disposition = format!(
        "{disposition}; filename=\"voucher-{}.pdf\"",
        in_a_file_name(&voucher.voucher_number)
    );
    let headers = [
        (CONTENT_TYPE, "application/pdf".to_owned()),
        (CONTENT_DISPOSITION, disposition),
    ];
    Ok((headers, voucher.pdf))
}

/// The voucher as signed text.
#[derive(Serialize, ToSchema)]
struct SignedVoucher {
    #[schema(example = "7K3F-9QXM-2HTA")]
    voucher_number: String,
    /// Compact JWS: what the QR code holds. Anybody can check it with our public keys.
    signed_voucher: String,
}

/// Get the voucher as signed text
///
/// What the QR code of the voucher holds; it can be checked without asking us.
#[utoipa::path(
    get,
    path = "/api/v1/applications/{application_id}/signed-voucher",
    operation_id = "getSignedVoucher",
    tag = "applications",
    params(("application_id" = String, Path, format = "uuid", description = "Which application.")),
    responses((status = 200, description = "The signed text.", body = SignedVoucher)),
    security(("session" = []))
)]
async fn get_signed_voucher(
    State(edge): State<Edge>,
    Citizen(citizen): Citizen,
    ApplicationPath(id): ApplicationPath,
) -> Result<axum::Json<SignedVoucher>, Error> {
    let voucher = voucher(&edge, &citizen, id).await?;
    Ok(axum::Json(SignedVoucher {
        voucher_number: voucher.voucher_number,
        signed_voucher: voucher.signed_voucher,
    }))
}

async fn voucher(
    edge: &Edge,
    citizen: &Principal,
    id: ApplicationId,
) -> Result<pb::GetVoucherResponse, Error> {
    let application_id = id.to_string();
    let asked = citizen.repeatable(pb::GetVoucherRequest { application_id });
    Ok(edge
        .peers()
        .selection()
        .get_voucher(asked)
        .await?
        .into_inner())
}

/// Only what no system and no header takes amiss.
fn in_a_file_name(number: &str) -> String {
    let plain = |c: &char| c.is_ascii_alphanumeric() || *c == '-';
    number.chars().filter(plain).collect()
}
