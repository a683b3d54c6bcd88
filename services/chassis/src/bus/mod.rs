//! NATS JetStream: publishing facts and consuming them.
//!
//! Postgres is the truth and NATS carries facts: nothing is published but by the relay of the
//! [outbox](crate::outbox), and nothing is consumed but through the [inbox](crate::inbox).

mod config;
mod consume;
mod dead_letters;
mod delivery;
mod envelope;
mod streams;
mod subject;

use std::error::Error as StdError;
use std::fmt;
use std::future::{Future, IntoFuture};
use std::time::Duration;

use async_nats::ConnectOptions;
use async_nats::connection::State;
use async_nats::jetstream;
use async_nats::jetstream::context::ContextBuilder;
use async_nats::jetstream::message::PublishMessage;
use futures::TryFutureExt;

pub use config::BusConfig;
pub use consume::{Consumer, Handled, Handler};
pub use envelope::{Envelope, Malformed};
pub use streams::{Applied, Change, StreamSpec};
pub use subject::{NotASubject, Subject, stream_of};

/// A connection to NATS; clones share it. It comes back by itself when servers go away.
#[derive(Clone)]
pub struct Bus {
    client: async_nats::Client,
    jetstream: jetstream::Context,
}

/// What can go wrong between a service and NATS.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The configuration is wrong.
    #[error("bus configuration: {0}")]
    Config(&'static str),
    /// A file named in the configuration cannot be read.
    #[error("{} cannot be read", file.display())]
    Unreadable {
        /// The file.
        file: std::path::PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// NATS refused or did not answer.
    #[error("NATS: {act} failed")]
    Nats {
        /// What was tried.
        act: &'static str,
        /// Why it failed.
        #[source]
        source: Box<dyn StdError + Send + Sync>,
    },
}

impl Error {
    fn nats<E: Into<Box<dyn StdError + Send + Sync>>>(act: &'static str) -> impl FnOnce(E) -> Self {
        move |source| Self::Nats {
            act,
            source: source.into(),
        }
    }
}

impl Bus {
    /// Begins to connect, as `service`, and returns at once: a service starts whether or not NATS is
    /// there, and [`is_connected`](Self::is_connected) tells.
    ///
    /// # Errors
    /// When the configuration is wrong.
    pub async fn connect(service: &str, config: &BusConfig) -> Result<Self, Error> {
        if config.servers.is_empty() {
            return Err(Error::Config("at least one server is wanted"));
        }
        if config.servers.iter().any(|server| holds_password(server)) {
            return Err(Error::Config("a password belongs in password_file"));
        }
        let request_timeout = Duration::from_millis(config.request_timeout_ms);
        let mut options = ConnectOptions::new()
            .name(service)
            .retry_on_initial_connect()
            .connection_timeout(Duration::from_millis(config.connect_timeout_ms))
            .request_timeout(Some(request_timeout));
        match (&config.user, &config.password_file) {
            (Some(user), Some(file)) => {
                let password =
                    std::fs::read_to_string(file).map_err(|source| Error::Unreadable {
                        file: file.clone(),
                        source,
                    })?;
                options = options.user_and_password(user.clone(), password.trim().to_owned());
            }
            (None, None) => {}
            _ => return Err(Error::Config("user and password_file go together")),
        }
        if let Some(file) = &config.ca_file {
            options = options.add_root_certificates(file.clone());
        }
        let client = options
            .connect(&config.servers)
            .await
            .map_err(Error::nats("connecting"))?;
        Ok(Self::with_timeout(client, request_timeout))
    }

    /// A bus over a connection that is already there.
    pub fn over(client: async_nats::Client) -> Self {
        Self::with_timeout(
            client,
            Duration::from_millis(BusConfig::default_request_timeout_ms()),
        )
    }

    fn with_timeout(client: async_nats::Client, timeout: Duration) -> Self {
        let jetstream = ContextBuilder::new().timeout(timeout).build(client.clone());
        Self { client, jetstream }
    }

    /// Whether a server is connected at this moment.
    pub fn is_connected(&self) -> bool {
        self.client.connection_state() == State::Connected
    }

    /// Sends one message and gives back the wait for its acknowledgement. JetStream drops the second
    /// message of one `id` within the stream's dedupe window.
    pub(crate) async fn publish(
        &self,
        subject: String,
        id: String,
        payload: Vec<u8>,
    ) -> Result<impl Future<Output = Result<(), Error>> + use<>, Error> {
        let message = PublishMessage::build()
            .message_id(id)
            .payload(payload.into());
        let acknowledged = self
            .jetstream
            .send_publish(subject, message)
            .await
            .map_err(Error::nats("publishing"))?;
        Ok(acknowledged
            .into_future()
            .map_ok(|_| ())
            .map_err(Error::nats("acknowledgement")))
    }

    /// Sends what is buffered and closes the connection.
    ///
    /// # Errors
    /// When the connection is already closed.
    pub async fn close(&self) -> Result<(), Error> {
        self.client.drain().await.map_err(Error::nats("draining"))
    }
}

impl fmt::Debug for Bus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bus")
            .field("state", &self.client.connection_state())
            .finish_non_exhaustive()
    }
}

fn holds_password(server: &str) -> bool {
    let authority = server.split_once("://").map_or(server, |(_, rest)| rest);
    authority
        .rsplit_once('@')
        .is_some_and(|(user, _)| user.contains(':'))
}
