//! Asks a nats-server whether it serves.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::Duration;

/// Short: whoever else holds the port may never answer, and our server is asked again anyway.
const PATIENCE: Duration = Duration::from_millis(250);

/// Whether the server of this name greets on the port and has JetStream ready. The server opens
/// its client port only after it has recovered its streams.
pub(super) fn serves_jetstream(port: u16, name: &str) -> bool {
    let Some(stream) = connect(port) else {
        return false;
    };
    let mut greeting = String::new();
    BufReader::new(stream.take(64 << 10))
        .read_line(&mut greeting)
        .is_ok()
        && greeting.starts_with("INFO ")
        && greeting.contains(name)
        && greeting.contains("\"jetstream\":true")
}

/// Whether the monitor on the port reports a healthy JetStream.
pub(super) fn is_healthy(port: u16) -> bool {
    let Some(mut stream) = connect(port) else {
        return false;
    };
    let request = "GET /healthz?js-enabled-only=true HTTP/1.0\r\nHost: localhost\r\n\r\n";
    let mut answer = String::new();
    stream.write_all(request.as_bytes()).is_ok()
        && stream.take(64 << 10).read_to_string(&mut answer).is_ok()
        && answer.starts_with("HTTP/1.0 200")
}

fn connect(port: u16) -> Option<TcpStream> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let stream = TcpStream::connect_timeout(&address, PATIENCE).ok()?;
    stream.set_read_timeout(Some(PATIENCE)).ok()?;
    stream.set_write_timeout(Some(PATIENCE)).ok()?;
    Some(stream)
}
