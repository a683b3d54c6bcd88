//! What is seen from outside. The process's telemetry is one, so these tests look for what is theirs.

use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

use serde_json::Value;
use tokio_util::sync::CancellationToken;
use tracing::{Instrument, info_span};
use xuanhao_chassis::admin::{Admin, AdminConfig, Readiness};
use xuanhao_chassis::grpc::{CallExt, ServerConfig, call};
use xuanhao_chassis::telemetry::{
    Output, Telemetry, TelemetryConfig, current_traceparent, span_linked_to,
};

use crate::echo::{Echo, Mesh, SECRET, Words, say, say_at};
use crate::http::{get, put};
use crate::tokens::citizen;
use crate::wait::until;

static LINES: LazyLock<Arc<Mutex<Vec<u8>>>> = LazyLock::new(Arc::default);

pub(crate) fn start() -> Telemetry {
    let output = Output::Memory(LINES.clone());
    Telemetry::start("chassis-test", "0.0.0", &TelemetryConfig::default(), output).unwrap()
}

pub(crate) fn output() -> Output {
    start();
    Output::Memory(LINES.clone())
}

/// The log lines so far that `wanted` picks.
pub(crate) fn lines(wanted: impl Fn(&Value) -> bool) -> Vec<Value> {
    let text = String::from_utf8(LINES.lock().unwrap().clone()).unwrap();
    let lines = text
        .lines()
        .map(|line| serde_json::from_str(line).expect("a line is JSON"));
    lines.filter(wanted).collect()
}

/// The line of the RPC that ran in this trace.
async fn rpc_line(trace: &str) -> Value {
    let mine = |line: &Value| line["trace_id"] == trace && line["message"] == "rpc answered";
    until("the line is written", || !lines(mine).is_empty()).await;
    let found = lines(mine);
    assert_eq!(found.len(), 1, "one line per call: {found:?}");
    found[0].clone()
}

fn trace_id(traceparent: &str) -> String {
    traceparent.split('-').nth(1).unwrap().to_owned()
}

#[tokio::test]
async fn the_trace_goes_on_from_client_to_server() {
    start();
    let mesh = Mesh::new();
    let server = mesh.start(&ServerConfig::default(), Echo::default()).await;
    let edge = mesh.client("edge", &server);
    let (mine, theirs) = async {
        let words = say(&edge, "Say", call(Words::default())).await.unwrap();
        (current_traceparent().unwrap(), words.traceparent)
    }
    .instrument(info_span!("test"))
    .await;
    assert_eq!(trace_id(&mine), trace_id(&theirs));
    assert_ne!(mine, theirs, "the server has a span of its own");
}

#[tokio::test]
async fn a_linked_span_is_a_trace_of_its_own() {
    start();
    let first = info_span!("publish");
    let traceparent = first.in_scope(current_traceparent).unwrap();
    let second = span_linked_to(info_span!(parent: None, "consume"), Some(&traceparent));
    let other = second.in_scope(current_traceparent).unwrap();
    assert_ne!(trace_id(&traceparent), trace_id(&other));
    let span = span_linked_to(info_span!(parent: None, "consume"), Some("nonsense"));
    assert!(
        span.in_scope(current_traceparent).is_some(),
        "a broken context is no context"
    );
}

#[tokio::test]
async fn a_call_leaves_one_line_without_secrets() {
    start();
    let mesh = Mesh::new();
    let server = mesh.start(&ServerConfig::default(), Echo::default()).await;
    let edge = mesh.client("edge", &server);
    let token = mesh
        .signer
        .sign(&citizen(mesh.clock.now().as_second(), 300));
    let span = info_span!("test");
    let trace = trace_id(&span.in_scope(current_traceparent).unwrap());
    let request = call(Words::text("13800138000")).principal(&token);
    say(&edge, "ForCitizens", request)
        .instrument(span)
        .await
        .unwrap();

    let line = rpc_line(&trace).await;
    assert_eq!(
        line["rpc.method"],
        "xuanhao.test.v1.EchoService/ForCitizens"
    );
    assert_eq!(line["caller"], "edge");
    assert_eq!(line["principal.kind"], "person");
    assert_eq!(line["principal.id"], crate::tokens::CITIZEN);
    assert_eq!(line["grpc.code"], "OK");
    assert_eq!(line["level"], "INFO");
    assert!(line["duration_ms"].as_f64().unwrap() > 0.0);
    let text = String::from_utf8(LINES.lock().unwrap().clone()).unwrap();
    let signature = token.rsplit('.').next().unwrap();
    assert!(!text.contains("13800138000") && !text.contains(signature));
}

