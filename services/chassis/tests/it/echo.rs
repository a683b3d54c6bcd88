//! A service to try the chassis on, and the folder of servers and clients around it.

use std::convert::Infallible;
use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tonic::body::Body;
use tonic::codegen::http;
use tonic::server::NamedService;
use tonic::{Request, Response, Status};
use tonic_prost::ProstCodec;
use tower::Service;
use xuanhao_chassis::authz::{Caller, Requirement, Role, Rule, Table};
use xuanhao_chassis::clock::Clock;
use xuanhao_chassis::error;
use xuanhao_chassis::grpc::{
    self, CallContext, ClientChannel, ClientConfig, Drained, ServerConfig,
};
use xuanhao_chassis::principal::{PrincipalKeys, Verifier};
use xuanhao_chassis::telemetry;
use xuanhao_chassis::tls::Identity;

use crate::certs::{Authority, Folder};
use crate::tokens::Signer;

/// What a call says and what it is answered.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Words {
    #[prost(string, tag = "1")]
    pub(crate) text: String,
    #[prost(uint64, tag = "2")]
    pub(crate) millis: u64,
    #[prost(string, tag = "3")]
    pub(crate) caller: String,
    #[prost(string, tag = "4")]
    pub(crate) principal: String,
    #[prost(string, tag = "5")]
    pub(crate) traceparent: String,
}

impl Words {
    pub(crate) fn millis(millis: u64) -> Self {
        Self {
            millis,
            ..Self::default()
        }
    }

    pub(crate) fn text(text: &str) -> Self {
        Self {
            text: text.to_owned(),
            ..Self::default()
        }
    }
}

/// What a panic and a fault must not tell.
pub(crate) const SECRET: &str = "resident-440801199001011234";

const ALL: &[Caller] = &[Caller::Edge, Caller::Selection, Caller::Probe];

const RULES: &[Rule] = &[
    open("/xuanhao.test.v1.EchoService/Say"),
    open("/xuanhao.test.v1.EchoService/Sleep"),
    open("/xuanhao.test.v1.EchoService/Panic"),
    open("/xuanhao.test.v1.EchoService/Fault"),
    open("/xuanhao.test.v1.EchoService/Flaky"),
    open("/xuanhao.test.v1.EchoService/Relay"),
    open("/grpc.health.v1.Health/Check"),
    Rule {
        rpc: "/xuanhao.test.v1.EchoService/EdgeOnly",
        callers: &[Caller::Edge],
        principal: Requirement::None,
    },
    Rule {
        rpc: "/xuanhao.test.v1.EchoService/ForCitizens",
        callers: ALL,
        principal: Requirement::Citizen,
    },
    Rule {
        rpc: "/xuanhao.test.v1.EchoService/ForOfficers",
        callers: ALL,
        principal: Requirement::Staff(&[Role::Officer]),
    },
    Rule {
        rpc: "/xuanhao.test.v1.EchoService/ForBoth",
        callers: ALL,
        principal: Requirement::CitizenOrStaff(&[Role::Reviewer]),
    },
    Rule {
        rpc: "/xuanhao.test.v1.EchoService/ForStaffOrEdge",
        callers: ALL,
        principal: Requirement::StaffOr(&[Role::Officer], &[Caller::Edge]),
    },
];

const fn open(rpc: &'static str) -> Rule {
    Rule {
        rpc,
        callers: ALL,
        principal: Requirement::None,
    }
}

/// The service. Methods are told apart by the path's last word.
#[derive(Clone, Default)]
pub(crate) struct Echo {
    pub(crate) next: Option<ClientChannel>,
    /// How often `Flaky` fails before it answers.
    pub(crate) failures: Arc<AtomicU32>,
    pub(crate) calls: Arc<AtomicU32>,
    /// Handlers that began and did not end.
    pub(crate) inside: Arc<AtomicU32>,
}

/// Counts itself while it lives.
struct Inside(Arc<AtomicU32>);

impl Inside {
    fn enter(count: &Arc<AtomicU32>) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Self(count.clone())
    }
}

impl Drop for Inside {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

type BoxFuture<T> = Pin<Box<dyn Future<Output = T> + Send>>;

impl Echo {
    async fn answer(self, method: String, request: Request<Words>) -> Result<Words, Status> {
        let _inside = Inside::enter(&self.inside);
        self.calls.fetch_add(1, Ordering::Relaxed);
        let context = CallContext::of(&request);
        let words = request.into_inner();
        match method.as_str() {
            "Sleep" => tokio::time::sleep(Duration::from_millis(words.millis)).await,
            "Panic" => panic!("{SECRET}"),
            "Fault" => return Err(error::fault(std::io::Error::other(SECRET))),
            "Flaky" => {
                let left = self
                    .failures
                    .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |n| n.checked_sub(1));
                if left.is_ok() {
                    return Err(error::unavailable("flaky"));
                }
            }
            "Relay" => {
                let next = self.next.clone().expect("the test gave one");
                return say(&next, "Say", grpc::call(words)).await;
            }
            _ => {}
        }
        Ok(Words {
            text: words.text,
            millis: u64::try_from(context.remaining().as_millis()).unwrap(),
            caller: context.caller().to_string(),
            principal: context
                .principal()
                .map(|p| p.sub.to_string())
                .unwrap_or_default(),
            traceparent: telemetry::current_traceparent().unwrap_or_default(),
        })
    }
}

