//! What the simulators tell: SMS with their codes, and answers to picture codes.

use std::collections::HashMap;
use std::fs::File;
use std::io::{ErrorKind, Read as _, Seek as _, SeekFrom};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use serde::{Deserialize, Serialize};

/// How long a message or an answer may take to be written.
const LIMIT: Duration = Duration::from_secs(15);
const POLL: Duration = Duration::from_millis(20);

/// A message that was sent, numbers and codes in clear: nobody real is among the receivers.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
pub struct Sms {
    /// Whom it was sent to: eleven digits.
    pub mobile: String,
    /// The template's name, such as `challenge_code`.
    pub template: String,
    /// What it says.
    pub text: String,
}

impl Sms {
    /// Whether it was made from a template.
    #[must_use]
    pub fn is_of(&self, template: &str) -> bool {
        self.template.split('/').next() == Some(template)
    }
}

/// Reads what the simulators write; clones share what was read.
#[derive(Debug, Clone)]
pub struct Console(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    messages: Mutex<Messages>,
    captchas: Mutex<Captchas>,
    /// Codes handed out by number, so that none is handed out twice.
    taken: Mutex<HashMap<String, usize>>,
}

/// What was sent, by number. Each line of the file is read once: thousands may wait for their codes.
#[derive(Debug)]
struct Messages {
    file: Tail,
    by_mobile: HashMap<String, Vec<Sms>>,
}

/// Answers by picture.
#[derive(Debug)]
struct Captchas {
    file: Tail,
    answers: HashMap<String, String>,
}

impl Console {
    pub(crate) fn new(messages: PathBuf, captchas: PathBuf) -> Self {
        // What an earlier run of the platform wrote is passed over.
        let before = messages.metadata().map_or(0, |found| found.len());
        Self(Arc::new(Inner {
            messages: Mutex::new(Messages {
                file: Tail::new(messages, before),
                by_mobile: HashMap::new(),
            }),
            captchas: Mutex::new(Captchas {
                file: Tail::new(captchas, 0),
                answers: HashMap::new(),
            }),
            taken: Mutex::default(),
        }))
    }

    /// Every message to a number since the platform started, the oldest first.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn messages_to(&self, mobile: &str) -> Result<Vec<Sms>> {
        let messages = self.messages()?;
        Ok(messages.by_mobile.get(mobile).cloned().unwrap_or_default())
    }

    /// What was sent until now.
    fn messages(&self) -> Result<MutexGuard<'_, Messages>> {
        let mut messages = self.0.messages.lock().expect("no panic while it is held");
        for line in messages.file.new_lines()?.lines() {
            let sms: Sms = serde_json::from_str(line).context("the messages' file")?;
            let to = messages.by_mobile.entry(sms.mobile.clone()).or_default();
            to.push(sms);
        }
        Ok(messages)
    }

    /// The next code sent to a number that was not handed out yet; waits for it.
    ///
    /// # Errors
    /// When none comes in 15 seconds.
    pub async fn next_code(&self, mobile: &str) -> Result<String> {
        let start = Instant::now();
        loop {
            if let Some(code) = self.take_code(mobile)? {
                return Ok(code);
            }
            if start.elapsed() > LIMIT {
                bail!("no code was sent within {} s", LIMIT.as_secs());
            }
            tokio::time::sleep(POLL).await;
        }
    }

    /// The newest initial credentials sent to a number; waits for them (R-ACC-06).
    ///
    /// # Errors
    /// When none come in 15 seconds.
    pub async fn next_credentials(&self, mobile: &str) -> Result<InitialCredentials> {
        let start = Instant::now();
        loop {
            let messages = self.messages_to(mobile)?;
            if let Some(credentials) = messages.iter().rev().find_map(credentials_in) {
                return Ok(credentials);
            }
            if start.elapsed() > LIMIT {
                bail!("no credentials were sent within {} s", LIMIT.as_secs());
            }
            tokio::time::sleep(POLL).await;
        }
    }

    /// The newest code sent to a number, if any was.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn newest_code(&self, mobile: &str) -> Result<Option<String>> {
        Ok(self.codes_to(mobile)?.pop())
    }

    fn known_answer(&self, captcha_id: &str) -> Result<Option<String>> {
        let mut captchas = self.0.captchas.lock().expect("no panic while it is held");
        for line in captchas.file.new_lines()?.lines() {
            if let Some((id, answer)) = line.split_once(' ') {
                captchas.answers.insert(id.to_owned(), answer.to_owned());
            }
        }
        Ok(captchas.answers.get(captcha_id).cloned())
    }

    fn take_code(&self, mobile: &str) -> Result<Option<String>> {
        let codes = self.codes_to(mobile)?;
        let mut taken = self.0.taken.lock().expect("no panic while it is held");
        let count = taken.entry(mobile.to_owned()).or_default();
        let code = codes.into_iter().nth(*count);
        *count += usize::from(code.is_some());
        Ok(code)
    }

    fn codes_to(&self, mobile: &str) -> Result<Vec<String>> {
        let messages = self.messages_to(mobile)?;
        Ok(messages.iter().filter_map(code_in).collect())
    }

    /// The answer to a picture code; waits for it.
    ///
    /// # Errors
    /// When it does not come in 15 seconds.
    pub async fn captcha_answer(&self, captcha_id: &str) -> Result<String> {
        let start = Instant::now();
        loop {
            if let Some(answer) = self.known_answer(captcha_id)? {
                return Ok(answer);
            }
            if start.elapsed() > LIMIT {
                bail!("no such picture code within {} s", LIMIT.as_secs());
            }
            tokio::time::sleep(POLL).await;
        }
    }
}

