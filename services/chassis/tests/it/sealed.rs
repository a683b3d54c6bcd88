//! Personal data, its keys and their end.

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sqlx::Row;
use uuid::Uuid;
use xuanhao_chassis::db::{self, DatabaseConfig};
use xuanhao_chassis::ids::PersonId;
use xuanhao_chassis::jobs::Progress;
use xuanhao_chassis::sealed::{self, Error, KeysConfig, Sealer};
use xuanhao_testkit::{Scratch, TestDatabase, temp_dir};

use crate::data::{data, number, run, start};

const COLUMN: &str = "accounts.full_name";
const NAME: &str = "欧阳修";

struct Keys {
    database: TestDatabase,
    folder: Scratch,
}

impl Keys {
    async fn new() -> Self {
        let keys = Self {
            database: TestDatabase::new(&sealed::migrations()).await,
            folder: temp_dir(),
        };
        std::fs::write(keys.file("url"), keys.database.url()).unwrap();
        keys.write_ring("kek", &[("k1", 1)]);
        keys.write_ring("index", &[("i1", 2)]);
        keys
    }

    fn file(&self, name: &str) -> std::path::PathBuf {
        Path::new(self.folder.path()).join(name)
    }

    /// A ring of keys that repeat one byte each; the first is current.
    fn write_ring(&self, name: &str, keys: &[(&str, u8)]) {
        let entry =
            |(kid, byte): &(&str, u8)| format!(r#""{kid}":"{}""#, STANDARD.encode([*byte; 32]));
        let entries: Vec<String> = keys.iter().map(entry).collect();
        let ring = format!(
            r#"{{"current":"{}","keys":{{{}}}}}"#,
            keys[0].0,
            entries.join(",")
        );
        std::fs::write(self.file(name), ring).unwrap();
    }

    fn config(&self) -> KeysConfig {
        KeysConfig {
            database: DatabaseConfig::at_file(self.file("url")),
            kek_file: self.file("kek"),
            blind_index_key_file: self.file("index"),
        }
    }

    /// A sealer of another process: nothing in its cache.
    async fn sealer(&self) -> Sealer {
        let clock = xuanhao_chassis::clock::Clock::manual(start());
        Sealer::connect(&self.config(), clock).await.unwrap()
    }
}

fn person(n: u128) -> PersonId {
    PersonId::from_uuid(Uuid::from_u128(n))
}

#[tokio::test]
async fn a_value_is_opened_by_every_process_and_only_in_its_place() {
    let keys = Keys::new().await;
    let sealed = keys
        .sealer()
        .await
        .seal(person(1), COLUMN, NAME)
        .await
        .unwrap();
    assert!(!sealed.windows(3).any(|part| part == "欧".as_bytes()));
    let other = keys.sealer().await;
    assert_eq!(
        *other.open_text(person(1), COLUMN, &sealed).await.unwrap(),
        NAME
    );
    let moved = other.open(person(1), "accounts.mobile", &sealed).await;
    assert!(matches!(moved, Err(Error::DoesNotOpen)));
    let nobody = other.open(person(2), COLUMN, &sealed).await;
    assert!(matches!(nobody, Err(Error::UnknownKey)));
    other.seal(person(2), COLUMN, "x").await.unwrap();
    let anothers = other.open(person(2), COLUMN, &sealed).await;
    assert!(matches!(anothers, Err(Error::UnknownKey)));
}

/// C4: erasing the key makes every sealed value unreadable, whoever kept a copy of it.
#[tokio::test]
async fn c4_erasing_makes_everything_sealed_unreadable() {
    let keys = Keys::new().await;
    let sealer = keys.sealer().await;
    let name = sealer.seal(person(1), COLUMN, NAME).await.unwrap();
    let mobile = sealer
        .seal(person(1), "accounts.mobile", "13800000000")
        .await
        .unwrap();
    let neighbour = sealer.seal(person(2), COLUMN, NAME).await.unwrap();
    sealer.erase(person(1)).await.unwrap();
    for sealer in [sealer, keys.sealer().await] {
        let opened = sealer.open(person(1), COLUMN, &name).await;
        assert!(matches!(opened, Err(Error::Erased)));
        let opened = sealer.open(person(1), "accounts.mobile", &mobile).await;
        assert!(matches!(opened, Err(Error::Erased)));
        let again = sealer.seal(person(1), COLUMN, NAME).await;
        assert!(
            matches!(again, Err(Error::Erased)),
            "no second key is ever made"
        );
        assert_eq!(
            *sealer
                .open_text(person(2), COLUMN, &neighbour)
                .await
                .unwrap(),
            NAME
        );
        sealer.erase(person(1)).await.unwrap();
    }
    let left = "SELECT count(*) FROM person_keys WHERE erased_at IS NOT NULL AND wrapped IS NULL";
    assert_eq!(number(keys.database.pool(), left).await, 1);
}

/// C4: a person who never had a key gets none after an erasure.
#[tokio::test]
async fn c4_erasing_comes_before_the_first_key_too() {
    let keys = Keys::new().await;
    let sealer = keys.sealer().await;
    sealer.erase(person(1)).await.unwrap();
    assert!(matches!(
        sealer.seal(person(1), COLUMN, NAME).await,
        Err(Error::Erased)
    ));
}

/// C4: the keys are in a store of their own. The data's database holds no table of keys, and the
/// store holds them wrapped: with a copy of both but not the wrapping key, nothing can be read.
#[tokio::test]
async fn c4_no_key_is_in_the_data() {
    let (data, keys) = (data().await, Keys::new().await);
    let tables = "SELECT count(*) FROM information_schema.columns
        WHERE table_schema = 'public'
        AND (table_name LIKE '%key%' AND table_name <> 'idempotency_keys'
             OR column_name IN ('wrapped', 'kek_id', 'key_id'))";
    assert_eq!(number(data.db.pool(), tables).await, 0);
    let sealed = keys
        .sealer()
        .await
        .seal(person(1), COLUMN, NAME)
        .await
        .unwrap();
    keys.write_ring("kek", &[("k1", 9)]);
    let thief = keys.sealer().await;
    let opened = thief.open(person(1), COLUMN, &sealed).await;
    assert!(matches!(opened, Err(Error::DoesNotOpen)));
}

/// C4: what a ban keeps is the blind index, which does not depend on the person's key.
#[tokio::test]
async fn c4_the_blind_index_outlives_the_person() {
    let keys = Keys::new().await;
    let sealer = keys.sealer().await;
    let before = sealer.index().of("ban.resident_id", "440803199001011234");
    sealer.erase(person(1)).await.unwrap();
    let after = keys
        .sealer()
        .await
        .index()
        .of("ban.resident_id", "440803199001011234");
    assert_eq!(before, after);
}

#[tokio::test]
async fn processes_that_seal_for_a_new_person_at_once_share_one_key() {
    let keys = Keys::new().await;
    let mut sealers = Vec::new();
    for _ in 0..4 {
        sealers.push(keys.sealer().await);
    }
    let sealing = sealers
        .iter()
        .map(|sealer| sealer.seal(person(1), COLUMN, NAME));
    let sealed = futures::future::join_all(sealing).await;
    for sealed in sealed {
        let opened = sealers[0]
            .open_text(person(1), COLUMN, &sealed.unwrap())
            .await;
        assert_eq!(*opened.unwrap(), NAME);
    }
}

#[tokio::test]
async fn a_wrapping_key_can_be_replaced() {
    let keys = Keys::new().await;
    let sealed = keys
        .sealer()
        .await
        .seal(person(1), COLUMN, NAME)
        .await
        .unwrap();
    keys.sealer().await.erase(person(2)).await.unwrap();
    keys.write_ring("kek", &[("k2", 7), ("k1", 1)]);
    let rotating = keys.sealer().await;
    assert_eq!(
        *rotating
            .open_text(person(1), COLUMN, &sealed)
            .await
            .unwrap(),
        NAME
    );
    assert_eq!(rotating.keys().rewrap().await.unwrap(), Progress::More);
    assert_eq!(rotating.keys().rewrap().await.unwrap(), Progress::Idle);
    keys.write_ring("kek", &[("k2", 7)]);
    let after = keys.sealer().await;
    assert_eq!(
        *after.open_text(person(1), COLUMN, &sealed).await.unwrap(),
        NAME
    );
    // The old key opens nothing any more.
    keys.write_ring("kek", &[("k1", 1)]);
    let old = keys.sealer().await.open(person(1), COLUMN, &sealed).await;
    assert!(matches!(old, Err(Error::UnknownKey)));
}

#[tokio::test]
async fn a_changed_row_of_the_key_store_opens_nothing() {
    let keys = Keys::new().await;
    let sealer = keys.sealer().await;
    let sealed = sealer.seal(person(1), COLUMN, NAME).await.unwrap();
    sealer.seal(person(2), COLUMN, NAME).await.unwrap();
    // Somebody gives the second person the first one's key.
    run(
        keys.database.pool(),
        "UPDATE person_keys SET wrapped = other.wrapped FROM person_keys AS other
        WHERE person_keys.person_id <> other.person_id",
    )
    .await;
    let opened = keys.sealer().await.open(person(1), COLUMN, &sealed).await;
    assert!(matches!(opened, Err(Error::DoesNotOpen)));
}

#[tokio::test]
async fn a_key_store_without_its_schema_is_refused() {
    let keys = Keys::new().await;
    let empty = TestDatabase::new(&sqlx::migrate::Migrator::with_migrations(Vec::new())).await;
    std::fs::write(keys.file("url"), empty.url()).unwrap();
    let clock = xuanhao_chassis::clock::Clock::manual(start());
    let refused = Sealer::connect(&keys.config(), clock).await;
    assert!(matches!(
        refused,
        Err(Error::Db(db::Error::SchemaOlder { missing: 1 }))
    ));
}

#[tokio::test]
async fn nothing_of_a_key_is_printed() {
    let keys = Keys::new().await;
    let sealer = keys.sealer().await;
    sealer.seal(person(1), COLUMN, NAME).await.unwrap();
    let row = sqlx::raw_sql("SELECT encode(wrapped, 'hex') FROM person_keys");
    let wrapped: String = row.fetch_one(keys.database.pool()).await.unwrap().get(0);
    let printed = format!("{sealer:?} {:?}", keys.config());
    for secret in [wrapped, STANDARD.encode([1; 32]), hex::encode([1_u8; 32])] {
        assert!(!printed.contains(&secret));
    }
    assert!(!printed.contains("[1, 1, 1"));
}