#[tokio::test]
async fn a_refusal_is_told_by_its_reason_and_a_fault_by_its_cause() {
    start();
    let mesh = Mesh::new();
    let server = mesh.start(&ServerConfig::default(), Echo::default()).await;
    let edge = mesh.client("selection", &server);
    let traced = async |method: &str| {
        let span = info_span!("test");
        let trace = trace_id(&span.in_scope(current_traceparent).unwrap());
        let path = format!("/xuanhao.test.v1.EchoService/{method}");
        say_at(&edge, &path, call(Words::default()))
            .instrument(span)
            .await
            .unwrap_err();
        rpc_line(&trace).await
    };
    let refused = traced("EdgeOnly").await;
    assert_eq!(
        (&refused["level"], &refused["reason"]),
        (&"INFO".into(), &"PERMISSION_DENIED".into())
    );

    // The cause is the log's business; what may stand in an error's text is its author's.
    let fault = traced("Fault").await;
    assert_eq!(
        (&fault["level"], &fault["grpc.code"]),
        (&"ERROR".into(), &"INTERNAL".into())
    );
    assert_eq!(fault["cause"], SECRET);

    let unknown = traced("made-up-by-the-caller").await;
    assert_eq!(
        unknown["rpc.method"], "unknown",
        "a caller's text is no name"
    );
}

#[tokio::test]
async fn a_panic_is_logged_without_what_it_worked_on() {
    start();
    let mesh = Mesh::new();
    let server = mesh.start(&ServerConfig::default(), Echo::default()).await;
    let edge = mesh.client("edge", &server);
    say(&edge, "Panic", call(Words::default()))
        .await
        .unwrap_err();
    let panics = |line: &Value| {
        line["location"]
            .as_str()
            .is_some_and(|location| location.contains("echo.rs"))
    };
    until("the panic is logged", || !lines(panics).is_empty()).await;
    let line = lines(panics).remove(0);
    assert_eq!(line["level"], "ERROR");
    assert!(!line.to_string().contains(SECRET), "{line}");
}

#[tokio::test]
async fn metrics_count_calls_in_seconds_by_known_names_only() {
    let telemetry = start();
    let mesh = Mesh::new();
    let server = mesh.start(&ServerConfig::default(), Echo::default()).await;
    let edge = mesh.client("edge", &server);
    say(&edge, "Sleep", call(Words::millis(30))).await.unwrap();
    say_at(&edge, "/made.up/ByTheCaller", call(Words::default()))
        .await
        .unwrap_err();
    let slept = r#"rpc_server_duration_seconds_bucket{caller="edge",grpc_code="OK",rpc_method="xuanhao.test.v1.EchoService/Sleep",le="#;
    until("the call is counted", || {
        telemetry.metrics().unwrap().contains(slept)
    })
    .await;

    let metrics = telemetry.metrics().unwrap();
    let bucket = |bound: &str| {
        let start = format!("{slept}\"{bound}\"}} ");
        let line = metrics.lines().find_map(|line| line.strip_prefix(&start));
        line.unwrap_or_else(|| panic!("no bucket {bound} in {metrics}"))
            .to_owned()
    };
    assert_eq!(bucket("0.02"), "0", "30 ms are more than 0.02 s");
    assert_eq!(bucket("5"), "1");
    let served = |line: &&str| line.starts_with("rpc_server");
    assert!(
        !metrics
            .lines()
            .filter(served)
            .any(|line| line.contains("made.up"))
    );
    assert!(!metrics.contains("otel_scope"));
    assert!(metrics.contains("rpc_client_duration_seconds_count"));
    assert!(metrics.contains(r#"reason="PERMISSION_DENIED""#));
}

#[tokio::test]
async fn the_admin_port_probes_measures_and_changes_the_filter() {
    let telemetry = start();
    let readiness = Readiness::default();
    let admin = Admin::bind(&AdminConfig::default(), telemetry, readiness.clone())
        .await
        .unwrap();
    let (address, stop) = (admin.address(), CancellationToken::new());
    let serving = tokio::spawn(admin.serve(stop.clone()));

    assert_eq!(get(address, "/livez").await.0, 200);
    let (status, body) = get(address, "/readyz").await;
    assert_eq!((status, body.contains("starting")), (503, true), "{body}");
    assert_eq!(get(address, "/metrics").await.0, 200);
    assert_eq!(
        get(address, "/log-filter").await,
        (200, "info\n".to_owned())
    );

    assert_eq!(
        put(address, "/log-filter", "info,filter_test=debug")
            .await
            .0,
        204
    );
    tracing::debug!(target: "filter_test", "seen now");
    assert_eq!(put(address, "/log-filter", "what=ever=this").await.0, 400);
    assert_eq!(
        get(address, "/log-filter").await.1,
        "filter_test=debug,info\n"
    );
    assert_eq!(put(address, "/log-filter", "info").await.0, 204);
    tracing::debug!(target: "filter_test", "not seen");
    let seen = lines(|line| line["target"] == "filter_test");
    assert_eq!(seen.len(), 1);

    // gRPC health in plain text on the same port, as probes want it.
    let channel = tonic::transport::Endpoint::from_shared(format!("http://{address}")).unwrap();
    let channel = channel
        .timeout(Duration::from_secs(5))
        .connect()
        .await
        .unwrap();
    let mut health = tonic_health::pb::health_client::HealthClient::new(channel);
    for (service, expected) in [("liveness", "Serving"), ("", "NotServing")] {
        let request = tonic_health::pb::HealthCheckRequest {
            service: service.to_owned(),
        };
        let status = health.check(request).await.unwrap().into_inner().status();
        assert_eq!(format!("{status:?}"), expected, "{service:?}");
    }
    stop.cancel();
    serving.await.unwrap().unwrap();
}
