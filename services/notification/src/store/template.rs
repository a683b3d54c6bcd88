//! Approvals of texts by providers.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::{PgConnection, PgPool};
use xuanhao_chassis::db::{self, Traced, Tx};

use super::known;
use crate::domain::approval::State;
use crate::domain::template::Language;

/// An approval as it is stored.
#[derive(Debug, Clone)]
pub(crate) struct Approval {
    pub(crate) provider: String,
    pub(crate) template: String,
    pub(crate) language: Language,
    pub(crate) text_hash: String,
    pub(crate) provider_template_id: String,
    pub(crate) state: State,
    pub(crate) decided_at: Timestamp,
}

/// Records what a provider said to a text.
///
/// # Errors
/// When the database cannot be asked.
pub(crate) async fn set(tx: &mut Tx, approval: &Approval) -> Result<(), db::Error> {
    sqlx::query!(
        "-- notification.template.set
        INSERT INTO template_approvals
            (provider, template, locale, text_hash, provider_template_id, state, decided_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        ON CONFLICT (template, locale, text_hash, provider) DO UPDATE
        SET provider_template_id = EXCLUDED.provider_template_id, state = EXCLUDED.state,
            decided_at = EXCLUDED.decided_at",
        approval.provider,
        approval.template,
        approval.language.tag(),
        approval.text_hash,
        approval.provider_template_id,
        approval.state.as_str(),
        approval.decided_at.to_sqlx() as _,
    )
    .execute(&mut **tx)
    .traced("db.template.set")
    .await?;
    Ok(())
}

/// Providers that have approved a text, with their own id of it.
///
/// # Errors
/// When the database cannot be asked.
pub(crate) async fn approved(
    connection: &mut PgConnection,
    template: &str,
    language: Language,
    text_hash: &str,
) -> Result<Vec<(String, String)>, db::Error> {
    let rows = sqlx::query!(
        "-- notification.template.approved
        SELECT provider, provider_template_id FROM template_approvals
        WHERE template = $1 AND locale = $2 AND text_hash = $3 AND state = 'approved'",
        template,
        language.tag(),
        text_hash,
    )
    .fetch_all(connection)
    .traced("db.template.approved")
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.provider, row.provider_template_id))
        .collect())
}

/// Every approval, of texts of before too.
///
/// # Errors
/// When the database cannot be asked.
pub(crate) async fn list(pool: &PgPool) -> Result<Vec<Approval>, db::Error> {
    let rows = sqlx::query!(
        r#"-- notification.template.list
        SELECT provider, template, locale, text_hash, provider_template_id, state,
               decided_at AS "decided_at: jiff_sqlx::Timestamp"
        FROM template_approvals ORDER BY template, locale, provider, decided_at DESC"#,
    )
    .fetch_all(pool)
    .traced("db.template.list")
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Approval {
                language: known("locale", Language::from_tag(&row.locale))?,
                state: known("state", State::from_word(&row.state))?,
                provider: row.provider,
                template: row.template,
                text_hash: row.text_hash,
                provider_template_id: row.provider_template_id,
                decided_at: row.decided_at.to_jiff(),
            })
        })
        .collect()
}
