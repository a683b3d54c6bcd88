//! The key store: a data key for each person, wrapped by a key that is not in it.

use jiff_sqlx::ToSqlx;
use uuid::Uuid;
use zeroize::Zeroizing;

use super::cipher::{Algorithm, DataKey, KEY_LEN};
use super::{Error, KeyRing};
use crate::clock::Clock;
use crate::db::{self, Db, Tx};
use crate::ids::PersonId;
use crate::jobs::Progress;
use crate::random::SecureRandom;

const REWRAP_BATCH: i64 = 500;

/// The data keys of persons; clones share one store.
#[derive(Clone, Debug)]
pub struct PersonKeys {
    db: Db,
    kek: KeyRing,
    clock: Clock,
    random: SecureRandom,
}

struct Row {
    key_id: Uuid,
    kek_id: Option<String>,
    wrapped: Option<Vec<u8>>,
}

impl PersonKeys {
    pub(super) fn new(db: Db, kek: KeyRing, clock: Clock, random: SecureRandom) -> Self {
        Self {
            db,
            kek,
            clock,
            random,
        }
    }

    /// The person's key, made if there is none.
    pub(super) async fn data_key(&self, person: PersonId) -> Result<DataKey, Error> {
        if let Some(key) = self.find_data_key(person).await? {
            return Ok(key);
        }
        self.add(person).await?;
        // Another process may have been first; the stored one counts.
        self.find_data_key(person).await?.ok_or(Error::UnknownKey)
    }

    /// The person's key, if one was ever made.
    pub(super) async fn find_data_key(&self, person: PersonId) -> Result<Option<DataKey>, Error> {
        let row = sqlx::query_as!(
            Row,
            "-- chassis.person_keys.lookup
            SELECT key_id, kek_id, wrapped FROM person_keys WHERE person_id = $1",
            person.as_uuid(),
        )
        .fetch_optional(self.db.pool())
        .await
        .map_err(db::Error::from)?;
        row.map(|row| self.unwrap_key(person, row)).transpose()
    }

    async fn add(&self, person: PersonId) -> Result<(), Error> {
        let id = Uuid::from_bytes(self.random.bytes());
        let key = DataKey {
            id,
            bytes: Zeroizing::new(self.random.bytes()),
        };
        let (kek_id, wrapped) = self.wrap_key(person, &key);
        let now = self.clock.now();
        self.db
            .run_tx("chassis.person_keys.add", async |tx: &mut Tx| {
                sqlx::query!(
                    "-- chassis.person_keys.add
                    INSERT INTO person_keys (person_id, key_id, kek_id, wrapped, created_at)
                    VALUES ($1, $2, $3, $4, $5) ON CONFLICT (person_id) DO NOTHING",
                    person.as_uuid(),
                    key.id,
                    kek_id,
                    wrapped,
                    now.to_sqlx() as _,
                )
                .execute(&mut **tx)
                .await?;
                Ok::<_, db::Error>(())
            })
            .await?;
        Ok(())
    }

    pub(super) async fn erase(&self, person: PersonId) -> Result<(), Error> {
        let id = Uuid::from_bytes(self.random.bytes());
        let now = self.clock.now();
        self.db
            .run_tx("chassis.person_keys.erase", async |tx: &mut Tx| {
                sqlx::query!(
                    "-- chassis.person_keys.erase
                    INSERT INTO person_keys AS kept (person_id, key_id, created_at, erased_at)
                    VALUES ($1, $2, $3, $3)
                    ON CONFLICT (person_id) DO UPDATE
                    SET kek_id = NULL, wrapped = NULL, erased_at = excluded.erased_at
                    WHERE kept.erased_at IS NULL",
                    person.as_uuid(),
                    id,
                    now.to_sqlx() as _,
                )
                .execute(&mut **tx)
                .await?;
                Ok::<_, db::Error>(())
            })
            .await?;
        Ok(())
    }

    /// Wraps one batch of keys anew that an older key of the ring wraps; when nothing is left the
    /// older key may leave the ring. A reconciler's work.
    ///
    /// # Errors
    /// When the key store fails, or a wrapping key is not in the ring.
    pub async fn rewrap(&self) -> Result<Progress, Error> {
        let (current, _) = self.kek.current();
        let rewrapped = self
            .db
            .run_tx("chassis.person_keys.rewrap", async |tx: &mut Tx| {
                let rows = sqlx::query!(
                    r#"-- chassis.person_keys.list_wrapped_by_others
                    SELECT person_id AS "person: PersonId", key_id, kek_id, wrapped
                    FROM person_keys WHERE kek_id <> $1
                    ORDER BY person_id LIMIT $2 FOR UPDATE SKIP LOCKED"#,
                    current,
                    REWRAP_BATCH,
                )
                .fetch_all(&mut **tx)
                .await
                .map_err(db::Error::from)?;
                for row in &rows {
                    let stored = Row {
                        key_id: row.key_id,
                        kek_id: row.kek_id.clone(),
                        wrapped: row.wrapped.clone(),
                    };
                    let key = self.unwrap_key(row.person, stored)?;
                    let (kek_id, wrapped) = self.wrap_key(row.person, &key);
                    sqlx::query!(
                        "-- chassis.person_keys.mark_rewrapped
                        UPDATE person_keys SET kek_id = $2, wrapped = $3 WHERE person_id = $1",
                        row.person.as_uuid(),
                        kek_id,
                        wrapped,
                    )
                    .execute(&mut **tx)
                    .await
                    .map_err(db::Error::from)?;
                }
                Ok::<_, Error>(rows.len())
            })
            .await?;
        Ok(if rewrapped == 0 {
            Progress::Idle
        } else {
            Progress::More
        })
    }

    fn wrap_key(&self, person: PersonId, key: &DataKey) -> (&str, Vec<u8>) {
        let (kek_id, kek) = self.kek.current();
        let aad = aad(person, key.id, kek_id);
        (
            kek_id,
            Algorithm::CURRENT.encrypt(kek, &aad, &*key.bytes, &self.random),
        )
    }

    fn unwrap_key(&self, person: PersonId, row: Row) -> Result<DataKey, Error> {
        let (Some(kek_id), Some(wrapped)) = (row.kek_id, row.wrapped) else {
            return Err(Error::Erased);
        };
        let kek = self.kek.get(&kek_id).ok_or(Error::UnknownKey)?;
        let bytes = Algorithm::CURRENT
            .decrypt(kek, &aad(person, row.key_id, &kek_id), &wrapped)
            .ok_or(Error::DoesNotOpen)?;
        let bytes: [u8; KEY_LEN] = bytes
            .as_slice()
            .try_into()
            .map_err(|_| Error::DoesNotOpen)?;
        Ok(DataKey {
            id: row.key_id,
            bytes: Zeroizing::new(bytes),
        })
    }
}

/// Ties a wrapped key to its person, its id and its wrapping key.
fn aad(person: PersonId, key_id: Uuid, kek_id: &str) -> Vec<u8> {
    [&person.to_bytes()[..], key_id.as_bytes(), kek_id.as_bytes()].concat()
}
