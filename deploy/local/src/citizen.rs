//! A citizen's browser: the HTTP API, a method per call.

mod answers;
mod calls;
mod journey;
mod problem;

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::Duration;

use anyhow::Context as _;
use reqwest::header::{ACCEPT_LANGUAGE, CONTENT_TYPE, ORIGIN};
use reqwest::{Certificate, Method, RequestBuilder, Response};
use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use crate::console::Console;
use crate::journal::new_id;
use crate::platform::Platform;

pub use answers::{
    Account, Answered, Appeal, Application, Applications, Captcha, Challenge, Choice, Confirmed,
    Counters, Entry, Holding, Keyboard, Notice, Outcome, Proof, Selected, SignedVoucher,
};
pub use calls::{ChallengeRequest, Purpose};
pub use problem::{Error, Problem};

/// The longest an answer may take.
const LIMIT: Duration = Duration::from_secs(30);

/// The next address of 127.1.0.0/16.
fn own_address() -> IpAddr {
    static NEXT: AtomicU16 = AtomicU16::new(1);
    let [high, low] = NEXT.fetch_add(1, Ordering::Relaxed).to_be_bytes();
    Ipv4Addr::new(127, 1, high, low).into()
}

/// One browser with its own cookies.
#[derive(Debug)]
pub struct Citizen {
    http: reqwest::Client,
    url: String,
    language: &'static str,
    console: Console,
    /// Sent with the next write instead of a fresh one.
    next_key: Mutex<Option<Uuid>>,
}

impl Citizen {
    /// A new browser, in Chinese.
    ///
    /// # Errors
    /// When the platform's certificate cannot be read.
    pub fn of(platform: &Platform) -> Result<Self, Error> {
        let root = platform.root_certificate()?;
        Self::at(platform.url(), &root, platform.console())
    }

    /// A new browser at another address of the edge. Each comes from a loopback address of its own, as
    /// citizens do: the caps for strangers count addresses.
    ///
    /// # Errors
    /// When the certificate cannot be used.
    pub fn at(url: String, root_certificate: &str, console: Console) -> Result<Self, Error> {
        // Failing means that one was chosen before.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let root = Certificate::from_pem(root_certificate.as_bytes())?;
        let http = reqwest::Client::builder()
            .tls_certs_only([root])
            .https_only(true)
            .no_proxy()
            .cookie_store(true)
            .local_address(own_address())
            .timeout(LIMIT)
            .build()?;
        Ok(Self {
            http,
            url,
            language: "zh-CN",
            console,
            next_key: Mutex::default(),
        })
    }

    /// Reads English from now on.
    #[must_use]
    pub fn in_english(mut self) -> Self {
        self.language = "en";
        self
    }

    /// The next write is sent under this id: to repeat one whose answer was lost.
    pub fn repeat_under(&self, request_id: Uuid) {
        *self.next_key.lock().expect("no panic while it is held") = Some(request_id);
    }

    /// What the simulators tell.
    #[must_use]
    pub fn console(&self) -> &Console {
        &self.console
    }

    /// Any call: its path below `/api/v1`, and the body of a write.
    ///
    /// # Errors
    /// When the edge refuses or does not answer.
    pub async fn call<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        body: Option<&(impl Serialize + ?Sized)>,
    ) -> Result<T, Error> {
        let response = self.send(method, path, body).await?;
        let content = response.bytes().await?;
        // An answer without content reads as `null`.
        let content = if content.is_empty() {
            &b"null"[..]
        } else {
            &content
        };
        let answer = serde_json::from_slice(content)
            .with_context(|| format!("the answer of {path} is not understood"))?;
        Ok(answer)
    }

    /// The same, with the answer as it comes: an error status is an error.
    ///
    /// # Errors
    /// When the edge refuses or does not answer.
    pub async fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<&(impl Serialize + ?Sized)>,
    ) -> Result<Response, Error> {
        let is_write = method != Method::GET;
        let mut request = self.request(method, path);
        if is_write {
            let mut next = self.next_key.lock().expect("no panic while it is held");
            let key = next.take().unwrap_or_else(new_id);
            request = request.header("idempotency-key", key.to_string());
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        self.checked(path, request.send().await?).await
    }

    /// The answer when it is one; else the problem it holds.
    async fn checked(&self, path: &str, response: Response) -> Result<Response, Error> {
        if response.status().is_success() {
            return Ok(response);
        }
        let status = response.status();
        let content = response.bytes().await?;
        let problem = serde_json::from_slice(&content).with_context(|| {
            let text = String::from_utf8_lossy(&content);
            format!("{path} answered {status} with no problem document: {text}")
        })?;
        Err(Error::Refused(Box::new(problem)))
    }

    /// Sends a file as it is.
    ///
    /// # Errors
    /// When the edge refuses or does not answer.
    pub async fn upload<T: DeserializeOwned>(
        &self,
        path: &str,
        media_type: &str,
        content: Vec<u8>,
    ) -> Result<T, Error> {
        let request = self
            .request(Method::POST, path)
            .header("idempotency-key", new_id().to_string())
            .header(CONTENT_TYPE, media_type)
            .body(content);
        let response = self.checked(path, request.send().await?).await?;
        Ok(response.json().await?)
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http
            .request(method, format!("{}/api/v1{path}", self.url))
            .header(ORIGIN, &self.url)
            .header(ACCEPT_LANGUAGE, self.language)
    }
}