impl NamedService for Echo {
    const NAME: &'static str = "xuanhao.test.v1.EchoService";
}

impl Service<http::Request<Body>> for Echo {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        let echo = self.clone();
        let method = request
            .uri()
            .path()
            .rsplit('/')
            .next()
            .unwrap_or_default()
            .to_owned();
        let handler = tower::service_fn(move |request: Request<Words>| {
            let (echo, method) = (echo.clone(), method.clone());
            Box::pin(async move { echo.answer(method, request).await.map(Response::new) })
                as BoxFuture<Result<Response<Words>, Status>>
        });
        Box::pin(async move {
            let mut grpc = tonic::server::Grpc::new(ProstCodec::<Words, Words>::default());
            Ok(grpc.unary(handler, request).await)
        })
    }
}

/// Calls a method of the service.
pub(crate) async fn say(
    channel: &ClientChannel,
    method: &str,
    request: Request<Words>,
) -> Result<Words, Status> {
    say_at(
        channel,
        &format!("/xuanhao.test.v1.EchoService/{method}"),
        request,
    )
    .await
}

pub(crate) async fn say_at(
    channel: &ClientChannel,
    path: &str,
    request: Request<Words>,
) -> Result<Words, Status> {
    let mut grpc = tonic::client::Grpc::new(channel.clone());
    grpc.ready().await?;
    let codec = ProstCodec::<Words, Words>::default();
    Ok(grpc
        .unary(request, path.parse().unwrap(), codec)
        .await?
        .into_inner())
}

/// One authority, its folder, and the signer of principals.
pub(crate) struct Mesh {
    pub(crate) folder: Folder,
    pub(crate) authority: Authority,
    pub(crate) signer: Signer,
    pub(crate) clock: Clock,
}

impl Mesh {
    pub(crate) fn new() -> Self {
        let (folder, authority, signer) = (Folder::new(), Authority::new(), Signer::new("2026-11"));
        folder.write("principals.jwks", signer.jwks());
        let clock = Clock::manual("2026-11-22T01:00:00Z".parse().unwrap());
        Self {
            folder,
            authority,
            signer,
            clock,
        }
    }

    pub(crate) fn identity(&self, service: &str) -> Identity {
        self.authority.identity(&self.folder, service)
    }

    pub(crate) fn server(&self, config: &ServerConfig) -> grpc::Server {
        let keys = PrincipalKeys {
            jwks_file: self.folder.path("principals.jwks"),
        };
        let verifier = Verifier::load(&keys, self.clock.clone()).unwrap();
        grpc::Server::new(config, self.identity("identity"), Table::new(RULES)).principals(verifier)
    }

    /// Starts the echo service as `identity`.
    pub(crate) async fn start(&self, config: &ServerConfig, echo: Echo) -> Started {
        let (_, health) = tonic_health::server::health_reporter();
        let server = self.server(config).add_service(echo).add_service(health);
        Started::run(server, Duration::from_secs(5)).await
    }

    /// A channel to it as another service.
    pub(crate) fn client(&self, caller: &str, started: &Started) -> ClientChannel {
        grpc::connect(&started.config(), Caller::Identity, &self.identity(caller)).unwrap()
    }
}

/// A server that runs; it stops with the value.
pub(crate) struct Started {
    pub(crate) address: SocketAddr,
    stop: CancellationToken,
    serving: JoinHandle<Drained>,
}

impl Started {
    pub(crate) async fn run(server: grpc::Server, limit: Duration) -> Self {
        let bound = server.bind().await.unwrap();
        let (address, stop) = (bound.address(), CancellationToken::new());
        let serving = tokio::spawn(bound.serve(stop.clone(), limit));
        Self {
            address,
            stop,
            serving,
        }
    }

    pub(crate) fn config(&self) -> ClientConfig {
        ClientConfig::at(format!("https://{}", self.address))
    }

    /// Asks it to stop without waiting.
    pub(crate) fn ask_to_stop(&self) {
        self.stop.cancel();
    }

    pub(crate) async fn stopped(self) -> Drained {
        self.stop.cancel();
        self.serving.await.unwrap()
    }
}
