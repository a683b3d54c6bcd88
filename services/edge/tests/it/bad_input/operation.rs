//! An operation of the document, and a request to it that is right.

use reqwest::header::{CONTENT_TYPE, COOKIE};
use reqwest::{Method, RequestBuilder};
use serde_json::Value;

use super::schema::{escaped, resolved, sample};
use super::sign_in;
use crate::browser::{Browser, KEY, answer};
use crate::fakes::{APPLICATION, CHALLENGE, DOCUMENT};

/// An operation, and a request to it that is right.
#[derive(Clone, Debug)]
pub(super) struct Operation {
    pub(super) at: String,
    pub(super) method: Method,
    pub(super) path: String,
    /// Path with its parameters unfilled.
    pub(super) template: String,
    pub(super) query: Vec<(String, String)>,
    /// Names of query parameters that have to be there.
    pub(super) needed: Vec<String>,
    pub(super) has_query: bool,
    pub(super) secured: bool,
    pub(super) has_key: bool,
    pub(super) body: Body,
}

#[derive(Clone, Debug)]
pub(super) enum Body {
    None,
    Json { right: Value, required: Vec<String> },
    Document,
}

impl Operation {
    pub(super) fn read(document: &Value, method: Method, template: String, told: &Value) -> Self {
        let parameters = told["parameters"].as_array().cloned().unwrap_or_default();
        let of = |place: &str| {
            let own = parameters.iter().filter(move |one| one["in"] == place);
            own.map(|one| (one["name"].as_str().unwrap().to_owned(), one.clone()))
                .collect::<Vec<_>>()
        };
        let path = template
            .replace("{office}", "gd-zhanjiang")
            .replace("{day}", "2026-11-22")
            .replace("{application_id}", APPLICATION)
            .replace("{document_id}", DOCUMENT);
        let path = match path.split_once('{') {
            Some((before, rest)) => {
                let (_, after) = rest.split_once('}').unwrap();
                format!("{before}{CHALLENGE}{after}")
            }
            None => path,
        };
        let query = of("query");
        let needed: Vec<_> = query
            .iter()
            .filter(|(_, one)| one["required"] == true)
            .map(|(name, _)| name.clone())
            .collect();
        let valued = query.iter().filter_map(|(name, one)| {
            let example = one["example"].as_str().map(str::to_owned);
            let first = one["schema"]["enum"][0].as_str().map(str::to_owned);
            Some((name.clone(), example.or(first)?))
        });
        let content = told["requestBody"]["content"].as_object();
        let body = match content {
            None => Body::None,
            Some(content) => match content.get("application/json") {
                None => Body::Document,
                Some(json) => {
                    let schema = resolved(document, &json["schema"]);
                    let required = schema["required"].as_array().into_iter().flatten();
                    Body::Json {
                        right: sample(document, schema),
                        required: required
                            .map(|name| name.as_str().unwrap().to_owned())
                            .collect(),
                    }
                }
            },
        };
        Self {
            at: format!("{method} {template}"),
            path,
            query: valued.collect(),
            needed,
            has_query: !query.is_empty(),
            secured: told["security"].is_array(),
            has_key: of("header")
                .iter()
                .any(|(name, _)| name == "Idempotency-Key"),
            method,
            template,
            body,
        }
    }

    /// Unless the request that is right passes, one with a fault proves nothing.
    pub(super) async fn is_right(&self, browser: &Browser) {
        let cookies = sign_in(browser).await;
        let told = answer(self.right(browser).header(COOKIE, cookies)).await;
        assert!(told.status.is_success(), "{}: {told:?}", self.at);
    }

    /// The right request, without cookies.
    pub(super) fn right(&self, browser: &Browser) -> RequestBuilder {
        let request = self.start(browser, &self.method, &self.path, &self.query);
        self.with_body(self.with_key(request))
    }

    pub(super) fn start(
        &self,
        browser: &Browser,
        method: &Method,
        path: &str,
        query: &[(String, String)],
    ) -> RequestBuilder {
        let pairs: Vec<_> = query
            .iter()
            .map(|(name, value)| format!("{}={}", escaped(name), escaped(value)))
            .collect();
        let mark = if pairs.is_empty() { "" } else { "?" };
        browser.request(method.clone(), &format!("{path}{mark}{}", pairs.join("&")))
    }

    pub(super) fn with_key(&self, request: RequestBuilder) -> RequestBuilder {
        if self.has_key {
            request.header("Idempotency-Key", KEY)
        } else {
            request
        }
    }

    pub(super) fn with_body(&self, request: RequestBuilder) -> RequestBuilder {
        match &self.body {
            Body::None => request,
            Body::Json { right, .. } => request.json(right),
            Body::Document => request
                .header(CONTENT_TYPE, "image/jpeg")
                .body(&b"\xFF\xD8\xFF\xE0"[..]),
        }
    }
}
