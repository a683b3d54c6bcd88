//! The channel for generated clients: `IdentityServiceClient::new(connect(…)?)`.

mod targets;

use std::pin::{Pin, pin};
use std::sync::{Arc, LazyLock};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderValue, Request, Response};
use http_body_util::{BodyExt, Full};
use opentelemetry::KeyValue;
use opentelemetry::metrics::Histogram;
use serde::{Deserialize, Serialize};
use tokio::time::{Instant, timeout_at};
use tonic::body::Body;
use tonic::{Code, Status};
use tower::Service;
use tracing::{Instrument, info_span};

use super::call::Options;
use super::connector::Connector;
use super::context::current_deadline;
use super::retry::{self, Budget};
use super::status::{code_in, code_name};
use super::timeout;
use super::timeout::deadline_body;
use crate::authz::Caller;
use crate::error::{self, Refusal};
use crate::random::SecureRandom;
use crate::reason::Reason;
use crate::telemetry;
use crate::tls::Identity;
use targets::{NotSent, Targets};

/// Where a service is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClientConfig {
    /// `https://host:port`. Where the name resolves to several addresses, calls go round them.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub endpoint: String,
    /// More of the same: the replicas of a service without a common name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub endpoints: Vec<String>,
    /// The longest a call may take.
    #[serde(default = "ClientConfig::default_timeout_ms")]
    pub timeout_ms: u64,
    /// The longest connecting may take.
    #[serde(default = "ClientConfig::default_connect_timeout_ms")]
    pub connect_timeout_ms: u64,
}

impl ClientConfig {
    /// The defaults with an endpoint.
    pub fn at(endpoint: impl Into<String>) -> Self {
        Self {
            endpoint: endpoint.into(),
            endpoints: Vec::new(),
            timeout_ms: Self::default_timeout_ms(),
            connect_timeout_ms: Self::default_connect_timeout_ms(),
        }
    }

    fn default_timeout_ms() -> u64 {
        5_000
    }

    fn default_connect_timeout_ms() -> u64 {
        2_000
    }
}

/// Whether a failed call was never sent, because the peer could not be connected to: whoever made it
/// may ask elsewhere, whatever the call does.
pub fn never_sent(failure: &Status) -> bool {
    let mut below = std::error::Error::source(failure);
    while let Some(error) = below {
        if error.is::<NotSent>() {
            return true;
        }
        below = error.source();
    }
    false
}

/// The endpoint is not `https://host:port`.
#[derive(Debug, thiserror::Error)]
#[error("not an https://host:port address: {0}")]
pub struct BadEndpoint(String);

/// A channel to the service `peer`, known by its certificate. Connects when first used and again
/// whenever it must; calls go in turn to all its addresses that can be connected to.
///
/// # Errors
/// When the endpoint is malformed.
pub fn connect(
    config: &ClientConfig,
    peer: Caller,
    identity: &Identity,
) -> Result<ClientChannel, BadEndpoint> {
    let random = SecureRandom::system();
    let own = Some(&*config.endpoint).filter(|own| !own.is_empty());
    let endpoints: Vec<&str> = own
        .into_iter()
        .chain(config.endpoints.iter().map(String::as_str))
        .collect();
    let connector = Connector::new(identity.clone(), peer.as_str());
    let connect_timeout = Duration::from_millis(config.connect_timeout_ms);
    let targets = Targets::new(&endpoints, connector, connect_timeout, &random)?;
    Ok(ClientChannel(Arc::new(Shared {
        targets,
        peer,
        timeout: Duration::from_millis(config.timeout_ms),
        budget: Budget::full(),
        random,
    })))
}

/// A channel that generated clients are made with. Cheap to clone.
#[derive(Clone, Debug)]
pub struct ClientChannel(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    targets: Targets,
    peer: Caller,
    timeout: Duration,
    budget: Budget,
    random: SecureRandom,
}

static DURATION: LazyLock<Histogram<f64>> = LazyLock::new(|| {
    telemetry::meter()
        .f64_histogram("rpc.client.duration")
        .with_unit("s")
        .with_description("Time from a call to the beginning of its answer, retries included.")
        .build()
});

