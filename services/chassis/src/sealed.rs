//! Personal data at rest: sealed under a key of its person, found again by a blind index.
//!
//! C4: the data keys live in a store of their own, outside the data's backups. Destroying a
//! person's key destroys what was sealed under it wherever copies lie; what remains is the blind
//! index, from which nothing can be read.

mod cache;
mod cipher;
mod config;
mod index;
mod key_ring;
mod person_keys;
mod secrets;

use std::path::PathBuf;

use sqlx::migrate::Migrator;
use zeroize::Zeroizing;

pub use config::KeysConfig;
pub use index::BlindIndex;
pub use key_ring::KeyRing;
pub use person_keys::PersonKeys;

use crate::clock::Clock;
use crate::db::{self, Db};
use crate::ids::PersonId;
use crate::random::SecureRandom;
use cache::KeyCache;
use cipher::{Algorithm, Place};

/// What can go wrong with sealed data. Says nothing of what is sealed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The person's key was destroyed, and with it all that was sealed under it.
    #[error("the person's data was erased")]
    Erased,
    /// The value was sealed under a key the store does not hold.
    #[error("sealed under an unknown key")]
    UnknownKey,
    /// The bytes are not a sealed value of a version and algorithm we know.
    #[error("not a sealed value")]
    NotSealed,
    /// The value was changed, or belongs to another person or column.
    #[error("a sealed value does not open here")]
    DoesNotOpen,
    /// What was sealed is not text.
    #[error("a sealed value is not text")]
    NotText,
    /// A key file cannot be read.
    #[error("{} cannot be read", file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A key file is not a key ring.
    #[error("{} is not a key ring: {reason}", file.display())]
    NotAKeyRing {
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The key store failed.
    #[error("the key store failed")]
    Db(#[from] db::Error),
}

/// The key store's migrations.
pub fn migrations() -> Migrator {
    static KEYS: Migrator = sqlx::migrate!("./key-migrations");
    db::forward_only(KEYS.iter().cloned().collect())
}

/// Seals and opens personal data; clones share keys.
#[derive(Clone, Debug)]
pub struct Sealer {
    keys: PersonKeys,
    index: BlindIndex,
    cache: KeyCache,
    random: SecureRandom,
}

impl Sealer {
    /// Opens the key store and reads the key rings.
    ///
    /// # Errors
    /// When a file is wrong, or the key store cannot be reached or has an older schema.
    pub async fn connect(config: &KeysConfig, clock: Clock) -> Result<Self, Error> {
        let db = Db::connect(&config.database).await?;
        db::check_schema(db.pool(), &migrations()).await?;
        let random = SecureRandom::system();
        let kek = KeyRing::from_file(&config.kek_file)?;
        Ok(Self {
            keys: PersonKeys::new(db, kek, clock, random.clone()),
            index: BlindIndex::new(KeyRing::from_file(&config.blind_index_key_file)?),
            cache: KeyCache::default(),
            random,
        })
    }

    /// The blind index.
    pub fn index(&self) -> &BlindIndex {
        &self.index
    }

    /// The key store, for its own upkeep.
    pub fn keys(&self) -> &PersonKeys {
        &self.keys
    }

    /// Seals `plaintext` for one column (`accounts.full_name`) of one person, who gets a key if
    /// there is none yet.
    ///
    /// # Errors
    /// [`Error::Erased`] when the person's key was destroyed; and when the key store fails.
    pub async fn seal(
        &self,
        person: PersonId,
        column: &'static str,
        plaintext: impl AsRef<[u8]>,
    ) -> Result<Vec<u8>, Error> {
        let key = match self.cache.get(person) {
            Some(key) => key,
            None => self.cache.put(person, self.keys.data_key(person).await?),
        };
        let place = Place { person, column };
        Ok(cipher::seal(
            Algorithm::CURRENT,
            &key,
            place,
            plaintext.as_ref(),
            &self.random,
        ))
    }

    /// Opens what [`seal`](Self::seal) made for the same person and column.
    ///
    /// # Errors
    /// [`Error::Erased`] when the person's key was destroyed (another process may go on reading
    /// for up to a minute); when the value does not belong here; and when the key store fails.
    pub async fn open(
        &self,
        person: PersonId,
        column: &'static str,
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, Error> {
        let key = match self.cache.get(person) {
            Some(key) => key,
            None => {
                let key = self
                    .keys
                    .find_data_key(person)
                    .await?
                    .ok_or(Error::UnknownKey)?;
                self.cache.put(person, key)
            }
        };
        cipher::open(&key, Place { person, column }, sealed)
    }

    /// [`open`](Self::open) for text.
    ///
    /// # Errors
    /// As [`open`](Self::open), and [`Error::NotText`].
    pub async fn open_text(
        &self,
        person: PersonId,
        column: &'static str,
        sealed: &[u8],
    ) -> Result<Zeroizing<String>, Error> {
        let bytes = self.open(person, column, sealed).await?;
        let text = std::str::from_utf8(&bytes).map_err(|_| Error::NotText)?;
        Ok(Zeroizing::new(text.to_owned()))
    }

    /// Destroys the person's key, and with it all that was sealed under it. Doing it again, or for
    /// a person without a key, changes nothing; the person never gets another key.
    ///
    /// # Errors
    /// When the key store fails.
    pub async fn erase(&self, person: PersonId) -> Result<(), Error> {
        self.keys.erase(person).await?;
        self.cache.forget(person);
        Ok(())
    }
}
