//! Alibaba Cloud SMS (Dysmsapi 2017-05-25): `SendSms` and `QuerySendDetails`.
//!
//! The vendor sends templates it has approved: ours name only the template's code, the signature
//! and the values.

mod sign;
mod wire;

use std::path::PathBuf;

use jiff::Timestamp;
use reqwest::StatusCode;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use xuanhao_chassis::clock::civil_day;
use xuanhao_chassis::error::chain;
use xuanhao_chassis::random::SecureRandom;
use xuanhao_vocabulary::Mobile;

use super::Outgoing;
use super::vendor::{Credentials, Error, Line};
use crate::domain::message::{Attempt, Report};
use sign::Call;

const VERSION: &str = "2017-05-25";

/// What configuration says about the vendor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AliyunConfig {
    /// `https://` and the vendor's host.
    #[serde(default = "AliyunConfig::default_endpoint")]
    pub endpoint: String,
    /// A file with two lines: access key id, access key secret.
    pub credentials_file: PathBuf,
    /// The longest a call may take.
    #[serde(default = "AliyunConfig::default_timeout_ms")]
    pub timeout_ms: u64,
    /// The approved signature (签名).
    pub sign_name: String,
}

impl AliyunConfig {
    fn default_endpoint() -> String {
        "https://dysmsapi.aliyuncs.com".to_owned()
    }

    fn default_timeout_ms() -> u64 {
        5_000
    }
}

/// The adapter.
#[derive(Debug)]
pub struct Aliyun {
    line: Line,
    credentials: Credentials,
    sign_name: String,
    random: SecureRandom,
}

impl Aliyun {
    /// The adapter under a configuration.
    ///
    /// # Errors
    /// When an address or a file is wrong.
    pub fn new(config: &AliyunConfig, random: SecureRandom) -> Result<Self, Error> {
        Ok(Self {
            line: Line::new(&config.endpoint, config.timeout_ms)?,
            credentials: Credentials::from_file(&config.credentials_file)?,
            sign_name: config.sign_name.clone(),
            random,
        })
    }

    pub(super) async fn send(
        &self,
        outgoing: &Outgoing<'_>,
        template_code: &str,
        now: Timestamp,
    ) -> Attempt {
        let values = zeroize::Zeroizing::new(
            serde_json::to_string(&outgoing.values.0).expect("strings are JSON"),
        );
        let query = [
            ("OutId", outgoing.message_id.as_str()),
            ("PhoneNumbers", outgoing.mobile.expose()),
            ("SignName", self.sign_name.as_str()),
            ("TemplateCode", template_code),
            ("TemplateParam", values.as_str()),
        ];
        match self.call::<wire::Sent>("SendSms", &query, now).await {
            Ok(sent) => sent.attempt(),
            Err(error) => error.attempt(),
        }
    }

    pub(super) async fn report(
        &self,
        mobile: Mobile,
        reference: &str,
        sent_at: Timestamp,
        now: Timestamp,
    ) -> Report {
        // The vendor counts days in Beijing.
        let day = civil_day(sent_at).strftime("%Y%m%d").to_string();
        let query = [
            ("BizId", reference),
            ("CurrentPage", "1"),
            ("PageSize", "10"),
            ("PhoneNumber", mobile.expose()),
            ("SendDate", &day),
        ];
        match self
            .call::<wire::Details>("QuerySendDetails", &query, now)
            .await
        {
            Ok(details) => details.report(),
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
        query: &[(&str, &str)],
        now: Timestamp,
    ) -> Result<T, Fault> {
        let call = Call {
            action,
            version: VERSION,
            host: &self.line.host,
            query,
            date: now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
            nonce: hex::encode(self.random.bytes::<16>()),
        };
        let query = call.canonical_query();
        let line = &self.line;
        let mut request = line
            .http
            .post(format!("{}/?{}", line.endpoint, query.as_str()));
        for (name, value) in call.signed_headers(&self.credentials) {
            request = request.header(name, value);
        }
        let response = request
            .send()
            .await
            .map_err(|error| Fault::Transport(error.without_url()))?;
        let status = response.status();
        let body = response
            .bytes()
            .await
            .map_err(|error| Fault::Transport(error.without_url()))?;
        if status.is_success() {
            return serde_json::from_slice(&body).map_err(|_| Fault::Garbled);
        }
        let code = serde_json::from_slice::<wire::Problem>(&body).map(|problem| problem.code);
        Err(Fault::Status(status, code.unwrap_or_default()))
    }
}

/// A call without a usable answer.
#[derive(Debug, thiserror::Error)]
enum Fault {
    #[error("no answer")]
    Transport(#[source] reqwest::Error),
    #[error("the answer is not the vendor's")]
    Garbled,
    #[error("status {0}, code {1:?}")]
    Status(StatusCode, String),
}

impl Fault {
    fn attempt(&self) -> Attempt {
        tracing::warn!(error = chain(self), "the vendor did not take a message");
        match self {
            Self::Status(_, code) => wire::attempt_of(code),
            // It may have been taken; a second message is better than none.
            Self::Transport(_) | Self::Garbled => Attempt::Failed,
        }
    }
}
