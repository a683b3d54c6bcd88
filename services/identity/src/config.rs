//! What identity has to be told: keys, peers and figures. Every figure has a default.

use std::path::PathBuf;

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use xuanhao_chassis::grpc::ClientConfig;

use crate::domain::limits::Cap;
use crate::domain::session::Lifetimes;
use crate::domain::{captcha, challenge};

/// The whole configuration.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// What every service needs.
    pub chassis: xuanhao_chassis::config::Config,
    /// Ed25519 key (PKCS#8) that signs principals and proofs.
    pub signing_key_file: PathBuf,
    /// Where notification is.
    pub notification: ClientConfig,
    /// Cost of passwords.
    #[serde(default)]
    pub passwords: PasswordsConfig,
    /// Guesses at passwords.
    #[serde(default)]
    pub sign_in: SignInConfig,
    /// Sessions of citizens.
    #[serde(default = "SessionConfig::citizens")]
    pub sessions: SessionConfig,
    /// Sessions of staff.
    #[serde(default = "SessionConfig::staff")]
    pub staff_sessions: SessionConfig,
    /// SMS codes.
    #[serde(default)]
    pub challenges: ChallengesConfig,
    /// Picture codes and puzzles.
    #[serde(default)]
    pub captchas: CaptchasConfig,
    /// Papers and pictures of persons.
    #[serde(default)]
    pub documents: DocumentsConfig,
    /// Enrolment face to face.
    #[serde(default)]
    pub enrolment: EnrolmentConfig,
    /// What is deleted when.
    #[serde(default)]
    pub retention: RetentionConfig,
}

/// Cost of passwords (Argon2id). Raising it takes effect at each account's next sign-in.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct PasswordsConfig {
    /// Memory per hash.
    pub memory_kib: u32,
    /// Passes over the memory.
    pub passes: u32,
    /// Hashes at a time; each keeps one processor busy.
    pub concurrent: usize,
    /// The longest a sign-in waits for its turn before it is refused.
    pub wait_ms: u64,
}

impl Default for PasswordsConfig {
    fn default() -> Self {
        Self {
            memory_kib: 19_456,
            passes: 2,
            concurrent: 4,
            wait_ms: 3_000,
        }
    }
}

/// When guessing a password ends.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct SignInConfig {
    /// Failures of one login name in the window before it locks.
    pub most_per_login: u32,
    /// Failures from one address in the window; higher, because many share one.
    pub most_per_address: u32,
    /// The rolling window.
    pub window_s: u32,
}

impl Default for SignInConfig {
    fn default() -> Self {
        Self {
            most_per_login: 10,
            most_per_address: 100,
            window_s: 900,
        }
    }
}

impl SignInConfig {
    pub(crate) fn per_login(&self) -> Cap {
        Cap {
            most: self.most_per_login,
            within: seconds(self.window_s),
        }
    }

    pub(crate) fn per_address(&self) -> Cap {
        Cap {
            most: self.most_per_address,
            within: seconds(self.window_s),
        }
    }
}

/// Lifetimes of sessions and principals.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct SessionConfig {
    /// Ends after so long without use.
    pub idle_s: u32,
    /// Ends so long after it began.
    pub absolute_s: u32,
    /// Lifetime of a principal made from it; more than 300 is taken as 300 (C3).
    pub principal_s: u32,
}

impl SessionConfig {
    fn citizens() -> Self {
        Self {
            idle_s: 1_800,
            absolute_s: 43_200,
            principal_s: 300,
        }
    }

    fn staff() -> Self {
        Self {
            idle_s: 1_800,
            absolute_s: 36_000,
            principal_s: 300,
        }
    }

    pub(crate) fn lifetimes(&self) -> Lifetimes {
        Lifetimes {
            idle: seconds(self.idle_s),
            absolute: seconds(self.absolute_s),
        }
    }

    pub(crate) fn principal(&self) -> SignedDuration {
        seconds(self.principal_s).min(xuanhao_chassis::principal::MAX_LIFETIME)
    }
}

/// SMS codes: lifetimes and caps (C1, C2).
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct ChallengesConfig {
    /// How long a code lives.
    pub code_s: u32,
    /// How long a proof lives.
    pub proof_s: u32,
    /// The least time between two codes to one number.
    pub resend_s: u32,
    /// How long notification may take to acknowledge; then the code is void.
    pub settle_s: u32,
    /// Codes to one number over all purposes.
    pub per_number: Vec<CapConfig>,
    /// Of these, codes that strangers may cause, per purpose.
    pub per_number_by_strangers: Vec<CapConfig>,
    /// Codes that strangers at one address may cause.
    pub per_address_by_strangers: Vec<CapConfig>,
    /// Codes of the whole service.
    pub global: CapConfig,
    /// Wrong answers per holder, number, purpose and subject.
    pub failures: CapConfig,
    /// An answer about a forgotten password is given no earlier than this, so that its time tells
    /// nothing about the login name.
    pub reset_answer_ms: u64,
}

impl Default for ChallengesConfig {
    fn default() -> Self {
        let cap = |most, within_s| CapConfig { most, within_s };
        Self {
            code_s: 300,
            proof_s: 600,
            resend_s: 60,
            settle_s: 30,
            per_number: vec![cap(3, 600), cap(10, 86_400)],
            per_number_by_strangers: vec![cap(1, 600), cap(3, 86_400)],
            per_address_by_strangers: vec![cap(20, 600), cap(100, 86_400)],
            global: cap(1_200, 60),
            failures: cap(5, 1_800),
            reset_answer_ms: 150,
        }
    }
}

