//! Configuration: one YAML file per process, checked before anything starts.
//!
//! Unknown keys are refused with their path, units stand in the keys' names, and secrets are only
//! ever named by file, so that printing a configuration is always safe. What is wrong with a file is
//! told in one line, and the program ends with [`EX_USAGE`].

mod file;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::admin::AdminConfig;
use crate::bus::BusConfig;
use crate::clock::ClockConfig;
use crate::db::DatabaseConfig;
use crate::grpc::ServerConfig;
use crate::lifecycle::LifecycleConfig;
use crate::principal::PrincipalKeys;
use crate::sealed::KeysConfig;
use crate::telemetry::TelemetryConfig;
use crate::tls;

pub use file::{Error, load, parse};

/// The exit code of a configuration that cannot be used (`EX_USAGE` of sysexits).
pub const EX_USAGE: u8 = 64;

/// What the chassis needs to know; services nest it under `chassis:`.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Our certificate and whom we trust.
    pub tls: tls::Files,
    /// Where and within which limits RPCs are answered.
    #[serde(default)]
    pub server: ServerConfig,
    /// Probes, metrics and the log filter.
    #[serde(default)]
    pub admin: AdminConfig,
    /// The service's own database.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub database: Option<DatabaseConfig>,
    /// The store of the keys that seal personal data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keys: Option<KeysConfig>,
    /// NATS.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bus: Option<BusConfig>,
    /// Logs and traces.
    #[serde(default)]
    pub telemetry: TelemetryConfig,
    /// Limits of stopping.
    #[serde(default)]
    pub lifecycle: LifecycleConfig,
    /// A simulation's offset.
    #[serde(default)]
    pub clock: ClockConfig,
    /// The keys of identity's signatures, where principals are checked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub principals: Option<PrincipalKeys>,
    /// Written when the service is ready, removed when it stops.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ready_file: Option<PathBuf>,
}

/// The command line every service has.
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    /// The configuration file (YAML).
    #[arg(long, env = "XUANHAO_CONFIG")]
    pub config: PathBuf,
    /// Print the configuration with all defaults and end.
    #[arg(long)]
    pub print_config: bool,
}

/// Reads a program's configuration or tells how the program ends instead: 64 with one line on the
/// standard error, or 0 after `--print-config`.
///
/// # Errors
/// With the exit code.
pub fn for_program<C: DeserializeOwned + Serialize>(args: &Args) -> Result<C, ExitCode> {
    let config = load::<C>(&args.config).map_err(|error| usage(&args.config, &error))?;
    if !args.print_config {
        return Ok(config);
    }
    let printed = serde_saphyr::to_string(&config).map_err(|error| usage(&args.config, &error))?;
    write(std::io::stdout(), &printed);
    Err(ExitCode::SUCCESS)
}

fn usage(path: &Path, error: &dyn std::error::Error) -> ExitCode {
    write(
        std::io::stderr(),
        &format!("{}: {}\n", path.display(), crate::error::chain(error)),
    );
    ExitCode::from(EX_USAGE)
}

/// Nobody is left to be told if the standard streams are closed.
fn write(mut stream: impl std::io::Write, text: &str) {
    let _ = stream
        .write_all(text.as_bytes())
        .and_then(|()| stream.flush());
}
