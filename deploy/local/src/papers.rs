//! Certificates and keys without a platform, for whoever starts single programs of it.

use std::path::PathBuf;

use anyhow::Result;

use crate::certificates::{self, Credentials};
use crate::folders::Folders;
use crate::keys;

/// A certificate for every program that there is, and every key ring and signing key.
#[derive(Debug, Clone)]
pub struct Papers(Folders);

impl Papers {
    /// Makes what is missing below `base`.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub fn make(base: PathBuf) -> Result<Self> {
        let folders = Folders::make(base)?;
        certificates::make(&folders)?;
        keys::make(&folders)?;
        Ok(Self(folders))
    }

    /// By which a program proves who it is: a service's name, `xuanctl` or `national`.
    #[must_use]
    pub fn credentials(&self, program: &str) -> Credentials {
        Credentials::of(&self.0, program)
    }

    /// The key that signs principals (PKCS #8, DER).
    #[must_use]
    pub fn principals_key_file(&self) -> PathBuf {
        keys::signing_key_file(&self.0, "principals")
    }

    /// Its public half (JWKS).
    #[must_use]
    pub fn principals_public_keys_file(&self) -> PathBuf {
        keys::public_keys_file(&self.0, "principals")
    }

    /// The key ring that seals the keys of the days.
    #[must_use]
    pub fn day_keys_ring_file(&self) -> PathBuf {
        keys::ring_file(&self.0, "day-keys-kek")
    }
}
