//! Tencent Cloud SMS (2021-01-11): `SendSms` and `PullSmsSendStatusByPhoneNumber`.
//!
//! The vendor sends templates it has approved: ours name only the template's id, the signature and
//! the values, in the order in which their places first stand in the text.

mod sign;
mod wire;

use std::path::PathBuf;

use jiff::{SignedDuration, Timestamp};
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use xuanhao_chassis::error::chain;
use xuanhao_vocabulary::Mobile;

use super::Outgoing;
use super::vendor::{Credentials, Error, Line};
use crate::domain::message::{Attempt, Report};

const VERSION: &str = "2021-01-11";
const SERVICE: &str = "sms";
/// The vendor's clock and ours may differ so much.
const SKEW: SignedDuration = SignedDuration::from_mins(5);
/// Messages of one number looked through for ours.
const PULLED: u32 = 100;

/// What configuration says about the vendor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TencentConfig {
    /// `https://` and the vendor's host.
    #[serde(default = "TencentConfig::default_endpoint")]
    pub endpoint: String,
    /// A file with two lines: secret id, secret key.
    pub credentials_file: PathBuf,
    /// The longest a call may take.
    #[serde(default = "TencentConfig::default_timeout_ms")]
    pub timeout_ms: u64,
    /// The vendor's region.
    #[serde(default = "TencentConfig::default_region")]
    pub region: String,
    /// The application's id at the vendor.
    pub app_id: String,
    /// The approved signature (签名).
    pub sign_name: String,
}

impl TencentConfig {
    fn default_endpoint() -> String {
        "https://sms.tencentcloudapi.com".to_owned()
    }

    fn default_timeout_ms() -> u64 {
        5_000
    }

    fn default_region() -> String {
        "ap-guangzhou".to_owned()
    }
}

/// The adapter.
#[derive(Debug)]
pub struct Tencent {
    line: Line,
    credentials: Credentials,
    config: TencentConfig,
}

impl Tencent {
    /// The adapter under a configuration.
    ///
    /// # Errors
    /// When an address or a file is wrong.
    pub fn new(config: &TencentConfig) -> Result<Self, Error> {
        Ok(Self {
            line: Line::new(&config.endpoint, config.timeout_ms)?,
            credentials: Credentials::from_file(&config.credentials_file)?,
            config: config.clone(),
        })
    }

    pub(super) async fn send(
        &self,
        outgoing: &Outgoing<'_>,
        template_id: &str,
        now: Timestamp,
    ) -> Attempt {
        let places = outgoing.places.iter();
        let values = places.map(|place| {
            let value = outgoing.values.0.get(*place);
            value.map_or("", String::as_str)
        });
        let question = wire::Send {
            phone_number_set: [outgoing.mobile.e164()],
            sms_sdk_app_id: &self.config.app_id,
            template_id,
            sign_name: &self.config.sign_name,
            template_param_set: values.collect(),
            session_context: &outgoing.message_id,
        };
        match self.call::<wire::Sent>("SendSms", &question, now).await {
            Ok(sent) => sent.attempt(),
            Err(fault) => {
                tracing::warn!(error = chain(&fault), "the vendor did not take a message");
                match fault {
                    Fault::Refused(code) => wire::attempt_of(&code),
                    // It may have been taken; a second message is better than none.
                    Fault::Transport(_) | Fault::Garbled => Attempt::Failed,
                }
            }
        }
    }

    pub(super) async fn report(
        &self,
        mobile: Mobile,
        reference: &str,
        sent_at: Timestamp,
        now: Timestamp,
    ) -> Report {
        let begin = sent_at.checked_sub(SKEW).unwrap_or(sent_at);
        let question = wire::Pull {
            begin_time: begin.as_second(),
            end_time: now.as_second(),
            offset: 0,
            limit: PULLED,
            phone_number: mobile.e164(),
            sms_sdk_app_id: &self.config.app_id,
        };
        let action = "PullSmsSendStatusByPhoneNumber";
        match self.call::<wire::Pulled>(action, &question, now).await {
            Ok(pulled) => pulled.report(reference),
            Err(error) => {
                tracing::debug!(
                    error = chain(&error),
                    "the vendor tells nothing about a message"
                );
                Report::Pending
            }
        }
    }

    async fn call<T: DeserializeOwned>(
        &self,
        action: &str,
        question: &(impl Serialize + Sync),
        now: Timestamp,
    ) -> Result<T, Fault> {
        let body = serde_json::to_vec(question).expect("questions are JSON");
        let call = sign::Call {
            service: SERVICE,
            host: &self.line.host,
            body: &body,
            timestamp: now.as_second(),
            date: now.strftime("%Y-%m-%d").to_string(),
        };
        let authorization = call.authorization(&self.credentials);
        let request = self
            .line
            .http
            .post(format!("{}/", self.line.endpoint))
            .header("host", &self.line.host)
            .header(CONTENT_TYPE, sign::CONTENT_TYPE)
            .header(AUTHORIZATION, authorization)
            .header("x-tc-action", action)
            .header("x-tc-version", VERSION)
            .header("x-tc-region", &self.config.region)
            .header("x-tc-timestamp", now.as_second())
            .body(body);
        let transport = |error: reqwest::Error| Fault::Transport(error.without_url());
        let response = request.send().await.map_err(transport)?;
        let body = response.bytes().await.map_err(transport)?;
        // The vendor answers 200 to what it refuses, too.
        let envelope: wire::Envelope<T> =
            serde_json::from_slice(&body).map_err(|_| Fault::Garbled)?;
        match envelope.response {
            wire::Answer::Granted(granted) => Ok(granted),
            wire::Answer::Refused { error } => Err(Fault::Refused(error.code)),
        }
    }
}

/// A call without a usable answer.
#[derive(Debug, thiserror::Error)]
enum Fault {
    #[error("no answer")]
    Transport(#[source] reqwest::Error),
    #[error("the answer is not the vendor's")]
    Garbled,
    #[error("code {0:?}")]
    Refused(String),
}
