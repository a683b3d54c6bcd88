//! Captchas: made for a visitor or a signed-in account, answered once.

use std::path::Path;

use jiff::Timestamp;
use subtle::ConstantTimeEq;
use tokio::io::AsyncWriteExt;
use xuanhao_chassis::db::Tx;
use xuanhao_chassis::ids::{AccountId, ChallengeId, RequestId};
use xuanhao_chassis::reason::Reason;

use super::App;
use super::captcha_picture::Size;
use super::keyed::hex;
use crate::config::CaptchaProvider;
use crate::domain::captcha::{CHARACTERS, Form, LENGTH, normalised, solves};
use crate::domain::challenge::Holder;
use crate::domain::limits::after;
use crate::error::Error;
use crate::store::captcha::{self, Wanted};

/// A captcha to be answered.
pub struct Captcha {
    /// Its id.
    pub captcha_id: ChallengeId,
    /// What is to be answered.
    pub question: Question,
    /// May be answered until then.
    pub expires_at: Timestamp,
}

/// A picture to be read or a puzzle to be solved.
pub enum Question {
    /// A PNG.
    Picture(Vec<u8>),
    /// See [`solves`].
    Puzzle {
        /// What the answer is put behind.
        prefix: String,
        /// Zero bits wanted.
        zero_bits: u8,
    },
}

impl std::fmt::Debug for Question {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Question(…)")
    }
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
    /// Draws a picture code, or makes a puzzle for who cannot use pictures.
    ///
    /// # Errors
    /// `OVERLOADED` when too many are being drawn.
    pub async fn issue_captcha(
        &self,
        holder: Holder,
        form: Form,
        size: Size,
    ) -> Result<Captcha, Error> {
        let captcha_id: ChallengeId = self.ids.next();
        let (question, wanted) = match form {
            Form::Picture => {
                let text: String = (0..LENGTH)
                    .filter_map(|_| self.random.pick(CHARACTERS))
                    .collect();
                let wanted = self.keyed.captcha(captcha_id, holder, &text).to_vec();
                let png = self.easel.draw(text.clone(), size).await?;
                self.tell_simulator(captcha_id, &text).await;
                (Question::Picture(png), Wanted::Text(wanted))
            }
            Form::Puzzle => {
                let (prefix, zero_bits) = (hex(&self.random.bytes::<16>()), self.zero_bits);
                let wanted = Wanted::Work {
                    prefix: prefix.clone(),
                    zero_bits,
                };
                (Question::Puzzle { prefix, zero_bits }, wanted)
            }
        };
        let expires_at = after(self.clock.now(), self.captcha_ttl);
        self.db
            .run_tx("identity.captcha.issue", async |tx: &mut Tx| {
                captcha::add(tx, captcha_id, holder, &wanted, expires_at).await
            })
            .await?;
        Ok(Captcha {
            captcha_id,
            question,
            expires_at,
        })
    }

    /// Checks and uses up a captcha of a signed-in account for another service (R-AUTH-03). A right
    /// answer counts once: there is no request to repeat it for.
    ///
    /// # Errors
    /// `CAPTCHA_REQUIRED`, `CAPTCHA_WRONG`, `CAPTCHA_EXPIRED`.
    pub async fn check_captcha(
        &self,
        account_id: AccountId,
        answer: Option<&Answer>,
    ) -> Result<(), Error> {
        self.take_answer(Holder::Account(account_id), None, answer)
            .await
    }

    /// Takes the one answer to a captcha; the same request may bring a right one again.
    ///
    /// # Errors
    /// `CAPTCHA_REQUIRED`, `CAPTCHA_WRONG`, `CAPTCHA_EXPIRED`.
    pub(super) async fn take_answer(
        &self,
        holder: Holder,
        request_id: Option<RequestId>,
        answer: Option<&Answer>,
    ) -> Result<(), Error> {
        let answer = answer.ok_or(Reason::CaptchaRequired)?;
        let captcha_id = answer.captcha_id;
        let now = self.clock.now();
        // A refusal is told after the commit: a wrong answer uses the captcha up.
        let refusal = self
            .db
            .run_tx("identity.captcha.answer", async |tx: &mut Tx| {
                let asked = captcha::lock(tx, captcha_id, holder).await?;
                let Some(asked) = asked.filter(|asked| asked.expires_at > now) else {
                    return Ok(Some(Reason::CaptchaExpired));
                };
                let is_right = self.is_right(holder, answer, &asked.wanted);
                if asked.answered {
                    let again =
                        is_right && request_id.is_some() && asked.answered_for == request_id;
                    return Ok((!again).then_some(Reason::CaptchaExpired));
                }
                let right_for = request_id.filter(|_| is_right);
                captcha::mark_answered(tx, captcha_id, right_for, now).await?;
                Ok::<_, Error>((!is_right).then_some(Reason::CaptchaWrong))
            })
            .await?;
        refusal.map_or(Ok(()), |reason| Err(reason.into()))
    }

    fn is_right(&self, holder: Holder, answer: &Answer, wanted: &Wanted) -> bool {
        match wanted {
            Wanted::Text(hash) => normalised(&answer.text)
                .map(|text| self.keyed.captcha(answer.captcha_id, holder, &text))
                .is_some_and(|given| given.as_slice().ct_eq(hash).into()),
            Wanted::Work { prefix, zero_bits } => solves(prefix, answer.text.trim(), *zero_bits),
        }
    }

    async fn tell_simulator(&self, captcha_id: ChallengeId, text: &str) {
        if let CaptchaProvider::Simulator { console_file } = &self.captcha_provider {
            tell(console_file, captcha_id, text)
                .await
                .inspect_err(|error| {
                    tracing::warn!(%error, "the simulator could not tell the answer");
                })
                .ok();
        }
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
