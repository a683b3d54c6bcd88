//! On whose behalf a call goes out, and whether it may go out twice.

use std::fmt;

use tonic::Request;
use xuanhao_chassis::grpc::{CallExt, call};
use xuanhao_proto::identity::v1::IssuePrincipalRequest;

use super::Peers;
use crate::error::Error;

/// The opaque token of a web session, as the browser keeps it.
#[derive(Clone)]
pub(crate) struct SessionToken(pub(crate) String);

/// A signed statement of identity's: on whose behalf calls go out. It serves the one request it was
/// asked for and is kept nowhere (C3).
#[derive(Clone)]
pub(crate) struct Principal(String);

impl Principal {
    /// A read, or a write under a request id: may be sent again when nobody answered.
    pub(crate) fn repeatable<T>(&self, message: T) -> Request<T> {
        repeatable(message).principal(&self.0)
    }

    /// Sent once, because a repeat counts again.
    pub(crate) fn once<T>(&self, message: T) -> Request<T> {
        once(message).principal(&self.0)
    }
}

/// A read, or a write under a request id, for nobody in particular.
pub(crate) fn repeatable<T>(message: T) -> Request<T> {
    call(message).idempotent()
}

/// Sent once, for nobody in particular.
pub(crate) fn once<T>(message: T) -> Request<T> {
    call(message)
}

impl Peers {
    /// C3: whom a session belongs to, asked of identity anew for every request, so that signing out
    /// and closing an account take effect at once.
    pub(crate) async fn principal(&self, token: &SessionToken) -> Result<Principal, Error> {
        let session_token = token.0.clone();
        let asked = repeatable(IssuePrincipalRequest { session_token });
        let issued = self.identity().issue_principal(asked).await?;
        Ok(Principal(issued.into_inner().principal))
    }
}

impl fmt::Debug for SessionToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionToken")
    }
}

impl fmt::Debug for Principal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Principal")
    }
}
