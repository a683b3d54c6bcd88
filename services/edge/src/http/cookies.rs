//! The two cookies. Both are `__Host-`: set by this host alone, for all its paths, over TLS, and
//! unreadable to scripts. Both end with the browser; a session also ends at identity.

use axum_extra::extract::cookie::{Cookie, CookieJar, SameSite};
use http::HeaderMap;
use xuanhao_chassis::ids::PreSessionId;

use crate::peers::SessionToken;

/// Holds the pre-session id: what happens before sign-in is bound to it.
pub(crate) const VISIT: &str = "__Host-xuanhao-visit";
/// Holds the session token.
pub(crate) const SESSION: &str = "__Host-xuanhao-session";

/// Identity's tokens are shorter.
const LONGEST_TOKEN: usize = 256;

/// The visit a request belongs to.
pub(super) fn visit(headers: &HeaderMap) -> Option<PreSessionId> {
    let jar = CookieJar::from_headers(headers);
    jar.get(VISIT)?.value().parse().ok()
}

/// The session token a request carries; what cannot be one is none.
pub(super) fn session(headers: &HeaderMap) -> Option<SessionToken> {
    let jar = CookieJar::from_headers(headers);
    let token = jar.get(SESSION)?.value();
    let plain = token.bytes().all(|byte| byte.is_ascii_graphic());
    let sound = !token.is_empty() && token.len() <= LONGEST_TOKEN && plain;
    sound.then(|| SessionToken(token.to_owned()))
}

/// Sets a visit.
pub(super) fn with_visit(visit: PreSessionId) -> CookieJar {
    CookieJar::new().add(cookie(VISIT, visit.to_string()))
}

/// Sets a session.
pub(super) fn with_session(token: String) -> CookieJar {
    CookieJar::new().add(cookie(SESSION, token))
}

/// Clears the session, with the attributes it was set with: else a browser refuses.
pub(super) fn without_session() -> CookieJar {
    let mut cleared = cookie(SESSION, String::new());
    cleared.make_removal();
    CookieJar::new().add(cleared)
}

fn cookie(name: &'static str, value: String) -> Cookie<'static> {
    Cookie::build((name, value))
        .path("/")
        .secure(true)
        .http_only(true)
        .same_site(SameSite::Lax)
        .build()
}
