//! Traces as a collector gets them. A process of its own: telemetry is set up once per process.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(
    clippy::disallowed_methods,
    reason = "a test starts tasks and peers of its own"
)]

use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use bytes::{Bytes, BytesMut};
use http::{HeaderMap, HeaderValue};
use http_body_util::{BodyExt, Full};
use tokio::net::TcpListener;
use tracing::{Instrument, info_span};
use xuanhao_chassis::db::Traced;
use xuanhao_chassis::telemetry::{Output, Telemetry, TelemetryConfig};

const EXPORT: &str = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";

/// What reached a collector.
#[derive(Clone, Default)]
struct Collector(Arc<Mutex<BytesMut>>);

impl Collector {
    async fn answer(self, request: Request) -> Response {
        assert_eq!(request.uri().path(), EXPORT);
        let body = request.into_body().collect().await.unwrap().to_bytes();
        self.0.lock().unwrap().extend_from_slice(&body);
        let mut trailers = HeaderMap::new();
        trailers.insert("grpc-status", HeaderValue::from_static("0"));
        // An empty message: everything was accepted.
        let empty = Full::new(Bytes::from_static(&[0; 5]));
        let body = empty.with_trailers(async { Some(Ok(trailers)) });
        Response::builder()
            .header("content-type", "application/grpc")
            .body(Body::new(body))
            .unwrap()
    }

    /// Whether a text stands in what came; protobuf writes texts as they are.
    fn has(&self, text: &str) -> bool {
        let bytes = self.0.lock().unwrap();
        bytes
            .windows(text.len())
            .any(|window| window == text.as_bytes())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn spans_reach_the_collector_before_the_process_ends() {
    let collector = Collector::default();
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let answering = collector.clone();
    let routes = Router::new().fallback(move |request| answering.clone().answer(request));
    let serving = tokio::spawn(async move { axum::serve(listener, routes).await });

    let config = TelemetryConfig {
        otlp_endpoint: Some(format!("http://{address}")),
        ..TelemetryConfig::default()
    };
    let telemetry = Telemetry::start(
        "chassis-otlp",
        "1.2.3",
        &config,
        Output::Memory(Arc::default()),
    )
    .unwrap();
    let statement = async {}.traced("db.accounts.lookup");
    let call = info_span!(target: "xuanhao::rpc", "rpc.server", otel.name = "xuanhao.test/Say");
    statement.instrument(call.clone()).await;
    call.in_scope(|| {
        tracing::info!("all is well");
        tracing::warn!("something is amiss");
    });
    drop(call);
    // The last spans are sent by the stop: a process that ends has told what it did.
    telemetry.stop(Duration::from_secs(5)).await;

    for text in [
        "chassis-otlp",
        "1.2.3",
        "xuanhao.test/Say",
        "db.accounts.lookup",
        "something is amiss",
    ] {
        assert!(collector.has(text), "{text}");
    }
    assert!(
        !collector.has("all is well"),
        "what only informs is in the log"
    );
    assert!(
        !collector.has("TraceService"),
        "the exporter's own calls are no spans"
    );
    serving.abort();
}
