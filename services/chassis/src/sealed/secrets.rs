//! Secrets of a service itself, which belong to no person: sealed under a key ring directly.
//!
//! ```text
//! version (1) | algorithm (1) | length of the key's name (1) | its name | nonce (12) | ciphertext and tag
//! ```
//!
//! All that stands before the nonce, and the place, are authenticated with the ciphertext.

use zeroize::Zeroizing;

use super::cipher::Algorithm;
use super::{Error, KeyRing};
use crate::random::SecureRandom;

const VERSION: u8 = 1;

impl KeyRing {
    /// Seals a secret under the key in use. `place` names the row and column it is for
    /// (`day_keys.sealed/gd-zhanjiang/2026-11-22`); it opens nowhere else.
    ///
    /// # Panics
    /// When the key's name is longer than 255 bytes.
    pub fn seal(&self, place: &str, secret: &[u8], random: &SecureRandom) -> Vec<u8> {
        let (name, key) = self.current();
        let length = u8::try_from(name.len()).expect("keys have short names");
        let mut sealed = vec![VERSION, Algorithm::CURRENT as u8, length];
        sealed.extend_from_slice(name.as_bytes());
        let aad = [&sealed[..], place.as_bytes()].concat();
        sealed.extend(Algorithm::CURRENT.encrypt(key, &aad, secret, random));
        sealed
    }

    /// Opens what [`seal`](Self::seal) made for the same place, under whichever key of the ring.
    ///
    /// # Errors
    /// When it is no sealed secret, its key is not in the ring, or it belongs elsewhere.
    pub fn open(&self, place: &str, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, Error> {
        let [VERSION, algorithm, length, rest @ ..] = sealed else {
            return Err(Error::NotSealed);
        };
        let algorithm = Algorithm::from_byte(*algorithm).ok_or(Error::NotSealed)?;
        let (name, encrypted) = rest
            .split_at_checked(usize::from(*length))
            .ok_or(Error::NotSealed)?;
        let key = std::str::from_utf8(name)
            .ok()
            .and_then(|name| self.get(name));
        let header = &sealed[..sealed.len() - encrypted.len()];
        let aad = [header, place.as_bytes()].concat();
        algorithm
            .decrypt(key.ok_or(Error::UnknownKey)?, &aad, encrypted)
            .ok_or(Error::DoesNotOpen)
    }
}

#[cfg(test)]
mod tests {
    use super::super::key_ring::tests::ring;
    use super::*;

    const PLACE: &str = "day_keys.sealed/gd-zhanjiang/2026-11-22";

    #[test]
    fn a_secret_opens_where_it_was_sealed_and_after_a_rotation() {
        let random = SecureRandom::seeded(1);
        let sealed = ring(&[("2026", 1)]).seal(PLACE, b"secret", &random);
        let rotated = ring(&[("2027", 2), ("2026", 1)]);
        assert_eq!(**rotated.open(PLACE, &sealed).unwrap(), *b"secret");
        assert!(matches!(
            rotated.open("elsewhere", &sealed),
            Err(Error::DoesNotOpen)
        ));
        assert!(matches!(
            ring(&[("2027", 2)]).open(PLACE, &sealed),
            Err(Error::UnknownKey)
        ));
        assert!(matches!(
            ring(&[("2026", 3)]).open(PLACE, &sealed),
            Err(Error::DoesNotOpen)
        ));
        assert!(!sealed.windows(6).any(|window| window == b"secret"));
    }

    #[test]
    fn every_changed_or_missing_byte_is_noticed() {
        let (keys, random) = (ring(&[("a", 1)]), SecureRandom::seeded(1));
        let sealed = keys.seal(PLACE, b"secret", &random);
        for index in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[index] ^= 1;
            assert!(keys.open(PLACE, &changed).is_err(), "byte {index}");
            assert!(keys.open(PLACE, &sealed[..index]).is_err(), "{index} bytes");
        }
    }
}
