//! The listener: limits, services, and its end.

use std::convert::Infallible;
use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tonic::body::Body;
use tonic::server::NamedService;
use tower::Service;

use super::connection::Connections;
use super::gate::Gate;
use super::routes::Routes;
use crate::authz::Table;
use crate::principal::Verifier;
use crate::tls::Identity;

/// Where RPCs are answered, and within which limits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ServerConfig {
    /// The address to listen on; port 0 takes a free one.
    pub listen: SocketAddr,
    /// The longest a call may take; a caller's own deadline may be shorter.
    pub deadline_ms: u64,
    /// Calls in progress; more are refused at once, before any work.
    pub max_calls: usize,
    /// Connections; more wait to be accepted.
    pub max_connections: usize,
    /// Calls in progress on one connection.
    pub max_streams_per_connection: u32,
    /// How long a peer may take for the TLS handshake.
    pub handshake_timeout_ms: u64,
    /// How long a peer may stay silent before it is asked whether it is there.
    pub keepalive_interval_ms: u64,
    /// How long it may take to answer that.
    pub keepalive_timeout_ms: u64,
    /// After this a connection is ended, so that peers spread over new replicas.
    pub max_connection_age_s: u64,
    /// How long its calls may then still take.
    pub max_connection_grace_s: u64,
}

impl Default for ServerConfig {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            deadline_ms: 10_000,
            max_calls: 1_024,
            max_connections: 1_024,
            max_streams_per_connection: 1_024,
            handshake_timeout_ms: 5_000,
            keepalive_interval_ms: 10_000,
            keepalive_timeout_ms: 10_000,
            max_connection_age_s: 300,
            max_connection_grace_s: 20,
        }
    }
}

/// Why a server cannot start.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The address cannot be listened on.
    #[error("cannot listen on {address}")]
    Listen {
        /// Which.
        address: SocketAddr,
        /// Why.
        source: std::io::Error,
    },
    /// The table asks for principals, but nothing was configured to check them with.
    #[error("the table asks for principals, but `principals` is not configured")]
    NoPrincipals,
}

/// A gRPC server being put together.
pub struct Server {
    config: ServerConfig,
    identity: Identity,
    table: Table,
    verifier: Option<Verifier>,
    routes: Routes,
}

impl Server {
    /// A server that answers under `identity` what `table` admits.
    pub fn new(config: &ServerConfig, identity: Identity, table: Table) -> Self {
        Self {
            config: config.clone(),
            identity,
            table,
            verifier: None,
            routes: Routes::default(),
        }
    }

    /// Checks principals by these keys.
    #[must_use]
    pub fn principals(mut self, verifier: Verifier) -> Self {
        self.verifier = Some(verifier);
        self
    }

    /// Adds a generated service. It limits the size of messages itself (4 MiB unless told).
    #[must_use]
    pub fn add_service<S>(mut self, service: S) -> Self
    where
        S: Service<http::Request<Body>, Response = http::Response<Body>, Error = Infallible>
            + NamedService
            + Clone
            + Send
            + Sync
            + 'static,
        S::Future: Send + 'static,
    {
        self.routes.add(service);
        self
    }

    /// Takes the address. Peers may connect from now on and are answered once it serves.
    ///
    /// # Errors
    /// When the address is taken, or the table asks for principals that cannot be checked.
    pub async fn bind(self) -> Result<Bound, Error> {
        if self.verifier.is_none() && self.table.wants_principals() {
            return Err(Error::NoPrincipals);
        }
        let address = self.config.listen;
        let listen = |source| Error::Listen { address, source };
        let listener = TcpListener::bind(address).await.map_err(listen)?;
        let address = listener.local_addr().map_err(listen)?;
        let names = self.routes.names();
        let gate = Gate::new(self.routes, self.table, self.verifier, &self.config);
        let connections = Connections::new(Arc::new(gate), self.identity, self.config);
        Ok(Bound {
            listener,
            address,
            connections,
            names,
        })
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server")
            .field("services", &self.routes.names())
            .finish_non_exhaustive()
    }
}

/// How a server ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Drained {
    /// Every call was answered.
    Completely,
    /// The limit passed with connections still open; they were dropped.
    ByLimit,
}

/// A server that has its address.
pub struct Bound {
    listener: TcpListener,
    address: SocketAddr,
    connections: Connections,
    names: Vec<&'static str>,
}

impl Bound {
    /// The address it listens on.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Full names of the services it answers for.
    pub fn service_names(&self) -> &[&'static str] {
        &self.names
    }

    /// Answers until `stop`, then accepts nobody, lets calls in progress end within `limit`, and
    /// drops what is left: a peer that never completes its handshake would keep it for ever.
    pub async fn serve(self, stop: CancellationToken, limit: Duration) -> Drained {
        self.connections.serve(self.listener, stop, limit).await
    }
}

impl fmt::Debug for Bound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bound")
            .field("address", &self.address)
            .field("services", &self.names)
            .finish_non_exhaustive()
    }
}
