//! The blind index: finds a person by a number without storing the number.

use ring::hmac;

use super::KeyRing;

/// Keyed hashes of personal data, for look-up and uniqueness only.
#[derive(Debug, Clone)]
pub struct BlindIndex(KeyRing);

impl BlindIndex {
    pub(super) fn new(keys: KeyRing) -> Self {
        Self(keys)
    }

    /// The index of `value` for one purpose (`account.mobile`); other purposes give unrelated
    /// indexes. The caller writes the value in its one normal form.
    pub fn of(&self, purpose: &str, value: &str) -> [u8; 32] {
        index(self.0.current().1, purpose, value)
    }

    /// The index under every key of the ring, the current one's first: what a look-up must try
    /// while rows of an older key live.
    pub fn candidates(&self, purpose: &str, value: &str) -> Vec<[u8; 32]> {
        self.0.all().map(|key| index(key, purpose, value)).collect()
    }
}

fn index(key: &[u8; 32], purpose: &str, value: &str) -> [u8; 32] {
    // A key per purpose, so that purpose and value cannot run into each other.
    let of_purpose = mac(key, purpose.as_bytes());
    mac(&of_purpose, value.as_bytes())
}

fn mac(key: &[u8; 32], message: &[u8]) -> [u8; 32] {
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), message);
    tag.as_ref().try_into().expect("HMAC-SHA-256 has 32 bytes")
}

#[cfg(test)]
mod tests {
    use super::super::key_ring::tests::ring;
    use super::*;

    #[test]
    fn an_index_depends_on_key_purpose_and_value() {
        let index = BlindIndex::new(ring(&[("a", 1)]));
        let mobile = index.of("account.mobile", "13800000000");
        assert_eq!(mobile, index.of("account.mobile", "13800000000"));
        assert_ne!(mobile, index.of("account.mobile", "13800000001"));
        assert_ne!(mobile, index.of("ban.mobile", "13800000000"));
        assert_ne!(mobile, index.of("account.mobile1", "3800000000"));
        let other = BlindIndex::new(ring(&[("a", 2)]));
        assert_ne!(mobile, other.of("account.mobile", "13800000000"));
    }

    #[test]
    fn rows_of_an_older_key_are_still_found() {
        let old = BlindIndex::new(ring(&[("a", 1)])).of("p", "v");
        let rotated = BlindIndex::new(ring(&[("b", 2), ("a", 1)]));
        assert_eq!(rotated.candidates("p", "v"), [rotated.of("p", "v"), old]);
    }

    #[test]
    fn the_function_never_changes() {
        let index = BlindIndex::new(ring(&[("a", 0)]));
        let found = hex::encode(index.of("account.mobile", "13800000000"));
        assert_eq!(
            found,
            "f9fae5792c90e91fb9f700f3b99f265961ff7149b9f336a65376617fbe3a8c74"
        );
    }
}
