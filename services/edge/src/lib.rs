//! The edge: what people's browsers and programs reach. HTTP `/api/v1` for citizens, and the national
//! gateway by gRPC.
//!
//! It owns nothing and decides nothing: it knows who asks, speaks the field's words in JSON, and
//! passes every question to the service that owns the answer, on behalf of whoever is signed in. A
//! session is looked up at identity for every request (C3), so a stolen or ended one is of no use to
//! the edge either.

pub mod authz;
pub mod config;
mod error;
pub mod http;
mod national;
mod openapi;
mod peers;

use xuanhao_chassis::clock::Clock;
use xuanhao_chassis::lifecycle::{Boot, BoxError};

use config::Config;

pub use error::Error;
pub use openapi::document;
pub use peers::Peers;

/// The service's name in certificates, subjects and metrics.
pub const NAME: &str = "edge";

/// Builds the service: its peers and what it answers.
///
/// # Errors
/// When the configuration is wrong or an address is taken.
pub async fn start(boot: Boot, config: Config) -> Result<(), BoxError> {
    let peers = Peers::connect(&boot, &config)?;
    let gateway = boot.server(authz::table(), &Clock::system())?;
    boot.serve(gateway.add_service(national::service(&peers)))
        .await?;
    http::start(&boot, &config.http, peers).await?;
    Ok(())
}
