//! The form of a sealed value:
//!
//! ```text
//! version (1) | algorithm (1) | id of the data key (16) | nonce (12) | ciphertext and tag
//! ```
//!
//! The first three, the person and the column are authenticated with the ciphertext, so that a
//! value cannot be moved to another row or column, or be read by another algorithm.

use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use uuid::Uuid;
use zeroize::Zeroizing;

use super::Error;
use crate::ids::PersonId;
use crate::random::SecureRandom;

const VERSION: u8 = 1;
const HEADER_LEN: usize = 2 + 16;
const NONCE_LEN: usize = 12;
pub(super) const KEY_LEN: usize = 32;

/// The ciphers we know; the number stands beside every ciphertext and is never used again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Algorithm {
    /// AES-256 in Galois/counter mode.
    Aes256Gcm = 1,
}

impl Algorithm {
    /// What new values are sealed with.
    pub(super) const CURRENT: Self = Self::Aes256Gcm;

    pub(super) fn from_byte(byte: u8) -> Option<Self> {
        match byte {
            1 => Some(Self::Aes256Gcm),
            _ => None,
        }
    }

    /// Encrypts under a fresh nonce, which stands before the ciphertext.
    pub(super) fn encrypt(
        self,
        key: &[u8; KEY_LEN],
        aad: &[u8],
        plaintext: &[u8],
        random: &SecureRandom,
    ) -> Vec<u8> {
        let nonce: [u8; NONCE_LEN] = random.bytes();
        let ciphertext = match self {
            Self::Aes256Gcm => Aes256Gcm::new(key.into())
                .encrypt(
                    &Nonce::from(nonce),
                    Payload {
                        msg: plaintext,
                        aad,
                    },
                )
                .expect("a column's value is far below the cipher's limit"),
        };
        [&nonce[..], &ciphertext].concat()
    }

    /// Decrypts what [`encrypt`](Self::encrypt) made; `None` if anything differs.
    pub(super) fn decrypt(
        self,
        key: &[u8; KEY_LEN],
        aad: &[u8],
        encrypted: &[u8],
    ) -> Option<Zeroizing<Vec<u8>>> {
        let (nonce, ciphertext) = encrypted.split_first_chunk::<NONCE_LEN>()?;
        let plaintext = match self {
            Self::Aes256Gcm => Aes256Gcm::new(key.into()).decrypt(
                &Nonce::from(*nonce),
                Payload {
                    msg: ciphertext,
                    aad,
                },
            ),
        };
        plaintext.ok().map(Zeroizing::new)
    }
}

/// A person's data key.
#[derive(Clone)]
pub(super) struct DataKey {
    pub(super) id: Uuid,
    pub(super) bytes: Zeroizing<[u8; KEY_LEN]>,
}

/// Where a sealed value belongs.
#[derive(Clone, Copy)]
pub(super) struct Place {
    pub(super) person: PersonId,
    pub(super) column: &'static str,
}

impl Place {
    /// Header and person have fixed lengths, so that no two places give the same bytes.
    fn aad(self, header: &[u8; HEADER_LEN]) -> Vec<u8> {
        [&header[..], &self.person.to_bytes(), self.column.as_bytes()].concat()
    }
}

pub(super) fn seal(
    algorithm: Algorithm,
    key: &DataKey,
    place: Place,
    plaintext: &[u8],
    random: &SecureRandom,
) -> Vec<u8> {
    let mut header = [0; HEADER_LEN];
    header[0] = VERSION;
    header[1] = algorithm as u8;
    header[2..].copy_from_slice(key.id.as_bytes());
    let encrypted = algorithm.encrypt(&key.bytes, &place.aad(&header), plaintext, random);
    [&header[..], &encrypted].concat()
}

pub(super) fn open(
    key: &DataKey,
    place: Place,
    sealed: &[u8],
) -> Result<Zeroizing<Vec<u8>>, Error> {
    let (header, encrypted) = sealed
        .split_first_chunk::<HEADER_LEN>()
        .ok_or(Error::NotSealed)?;
    let [VERSION, algorithm, key_id @ ..] = header else {
        return Err(Error::NotSealed);
    };
    let algorithm = Algorithm::from_byte(*algorithm).ok_or(Error::NotSealed)?;
    if key_id != key.id.as_bytes() {
        return Err(Error::UnknownKey);
    }
    algorithm
        .decrypt(&key.bytes, &place.aad(header), encrypted)
        .ok_or(Error::DoesNotOpen)
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMN: &str = "accounts.full_name";

    fn key(seed: u64) -> DataKey {
        let random = SecureRandom::seeded(seed);
        DataKey {
            id: Uuid::from_bytes(random.bytes()),
            bytes: Zeroizing::new(random.bytes()),
        }
    }

    fn place(person: u128, column: &'static str) -> Place {
        Place {
            person: PersonId::from_uuid(Uuid::from_u128(person)),
            column,
        }
    }

    fn sealed() -> Vec<u8> {
        let random = SecureRandom::seeded(9);
        seal(
            Algorithm::CURRENT,
            &key(1),
            place(7, COLUMN),
            "张三".as_bytes(),
            &random,
        )
    }

    #[test]
    fn a_value_opens_only_where_it_was_sealed() {
        let sealed = sealed();
        assert_eq!(
            *open(&key(1), place(7, COLUMN), &sealed).unwrap(),
            "张三".as_bytes()
        );
        let elsewhere = [place(8, COLUMN), place(7, "accounts.mobile")];
        for place in elsewhere {
            assert!(matches!(
                open(&key(1), place, &sealed),
                Err(Error::DoesNotOpen)
            ));
        }
        assert!(matches!(
            open(&key(2), place(7, COLUMN), &sealed),
            Err(Error::UnknownKey)
        ));
    }

    #[test]
    fn a_change_of_any_byte_is_noticed() {
        for at in 0..sealed().len() {
            let mut changed = sealed();
            changed[at] ^= 1;
            assert!(
                open(&key(1), place(7, COLUMN), &changed).is_err(),
                "byte {at}"
            );
        }
        for len in 0..sealed().len() {
            assert!(
                open(&key(1), place(7, COLUMN), &sealed()[..len]).is_err(),
                "length {len}"
            );
        }
    }

    #[test]
    fn equal_values_are_sealed_differently() {
        let random = SecureRandom::system();
        let seal = || seal(Algorithm::CURRENT, &key(1), place(7, COLUMN), b"x", &random);
        assert_ne!(seal(), seal());
    }
}
