//! The `console` provider: writes messages to a file. For a platform on one machine, never for
//! people: the file holds numbers and codes in clear.

use std::path::PathBuf;

use serde::Serialize;
use tokio::io::AsyncWriteExt;

use super::Outgoing;
use crate::domain::message::Attempt;

/// Appends a JSON line per message: `{"message_id", "mobile", "template", "text"}`.
#[derive(Debug)]
pub struct Console {
    file: PathBuf,
    // Lines of several messages must not run into each other.
    writing: tokio::sync::Mutex<()>,
}

#[derive(Serialize)]
struct Line<'a> {
    message_id: &'a str,
    mobile: &'a str,
    template: &'a str,
    text: &'a str,
}

impl Console {
    /// Writes to this file, which is made at need, readable by its owner only.
    pub fn new(file: PathBuf) -> Self {
        Self {
            file,
            writing: tokio::sync::Mutex::default(),
        }
    }

    pub(super) async fn write(&self, outgoing: &Outgoing<'_>) -> Attempt {
        let line = Line {
            message_id: &outgoing.message_id,
            mobile: outgoing.mobile.expose(),
            template: outgoing.template,
            text: &outgoing.text,
        };
        let mut line = serde_json::to_vec(&line).expect("strings are JSON");
        line.push(b'\n');
        let _one_at_a_time = self.writing.lock().await;
        match self.append(&line).await {
            Ok(()) => Attempt::Delivered,
            Err(error) => {
                tracing::warn!(%error, file = %self.file.display(), "the console file takes no message");
                Attempt::Failed
            }
        }
    }

    async fn append(&self, line: &[u8]) -> std::io::Result<()> {
        let mut options = tokio::fs::OpenOptions::new();
        let mut file = options
            .create(true)
            .append(true)
            .mode(0o600)
            .open(&self.file)
            .await?;
        file.write_all(line).await?;
        file.flush().await
    }
}
