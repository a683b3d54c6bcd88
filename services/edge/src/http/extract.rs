//! What handlers take from a request's head. Each refusal names what is wrong.

use std::str::FromStr;

use axum::extract::{FromRequestParts, Query, RawPathParams};
use http::request::Parts;
use serde::de::DeserializeOwned;
use utoipa::IntoParams;
use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::{ObjectBuilder, Required, SchemaFormat, Type};
use uuid::Uuid;
use xuanhao_chassis::error::Refusal;
use xuanhao_chassis::ids::{ApplicationId, ChallengeId, PreSessionId, RequestId};
use xuanhao_chassis::reason::{Locale, Reason};
use xuanhao_vocabulary::OfficeId;

use super::address::ClientAddress;
use super::body::misfit;
use super::{Edge, cookies, observe};
use crate::error::Error;
use crate::peers::{Principal, SessionToken};

/// The signed-in citizen. Asked of identity for each request (C3).
#[derive(Debug)]
pub(super) struct Citizen(pub(super) Principal);

/// The signed-in citizen, if the request carries a session; what identity refused is kept.
#[derive(Debug)]
pub(super) struct CitizenOrStranger(pub(super) Option<Result<Principal, Error>>);

/// The session as the browser keeps it, not asked about.
#[derive(Debug)]
pub(super) struct OptionalSession(pub(super) Option<SessionToken>);

/// The visit, which what happens before sign-in is bound to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Visit(pub(super) PreSessionId);

/// The visit, if there is one.
#[derive(Clone, Copy, Debug)]
pub(super) struct OptionalVisit(pub(super) Option<PreSessionId>);

/// The language asked for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Language(pub(super) Locale);

/// The client's address.
pub(super) struct Client(pub(super) ClientAddress);

/// The write's own id, from the header `Idempotency-Key`.
#[derive(Clone, Copy, Debug)]
pub(super) struct RequestKey(RequestId);

/// The header.
const IDEMPOTENCY_KEY: &str = "Idempotency-Key";

impl RequestKey {
    pub(super) fn text(self) -> String {
        self.0.to_string()
    }
}

impl FromRequestParts<Edge> for Citizen {
    type Rejection = Error;

    async fn from_request_parts(head: &mut Parts, edge: &Edge) -> Result<Self, Error> {
        let token = cookies::session(&head.headers).ok_or(Reason::Unauthenticated)?;
        Ok(Self(edge.peers().principal(&token).await?))
    }
}

impl FromRequestParts<Edge> for CitizenOrStranger {
    type Rejection = Error;

    async fn from_request_parts(head: &mut Parts, edge: &Edge) -> Result<Self, Error> {
        let Some(token) = cookies::session(&head.headers) else {
            return Ok(Self(None));
        };
        match edge.peers().principal(&token).await {
            Err(error) if error.refusal().reason() != Reason::SessionExpired => Err(error),
            asked => Ok(Self(Some(asked))),
        }
    }
}

impl FromRequestParts<Edge> for OptionalSession {
    type Rejection = Error;

    async fn from_request_parts(head: &mut Parts, _: &Edge) -> Result<Self, Error> {
        Ok(Self(cookies::session(&head.headers)))
    }
}

impl FromRequestParts<Edge> for Visit {
    type Rejection = Error;

    async fn from_request_parts(head: &mut Parts, _: &Edge) -> Result<Self, Error> {
        Ok(Self(
            cookies::visit(&head.headers).ok_or(Reason::VisitRequired)?,
        ))
    }
}

impl FromRequestParts<Edge> for OptionalVisit {
    type Rejection = Error;

    async fn from_request_parts(head: &mut Parts, _: &Edge) -> Result<Self, Error> {
        Ok(Self(cookies::visit(&head.headers)))
    }
}

impl FromRequestParts<Edge> for Language {
    type Rejection = Error;

    async fn from_request_parts(head: &mut Parts, _: &Edge) -> Result<Self, Error> {
        Ok(Self(observe::locale(&head.headers)))
    }
}

impl FromRequestParts<Edge> for Client {
    type Rejection = Error;

    async fn from_request_parts(head: &mut Parts, edge: &Edge) -> Result<Self, Error> {
        let hops = edge.config().trusted_hops;
        let address = ClientAddress::of(&head.headers, &head.extensions, hops);
        Ok(Self(address))
    }
}

impl FromRequestParts<Edge> for RequestKey {
    type Rejection = Error;

    async fn from_request_parts(head: &mut Parts, _: &Edge) -> Result<Self, Error> {
        let Some(value) = head.headers.get(IDEMPOTENCY_KEY) else {
            return Err(Refusal::new(Reason::RequestIdRequired)
                .on_field(IDEMPOTENCY_KEY)
                .into());
        };
        let key = value.to_str().ok().and_then(|text| text.parse().ok());
        let malformed = || Refusal::invalid("request_id", "not_a_uuid").on_field(IDEMPOTENCY_KEY);
        Ok(Self(key.ok_or_else(malformed)?))
    }
}

