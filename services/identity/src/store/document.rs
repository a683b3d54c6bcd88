//! Documents, sealed.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::PgPool;
use uuid::Uuid;
use xuanhao_chassis::db::{self, Traced, Tx};
use xuanhao_chassis::ids::{AccountId, PersonId, StaffId};
use xuanhao_vocabulary::{OfficeId, ProvinceId};

use super::{known, office, province};
use crate::domain::document::{DocumentKind, MediaType};
use crate::domain::ids::DocumentId;

/// A document as stored, without its content.
#[derive(Debug, Clone)]
pub(crate) struct Document {
    /// Its id.
    pub(crate) document_id: DocumentId,
    /// Whose it is; none while it waits at the counter.
    pub(crate) account_id: Option<AccountId>,
    /// Who added it at the counter.
    pub(crate) officer: Option<StaffId>,
    /// Key under which it is sealed.
    pub(crate) key_id: PersonId,
    /// Of the account or the officer.
    pub(crate) province: ProvinceId,
    /// Of the officer.
    pub(crate) office: Option<OfficeId>,
    /// Which paper.
    pub(crate) kind: DocumentKind,
    /// What the file is.
    pub(crate) media_type: MediaType,
    /// Bytes before sealing.
    pub(crate) size: i64,
    /// When.
    pub(crate) added_at: Timestamp,
}

struct Row {
    document_id: DocumentId,
    account_id: Option<AccountId>,
    officer: Option<StaffId>,
    key_id: PersonId,
    province: String,
    office: Option<String>,
    kind: String,
    media_type: String,
    size: i64,
    added_at: jiff_sqlx::Timestamp,
}

impl TryFrom<Row> for Document {
    type Error = db::Error;

    fn try_from(row: Row) -> Result<Self, db::Error> {
        Ok(Self {
            document_id: row.document_id,
            account_id: row.account_id,
            officer: row.officer,
            key_id: row.key_id,
            province: province(&row.province)?,
            office: office(row.office.as_deref())?,
            kind: known("document kind", DocumentKind::from_word(&row.kind))?,
            media_type: known("media type", MediaType::from_word(&row.media_type))?,
            size: row.size,
            added_at: row.added_at.to_jiff(),
        })
    }
}

/// Adds one.
///
/// # Errors
/// When the database cannot be asked.
pub(crate) async fn add(tx: &mut Tx, new: &Document, content: &[u8]) -> Result<(), db::Error> {
    sqlx::query!(
        "-- identity.document.add
        INSERT INTO documents
            (document_id, account_id, officer, key_id, province, office, kind, media_type, size,
             content, added_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        new.document_id.as_uuid(),
        new.account_id.map(AccountId::as_uuid),
        new.officer.map(StaffId::as_uuid),
        new.key_id.as_uuid(),
        new.province.as_str(),
        new.office.map(|office| office.to_string()),
        new.kind.as_str(),
        new.media_type.as_str(),
        new.size,
        content,
        new.added_at.to_sqlx() as _,
    )
    .execute(&mut **tx)
    .traced("db.document.add")
    .await?;
    Ok(())
}

/// Those of the ids there are, in no order.
///
/// # Errors
/// When the database cannot be asked.
pub(crate) async fn list(pool: &PgPool, ids: &[DocumentId]) -> Result<Vec<Document>, db::Error> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.as_uuid()).collect();
    sqlx::query_as!(
        Row,
        r#"-- identity.document.list
        SELECT document_id AS "document_id: DocumentId", account_id AS "account_id: AccountId",
               officer AS "officer: StaffId", key_id AS "key_id: PersonId", province, office, kind,
               media_type, size, added_at AS "added_at: jiff_sqlx::Timestamp"
        FROM documents WHERE document_id = ANY ($1)"#,
        &ids,
    )
    .fetch_all(pool)
    .traced("db.document.list")
    .await?
    .into_iter()
    .map(Document::try_from)
    .collect()
}

/// What of a document is sealed.
///
/// # Errors
/// When the database cannot be asked.
pub(crate) async fn lookup_content(
    pool: &PgPool,
    id: DocumentId,
) -> Result<Option<(PersonId, Vec<u8>)>, db::Error> {
    let row = sqlx::query!(
        r#"-- identity.document.lookup_content
        SELECT key_id AS "key_id: PersonId", content FROM documents WHERE document_id = $1"#,
        id.as_uuid(),
    )
    .fetch_optional(pool)
    .traced("db.document.lookup_content")
    .await?;
    Ok(row.map(|row| (row.key_id, row.content)))
}

/// When an account's owner added documents that are still kept.
///
/// # Errors
/// When the database cannot be asked.
pub(crate) async fn list_added_by_owner(
    tx: &mut Tx,
    account_id: AccountId,
) -> Result<Vec<Timestamp>, db::Error> {
    let times = sqlx::query_scalar!(
        r#"-- identity.document.list_added_by_owner
        SELECT added_at AS "added_at: jiff_sqlx::Timestamp" FROM documents
        WHERE account_id = $1 AND officer IS NULL ORDER BY added_at DESC LIMIT 10000"#,
        account_id.as_uuid(),
    )
    .fetch_all(&mut **tx)
    .traced("db.document.list_added_by_owner")
    .await?;
    Ok(times
        .into_iter()
        .map(jiff_sqlx::Timestamp::to_jiff)
        .collect())
}

