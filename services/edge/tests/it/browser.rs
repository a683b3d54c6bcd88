//! A client: keeps cookies and trusts the test's authority.

use reqwest::{Certificate, Client, Method, RequestBuilder, Response, StatusCode};
use serde_json::{Value, json};

use crate::house::House;

/// A request id; any UUID is one.
pub(crate) const KEY: &str = "6fa459ea-ee8a-4ca4-894e-db77e160355e";

pub(crate) struct Browser {
    client: Client,
    root: String,
}

/// An answer, read.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) body: Value,
}

impl Browser {
    pub(crate) fn new(house: &House) -> Self {
        Self::built(house, |builder| builder)
    }

    pub(crate) fn built(
        house: &House,
        build: impl FnOnce(reqwest::ClientBuilder) -> reqwest::ClientBuilder,
    ) -> Self {
        xuanhao_chassis::tls::choose_library();
        let authority = Certificate::from_pem(house.certs.ca_pem().as_bytes()).unwrap();
        let builder = Client::builder()
            .tls_certs_only([authority])
            .cookie_store(true);
        Self {
            client: build(builder).build().unwrap(),
            root: format!("https://{}", house.address),
        }
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("{}{path}", self.root))
    }

    pub(crate) fn get(&self, path: &str) -> RequestBuilder {
        self.request(Method::GET, path)
    }

    /// A write under [`KEY`].
    pub(crate) fn write(&self, method: Method, path: &str, body: &Value) -> RequestBuilder {
        self.request(method, path)
            .header("Idempotency-Key", KEY)
            .json(body)
    }

    pub(crate) fn post(&self, path: &str, body: &Value) -> RequestBuilder {
        self.write(Method::POST, path, body)
    }

    pub(crate) async fn visit(&self) {
        let begun = answer(self.request(Method::POST, "/api/v1/visits")).await;
        assert_eq!(begun.status, 204);
    }

    pub(crate) async fn sign_in(&self) {
        let credentials = json!({"login_name": "zhang_san", "password": "correct horse"});
        let session = self
            .request(Method::POST, "/api/v1/session")
            .json(&credentials);
        assert_eq!(answer(session).await.status, 201);
    }
}

/// Sends, and reads the answer; an empty or binary body is null.
pub(crate) async fn answer(request: RequestBuilder) -> Answer {
    read(request.send().await.unwrap()).await
}

pub(crate) async fn read(response: Response) -> Answer {
    let (status, headers) = (response.status(), response.headers().clone());
    let bytes = response.bytes().await.unwrap();
    let body = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
    Answer {
        status,
        headers,
        body,
    }
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> &str {
        let value = self
            .headers
            .get(name)
            .unwrap_or_else(|| panic!("no {name}: {self:?}"));
        value.to_str().unwrap()
    }

    /// Checks that it is that problem.
    #[track_caller]
    pub(crate) fn refused(self, status: u16, code: &str) -> Self {
        assert_eq!(self.status, status, "{self:?}");
        assert_eq!(self.header("content-type"), "application/problem+json");
        assert_eq!(self.header("cache-control"), "no-store");
        assert_eq!(self.body["code"], code, "{self:?}");
        assert_eq!(self.body["status"], status);
        let kind = format!("urn:xuanhao:problem:{}", code.to_lowercase());
        assert_eq!(self.body["type"], kind);
        self
    }
}
