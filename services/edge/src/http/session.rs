//! The web session: signing in and out. The browser keeps an opaque token; what it means, identity
//! knows.

use axum::extract::State;
use axum_extra::extract::cookie::CookieJar;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use xuanhao_proto::identity::v1 as pb;

use super::accounts::Account;
use super::body::Json;
use super::extract::{Client, OptionalSession, OptionalVisit};
use super::wire::instant;
use super::{Edge, cookies};
use crate::error::Error;
use crate::peers::{once, repeatable};

/// Those that cost us and that strangers may ask for.
pub(super) fn strangers() -> OpenApiRouter<Edge> {
    OpenApiRouter::new().routes(routes!(sign_in))
}

pub(super) fn routes() -> OpenApiRouter<Edge> {
    OpenApiRouter::new().routes(routes!(sign_out))
}

/// Who signs in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Credentials {
    login_name: String,
    #[schema(format = Password)]
    password: String,
}

/// A session.
#[derive(Debug, Serialize, ToSchema)]
struct Session {
    account: Account,
    /// It ends then at the latest.
    #[schema(format = DateTime)]
    expires_at: String,
    /// The password is the initial one: nothing but `replaceInitialPassword` is allowed.
    must_change_password: bool,
}

/// Sign in
///
/// The answer to an unknown name and to a wrong password is the same; repeated failures lock.
#[utoipa::path(
    post,
    path = "/api/v1/session",
    operation_id = "signIn",
    tag = "session",
    request_body = Credentials,
    responses((
        status = 201,
        description = "Signed in.",
        body = Session,
        headers(("Set-Cookie" = String, description = "`__Host-xuanhao-session`."))
    ))
)]
async fn sign_in(
    State(edge): State<Edge>,
    OptionalVisit(visit): OptionalVisit,
    Client(client): Client,
    Json(credentials): Json<Credentials>,
) -> Result<(StatusCode, CookieJar, axum::Json<Session>), Error> {
    let message = pb::SignInRequest {
        pre_session_id: visit.map(|visit| visit.to_string()).unwrap_or_default(),
        login_name: credentials.login_name,
        password: credentials.password,
        client_address: client.text(),
    };
    // A guess is counted, so it is not sent again by itself.
    let signed_in = edge.peers().identity().sign_in(once(message)).await?;
    let signed_in = signed_in.into_inner();
    let session = Session {
        account: signed_in.account.try_into()?,
        expires_at: instant(signed_in.expires_at, "expires_at")?,
        must_change_password: signed_in.must_change_password,
    };
    let jar = cookies::with_session(signed_in.session_token);
    Ok((StatusCode::CREATED, jar, axum::Json(session)))
}

/// Sign out
///
/// Ends the session at once, everywhere (C3), and clears its cookie. Signing out twice succeeds.
#[utoipa::path(
    delete,
    path = "/api/v1/session",
    operation_id = "signOut",
    tag = "session",
    responses((
        status = 204,
        description = "Signed out.",
        headers(("Set-Cookie" = String, description = "Clears `__Host-xuanhao-session`."))
    ))
)]
async fn sign_out(
    State(edge): State<Edge>,
    OptionalSession(token): OptionalSession,
) -> Result<(StatusCode, CookieJar), Error> {
    if let Some(token) = token {
        let session_token = token.0;
        let asked = repeatable(pb::SignOutRequest { session_token });
        // The cookie stays when identity did not hear of it: the session is still alive.
        edge.peers().identity().sign_out(asked).await?;
    }
    Ok((StatusCode::NO_CONTENT, cookies::without_session()))
}
