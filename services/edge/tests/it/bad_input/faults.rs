//! The right request with one fault.

use proptest::sample::Index;
use reqwest::header::{CONTENT_TYPE, COOKIE};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use super::operation::{Body, Operation};
use super::schema::{escaped, pointers};
use super::{Case, LARGEST_DOCUMENT, Wrong};
use crate::browser::Browser;

impl Operation {
    /// What can be wrong with a request to it.
    pub(super) fn faults(&self) -> Vec<Wrong> {
        let has_body = !matches!(self.body, Body::None);
        let (is_json, required, nodes) = match &self.body {
            Body::Json { right, required } => (true, !required.is_empty(), pointers(right).len()),
            _ => (false, false, 0),
        };
        let reads = self.method == Method::GET;
        let all = [
            (Wrong::Method, true),
            (Wrong::Origin, !reads),
            (Wrong::NoCookies, self.secured),
            (Wrong::OddCookies, self.secured),
            (Wrong::NoKey, self.has_key),
            (Wrong::OddKey, self.has_key),
            (Wrong::Path, self.template.contains('{')),
            (Wrong::Query, self.has_query),
            (Wrong::NoQuery, !self.needed.is_empty()),
            (Wrong::Missing, required),
            (Wrong::Unknown, is_json),
            (Wrong::Mistyped, nodes > 0),
            (Wrong::NotAnObject, is_json),
            (Wrong::Garbage, has_body),
            (Wrong::Media, has_body),
            (Wrong::TooLarge, true),
            (Wrong::Meaningless, is_json || self.has_query),
        ];
        let applying = all.into_iter().filter(|(_, applies)| *applies);
        applying.map(|(wrong, _)| wrong).collect()
    }

    /// The right request with one fault.
    pub(super) fn request(&self, browser: &Browser, cookies: &str, case: &Case) -> RequestBuilder {
        let text = case.text.as_str();
        let plain: String = text.chars().filter(char::is_ascii_graphic).collect();
        let whole = || self.right(browser).header(COOKIE, cookies);
        let on = |path: &str, query: &[(String, String)]| {
            let request = self.start(browser, &self.method, path, query);
            self.with_body(self.with_key(request))
                .header(COOKIE, cookies)
        };
        let bare = || {
            let request = self.start(browser, &self.method, &self.path, &self.query);
            self.with_key(request).header(COOKIE, cookies)
        };
        let json = |body: &Value| bare().json(body);
        match case.wrong {
            Wrong::Method => {
                let request = self.start(browser, &Method::PATCH, &self.path, &self.query);
                request.header(COOKIE, cookies)
            }
            Wrong::Origin => whole().header("origin", "https://evil.example"),
            Wrong::NoCookies => self.right(browser),
            Wrong::OddCookies => {
                let odd = plain.replace([';', '"', ','], "");
                let odd = format!("__Host-xuanhao-session=a {odd}; __Host-xuanhao-visit=v{odd}");
                self.right(browser).header(COOKIE, odd)
            }
            Wrong::NoKey => {
                let request = self.start(browser, &self.method, &self.path, &self.query);
                self.with_body(request).header(COOKIE, cookies)
            }
            Wrong::OddKey => {
                let request = self.start(browser, &self.method, &self.path, &self.query);
                let request = self.with_body(request).header(COOKIE, cookies);
                request.header("Idempotency-Key", format!("x{plain}"))
            }
            Wrong::Path => {
                let (before, rest) = self.template.split_once('{').unwrap();
                let (_, after) = rest.split_once('}').unwrap();
                let after = after.replace("{day}", "2026-11-22");
                on(&format!("{before}x{}{after}", escaped(text)), &self.query)
            }
            Wrong::Query => {
                let mut query = self.query.clone();
                query.push((format!("zz{text}"), plain));
                on(&self.path, &query)
            }
            Wrong::NoQuery => {
                let gone = case.which.get(&self.needed);
                let left = self.query.iter().filter(|(name, _)| name != gone);
                on(&self.path, &left.cloned().collect::<Vec<_>>())
            }
            Wrong::Garbage => {
                let media = match self.body {
                    Body::Document => "image/png",
                    _ => "application/json",
                };
                bare().header(CONTENT_TYPE, media).body(format!("<{text}"))
            }
            Wrong::Media => {
                let media = [
                    "text/plain",
                    "application/jsonp",
                    "multipart/form-data",
                    "x",
                ];
                let media = case.which.get(&media);
                bare()
                    .header(CONTENT_TYPE, *media)
                    .body(format!("{{}}{text}"))
            }
            Wrong::TooLarge => {
                let large = vec![b' '; LARGEST_DOCUMENT + 1 + text.len()];
                let media = match self.body {
                    Body::Document => "image/jpeg",
                    _ => "application/json",
                };
                bare().header(CONTENT_TYPE, media).body(large)
            }
            Wrong::NotAnObject => json(&match &case.value {
                Value::Object(fields) => Value::Array(fields.values().cloned().collect()),
                value => value.clone(),
            }),
            Wrong::Missing => json(&self.without_one(case.which)),
            Wrong::Unknown => json(&self.with_unknown(case)),
            Wrong::Mistyped => json(&self.mistyped(case)),
            Wrong::Meaningless => self.meaningless(browser, cookies, text),
        }
    }

    fn without_one(&self, which: Index) -> Value {
        let Body::Json { right, required } = &self.body else {
            unreachable!()
        };
        let mut body = right.clone();
        body.as_object_mut().unwrap().remove(which.get(required));
        body
    }

    fn with_unknown(&self, case: &Case) -> Value {
        let mut body = self.right_body();
        let fields = body.as_object_mut().unwrap();
        fields.insert(format!("zz{}", case.text), case.value.clone());
        body
    }

    /// One value somewhere in the body, of another type.
    fn mistyped(&self, case: &Case) -> Value {
        let mut body = self.right_body();
        let pointers = pointers(&body);
        let place = body
            .pointer_mut(case.which.get(&pointers[..]).as_str())
            .unwrap();
        *place = match (&*place, &case.value) {
            (Value::String(_), Value::String(_) | Value::Null) => json!(7),
            (Value::Bool(_), Value::Bool(_) | Value::Null) => json!("true"),
            (Value::Number(_), Value::Number(_)) => json!(0.5),
            (Value::Number(_), Value::Null) => json!(i64::MAX),
            (Value::Array(_) | Value::Object(_), _) => json!("all of it"),
            (_, other) => other.clone(),
        };
        body
    }

    fn meaningless(&self, browser: &Browser, cookies: &str, text: &str) -> RequestBuilder {
        let query: Vec<_> = self
            .query
            .iter()
            .map(|(name, _)| (name.clone(), text.to_owned()))
            .collect();
        let request = self.start(browser, &self.method, &self.path, &query);
        let request = self.with_key(request).header(COOKIE, cookies);
        let Body::Json { right, .. } = &self.body else {
            return self.with_body(request);
        };
        let mut body = right.clone();
        for pointer in pointers(right) {
            if let Some(place @ Value::String(_)) = body.pointer_mut(&pointer) {
                *place = json!(text);
            }
        }
        request.json(&body)
    }

    fn right_body(&self) -> Value {
        match &self.body {
            Body::Json { right, .. } => right.clone(),
            _ => unreachable!("asked of bodies in JSON only"),
        }
    }
}
