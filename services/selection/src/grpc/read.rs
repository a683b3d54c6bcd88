//! Reading requests: typed words or a refusal that names the field.

use jiff::civil::Date;
use prost::Message;
use tonic::Request;
use xuanhao_chassis::error::Refusal;
use xuanhao_chassis::grpc::CallContext;
use xuanhao_chassis::grpc::read;
pub(super) use xuanhao_chassis::grpc::read::{date, page_size};
use xuanhao_chassis::ids::{ApplicationId, StaffId};
use xuanhao_chassis::reason::Reason;
use xuanhao_proto::vehicle::v1 as wire;
use xuanhao_proto::vehicle::v1::purchase_proof::Kind;
use xuanhao_vocabulary::OfficeId;

use crate::app::{Act, Citizen, Fingerprint, Reader, Staff};
use crate::domain::policy::Level;
use crate::peers::{PurchaseProof, Submitted};

/// The citizen a call is made for.
pub(super) fn citizen<T>(request: &Request<T>) -> Result<Citizen, Refusal> {
    let context = CallContext::of(request);
    let principal = context.require_principal()?;
    let account = principal
        .account()
        .ok_or_else(|| Refusal::new(Reason::PermissionDenied))?;
    // A level this program does not know counts as the lowest.
    let level = match principal.level.as_deref() {
        Some("face_to_face") => Level::FaceToFace,
        Some("real_person") => Level::RealPerson,
        _ => Level::Online,
    };
    Ok(Citizen {
        account,
        level,
        session: principal.session,
    })
}

/// The member of staff a call is made for.
pub(super) fn staff<T>(request: &Request<T>) -> Result<Staff, Refusal> {
    let context = CallContext::of(request);
    let principal = context.require_principal()?;
    let id: StaffId = principal
        .staff()
        .ok_or_else(|| Refusal::new(Reason::PermissionDenied))?;
    Ok(Staff {
        id,
        province: principal.province.clone(),
        offices: principal.offices.clone(),
    })
}

/// Who reads: the member of staff a call is made for, or the nation. The table lets only the edge come
/// without a principal, for its national gateway.
pub(super) fn reader<T>(request: &Request<T>) -> Result<Reader, Refusal> {
    match CallContext::of(request).principal() {
        Some(_) => staff(request).map(Reader::Staff),
        None => Ok(Reader::Nation),
    }
}

/// A write's request id, with what was asked under it.
pub(super) fn act(request_id: &str, message: &impl Message) -> Result<Act, Refusal> {
    Ok(Act {
        request_id: read::request_id(request_id)?,
        fingerprint: Fingerprint {
            request: message.encode_to_vec(),
        },
    })
}

/// An application's id. What is no id names no application.
pub(super) fn application(text: &str) -> Result<ApplicationId, Refusal> {
    text.parse().map_err(|_| Refusal::not_found("application"))
}

/// What was submitted of a vehicle.
pub(super) fn submitted(
    vin: String,
    purchase_proof: Option<wire::PurchaseProof>,
    import_confirmed: bool,
    import_certificate_number: String,
) -> Submitted {
    let purchase_proof = match purchase_proof.and_then(|proof| proof.kind) {
        Some(Kind::PaperInvoice(paper)) => PurchaseProof::Paper {
            code: paper.code,
            number: paper.number,
        },
        Some(Kind::ElectronicInvoice(number)) => PurchaseProof::Electronic(number),
        None => PurchaseProof::Missing,
    };
    Submitted {
        vin,
        purchase_proof,
        import_confirmed,
        import_certificate_number,
        address: String::new(),
    }
}

/// An office's id. What is no id names no office.
pub(super) fn office(text: &str) -> Result<OfficeId, Refusal> {
    text.parse()
        .map_err(|_| Refusal::new(Reason::OfficeUnknown).on_field("office"))
}

/// Several offices.
pub(super) fn offices(texts: &[String]) -> Result<Vec<OfficeId>, Refusal> {
    let mut offices = texts
        .iter()
        .map(|text| office(text))
        .collect::<Result<Vec<_>, _>>()?;
    offices.sort_unstable();
    offices.dedup();
    Ok(offices)
}

/// A civil day, where one is named.
pub(super) fn some_date(field: &str, text: &str) -> Result<Option<Date>, Refusal> {
    if text.is_empty() {
        return Ok(None);
    }
    date(field, text).map(Some)
}

/// A number of chances.
pub(super) fn chances(field: &str, number: i32) -> Result<u16, Refusal> {
    u16::try_from(number).map_err(|_| Refusal::invalid(field, "out_of_range"))
}
