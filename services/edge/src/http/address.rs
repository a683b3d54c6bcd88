//! Which client asks: the address of the connection, or what proxies of ours say.
//!
//! Each proxy appends the address it was reached from to `X-Forwarded-For`, so entries are believed
//! from the right, one for each proxy of ours; what stands further left is the client's own text.

use std::fmt;
use std::net::{IpAddr, SocketAddr};

use http::{Extensions, HeaderMap};

const FORWARDED_FOR: &str = "x-forwarded-for";

/// The other end of the connection.
#[derive(Clone, Copy, Debug)]
pub(super) struct Peer(pub(super) SocketAddr);

/// The client's address. Personal: never logged, and told to identity only, which keeps a keyed hash.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct ClientAddress(IpAddr);

/// What counts as one client: an IPv4 address, or the /64 of an IPv6 one, because a household has
/// that many.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Network([u8; 8]);

impl ClientAddress {
    /// The client of a request that came through `trusted_hops` proxies of ours. One that did not
    /// come through all of them counts as its connection's.
    pub(super) fn of(headers: &HeaderMap, extensions: &Extensions, trusted_hops: usize) -> Self {
        let peer = extensions.get::<Peer>();
        let peer = peer.map_or(IpAddr::from([0; 4]), |Peer(address)| address.ip());
        let told = trusted_hops.checked_sub(1);
        let told = told.and_then(|skipped| forwarded(headers, skipped));
        Self(told.unwrap_or(peer).to_canonical())
    }

    /// As identity reads it.
    pub(super) fn text(self) -> String {
        self.0.to_string()
    }

    pub(super) fn network(self) -> Network {
        Network(match self.0 {
            IpAddr::V4(v4) => {
                let [a, b, c, d] = v4.octets();
                [0, 0, 0, 0, a, b, c, d]
            }
            IpAddr::V6(v6) => {
                let [prefix @ .., _, _, _, _, _, _, _, _] = v6.octets();
                prefix
            }
        })
    }
}

impl fmt::Debug for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Network")
    }
}

/// The entry that many places from the right.
fn forwarded(headers: &HeaderMap, skipped: usize) -> Option<IpAddr> {
    let lines = headers.get_all(FORWARDED_FOR).iter();
    let lines: Vec<&str> = lines
        .map(|line| line.to_str().unwrap_or_default())
        .collect();
    let entries = lines.iter().flat_map(|line| line.split(','));
    let entries: Vec<&str> = entries.map(str::trim).collect();
    let entry = entries.iter().rev().nth(skipped)?;
    let plain = entry.parse().ok();
    plain.or_else(|| entry.parse::<SocketAddr>().ok().map(|with| with.ip()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(lines: &[&str], trusted_hops: usize) -> String {
        let named = |line: &&str| (FORWARDED_FOR.parse().unwrap(), line.parse().unwrap());
        let headers: HeaderMap = lines.iter().map(named).collect();
        let mut extensions = Extensions::new();
        extensions.insert(Peer("192.0.2.1:4711".parse().unwrap()));
        ClientAddress::of(&headers, &extensions, trusted_hops).text()
    }

    #[test]
    fn entries_are_believed_from_the_right_only() {
        assert_eq!(client(&["203.0.113.9"], 0), "192.0.2.1");
        assert_eq!(client(&["203.0.113.9"], 1), "203.0.113.9");
        assert_eq!(client(&["1.1.1.1, 203.0.113.9"], 1), "203.0.113.9");
        assert_eq!(
            client(&["1.1.1.1", "203.0.113.9, 10.0.0.1"], 2),
            "203.0.113.9"
        );
        assert_eq!(client(&["203.0.113.9:5000"], 1), "203.0.113.9");
        assert_eq!(client(&["[2001:db8::1]:5000"], 1), "2001:db8::1");
    }

    #[test]
    fn a_request_past_our_proxies_counts_as_its_connections() {
        for lines in [&[][..], &["203.0.113.9"][..], &["unknown, 10.0.0.1"][..]] {
            assert_eq!(client(lines, 2), "192.0.2.1", "{lines:?}");
        }
    }

    #[test]
    fn a_household_is_one_client() {
        let network =
            |text: &str| ClientAddress(text.parse::<IpAddr>().unwrap().to_canonical()).network();
        assert!(network("2001:db8:1:2::9") == network("2001:db8:1:2:3:4:5:6"));
        assert!(network("2001:db8:1:2::9") != network("2001:db8:1:3::9"));
        assert!(network("::ffff:203.0.113.7") == network("203.0.113.7"));
        assert!(network("203.0.113.7") != network("203.0.113.8"));
    }
}
