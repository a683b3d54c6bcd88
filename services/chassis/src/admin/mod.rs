//! The admin port: probes, metrics and the log filter, in plain text and for the cluster's inside only.
//!
//! `/livez` never depends on anything else, so that an outage of Postgres does not restart every
//! process; `/readyz` does. gRPC health answers on the same port: `""` and every service's name follow
//! readiness, `liveness` always serves.

mod readiness;

use std::net::SocketAddr;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use axum::routing::get;
use serde::{Deserialize, Serialize};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tonic_health::ServingStatus;
use tonic_health::server::HealthReporter;

use crate::error::chain;
use crate::telemetry::Telemetry;

pub use readiness::{Check, Readiness};

/// The health service's name that does not depend on readiness.
pub const LIVENESS: &str = "liveness";

/// A filter is a line.
const FILTER_LIMIT: usize = 4 * 1024;

/// Where the admin port is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AdminConfig {
    /// The address to listen on; port 0 takes a free one.
    pub listen: SocketAddr,
}

impl Default for AdminConfig {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
        }
    }
}

/// The admin listener with its address.
#[derive(Debug)]
pub struct Admin {
    listener: TcpListener,
    address: SocketAddr,
    telemetry: Telemetry,
    readiness: Readiness,
}

impl Admin {
    /// Takes the address.
    ///
    /// # Errors
    /// When it is taken.
    pub async fn bind(
        config: &AdminConfig,
        telemetry: Telemetry,
        readiness: Readiness,
    ) -> std::io::Result<Self> {
        let listener = TcpListener::bind(config.listen).await?;
        let address = listener.local_addr()?;
        Ok(Self {
            listener,
            address,
            telemetry,
            readiness,
        })
    }

    /// The address it listens on.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Answers until `stop`; whoever is still connected then is dropped.
    ///
    /// # Errors
    /// When the listener fails.
    pub async fn serve(self, stop: CancellationToken) -> std::io::Result<()> {
        let (reporter, health) = tonic_health::server::health_reporter();
        let grpc = tonic::service::Routes::new(health).into_axum_router();
        let state = Shared {
            telemetry: self.telemetry,
            readiness: self.readiness.clone(),
        };
        let router = Router::new()
            .route("/livez", get(|| async { "ok\n" }))
            .route("/readyz", get(readyz))
            .route("/metrics", get(metrics))
            .route("/log-filter", get(log_filter).put(set_log_filter))
            .layer(axum::extract::DefaultBodyLimit::max(FILTER_LIMIT))
            .with_state(state)
            .merge(grpc);
        let serving = async { axum::serve(self.listener, router).await };
        tokio::select! {
            served = serving => served,
            () = report(self.readiness, reporter) => Ok(()),
            () = stop.cancelled() => Ok(()),
        }
    }
}

#[derive(Clone)]
struct Shared {
    telemetry: Telemetry,
    readiness: Readiness,
}

async fn readyz(State(shared): State<Shared>) -> impl IntoResponse {
    let missing = shared.readiness.missing();
    if missing.is_empty() {
        (StatusCode::OK, "ok\n".to_owned())
    } else {
        (
            StatusCode::SERVICE_UNAVAILABLE,
            format!("not ready: {}\n", missing.join(", ")),
        )
    }
}

async fn metrics(State(shared): State<Shared>) -> impl IntoResponse {
    let text = shared.telemetry.metrics().map_err(failed)?;
    Ok::<_, (StatusCode, String)>(([(CONTENT_TYPE, "text/plain; version=0.0.4")], text))
}

async fn log_filter(State(shared): State<Shared>) -> impl IntoResponse {
    shared
        .telemetry
        .log_filter()
        .map(|filter| filter + "\n")
        .map_err(failed)
}

async fn set_log_filter(State(shared): State<Shared>, filter: String) -> impl IntoResponse {
    match shared.telemetry.set_log_filter(filter.trim()) {
        Ok(()) => (StatusCode::NO_CONTENT, String::new()),
        Err(error) => (StatusCode::BAD_REQUEST, chain(&error) + "\n"),
    }
}

fn failed(error: crate::telemetry::Error) -> (StatusCode, String) {
    (StatusCode::INTERNAL_SERVER_ERROR, chain(&error) + "\n")
}

/// Tells gRPC health what readiness says.
async fn report(readiness: Readiness, reporter: HealthReporter) {
    reporter
        .set_service_status(LIVENESS, ServingStatus::Serving)
        .await;
    let mut changes = readiness.changes();
    loop {
        changes.borrow_and_update();
        let status = if readiness.is_ready() {
            ServingStatus::Serving
        } else {
            ServingStatus::NotServing
        };
        reporter.set_service_status("", status).await;
        for name in readiness.service_names() {
            reporter.set_service_status(name, status).await;
        }
        if changes.changed().await.is_err() {
            // The process holds a handle as long as it lives.
            std::future::pending::<()>().await;
        }
    }
}