impl IntoParams for RequestKey {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let uuid = ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::Custom("uuid".to_owned())));
        let parameter = ParameterBuilder::new()
            .name(IDEMPOTENCY_KEY)
            .parameter_in(ParameterIn::Header)
            .required(Required::True)
            .description(Some(
                "The write's own id, made by the client. A repeat under the same id is answered like \
                 the first time and is charged once; another request under it is refused.",
            ))
            .schema(Some(uuid));
        vec![parameter.build()]
    }
}

/// The query, all of it optional text that handlers read; unknown parameters are refused.
#[derive(Debug)]
pub(super) struct QueryOf<T>(pub(super) T);

impl<T: DeserializeOwned> FromRequestParts<Edge> for QueryOf<T> {
    type Rejection = Error;

    async fn from_request_parts(head: &mut Parts, _: &Edge) -> Result<Self, Error> {
        let read = Query::<T>::try_from_uri(&head.uri);
        read.map(|Query(query)| Self(query)).map_err(|rejection| {
            let words = rejection.body_text();
            let told = words
                .split_once(": ")
                .map_or(words.as_str(), |(_, told)| told);
            misfit("", told.split_once(": ").map_or(told, |(_, told)| told)).into()
        })
    }
}

/// A session's token, for what no principal is made for yet.
#[derive(Debug)]
pub(super) struct BareSession(pub(super) SessionToken);

impl FromRequestParts<Edge> for BareSession {
    type Rejection = Error;

    async fn from_request_parts(head: &mut Parts, _: &Edge) -> Result<Self, Error> {
        let token = cookies::session(&head.headers).ok_or(Reason::Unauthenticated)?;
        Ok(Self(token))
    }
}

/// The path's one parameter that names an application.
#[derive(Clone, Copy, Debug)]
pub(super) struct ApplicationPath(pub(super) ApplicationId);

/// The path's one parameter that names a challenge.
#[derive(Clone, Copy, Debug)]
pub(super) struct ChallengePath(pub(super) ChallengeId);

/// The path's parameter that names an office.
#[derive(Clone, Copy, Debug)]
pub(super) struct OfficePath(pub(super) OfficeId);

/// The path's parameter that names a civil day.
#[derive(Clone, Copy, Debug)]
pub(super) struct DayPath(pub(super) jiff::civil::Date);

/// The path's one parameter that names an appeal.
#[derive(Clone, Copy, Debug)]
pub(super) struct AppealPath(pub(super) Uuid);

/// The path's one parameter that names a binding.
#[derive(Clone, Copy, Debug)]
pub(super) struct BindingPath(pub(super) Uuid);

/// The path's one parameter that names a document.
#[derive(Clone, Copy, Debug)]
pub(super) struct DocumentPath(pub(super) Uuid);

/// What is no id names nothing.
macro_rules! named_by_id {
    ($($path:ident $parameter:literal $kind:literal;)+) => {$(
        impl FromRequestParts<Edge> for $path {
            type Rejection = Error;

            async fn from_request_parts(head: &mut Parts, edge: &Edge) -> Result<Self, Error> {
                let id = parameter(head, edge, $parameter).await;
                Ok(Self(id.ok_or_else(|| Refusal::not_found($kind))?))
            }
        }
    )+};
}

named_by_id! {
    ApplicationPath "application_id" "application";
    AppealPath "appeal_id" "appeal";
    BindingPath "binding_id" "binding";
    DocumentPath "document_id" "document";
}

impl FromRequestParts<Edge> for ChallengePath {
    type Rejection = Error;

    async fn from_request_parts(head: &mut Parts, edge: &Edge) -> Result<Self, Error> {
        let id = parameter(head, edge, "challenge_id").await;
        Ok(Self(id.ok_or(Reason::ChallengeUnknown)?))
    }
}

impl FromRequestParts<Edge> for OfficePath {
    type Rejection = Error;

    async fn from_request_parts(head: &mut Parts, edge: &Edge) -> Result<Self, Error> {
        let id = parameter(head, edge, "office").await;
        Ok(Self(id.ok_or_else(unknown_office)?))
    }
}

impl FromRequestParts<Edge> for DayPath {
    type Rejection = Error;

    async fn from_request_parts(head: &mut Parts, edge: &Edge) -> Result<Self, Error> {
        let day = parameter(head, edge, "day").await;
        Ok(Self(
            day.ok_or_else(|| Refusal::invalid("day", "not_a_date"))?,
        ))
    }
}

/// What is no office's id names no office.
pub(super) fn unknown_office() -> Refusal {
    Refusal::new(Reason::OfficeUnknown).on_field("office")
}

async fn parameter<T: FromStr>(head: &mut Parts, edge: &Edge, name: &str) -> Option<T> {
    let all = RawPathParams::from_request_parts(head, edge).await.ok()?;
    let (_, text) = all.iter().find(|(known, _)| *known == name)?;
    text.parse().ok()
}
