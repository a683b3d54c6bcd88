//! Reading fields of requests: each refusal names its field.

use std::collections::HashSet;

use xuanhao_chassis::error::Refusal;
pub(super) use xuanhao_chassis::grpc::read::{date, id, page_size, request_id, text};
use xuanhao_chassis::reason::{Locale, Reason};
use xuanhao_proto::identity::v1 as pb;
use xuanhao_vocabulary::{CreditCode, Finding, Mobile, Office, OfficeId, ProvinceId, ResidentId};

use crate::domain::document::DocumentKind;
use crate::domain::holder::OrganisationName;
use crate::domain::ids::DocumentId;
use crate::domain::login_name::{self, LoginName};
use crate::domain::{FullName, address};

/// The longest reason of a staff act.
const LONGEST_REASON: usize = 500;

/// Documents one request may name.
const MOST_DOCUMENTS: usize = 10;

pub(crate) fn province(field: &str, text: &str) -> Result<ProvinceId, Refusal> {
    if text.is_empty() {
        return Err(Refusal::required(field));
    }
    ProvinceId::parse(text).map_err(|_| Refusal::invalid(field, "unknown_value"))
}

pub(crate) fn login_name(text: &str) -> Result<LoginName, Refusal> {
    LoginName::parse(text).map_err(|_| {
        Refusal::new(Reason::LoginNameInvalid)
            .param("min", login_name::SHORTEST)
            .param("max", login_name::LONGEST)
            .on_field("login_name")
    })
}

pub(crate) fn full_name(text: &str) -> Result<FullName, Refusal> {
    name_in("full_name", text)
}

pub(super) fn name_in(field: &str, text: &str) -> Result<FullName, Refusal> {
    FullName::parse(text).map_err(|error| Refusal::invalid(field, error.0))
}

pub(super) fn organisation_name(text: &str) -> Result<OrganisationName, Refusal> {
    OrganisationName::parse(text).map_err(|error| Refusal::invalid("organisation_name", error.0))
}

pub(super) fn resident_id(text: &str) -> Result<ResidentId, Refusal> {
    resident_id_in("resident_id", text)
}

pub(super) fn resident_id_in(field: &str, text: &str) -> Result<ResidentId, Refusal> {
    ResidentId::parse(text).map_err(|error| {
        // A wrong length has no position; the last is where people look first.
        let position = error.position().unwrap_or(18);
        Refusal::new(Reason::ResidentIdInvalid)
            .param("position", position)
            .on_field(field)
    })
}

/// The identity number of who registers online. Organisations cannot: they come to the counter
/// (R-ACC-09).
pub(super) fn registrant(text: &str) -> Result<ResidentId, Refusal> {
    resident_id(text).map_err(|refusal| match CreditCode::parse(text) {
        Ok(_) => Refusal::new(Reason::OrganisationEnrolmentRequired).on_field("resident_id"),
        Err(_) => refusal,
    })
}

pub(super) fn credit_code(text: &str) -> Result<CreditCode, Refusal> {
    CreditCode::parse(text).map_err(|error| {
        let position = error.position().unwrap_or(18);
        Refusal::new(Reason::CreditCodeInvalid)
            .param("position", position)
            .on_field("credit_code")
    })
}

pub(super) fn mobile(text: &str) -> Result<Mobile, Refusal> {
    mobile_in("mobile", text)
}

pub(super) fn mobile_in(field: &str, text: &str) -> Result<Mobile, Refusal> {
    Mobile::parse(text).map_err(|_| Refusal::new(Reason::MobileInvalid).on_field(field))
}

/// An office of the national table.
pub(super) fn office(text: &str) -> Result<OfficeId, Refusal> {
    if text.is_empty() {
        return Err(Refusal::required("office"));
    }
    OfficeId::parse(text)
        .ok()
        .filter(|office| Office::by_id(*office).is_some())
        .ok_or_else(|| Refusal::new(Reason::OfficeUnknown).on_field("office"))
}

/// Why a member of staff acts.
pub(super) fn reason(text: &str) -> Result<String, Refusal> {
    if text.trim().is_empty() {
        return Err(Refusal::new(Reason::StaffReasonRequired).on_field("reason"));
    }
    self::text("reason", text, LONGEST_REASON)
}

/// Up to ten ids of documents, no two alike.
pub(super) fn document_ids(ids: &[String]) -> Result<Vec<DocumentId>, Refusal> {
    if ids.len() > MOST_DOCUMENTS {
        return Err(Refusal::invalid("document_ids", "out_of_range"));
    }
    let ids: Vec<DocumentId> = ids
        .iter()
        .map(|text| id("document_ids", text))
        .collect::<Result<_, _>>()?;
    let distinct: HashSet<DocumentId> = ids.iter().copied().collect();
    if distinct.len() < ids.len() {
        return Err(Refusal::invalid("document_ids", "out_of_range"));
    }
    Ok(ids)
}

pub(super) fn document_kind(field: &str, kind: i32) -> Result<DocumentKind, Refusal> {
    match pb::DocumentKind::try_from(kind) {
        Ok(pb::DocumentKind::Unspecified) => Err(Refusal::required(field)),
        Ok(pb::DocumentKind::IdentityCard) => Ok(DocumentKind::IdentityCard),
        Ok(pb::DocumentKind::ApplicationForm) => Ok(DocumentKind::ApplicationForm),
        Ok(pb::DocumentKind::Portrait) => Ok(DocumentKind::Portrait),
        Ok(pb::DocumentKind::CodeCertificate) => Ok(DocumentKind::CodeCertificate),
        Ok(pb::DocumentKind::PowerOfAttorney) => Ok(DocumentKind::PowerOfAttorney),
        Ok(pb::DocumentKind::Invoice) => Ok(DocumentKind::Invoice),
        Ok(pb::DocumentKind::DomesticCertificate) => Ok(DocumentKind::DomesticCertificate),
        Ok(pb::DocumentKind::ImportCertificate) => Ok(DocumentKind::ImportCertificate),
        Ok(pb::DocumentKind::AppealEvidence) => Ok(DocumentKind::AppealEvidence),
        Err(_) => Err(Refusal::invalid(field, "unknown_value")),
    }
}

/// The address as throttles see it.
pub(super) fn network(text: &str) -> Result<String, Refusal> {
    if text.is_empty() {
        return Err(Refusal::required("client_address"));
    }
    address::network(text).ok_or_else(|| Refusal::invalid("client_address", "wrong_format"))
}

/// Chinese unless told.
pub(super) fn locale(text: &str) -> Result<Locale, Refusal> {
    match text {
        "" | "zh-CN" => Ok(Locale::ZhCn),
        "en" => Ok(Locale::En),
        _ => Err(Refusal::invalid("locale", "unknown_value")),
    }
}