/// When an officer added documents since an instant.
///
/// # Errors
/// When the database cannot be asked.
pub(crate) async fn list_added_by_officer(
    tx: &mut Tx,
    officer: StaffId,
    since: Timestamp,
) -> Result<Vec<Timestamp>, db::Error> {
    let times = sqlx::query_scalar!(
        r#"-- identity.document.list_added_by_officer
        SELECT added_at AS "added_at: jiff_sqlx::Timestamp" FROM documents
        WHERE officer = $1 AND added_at > $2 ORDER BY added_at DESC LIMIT 10000"#,
        officer.as_uuid(),
        since.to_sqlx() as _,
    )
    .fetch_all(&mut **tx)
    .traced("db.document.list_added_by_officer")
    .await?;
    Ok(times
        .into_iter()
        .map(jiff_sqlx::Timestamp::to_jiff)
        .collect())
}

/// Makes an officer's waiting document an account's, sealed anew under the account's key; `false` when
/// it does not wait any more.
///
/// # Errors
/// When the database cannot be asked.
pub(crate) async fn adopt(
    tx: &mut Tx,
    document_id: DocumentId,
    account_id: AccountId,
    key_id: PersonId,
    content: &[u8],
) -> Result<bool, db::Error> {
    let updated = sqlx::query!(
        "-- identity.document.adopt
        UPDATE documents
        SET account_id = $2, former_key_id = key_id, key_id = $3, content = $4
        WHERE document_id = $1 AND account_id IS NULL",
        document_id.as_uuid(),
        account_id.as_uuid(),
        key_id.as_uuid(),
        content,
    )
    .execute(&mut **tx)
    .traced("db.document.adopt")
    .await?;
    Ok(updated.rows_affected() == 1)
}

/// Keys of documents that were sealed anew under their account's.
///
/// # Errors
/// When the database cannot be asked.
pub(crate) async fn list_former_keys(
    pool: &PgPool,
    limit: i64,
) -> Result<Vec<PersonId>, db::Error> {
    Ok(sqlx::query_scalar!(
        r#"-- identity.document.list_former_keys
        SELECT former_key_id AS "key!: PersonId" FROM documents
        WHERE former_key_id IS NOT NULL LIMIT $1"#,
        limit,
    )
    .fetch_all(pool)
    .traced("db.document.list_former_keys")
    .await?)
}

/// Notes that a former key is erased.
///
/// # Errors
/// When the database cannot be asked.
pub(crate) async fn forget_former_key(tx: &mut Tx, key: PersonId) -> Result<(), db::Error> {
    sqlx::query!(
        "-- identity.document.forget_former_key
        UPDATE documents SET former_key_id = NULL WHERE former_key_id = $1",
        key.as_uuid(),
    )
    .execute(&mut **tx)
    .traced("db.document.forget_former_key")
    .await?;
    Ok(())
}

/// Keys of documents that wait at the counter since before an instant: no act took them.
///
/// # Errors
/// When the database cannot be asked.
pub(crate) async fn list_unused_keys(
    pool: &PgPool,
    before: Timestamp,
    limit: i64,
) -> Result<Vec<PersonId>, db::Error> {
    Ok(sqlx::query_scalar!(
        r#"-- identity.document.list_unused_keys
        SELECT key_id AS "key: PersonId" FROM documents
        WHERE account_id IS NULL AND added_at < $1 LIMIT $2"#,
        before.to_sqlx() as _,
        limit,
    )
    .fetch_all(pool)
    .traced("db.document.list_unused_keys")
    .await?)
}

/// Deletes a document that waits at the counter, by its own key.
///
/// # Errors
/// When the database cannot be asked.
pub(crate) async fn delete_unused(tx: &mut Tx, key: PersonId) -> Result<(), db::Error> {
    sqlx::query!(
        "-- identity.document.delete_unused
        DELETE FROM documents WHERE key_id = $1 AND account_id IS NULL",
        key.as_uuid(),
    )
    .execute(&mut **tx)
    .traced("db.document.delete_unused")
    .await?;
    Ok(())
}

/// Deletes a batch of accounts' documents of these kinds that were added before an instant.
///
/// # Errors
/// When the database cannot be asked.
pub(crate) async fn delete_batch(
    tx: &mut Tx,
    kinds: &[DocumentKind],
    before: Timestamp,
    limit: i64,
) -> Result<u64, db::Error> {
    let kinds: Vec<String> = kinds.iter().map(|kind| kind.as_str().to_owned()).collect();
    let deleted = sqlx::query!(
        "-- identity.document.delete_batch
        DELETE FROM documents WHERE ctid = ANY (ARRAY(
            SELECT ctid FROM documents
            WHERE kind = ANY ($1) AND added_at < $2 AND account_id IS NOT NULL
              AND former_key_id IS NULL
            LIMIT $3 FOR UPDATE SKIP LOCKED))",
        &kinds,
        before.to_sqlx() as _,
        limit,
    )
    .execute(&mut **tx)
    .traced("db.document.delete_batch")
    .await?;
    Ok(deleted.rows_affected())
}