/// A file that grows, read line by line; it may not be there yet.
#[derive(Debug)]
struct Tail {
    path: PathBuf,
    read: u64,
}

impl Tail {
    fn new(path: PathBuf, read: u64) -> Self {
        Self { path, read }
    }

    /// The whole lines that were added; the last may still be in writing.
    fn new_lines(&mut self) -> Result<String> {
        let doing = || format!("reading {}", self.path.display());
        let mut file = match File::open(&self.path) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(String::new()),
            Err(error) => return Err(error).with_context(doing),
        };
        let mut added = Vec::new();
        file.seek(SeekFrom::Start(self.read)).with_context(doing)?;
        file.read_to_end(&mut added).with_context(doing)?;
        // A character may be cut in two as well as a line.
        let whole = added.iter().rposition(|byte| *byte == b'\n');
        added.truncate(whole.map_or(0, |end| end + 1));
        self.read += added.len() as u64;
        String::from_utf8(added).with_context(doing)
    }
}

/// By which an enrolled account is signed in for the first time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InitialCredentials {
    /// The name.
    pub login_name: String,
    /// The initial password.
    pub password: String,
}

/// The two words without a Chinese character in a message with credentials.
fn credentials_in(sms: &Sms) -> Option<InitialCredentials> {
    if !sms.is_of("initial_credentials") {
        return None;
    }
    let word = |c: char| c.is_ascii_alphanumeric() || "_-".contains(c);
    let mut words = sms
        .text
        .split(|c: char| !word(c))
        .filter(|word| word.len() >= 6);
    Some(InitialCredentials {
        login_name: words.next()?.to_owned(),
        password: words.next()?.to_owned(),
    })
}

/// The six digits of a message with a code.
fn code_in(sms: &Sms) -> Option<String> {
    if !sms.is_of("challenge_code") {
        return None;
    }
    sms.text
        .split(|c: char| !c.is_ascii_digit())
        .find(|digits| digits.len() == 6)
        .map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_and_credentials_are_found_in_their_messages() {
        let sms = |template: &str, text: &str| Sms {
            mobile: "13800138000".to_owned(),
            template: template.to_owned(),
            text: text.to_owned(),
        };
        let code = sms("challenge_code", "验证码012345,5分钟内有效");
        assert_eq!(code_in(&code).as_deref(), Some("012345"));
        let credentials = sms(
            "initial_credentials",
            "您的用户名为u_abc123,初始密码为Abcd-2345-xyz,请在2小时内登录",
        );
        let found = credentials_in(&credentials).unwrap();
        assert_eq!(found.login_name, "u_abc123");
        assert_eq!(found.password, "Abcd-2345-xyz");
        assert_eq!(credentials_in(&code), None);
        let other = sms("selection_confirmed", "凭证编号123456");
        assert_eq!(code_in(&other), None);
    }
}