impl Service<Request<Body>> for ClientChannel {
    type Response = Response<Body>;
    type Error = Status;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, Status>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Status>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let shared = self.0.clone();
        // Read here: the future may be polled by another task.
        let inherited = current_deadline();
        let span = info_span!(
            target: "xuanhao::rpc",
            "rpc.client",
            otel.name = request.uri().path().trim_start_matches('/'),
            otel.kind = "client",
            rpc.system = "grpc",
            peer = shared.peer.as_str(),
        );
        Box::pin(async move { shared.call(request, inherited).await }.instrument(span))
    }
}

impl Shared {
    async fn call(
        &self,
        mut request: Request<Body>,
        inherited: Option<Instant>,
    ) -> Result<Response<Body>, Status> {
        let started = Instant::now();
        let rpc = request.uri().path().trim_start_matches('/').to_owned();
        let options = request
            .extensions()
            .get::<Options>()
            .copied()
            .unwrap_or_default();
        if let Some(traceparent) = telemetry::current_traceparent()
            && let Ok(value) = HeaderValue::from_str(&traceparent)
        {
            request.headers_mut().insert(telemetry::TRACEPARENT, value);
        }
        let outcome = if options.endless {
            request.headers_mut().remove(timeout::HEADER);
            self.send(request, None).await
        } else {
            let own = timeout::read(request.headers())
                .unwrap_or(self.timeout)
                .min(self.timeout);
            let deadline = inherited.map_or(started + own, |until| until.min(started + own));
            self.within(deadline, request, options).await
        };
        let code = match &outcome {
            Ok(response) => code_in(response.headers()),
            Err(status) => status.code(),
        };
        let labels = [
            KeyValue::new("rpc_method", rpc),
            KeyValue::new("peer", self.peer.as_str()),
            KeyValue::new("grpc_code", code_name(code)),
        ];
        DURATION.record(started.elapsed().as_secs_f64(), &labels);
        outcome
    }

    async fn within(
        &self,
        deadline: Instant,
        request: Request<Body>,
        options: Options,
    ) -> Result<Response<Body>, Status> {
        // A call's future is as large as its largest branch, and is moved before it is boxed: what few
        // calls need has a box of its own, and nothing of it is moved twice.
        let attempts = pin!(async {
            if options.idempotent {
                Box::pin(self.repeat(request, deadline)).await
            } else {
                self.send(request, Some(deadline)).await
            }
        });
        let late = |_| Status::from(Refusal::new(Reason::DeadlineExceeded));
        let response = timeout_at(deadline, attempts).await.map_err(late)??;
        Ok(response.map(|body| deadline_body(body, deadline)))
    }

    /// Sends until an answer is final. What can be sent twice is small, so it is kept whole.
    async fn repeat(
        &self,
        request: Request<Body>,
        deadline: Instant,
    ) -> Result<Response<Body>, Status> {
        self.budget.earn();
        let (head, body) = request.into_parts();
        let body: Bytes = body.collect().await?.to_bytes();
        let mut attempt = 1;
        loop {
            let request = Request::from_parts(head.clone(), Body::new(Full::new(body.clone())));
            let outcome = self.send(request, Some(deadline)).await;
            let failure = match &outcome {
                Ok(response) => Status::from_header_map(response.headers())
                    .filter(|status| status.code() != Code::Ok),
                Err(status) => Some(status.clone()),
            };
            attempt += 1;
            let pause = failure.and_then(|status| retry::pause(&status, attempt, &self.random));
            match pause {
                Some(pause) if Instant::now() + pause < deadline && self.budget.spend() => {
                    tokio::time::sleep(pause).await;
                }
                _ => return outcome,
            }
        }
    }

    async fn send(
        &self,
        mut request: Request<Body>,
        deadline: Option<Instant>,
    ) -> Result<Response<Body>, Status> {
        if let Some(deadline) = deadline {
            let left = deadline.saturating_duration_since(Instant::now());
            request
                .headers_mut()
                .insert(timeout::HEADER, timeout::write(left));
        }
        // Only a call with a deadline has a body that ends.
        let response = self.targets.send(request, deadline.is_some()).await;
        response.map_err(transport_failure)
    }
}

fn transport_failure(error: Box<dyn std::error::Error + Send + Sync>) -> Status {
    let mut below: Option<&(dyn std::error::Error + 'static)> = Some(error.as_ref());
    while let Some(source) = below {
        if source.is::<tonic::TimeoutExpired>() {
            return error::caused(Refusal::new(Reason::DeadlineExceeded), error);
        }
        below = source.source();
    }
    error::unavailable(error)
}
