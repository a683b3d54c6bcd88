//! What a handler knows about the call it answers.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;
use tonic::Request;

use crate::authz::Caller;
use crate::error::Refusal;
use crate::principal::Principal;
use crate::reason::Reason;

tokio::task_local! {
    /// When the call that this task answers must be answered; calls made meanwhile end by then.
    static DEADLINE: Instant;
}

/// Who calls, on whose behalf, and until when. Cheap to clone.
#[derive(Clone)]
pub struct CallContext {
    caller: Caller,
    deadline: Instant,
    principal: Option<Arc<Proven>>,
}

struct Proven {
    principal: Principal,
    token: String,
}

impl CallContext {
    /// A context as [`Server`](super::Server) makes it; tests of handlers make their own.
    pub fn new(caller: Caller, within: Duration) -> Self {
        Self {
            caller,
            deadline: Instant::now() + within,
            principal: None,
        }
    }

    /// Adds a principal that has been checked, with its token.
    #[must_use]
    pub fn with_principal(mut self, principal: Principal, token: impl Into<String>) -> Self {
        self.principal = Some(Arc::new(Proven {
            principal,
            token: token.into(),
        }));
        self
    }

    /// The context of the request a handler was given.
    ///
    /// # Panics
    /// When the handler does not run behind [`Server`](super::Server) and the test that calls it did
    /// not [attach](Self::attach) one. The server answers a panic with `INTERNAL`.
    pub fn of<T>(request: &Request<T>) -> Self {
        let context = request.extensions().get::<Self>();
        context
            .expect("handlers run behind grpc::Server, which attaches the context")
            .clone()
    }

    /// Attaches it to a request, as the server does.
    #[must_use]
    pub fn attach<T>(self, mut request: Request<T>) -> Request<T> {
        request.extensions_mut().insert(self);
        request
    }

    /// The program that calls, by its certificate.
    pub fn caller(&self) -> Caller {
        self.caller
    }

    /// The principal, where the RPC asks for one.
    pub fn principal(&self) -> Option<&Principal> {
        self.principal.as_deref().map(|proven| &proven.principal)
    }

    /// The principal, or a refusal to act without.
    ///
    /// # Errors
    /// `UNAUTHENTICATED` when the RPC's rule asks for none.
    pub fn require_principal(&self) -> Result<&Principal, Refusal> {
        self.principal()
            .ok_or_else(|| Refusal::new(Reason::Unauthenticated))
    }

    /// The principal's token, to call another service on the same person's behalf.
    pub fn principal_token(&self) -> Option<&str> {
        self.principal
            .as_deref()
            .map(|proven| proven.token.as_str())
    }

    /// When the caller stops waiting.
    pub fn deadline(&self) -> Instant {
        self.deadline
    }

    /// How long the caller still waits.
    pub fn remaining(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }

    /// Runs a handler within this call's deadline.
    pub(super) async fn scope<F: Future>(&self, handler: F) -> F::Output {
        DEADLINE.scope(self.deadline, handler).await
    }
}

/// Runs `work`, which answers a request that did not come by gRPC: the calls it makes end by
/// `deadline`, as those of a handler behind [`Server`](super::Server) do.
pub async fn until<F: Future>(deadline: Instant, work: F) -> F::Output {
    DEADLINE.scope(deadline, work).await
}

/// The deadline of the call this task answers. A spawned task answers none and has its own time.
pub fn current_deadline() -> Option<Instant> {
    DEADLINE.try_with(|deadline| *deadline).ok()
}

impl fmt::Debug for CallContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallContext")
            .field("caller", &self.caller)
            .field("principal", &self.principal())
            .field("remaining", &self.remaining())
            .finish()
    }
}
