//! Picture codes: made for a pre-session, answered once.

use std::path::Path;

use jiff::Timestamp;
use subtle::ConstantTimeEq;
use tokio::io::AsyncWriteExt;
use xuanhao_chassis::db::Tx;
use xuanhao_chassis::ids::{ChallengeId, PreSessionId, RequestId};
use xuanhao_chassis::reason::Reason;

use super::App;
use super::captcha_picture::Size;
use crate::config::CaptchaProvider;
use crate::domain::captcha::{CHARACTERS, LENGTH, normalised};
use crate::domain::limits::after;
use crate::error::Error;
use crate::store::captcha;

/// A picture code to be shown.
pub struct Captcha {
    /// Its id.
    pub captcha_id: ChallengeId,
    /// The picture.
    pub png: Vec<u8>,
    /// May be answered until then.
    pub expires_at: Timestamp,
}

impl std::fmt::Debug for Captcha {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Captcha")
            .field("captcha_id", &self.captcha_id)
            .finish_non_exhaustive()
    }
}

/// An answer as it was typed.
#[derive(Clone)]
pub struct Answer {
    /// Which picture.
    pub captcha_id: ChallengeId,
    /// What is said to be on it.
    pub text: String,
}

impl std::fmt::Debug for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Answer")
            .field("captcha_id", &self.captcha_id)
            .finish_non_exhaustive()
    }
}

impl App {
    /// Draws a picture code.
    ///
    /// # Errors
    /// `OVERLOADED` when too many are being drawn.
    pub async fn issue_captcha(
        &self,
        pre_session: PreSessionId,
        size: Size,
    ) -> Result<Captcha, Error> {
        let text: String = (0..LENGTH)
            .filter_map(|_| self.random.pick(CHARACTERS))
            .collect();
        let captcha_id: ChallengeId = self.ids.next();
        let answer_hash = self.keyed.captcha(captcha_id, pre_session, &text);
        let png = self.easel.draw(text.clone(), size).await?;
        let expires_at = after(self.clock.now(), self.captcha_ttl);
        self.db
            .run_tx("identity.captcha.issue", async |tx: &mut Tx| {
                captcha::add(tx, captcha_id, pre_session, &answer_hash, expires_at).await
            })
            .await?;
        if let CaptchaProvider::Simulator { console_file } = &self.captcha_provider {
            tell(console_file, captcha_id, &text)
                .await
                .inspect_err(|error| {
                    tracing::warn!(%error, "the simulator could not tell the answer");
                })
                .ok();
        }
        Ok(Captcha {
            captcha_id,
            png,
            expires_at,
        })
    }

    /// Takes the one answer to a picture code; the same request may bring a right one again.
    ///
    /// # Errors
    /// `CAPTCHA_REQUIRED`, `CAPTCHA_WRONG`, `CAPTCHA_EXPIRED`.
    pub(super) async fn require_captcha(
        &self,
        pre_session: PreSessionId,
        request_id: RequestId,
        answer: Option<&Answer>,
    ) -> Result<(), Error> {
        let answer = answer.ok_or(Reason::CaptchaRequired)?;
        let captcha_id = answer.captcha_id;
        let answer_hash =
            normalised(&answer.text).map(|text| self.keyed.captcha(captcha_id, pre_session, &text));
        let now = self.clock.now();
        // A refusal is told after the commit: a wrong answer uses the picture up.
        let refusal = self
            .db
            .run_tx("identity.captcha.answer", async |tx: &mut Tx| {
                let asked = captcha::lock(tx, captcha_id, pre_session).await?;
                let Some(asked) = asked.filter(|asked| asked.expires_at > now) else {
                    return Ok(Some(Reason::CaptchaExpired));
                };
                let is_right = answer_hash
                    .is_some_and(|hash| hash.as_slice().ct_eq(&asked.answer_hash).into());
                if asked.answered {
                    let again = is_right && asked.answered_for == Some(request_id);
                    return Ok((!again).then_some(Reason::CaptchaExpired));
                }
                captcha::mark_answered(tx, captcha_id, is_right.then_some(request_id), now).await?;
                Ok::<_, Error>((!is_right).then_some(Reason::CaptchaWrong))
            })
            .await?;
        refusal.map_or(Ok(()), |reason| Err(reason.into()))
    }
}

async fn tell(file: &Path, captcha_id: ChallengeId, answer: &str) -> std::io::Result<()> {
    let mut file = tokio::fs::OpenOptions::new()
        .create(true)
        .append(true)
        .open(file)
        .await?;
    file.write_all(format!("{captcha_id} {answer}\n").as_bytes())
        .await?;
    file.flush().await
}
