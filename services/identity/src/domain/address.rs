//! Addresses as throttles see them.

use std::net::IpAddr;

/// What counts as one address: an IPv4 address, or the /64 of an IPv6 one, because a household has
/// that many. `None` when the text is no address.
pub fn network(text: &str) -> Option<String> {
    let address = text.trim().parse::<IpAddr>().ok()?.to_canonical();
    Some(match address {
        IpAddr::V4(v4) => v4.to_string(),
        IpAddr::V6(v6) => {
            let [a, b, c, d, ..] = v6.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_household_is_one_address() {
        assert_eq!(network("203.0.113.7").unwrap(), "203.0.113.7");
        assert_eq!(network("::ffff:203.0.113.7"), network("203.0.113.7"));
        assert_eq!(network("2001:db8:1:2:3:4:5:6"), network("2001:db8:1:2::9"));
        assert_ne!(network("2001:db8:1:2::9"), network("2001:db8:1:3::9"));
        for text in ["", "localhost", "203.0.113.7:80", "203.0.113"] {
            assert_eq!(network(text), None, "{text}");
        }
    }
}
