//! The way of a call to its handler: known caller, room, known principal, deadline.
//!
//! Each step refuses for itself, in an order by which the cheap checks come first and nothing is
//! done for a caller the table does not admit.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use http::{Request, Response};
use hyper::body::Incoming;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout_at};
use tonic::Status;
use tonic::body::Body;
use tracing::{Instrument, debug};

use super::context::CallContext;
use super::observe::{Observation, ObservedBody};
use super::routes::Routes;
use super::server::ServerConfig;
use super::timeout;
use crate::authz::{Caller, Rule, Table};
use crate::error::{Refusal, chain};
use crate::principal::{self, Verifier};
use crate::reason::Reason;

/// Health is answered however many calls are in progress.
const NEVER_SHED: &str = "/grpc.health.v1.Health/";

/// When a shed caller may come again; clients spread it.
const SHED_RETRY_AFTER: Duration = Duration::from_secs(1);

pub(super) struct Gate {
    routes: Routes,
    table: Table,
    verifier: Option<Verifier>,
    places: Arc<Semaphore>,
    deadline: Duration,
}

impl Gate {
    pub(super) fn new(
        routes: Routes,
        table: Table,
        verifier: Option<Verifier>,
        config: &ServerConfig,
    ) -> Self {
        let places = Arc::new(Semaphore::new(config.max_calls));
        let deadline = Duration::from_millis(config.deadline_ms);
        Self {
            routes,
            table,
            verifier,
            places,
            deadline,
        }
    }

    /// Answers one call. `peer` is the service the connection's certificate names.
    pub(super) async fn answer(
        &self,
        peer: Option<&str>,
        request: Request<Incoming>,
    ) -> Response<ObservedBody> {
        // Names come from the table: a path is the caller's text and must not become a metric.
        let rule = self.table.rule(request.uri().path()).copied();
        let mut observation = Observation::begin(rule.map(|rule| rule.rpc), peer, &request);
        let span = observation.span().clone();
        let response = self
            .respond(peer, rule, request, &mut observation)
            .instrument(span)
            .await;
        observation.watch(response)
    }

    async fn respond(
        &self,
        peer: Option<&str>,
        rule: Option<Rule>,
        mut request: Request<Incoming>,
        observation: &mut Observation,
    ) -> Response<Body> {
        let context = match self.admit(peer, rule, &request) {
            Ok((context, place)) => {
                observation.admitted(&context, place);
                context
            }
            Err(refusal) => return Status::from(refusal).into_http(),
        };
        // Handlers take the principal from the context; the token itself is none of their business.
        request.headers_mut().remove(principal::METADATA_KEY);
        request.extensions_mut().insert(context.clone());

        let deadline = context.deadline();
        let handler = context.scope(self.routes.answer(request));
        match timeout_at(deadline, AssertUnwindSafe(handler).catch_unwind()).await {
            Ok(Ok(response)) => response,
            Ok(Err(_panic)) => Status::from(Refusal::new(Reason::Internal)).into_http(),
            Err(_) => Status::from(Refusal::new(Reason::DeadlineExceeded)).into_http(),
        }
    }

    fn admit(
        &self,
        peer: Option<&str>,
        rule: Option<Rule>,
        request: &Request<Incoming>,
    ) -> Result<(CallContext, Option<OwnedSemaphorePermit>), Refusal> {
        let (caller, rule) = peer
            .and_then(Caller::from_word)
            .zip(rule)
            .filter(|(caller, rule)| rule.admits(*caller))
            .ok_or(Reason::PermissionDenied)?;
        let place = self.place(rule.rpc)?;

        let told = timeout::read(request.headers());
        let within = told.map_or(self.deadline, |told| told.min(self.deadline));
        let mut context = CallContext::new(caller, within);
        if context.deadline() <= Instant::now() {
            return Err(Reason::DeadlineExceeded.into());
        }
        let sent = request.headers().get(principal::METADATA_KEY);
        let without = rule.principal.is_optional_for(caller) && sent.is_none();
        if rule.principal.wants_principal() && !without {
            let token = sent.and_then(|token| token.to_str().ok());
            let (token, verifier) = token
                .zip(self.verifier.as_ref())
                .ok_or(Reason::Unauthenticated)?;
            let principal = verifier.verify(token).map_err(|error| {
                debug!(error = chain(&error), "principal refused");
                Reason::Unauthenticated
            })?;
            rule.principal.admits(&principal)?;
            context = context.with_principal(principal, token);
        }
        Ok((context, place))
    }

    fn place(&self, rpc: &str) -> Result<Option<OwnedSemaphorePermit>, Refusal> {
        if rpc.starts_with(NEVER_SHED) {
            return Ok(None);
        }
        let place = self.places.clone().try_acquire_owned();
        place
            .map(Some)
            .map_err(|_| Refusal::new(Reason::Overloaded).retry_after(SHED_RETRY_AFTER))
    }
}
