//! One call to a gateway: JSON over HTTP, a bearer token, few tries, and a limit on all of them.
//!
//! Neither the registry nor the bureau publishes an interface, so this wire format is ours; whoever
//! connects an installation puts a gateway in front of the real system that speaks it:
//!
//! ```text
//! POST <endpoint><path>          Authorization: Bearer <token>, Content-Type: application/json
//! 200 and a JSON object          the answer
//! 404 and {"code": "<unknown>"}  the system answered that it knows no such thing
//! anything else                  no answer
//! ```
//!
//! A 404 without that body, as a proxy in between would give, is no answer. 5xx, 429 and lost
//! connections are tried again; other refusals are about our access and are not.

use std::path::PathBuf;
use std::time::Duration;

use reqwest::header::{AUTHORIZATION, HeaderValue};
use reqwest::{Client, Response, StatusCode};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use xuanhao_chassis::error::chain;

use super::Unavailable;

/// Tries of one question.
const TRIES: u32 = 2;
const PAUSE: Duration = Duration::from_millis(50);
/// Answers are small; more is not ours.
const LARGEST_ANSWER: usize = 64 * 1024;

/// What configuration says about a gateway.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GatewayConfig {
    /// `https://`, host and, where there is one, the path before ours.
    pub endpoint: String,
    /// A file that holds the bearer token.
    pub token_file: PathBuf,
    /// The longest a question may take, all tries included. Callers ask again themselves within
    /// their own five seconds, so keep it well below.
    #[serde(default = "GatewayConfig::default_timeout_ms")]
    pub timeout_ms: u64,
}

impl GatewayConfig {
    fn default_timeout_ms() -> u64 {
        1_500
    }
}

/// Why a gateway cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The endpoint is no address.
    #[error("`endpoint` is not an http(s) address")]
    Endpoint,
    /// The token cannot be read.
    #[error("{} cannot be read", .0.display())]
    Unreadable(PathBuf, #[source] std::io::Error),
    /// The token file has another form.
    #[error("{} does not hold one line, the token", .0.display())]
    Token(PathBuf),
    /// The HTTP client cannot be made.
    #[error("no HTTP client can be made")]
    Client(#[source] reqwest::Error),
}

/// A gateway.
#[derive(Debug)]
pub struct Gateway {
    http: Client,
    endpoint: String,
    authorization: HeaderValue,
}

/// A try without a usable answer.
#[derive(Debug, thiserror::Error)]
enum Fault {
    #[error("no answer")]
    Transport(#[source] reqwest::Error),
    #[error("status {0}")]
    Status(StatusCode),
    #[error("the answer is not in its form")]
    Garbled,
}

#[derive(Deserialize)]
struct Problem {
    code: String,
}

impl Gateway {
    /// The gateway under a configuration.
    ///
    /// # Errors
    /// When the address or the token file is wrong.
    pub fn new(config: &GatewayConfig) -> Result<Self, Error> {
        let http = ["https://", "http://"].iter().any(|scheme| {
            config
                .endpoint
                .strip_prefix(scheme)
                .is_some_and(|host| !host.is_empty())
        });
        if !http {
            return Err(Error::Endpoint);
        }
        let authorization = read_token(&config.token_file)?;
        let client = Client::builder()
            .timeout(Duration::from_millis(config.timeout_ms) / TRIES)
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(Error::Client)?;
        Ok(Self {
            http: client,
            endpoint: config.endpoint.trim_end_matches('/').to_owned(),
            authorization,
        })
    }

    /// Asks; `None` when the system says `unknown`.
    pub(super) async fn ask<T: DeserializeOwned>(
        &self,
        path: &str,
        question: &(impl Serialize + Sync),
        unknown: &str,
    ) -> Result<Option<T>, Unavailable> {
        let mut tried = 1;
        loop {
            let fault = match self.try_once(path, question, unknown).await {
                Ok(answer) => return Ok(answer),
                Err(fault) => fault,
            };
            // The question holds a VIN or more, so only what went wrong is told.
            tracing::warn!(
                path,
                tried,
                error = chain(&fault),
                "a gateway did not answer"
            );
            if tried == TRIES || !fault.may_pass() {
                return Err(Unavailable);
            }
            tried += 1;
            tokio::time::sleep(PAUSE).await;
        }
    }

    async fn try_once<T: DeserializeOwned>(
        &self,
        path: &str,
        question: &(impl Serialize + Sync),
        unknown: &str,
    ) -> Result<Option<T>, Fault> {
        let request = self
            .http
            .post(format!("{}{path}", self.endpoint))
            .json(question);
        let request = request.header(AUTHORIZATION, self.authorization.clone());
        let response = request.send().await.map_err(transport)?;
        let status = response.status();
        match status {
            StatusCode::OK => {
                let body = body(response).await?;
                serde_json::from_slice(&body)
                    .map(Some)
                    .map_err(|_| Fault::Garbled)
            }
            StatusCode::NOT_FOUND => match serde_json::from_slice(&body(response).await?) {
                Ok(Problem { code }) if code == unknown => Ok(None),
                _ => Err(Fault::Status(status)),
            },
            _ => Err(Fault::Status(status)),
        }
    }
}

impl Fault {
    fn may_pass(&self) -> bool {
        match self {
            Self::Transport(_) => true,
            Self::Status(status) => {
                status.is_server_error() || *status == StatusCode::TOO_MANY_REQUESTS
            }
            Self::Garbled => false,
        }
    }
}

fn transport(error: reqwest::Error) -> Fault {
    Fault::Transport(error.without_url())
}

async fn body(mut response: Response) -> Result<Vec<u8>, Fault> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(transport)? {
        body.extend_from_slice(&chunk);
        if body.len() > LARGEST_ANSWER {
            return Err(Fault::Garbled);
        }
    }
    Ok(body)
}

fn read_token(file: &PathBuf) -> Result<HeaderValue, Error> {
    let text =
        std::fs::read_to_string(file).map_err(|source| Error::Unreadable(file.clone(), source))?;
    let token = text.trim();
    let wrong = || Error::Token(file.clone());
    if token.is_empty() || token.contains(char::is_whitespace) {
        return Err(wrong());
    }
    let mut value = HeaderValue::from_str(&format!("Bearer {token}")).map_err(|_| wrong())?;
    value.set_sensitive(true);
    Ok(value)
}
