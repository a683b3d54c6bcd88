//! Hashing passwords (Argon2id): a fixed number at a time, on threads that may block.

use std::sync::Arc;
use std::time::Duration;

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{self, PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use xuanhao_chassis::random::SecureRandom;

use crate::config::PasswordsConfig;
use crate::domain::password::Password;

/// Why no hash was made.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Too many sign-ins at once.
    #[error("no turn to hash in time")]
    Busy,
    /// The configured cost is impossible.
    #[error("the configured cost is impossible")]
    Cost(#[source] argon2::Error),
    /// Hashing failed, or a stored hash is malformed.
    #[error("hashing failed")]
    Hash(#[source] password_hash::Error),
    /// The thread ended early.
    #[error("the hashing thread ended early")]
    Thread(#[from] tokio::task::JoinError),
}

/// What comparing a password with a hash told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Match {
    /// Another password, or no account.
    No,
    /// The right one.
    Yes {
        /// The hash was made with less work than is asked now.
        cheap: bool,
    },
}

/// Hashes and compares passwords. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Passwords {
    params: Params,
    turns: Arc<Semaphore>,
    wait: Duration,
    random: SecureRandom,
    /// Compared with where there is no account, so that unknown names take the same work.
    nobody: Arc<str>,
}

impl Passwords {
    /// A hasher of this cost.
    ///
    /// # Errors
    /// When the cost is impossible.
    pub fn new(config: &PasswordsConfig, random: SecureRandom) -> Result<Self, Error> {
        let params = Params::new(config.memory_kib, config.passes, 1, None).map_err(Error::Cost)?;
        let nobody = hash(&params, &Password::typed(""), &random.bytes())?;
        Ok(Self {
            params,
            turns: Arc::new(Semaphore::new(config.concurrent)),
            wait: Duration::from_millis(config.wait_ms),
            random,
            nobody: nobody.into(),
        })
    }

    /// A fresh hash, as PHC string.
    ///
    /// # Errors
    /// [`Error::Busy`] among them.
    pub async fn hash(&self, password: &Password) -> Result<String, Error> {
        let (params, password) = (self.params.clone(), password.clone());
        let salt: [u8; 16] = self.random.bytes();
        self.in_turn(move || hash(&params, &password, &salt)).await
    }

    /// Compares a password with the hash of an account, or does the same work where there is none.
    ///
    /// # Errors
    /// [`Error::Busy`] among them.
    pub async fn compare(&self, password: &Password, stored: Option<&str>) -> Result<Match, Error> {
        let (params, password) = (self.params.clone(), password.clone());
        let is_known = stored.is_some() && !password.is_absurd();
        let stored = stored.unwrap_or(&self.nobody).to_owned();
        let found = self
            .in_turn(move || compare(&params, &password, &stored))
            .await?;
        Ok(if is_known { found } else { Match::No })
    }

    async fn in_turn<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let turn = self.turn().await?;
        // The turn ends with the work, not with the caller, who may give up earlier.
        tokio::task::spawn_blocking(move || {
            let _turn = turn;
            work()
        })
        .await?
    }

    async fn turn(&self) -> Result<OwnedSemaphorePermit, Error> {
        let turn = tokio::time::timeout(self.wait, Arc::clone(&self.turns).acquire_owned()).await;
        turn.map_err(|_| Error::Busy)
            .map(|turn| turn.expect("the semaphore is never closed"))
    }
}

fn argon2(params: &Params) -> Argon2<'static> {
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params.clone())
}

fn hash(params: &Params, password: &Password, salt: &[u8; 16]) -> Result<String, Error> {
    let hashed: PasswordHash = argon2(params)
        .hash_password_with_salt(password.as_bytes(), salt)
        .map_err(Error::Hash)?;
    Ok(hashed.to_string())
}

fn compare(params: &Params, password: &Password, stored: &str) -> Result<Match, Error> {
    let stored = PasswordHash::new(stored).map_err(|error| Error::Hash(error.into()))?;
    match argon2(params).verify_password(password.as_bytes(), &stored) {
        Ok(()) => {
            let made = Params::try_from(&stored).map_err(Error::Hash)?;
            let cheap = made.m_cost() < params.m_cost() || made.t_cost() < params.t_cost();
            Ok(Match::Yes { cheap })
        }
        Err(password_hash::Error::PasswordInvalid) => Ok(Match::No),
        Err(error) => Err(Error::Hash(error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passwords(memory_kib: u32, concurrent: usize) -> Passwords {
        let config = PasswordsConfig {
            memory_kib,
            passes: 1,
            concurrent,
            wait_ms: 50,
        };
        Passwords::new(&config, SecureRandom::system()).unwrap()
    }

    #[tokio::test]
    async fn a_password_matches_its_own_hash_only() {
        let passwords = passwords(64, 1);
        let stored = passwords
            .hash(&Password::typed("correct horse"))
            .await
            .unwrap();
        assert!(
            stored.starts_with("$argon2id$v=19$m=64,t=1,p=1$"),
            "{stored}"
        );
        let compare = async |text: &str, stored| {
            passwords
                .compare(&Password::typed(text), stored)
                .await
                .unwrap()
        };
        assert_eq!(
            compare("correct horse", Some(&stored)).await,
            Match::Yes { cheap: false }
        );
        assert_eq!(compare("correct house", Some(&stored)).await, Match::No);
        assert_eq!(compare("", None).await, Match::No, "nobody has a password");
    }

    #[tokio::test]
    async fn a_hash_of_less_work_is_told_apart() {
        let stored = passwords(64, 1)
            .hash(&Password::typed("correct horse"))
            .await
            .unwrap();
        let dearer = passwords(128, 1);
        let found = dearer
            .compare(&Password::typed("correct horse"), Some(&stored))
            .await
            .unwrap();
        assert_eq!(found, Match::Yes { cheap: true });
    }

    #[tokio::test]
    async fn who_gets_no_turn_is_refused() {
        let passwords = passwords(64, 1);
        let turn = passwords.turn().await.unwrap();
        let refused = passwords.hash(&Password::typed("x")).await.unwrap_err();
        assert!(matches!(refused, Error::Busy));
        drop(turn);
        passwords.hash(&Password::typed("x")).await.unwrap();
    }
}
