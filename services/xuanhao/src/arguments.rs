//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use xuanhao_chassis::config;

/// Xuanhao 选号: internet pre-selection of motor-vehicle number plates.
#[derive(Debug, Parser)]
#[command(name = "xuanhao", version)]
pub(crate) struct Program {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    #[command(flatten)]
    Service(Service),
    /// Bring a database to this release's schema. Safe to repeat, safe beside running services.
    Migrate {
        /// Whose database.
        store: Store,
        #[command(flatten)]
        args: config::Args,
    },
    /// The streams that keep facts.
    #[command(subcommand)]
    Streams(Streams),
    /// Staff, before there is anybody who could sign in.
    #[command(subcommand)]
    Staff(Staff),
}

/// Runs a service until SIGTERM or SIGINT.
#[derive(Debug, Subcommand)]
pub(crate) enum Service {
    /// Accounts, sessions, staff, picture and SMS codes.
    Identity(config::Args),
    /// Contact points and messages.
    Notification(config::Args),
    /// Segments, draws, holds and allocations.
    Platepool(config::Args),
    /// Vehicles and purchase proofs.
    Vehicle(config::Args),
    /// Policies, applications and vouchers.
    Selection(config::Args),
    /// The HTTP API and the national gateway.
    Edge(config::Args),
}

/// A database, by whose it is. The configuration is that of the service; `keys` takes the
/// configuration of any service that names the key store of persons.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Store {
    Identity,
    Notification,
    Platepool,
    Vehicle,
    Selection,
    /// The key store of persons.
    Keys,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Streams {
    /// Make them as this release needs them; deletes nothing.
    Apply(config::Args),
}

#[derive(Debug, Subcommand)]
pub(crate) enum Staff {
    /// Make the first administrator; refused when there is any member of staff.
    Bootstrap(Bootstrap),
}

#[derive(Debug, Args)]
pub(crate) struct Bootstrap {
    /// Identity's configuration.
    #[command(flatten)]
    pub(crate) args: config::Args,
    /// The name to sign in with.
    #[arg(long)]
    pub(crate) login_name: String,
    /// The person's name.
    #[arg(long)]
    pub(crate) full_name: String,
    /// A file whose first line is the password, to be replaced at the first sign-in.
    #[arg(long)]
    pub(crate) initial_password_file: PathBuf,
    /// A province the administrator is responsible for (`gd`); may be repeated.
    #[arg(long = "province", required = true)]
    pub(crate) provinces: Vec<String>,
    /// Why, for the audit entry.
    #[arg(long)]
    pub(crate) reason: String,
}
