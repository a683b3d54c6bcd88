//! What selection has to be told: keys, peers and figures. Every figure has a default.

use std::path::PathBuf;
use std::time::Duration;

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use xuanhao_chassis::grpc::ClientConfig;
use xuanhao_chassis::jobs::RetentionConfig;

use crate::domain::telling::Daytime;

/// The whole configuration.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// What every service needs.
    pub chassis: xuanhao_chassis::config::Config,
    /// Public keys (JWKS) whose signatures on proofs of challenges are believed: identity's.
    pub proof_keys_file: PathBuf,
    /// Vouchers.
    pub voucher: VoucherConfig,
    /// Where the plate pool is.
    pub platepool: ClientConfig,
    /// Where the vehicle service is.
    pub vehicle: ClientConfig,
    /// Where identity is.
    pub identity: ClientConfig,
    /// Where notification is.
    pub notification: ClientConfig,
    /// Operations on the pool.
    #[serde(default)]
    pub operations: OperationsConfig,
    /// Reconcilers.
    #[serde(default)]
    pub jobs: JobsConfig,
    /// Messages to citizens.
    #[serde(default)]
    pub messages: MessagesConfig,
    /// What the chassis's tables keep.
    #[serde(default)]
    pub retention: RetentionConfig,
}

/// Vouchers.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct VoucherConfig {
    /// The platform's name in the signed text, such as `https://xuanhao.gd.example`.
    pub issuer: String,
    /// Ed25519 key (PKCS#8) that signs vouchers.
    pub signing_key_file: PathBuf,
}

/// Operations on the pool.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct OperationsConfig {
    /// How long the pool may take to execute one; past it the pool refuses (P3). At most 5 minutes.
    pub timeout_ms: u64,
    /// An operation that is pending for so long is looked up (P6). Longer than `timeout_ms`.
    pub recover_after_ms: u64,
}

impl Default for OperationsConfig {
    fn default() -> Self {
        Self {
            timeout_ms: 5_000,
            recover_after_ms: 8_000,
        }
    }
}

/// Reconcilers: how often each looks when nothing woke it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct JobsConfig {
    /// Pending operations.
    pub recovery_every_ms: u64,
    /// Hints that an application has a number.
    pub hints_every_ms: u64,
    /// A hint waits so long for its own request to finish.
    pub hint_after_ms: u64,
    /// Confirmed numbers nobody was told of.
    pub announcements_every_ms: u64,
    /// A confirmed number waits so long for its own request to tell.
    pub announce_after_ms: u64,
    /// Deadlines, bans, used-up chances, ended applications.
    pub endings_every_s: u64,
    /// Between two looks at a lapsed number in the registry.
    pub lapse_check_every_s: u32,
    /// Messages to citizens that notification has not taken yet.
    pub messages_every_ms: u64,
    /// Between two looks at a claim that is not verified yet; a hint comes sooner.
    pub claim_check_every_s: u32,
    /// Retention.
    pub sweep_every_s: u64,
}

impl Default for JobsConfig {
    fn default() -> Self {
        Self {
            recovery_every_ms: 2_000,
            hints_every_ms: 5_000,
            hint_after_ms: 5_000,
            announcements_every_ms: 5_000,
            announce_after_ms: 3_000,
            endings_every_s: 60,
            lapse_check_every_s: 21_600,
            messages_every_ms: 5_000,
            claim_check_every_s: 60,
            sweep_every_s: 600,
        }
    }
}

/// Hours of the day, Asia/Shanghai, in which messages go out that a clock makes: reminders, missed
/// deadlines, bans. What answers somebody's act goes out at once.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct MessagesConfig {
    /// From that hour on (0–23).
    pub from_hour: u8,
    /// Until that hour (1–24), later than the first.
    pub to_hour: u8,
}

impl Default for MessagesConfig {
    fn default() -> Self {
        Self {
            from_hour: 8,
            to_hour: 21,
        }
    }
}

