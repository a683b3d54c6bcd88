//! Free ports on loopback.
//!
//! Ports are taken below the kernel's ephemeral range. A port inside it can be lost to any
//! outgoing connection while its server is down, and a client that keeps dialling a closed port of
//! that range may even be connected to itself; both would break tests that restart a server.

use std::fs;
use std::net::{Ipv4Addr, TcpListener};

use crate::{Error, random};

const FLOOR: u16 = 15_000;
const TRIES: usize = 200;

/// A port of 127.0.0.1 that nobody listens on now. It is not reserved: whoever asked must bind it
/// soon and ask again when somebody else was faster.
///
/// # Errors
/// When no free port is found.
pub fn free() -> Result<u16, Error> {
    let ceiling = ephemeral_floor();
    for _ in 0..TRIES {
        let random = u16::from_ne_bytes(random::bytes()?);
        let port = if ceiling > FLOOR + 1_000 {
            FLOOR + random % (ceiling - FLOOR)
        } else {
            0
        };
        if let Ok(listener) = TcpListener::bind((Ipv4Addr::LOCALHOST, port)) {
            let address = listener.local_addr().map_err(Error::io("reading a port"))?;
            return Ok(address.port());
        }
    }
    Err(none_left())
}

pub(crate) fn none_left() -> Error {
    let source = std::io::Error::from(std::io::ErrorKind::AddrInUse);
    Error::Io {
        doing: "finding a free port".to_owned(),
        source,
    }
}

fn ephemeral_floor() -> u16 {
    let range = fs::read_to_string("/proc/sys/net/ipv4/ip_local_port_range").unwrap_or_default();
    range
        .split_whitespace()
        .next()
        .and_then(|low| low.parse().ok())
        .unwrap_or(32_768)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_free_port_can_be_bound_and_a_taken_one_is_not_given() {
        let port = free().unwrap();
        let _held = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).unwrap();
        for _ in 0..50 {
            assert_ne!(free().unwrap(), port);
        }
    }
}
