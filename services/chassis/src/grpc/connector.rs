//! Connecting to a service: any address its name resolves to, proven by certificate.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use http::Uri;
use hyper_util::rt::TokioIo;
use rustls_pki_types::ServerName;
use tokio::net::{TcpStream, lookup_host};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tower::Service;

use crate::random::SecureRandom;
use crate::tls::Identity;

#[derive(Clone, Debug)]
pub(super) struct Connector {
    identity: Identity,
    expected: &'static str,
    random: SecureRandom,
}

impl Connector {
    pub(super) fn new(identity: Identity, expected: &'static str) -> Self {
        Self {
            identity,
            expected,
            random: SecureRandom::system(),
        }
    }

    async fn connect(self, uri: Uri) -> io::Result<TlsStream<TcpStream>> {
        let host = uri.host().ok_or(io::ErrorKind::InvalidInput)?;
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let mut addresses: Vec<_> = lookup_host((host, uri.port_u16().unwrap_or(443)))
            .await?
            .collect();
        // Peers end connections after minutes; choosing by chance spreads us over replicas.
        let first = self.random.below(addresses.len().max(1) as u64);
        addresses.rotate_left(usize::try_from(first).expect("less than a length"));
        let stream = first_reachable(&addresses).await?;
        stream.set_nodelay(true)?;

        let config = self
            .identity
            .client_config(self.expected)
            .map_err(io::Error::other)?;
        // The peer is known by its certificate's service name; this only fills the TLS field.
        let name = ServerName::try_from(self.expected).map_err(io::Error::other)?;
        TlsConnector::from(Arc::new(config))
            .connect(name, stream)
            .await
    }
}

async fn first_reachable(addresses: &[SocketAddr]) -> io::Result<TcpStream> {
    let mut last = io::Error::from(io::ErrorKind::NotFound);
    for address in addresses {
        match TcpStream::connect(address).await {
            Ok(stream) => return Ok(stream),
            Err(error) => last = error,
        }
    }
    Err(last)
}

impl Service<Uri> for Connector {
    type Response = TokioIo<TlsStream<TcpStream>>;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<Self::Response>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let connector = self.clone();
        Box::pin(async move { connector.connect(uri).await.map(TokioIo::new) })
    }
}
