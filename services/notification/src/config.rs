//! What notification has to be told: who takes messages, and figures. Every figure has a default.

use std::path::PathBuf;
use std::time::Duration;

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use crate::app::Limits;
use crate::domain::health::Switching;
use crate::domain::message::Rules;
use crate::provider::{AliyunConfig, TencentConfig};

/// The whole configuration.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// What every service needs.
    pub chassis: xuanhao_chassis::config::Config,
    /// Who takes messages, in the order of preference; each kind once.
    pub providers: Vec<ProviderConfig>,
    /// When a provider is passed over for the next one.
    #[serde(default)]
    pub switching: SwitchingConfig,
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
    /// Tencent Cloud SMS.
    Tencent(TencentConfig),
    /// For a local platform: written to a file, numbers and codes in clear. Never for people.
    Console {
        /// A JSON line is appended per message.
        console_file: PathBuf,
    },
}

impl ProviderConfig {
    /// The longest a call may take.
    pub(crate) fn timeout_ms(&self) -> u64 {
        match self {
            Self::Aliyun(config) => config.timeout_ms,
            Self::Tencent(config) => config.timeout_ms,
            Self::Console { .. } => 0,
        }
    }
}

/// When a provider is passed over for the next one, and tried again.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct SwitchingConfig {
    /// So many bad calls in a row are trouble, however long apart.
    pub in_a_row: u32,
    /// Calls within this time are looked at together.
    pub window_s: u32,
    /// Fewer bad calls of a window are no trouble.
    pub least: u32,
    /// This share of bad calls, or of bad receipts, is trouble.
    pub percent: u32,
    /// A call that takes longer is slow, and so bad; below the providers' `timeout_ms`.
    pub slow_ms: u32,
    /// Receipts within this time are looked at together.
    pub receipts_window_s: u32,
    /// Fewer bad receipts are no trouble.
    pub receipts_least: u32,
    /// A receipt that has not come by then is a bad one.
    pub receipt_late_s: u32,
    /// A provider in trouble is tried again with one message after this time.
    pub again_s: u32,
}

impl Default for SwitchingConfig {
    fn default() -> Self {
        Self {
            in_a_row: 3,
            window_s: 60,
            least: 5,
            percent: 50,
            slow_ms: 3_000,
            receipts_window_s: 900,
            receipts_least: 10,
            receipt_late_s: 300,
            again_s: 60,
        }
    }
}

impl SwitchingConfig {
    pub(crate) fn rules(&self) -> Switching {
        let seconds = |seconds: u32| SignedDuration::from_secs(i64::from(seconds));
        Switching {
            in_a_row: self.in_a_row,
            window: seconds(self.window_s),
            least: self.least,
            percent: self.percent,
            slow: Duration::from_millis(self.slow_ms.into()),
            receipts_window: seconds(self.receipts_window_s),
            receipts_least: self.receipts_least,
            receipt_late: seconds(self.receipt_late_s),
            again: seconds(self.again_s),
        }
    }
}

/// When messages are tried and asked about.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct SendingConfig {
    /// Messages in the hands of providers at a time.
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