impl ChallengesConfig {
    pub(crate) fn rules(&self) -> challenge::Rules {
        let caps = |caps: &[CapConfig]| caps.iter().map(CapConfig::cap).collect();
        challenge::Rules {
            code_ttl: seconds(self.code_s),
            proof_ttl: seconds(self.proof_s),
            resend_after: seconds(self.resend_s),
            settle_within: seconds(self.settle_s),
            number: caps(&self.per_number),
            strangers: caps(&self.per_number_by_strangers),
            address: caps(&self.per_address_by_strangers),
            global: self.global.cap(),
            failures: self.failures.cap(),
        }
    }
}

/// So many in a rolling time.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct CapConfig {
    /// How many.
    pub most: u32,
    /// In which time.
    pub within_s: u32,
}

impl CapConfig {
    pub(crate) fn cap(&self) -> Cap {
        Cap {
            most: self.most,
            within: seconds(self.within_s),
        }
    }
}

/// Picture codes and puzzles.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct CaptchasConfig {
    /// How long one may be answered.
    pub captcha_s: u32,
    /// Pictures drawn at a time.
    pub concurrent: usize,
    /// Zero bits a puzzle asks for, 8–28; each doubles the work.
    pub zero_bits: u8,
    /// Who makes them.
    pub provider: CaptchaProvider,
}

impl Default for CaptchasConfig {
    fn default() -> Self {
        Self {
            captcha_s: 300,
            concurrent: 2,
            zero_bits: 18,
            provider: CaptchaProvider::Picture,
        }
    }
}

impl CaptchasConfig {
    pub(crate) fn zero_bits(&self) -> u8 {
        self.zero_bits
            .clamp(captcha::FEWEST_ZERO_BITS, captcha::MOST_ZERO_BITS)
    }
}

/// Who makes picture codes.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "snake_case", tag = "kind")]
pub enum CaptchaProvider {
    /// Drawn here; only the picture knows the answer.
    Picture,
    /// For a local platform: drawn here, and the answer is also written to a file. Never for people.
    Simulator {
        /// A line `CAPTCHA_ID ANSWER` is appended per picture.
        console_file: PathBuf,
    },
}

/// Papers and pictures of persons: size and caps.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct DocumentsConfig {
    /// The largest file.
    pub max_bytes: usize,
    /// Files one account's owner may add.
    pub per_account: Vec<CapConfig>,
    /// Files of one account's owner that are kept at a time.
    pub most_per_account: u32,
    /// Files one officer may add at the counter.
    pub per_officer: Vec<CapConfig>,
}

impl Default for DocumentsConfig {
    fn default() -> Self {
        let cap = |most, within_s| CapConfig { most, within_s };
        Self {
            max_bytes: 5 * 1_024 * 1_024,
            per_account: vec![cap(10, 600), cap(30, 86_400)],
            most_per_account: 100,
            per_officer: vec![cap(200, 3_600)],
        }
    }
}

/// Enrolment face to face (R-ACC-05, R-ACC-06).
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct EnrolmentConfig {
    /// How long initial credentials are of use; more than 7200 is taken as 7200 (R-ACC-06).
    pub credentials_s: u32,
    /// How long an act at the counter takes an officer's documents.
    pub documents_s: u32,
}

impl Default for EnrolmentConfig {
    fn default() -> Self {
        Self {
            credentials_s: 7_200,
            documents_s: 7_200,
        }
    }
}

impl EnrolmentConfig {
    pub(crate) fn credentials(&self) -> SignedDuration {
        seconds(self.credentials_s)
    }

    pub(crate) fn documents(&self) -> SignedDuration {
        seconds(self.documents_s)
    }
}

/// How long rows live that have done their duty.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct RetentionConfig {
    /// Days a challenge is kept after it was issued; at least 2, because the caps count a day.
    pub challenge_days: u16,
    /// Days an ended session is kept.
    pub session_days: u16,
    /// Minutes an expired captcha is kept.
    pub captcha_mins: u16,
    /// Days the documents of an enrolment are kept.
    pub enrolment_document_days: u16,
    /// Days documents about a vehicle and its purchase are kept.
    pub vehicle_document_days: u16,
    /// Days what supports an appeal is kept.
    pub appeal_document_days: u16,
    /// Hours an officer's document waits for an act.
    pub unused_document_hours: u16,
}

impl Default for RetentionConfig {
    fn default() -> Self {
        Self {
            challenge_days: 7,
            session_days: 30,
            captcha_mins: 60,
            enrolment_document_days: 3_650,
            vehicle_document_days: 1_095,
            appeal_document_days: 1_095,
            unused_document_hours: 24,
        }
    }
}

fn seconds(count: u32) -> SignedDuration {
    SignedDuration::from_secs(i64::from(count))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sample_is_a_configuration_with_the_defaults_it_claims() {
        let sample: Config =
            xuanhao_chassis::config::parse(include_str!("../config.sample.yaml")).unwrap();
        assert_eq!(sample.passwords, PasswordsConfig::default());
        assert_eq!(sample.sign_in, SignInConfig::default());
        assert_eq!(sample.sessions, SessionConfig::citizens());
        assert_eq!(sample.staff_sessions, SessionConfig::staff());
        assert_eq!(sample.challenges, ChallengesConfig::default());
        assert_eq!(sample.captchas, CaptchasConfig::default());
        assert_eq!(sample.documents, DocumentsConfig::default());
        assert_eq!(sample.enrolment, EnrolmentConfig::default());
        assert_eq!(sample.retention, RetentionConfig::default());
    }

    /// C3: no configuration makes a principal that lives longer than five minutes.
    #[test]
    fn a_principal_never_lives_longer_than_five_minutes() {
        let config = SessionConfig {
            principal_s: 3_600,
            ..SessionConfig::citizens()
        };
        assert_eq!(config.principal(), SignedDuration::from_mins(5));
    }
}
