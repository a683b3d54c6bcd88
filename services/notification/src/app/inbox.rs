//! What became of messages, and a citizen's inbox.

use jiff::Timestamp;
use xuanhao_chassis::error::Refusal;
use xuanhao_chassis::ids::{AccountId, MessageId};

use super::App;
use crate::domain::message::Status;
use crate::domain::template::{Template, Values};
use crate::error::Error;
use crate::store::message::{self, Shown};

/// A message as it is shown.
#[derive(Debug)]
pub struct View {
    /// Its id.
    pub message_id: MessageId,
    /// Name of its template.
    pub template: String,
    /// Where it stands.
    pub status: Status,
    /// As sent; empty if it held secrets.
    pub text: String,
    /// When it was accepted.
    pub enqueued_at: Timestamp,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
    /// Who took it.
    pub provider: String,
    /// Why it was given up.
    pub failure: String,
}

/// A place in an inbox: everything before it follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page {
    /// When the last message seen was accepted.
    pub enqueued_at: Timestamp,
    /// Its id.
    pub message_id: MessageId,
}

impl Page {
    /// Before the newest.
    pub fn first() -> Self {
        let message_id = MessageId::from_uuid(uuid::Uuid::max());
        // The last day Postgres and we both know.
        let enqueued_at = Timestamp::from_second(200_000_000_000).expect("it is within range");
        Self {
            enqueued_at,
            message_id,
        }
    }
}

impl App {
    /// One message.
    ///
    /// # Errors
    /// `NOT_FOUND`.
    pub async fn message(&self, message_id: MessageId) -> Result<View, Error> {
        let mut connection = self.db.pool().acquire().await?;
        let found = message::lookup(&mut connection, message_id).await?;
        Ok(view(found.ok_or_else(|| Refusal::not_found("message"))?))
    }

    /// The inbox of an account from a place on, newest first, and the place after it if there is
    /// more. Messages that held secrets are left out.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn inbox(
        &self,
        account_id: AccountId,
        page: Page,
        size: usize,
    ) -> Result<(Vec<View>, Option<Page>), Error> {
        let limit = i64::try_from(size + 1).expect("pages are small");
        let before = (page.enqueued_at, page.message_id);
        let mut found = message::list(self.db.pool(), account_id, before, limit).await?;
        let more = found.len() > size;
        found.truncate(size);
        let next = found.last().filter(|_| more).map(|last| Page {
            enqueued_at: last.enqueued_at,
            message_id: last.message_id,
        });
        Ok((found.into_iter().map(view).collect(), next))
    }
}

fn view(shown: Shown) -> View {
    let text = match Template::find(&shown.template) {
        Some(template) if !shown.has_secrets => template
            .fill(shown.language, &shown.parameters, &Values::new())
            .to_string(),
        _ => String::new(),
    };
    View {
        message_id: shown.message_id,
        template: shown.template,
        status: shown.status,
        text,
        enqueued_at: shown.enqueued_at,
        finished_at: shown.finished_at,
        provider: shown.provider.unwrap_or_default(),
        failure: shown.failure.unwrap_or_default(),
    }
}