/// The figures the use cases go by.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    /// How long the pool may take to execute an operation (P3).
    pub(crate) operation_timeout: Duration,
    /// A pending operation older than that is looked up by recovery (P6).
    pub(crate) recover_after: Duration,
    /// A hint waits that long for the request that caused it to finish by itself (P11).
    pub(crate) hint_after: Duration,
    /// A confirmed number waits that long for its own request to tell about it (P11).
    pub(crate) announce_after: Duration,
    /// Between two looks at a lapsed number in the registry (P10).
    pub(crate) lapse_check_every: SignedDuration,
    /// Between two looks at an unverified claim.
    pub(crate) claim_check_every: SignedDuration,
    /// When messages go out that nobody waits for.
    pub(crate) daytime: Daytime,
    /// The platform's name in vouchers.
    pub(crate) issuer: String,
}

/// A figure that cannot be.
#[derive(Debug, thiserror::Error)]
pub enum Invalid {
    /// Recovery would look up what is still being executed.
    #[error("`operations.recover_after_ms` must be longer than `operations.timeout_ms`")]
    RecoversTooEarly,
    /// The pool refuses operations that may run for so long.
    #[error("`operations.timeout_ms` must lie between 100 and 300000")]
    Timeout,
    /// Messages would never go out.
    #[error("`messages.from_hour` must be before `messages.to_hour`, which is at most 24")]
    Daytime,
}

impl Config {
    /// Checks what the types cannot.
    ///
    /// # Errors
    /// The first figure that cannot be.
    pub fn check(&self) -> Result<(), Invalid> {
        let operations = &self.operations;
        if !(100..=300_000).contains(&operations.timeout_ms) {
            return Err(Invalid::Timeout);
        }
        if operations.recover_after_ms <= operations.timeout_ms {
            return Err(Invalid::RecoversTooEarly);
        }
        if self.messages.from_hour >= self.messages.to_hour || self.messages.to_hour > 24 {
            return Err(Invalid::Daytime);
        }
        Ok(())
    }

    pub(crate) fn settings(&self) -> Settings {
        let (operations, jobs) = (&self.operations, &self.jobs);
        Settings {
            operation_timeout: Duration::from_millis(operations.timeout_ms),
            recover_after: Duration::from_millis(operations.recover_after_ms),
            hint_after: Duration::from_millis(jobs.hint_after_ms),
            announce_after: Duration::from_millis(jobs.announce_after_ms),
            lapse_check_every: SignedDuration::from_secs(jobs.lapse_check_every_s.into()),
            claim_check_every: SignedDuration::from_secs(jobs.claim_check_every_s.into()),
            daytime: Daytime {
                from_hour: self.messages.from_hour,
                to_hour: self.messages.to_hour,
            },
            issuer: self.voucher.issuer.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAMPLE: &str = include_str!("../config.sample.yaml");

    #[test]
    fn the_sample_is_a_configuration() {
        let config: Config = xuanhao_chassis::config::parse(SAMPLE).unwrap();
        config.check().unwrap();
        assert_eq!(config.operations, OperationsConfig::default());
        assert_eq!(config.jobs, JobsConfig::default());
        assert_eq!(config.messages, MessagesConfig::default());
    }

    #[test]
    fn recovery_never_begins_before_the_pool_has_given_up() {
        let mut config: Config = xuanhao_chassis::config::parse(SAMPLE).unwrap();
        config.operations.recover_after_ms = config.operations.timeout_ms;
        assert!(matches!(config.check(), Err(Invalid::RecoversTooEarly)));
        config.operations = OperationsConfig {
            timeout_ms: 1,
            recover_after_ms: 2,
        };
        assert!(matches!(config.check(), Err(Invalid::Timeout)));
        config.operations = OperationsConfig::default();
        config.messages.from_hour = config.messages.to_hour;
        assert!(matches!(config.check(), Err(Invalid::Daytime)));
    }
}
