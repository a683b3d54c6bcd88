//! The channel for generated clients: `IdentityServiceClient::new(connect(…)?)`.

use std::pin::Pin;
use std::sync::{Arc, LazyLock};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderValue, Request, Response, Uri};
use http_body_util::{BodyExt, Full};
use opentelemetry::KeyValue;
use opentelemetry::metrics::Histogram;
use serde::{Deserialize, Serialize};
use tokio::time::{Instant, timeout_at};
use tonic::body::Body;
use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Status};
use tower::{Service, ServiceExt};
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

/// Where a service is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClientConfig {
    /// `https://host:port`.
    pub endpoint: String,
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

/// The endpoint is not `https://host:port`.
#[derive(Debug, thiserror::Error)]
#[error("not an https://host:port address: {0}")]
pub struct BadEndpoint(String);

/// A channel to the service `peer`, known by its certificate. Connects when first used and again
/// whenever it must.
///
/// # Errors
/// When the endpoint is malformed.
pub fn connect(
    config: &ClientConfig,
    peer: Caller,
    identity: &Identity,
) -> Result<ClientChannel, BadEndpoint> {
    let bad = || BadEndpoint(config.endpoint.clone());
    let uri: Uri = config.endpoint.parse().map_err(|_| bad())?;
    let plain = uri.scheme_str() == Some("https") && uri.path() == "/" && uri.query().is_none();
    let authority = uri
        .authority()
        .filter(|authority| plain && authority.port().is_some());
    // The connector does the TLS, so the channel itself is told of none.
    let dialled = format!("http://{}", authority.ok_or_else(bad)?);
    let channel = Endpoint::from_shared(dialled)
        .map_err(|_| bad())?
        .origin(uri)
        .connect_timeout(Duration::from_millis(config.connect_timeout_ms))
        .http2_keep_alive_interval(Duration::from_secs(10))
        .keep_alive_timeout(Duration::from_secs(10))
        .http2_adaptive_window(true)
        .connect_with_connector_lazy(Connector::new(identity.clone(), peer.as_str()));
    Ok(ClientChannel(Arc::new(Shared {
        channel,
        peer,
        timeout: Duration::from_millis(config.timeout_ms),
        budget: Budget::full(),
        random: SecureRandom::system(),
    })))
}

/// A channel that generated clients are made with. Cheap to clone.
#[derive(Clone, Debug)]
pub struct ClientChannel(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    channel: Channel,
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
        let attempts = async {
            if options.idempotent {
                self.repeat(request, deadline).await
            } else {
                self.send(request, Some(deadline)).await
            }
        };
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
        let response = self.channel.clone().oneshot(request).await;
        response.map_err(|error| transport_failure(error.into()))
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
