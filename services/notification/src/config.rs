//! What notification has to be told: who takes messages, and figures. Every figure has a default.

use std::path::PathBuf;

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use crate::app::Limits;
use crate::domain::message::Rules;
use crate::provider::AliyunConfig;

/// The whole configuration.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// What every service needs.
    pub chassis: xuanhao_chassis::config::Config,
    /// Who takes messages.
    pub provider: ProviderConfig,
    /// When messages are tried and asked about.
    #[serde(default)]
    pub sending: SendingConfig,
    /// Days an ended message is kept, for the citizen's inbox.
    #[serde(default = "Config::default_kept_days")]
    pub kept_days: u16,
}

/// Who takes messages.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "snake_case", tag = "kind")]
pub enum ProviderConfig {
    /// Alibaba Cloud SMS.
    Aliyun(AliyunConfig),
    /// For a local platform: written to a file, numbers and codes in clear. Never for people.
    Console {
        /// A JSON line is appended per message.
        console_file: PathBuf,
    },
}

/// When messages are tried and asked about.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct SendingConfig {
    /// Messages in the hands of the provider at a time.
    pub concurrent: usize,
    /// A message whose sender vanished is sent again after this; longer than any provider call.
    pub claim_s: u32,
    /// Pause after the first failed attempt; doubles with each.
    pub first_pause_ms: u32,
    /// The longest pause between attempts or questions about delivery.
    pub longest_pause_s: u32,
    /// Pause before the first question about delivery.
    pub first_report_s: u32,
    /// Hours after sending during which delivery is asked about.
    pub reports_end_h: u32,
}

impl Default for SendingConfig {
    fn default() -> Self {
        Self {
            concurrent: 32,
            claim_s: 30,
            first_pause_ms: 1_000,
            longest_pause_s: 300,
            first_report_s: 10,
            reports_end_h: 72,
        }
    }
}

impl Config {
    const fn default_kept_days() -> u16 {
        180
    }

    pub(crate) fn limits(&self) -> Limits {
        let sending = &self.sending;
        let seconds = |seconds: u32| SignedDuration::from_secs(i64::from(seconds));
        Limits {
            rules: Rules {
                claim: seconds(sending.claim_s),
                first_pause: SignedDuration::from_millis(i64::from(sending.first_pause_ms)),
                longest_pause: seconds(sending.longest_pause_s),
                first_report: seconds(sending.first_report_s),
                reports_end: SignedDuration::from_hours(i64::from(sending.reports_end_h)),
            },
            concurrent: sending.concurrent.max(1),
            kept: SignedDuration::from_hours(24 * i64::from(self.kept_days)),
        }
    }
}
