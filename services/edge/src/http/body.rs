//! Reading JSON bodies: what is wrong is told by the path of the field.

use axum::body::Body;
use axum::extract::{FromRequest, Request};
use bytes::Bytes;
use http::HeaderMap;
use http::header::CONTENT_TYPE;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde::de::DeserializeOwned;
use serde_json::error::Category;
use xuanhao_chassis::error::Refusal;
use xuanhao_chassis::reason::{Param, Reason};

use super::Edge;
use crate::error::Error;

/// A JSON body.
#[derive(Debug)]
pub(super) struct Json<T>(pub(super) T);

/// A JSON body that may be left out.
#[derive(Debug)]
pub(super) struct OptionalJson<T>(pub(super) T);

impl<T: DeserializeOwned> FromRequest<Edge> for Json<T> {
    type Rejection = Error;

    async fn from_request(request: Request, edge: &Edge) -> Result<Self, Error> {
        let (head, body) = request.into_parts();
        if !says_json(&head.headers) {
            return Err(Reason::MediaTypeUnsupported.into());
        }
        let body = whole(body, edge.config().max_body_bytes).await?;
        Ok(parse(&body).map(Self)?)
    }
}

impl<T: DeserializeOwned + Default> FromRequest<Edge> for OptionalJson<T> {
    type Rejection = Error;

    async fn from_request(request: Request, edge: &Edge) -> Result<Self, Error> {
        let (head, body) = request.into_parts();
        let body = whole(body, edge.config().max_body_bytes).await?;
        if body.is_empty() {
            return Ok(Self(T::default()));
        }
        if !says_json(&head.headers) {
            return Err(Reason::MediaTypeUnsupported.into());
        }
        Ok(parse(&body).map(Self)?)
    }
}

/// The refusal of a body larger than that.
pub(super) fn too_large(max: usize) -> Refusal {
    Refusal::new(Reason::BodyTooLarge).param("max", max)
}

fn says_json(headers: &HeaderMap) -> bool {
    media_type(headers).is_some_and(|kind| kind.eq_ignore_ascii_case("application/json"))
}

/// The media type a body is said to have, without parameters.
pub(super) fn media_type(headers: &HeaderMap) -> Option<&str> {
    let told = headers.get(CONTENT_TYPE)?.to_str().ok()?;
    told.split(';').next().map(str::trim)
}

async fn whole(body: Body, max: usize) -> Result<Bytes, Refusal> {
    bytes(body, max, too_large).await
}

/// All of a body that may be so large, and no larger one.
pub(super) async fn bytes(
    body: Body,
    max: usize,
    too_large: fn(usize) -> Refusal,
) -> Result<Bytes, Refusal> {
    match Limited::new(body, max).collect().await {
        Ok(body) => Ok(body.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(too_large(max)),
        // The client broke off; nobody is left to be told.
        Err(_) => Err(Refusal::new(Reason::BodyMalformed)),
    }
}

fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, Refusal> {
    let malformed = || Refusal::new(Reason::BodyMalformed);
    // serde would read an array as the fields in their order.
    let first = body.iter().find(|byte| !byte.is_ascii_whitespace());
    if first == Some(&b'[') {
        return Err(misfit("", "an array"));
    }
    let mut reader = serde_json::Deserializer::from_slice(body);
    let parsed = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let path = error.path().to_string();
        let inner = error.into_inner();
        match inner.classify() {
            Category::Data => misfit(&path, &inner.to_string()),
            Category::Io | Category::Syntax | Category::Eof => malformed(),
        }
    })?;
    reader.end().map_err(|_| malformed())?;
    Ok(parsed)
}

/// The refusal of a well-formed text that does not fit, from serde's words for it.
pub(super) fn misfit(path: &str, words: &str) -> Refusal {
    let named = || words.split('`').nth(1).unwrap_or_default();
    let below = |name: &str| match path {
        "." | "?" | "" => name.to_owned(),
        parent => format!("{parent}.{name}"),
    };
    if words.starts_with("missing field") {
        let field = below(named());
        return Refusal::new(Reason::FieldRequired)
            .param("field", word(&field))
            .on_field(field);
    }
    let (field, rule) = if words.starts_with("unknown field") {
        let name = named();
        // Whether the path goes down to the field itself depends on what was being read.
        let told = path == name || path.ends_with(&format!(".{name}"));
        (
            if told { path.to_owned() } else { below(name) },
            "unknown_field",
        )
    } else if words.starts_with("unknown variant") {
        (below_or_body(path), "unknown_value")
    } else {
        (below_or_body(path), "wrong_format")
    };
    Refusal::new(Reason::FieldInvalid)
        .param("field", word(&field))
        .param("rule", rule)
        .on_field(field)
}

fn below_or_body(path: &str) -> String {
    match path {
        "." | "?" | "" => "body".to_owned(),
        path => path.to_owned(),
    }
}

/// The client's own text may be no word of ours.
fn word(field: &str) -> &str {
    if Param::Word.accepts(field) {
        field
    } else {
        "body"
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Default, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only read")]
    struct Car {
        vin: String,
        proof: Proof,
    }

    #[derive(Debug, Default, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only read")]
    struct Proof {
        number: String,
        wishes: Vec<String>,
        kind: Kind,
    }

    #[derive(Debug, Default, Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum Kind {
        #[default]
        Paper,
    }

    fn refused(text: &str) -> (Reason, Option<String>, Option<String>) {
        let refusal = parse::<Car>(text.as_bytes()).unwrap_err();
        let rule = refusal.params().get("rule").cloned();
        (refusal.reason(), refusal.field().map(str::to_owned), rule)
    }

    #[test]
    fn what_does_not_fit_is_named_by_its_path() {
        let whole = r#"{"vin":"a","proof":{"number":"b","wishes":["c"],"kind":"paper"}}"#;
        parse::<Car>(whole.as_bytes()).unwrap();
        for (from, to, reason, field, rule) in [
            (r#""vin":"a","#, "", Reason::FieldRequired, "vin", None),
            (
                r#""number":"b","#,
                "",
                Reason::FieldRequired,
                "proof.number",
                None,
            ),
            (
                r#""a""#,
                "1",
                Reason::FieldInvalid,
                "vin",
                Some("wrong_format"),
            ),
            (
                r#"["c"]"#,
                r#"["c",2]"#,
                Reason::FieldInvalid,
                "proof.wishes[1]",
                Some("wrong_format"),
            ),
            (
                r#""paper""#,
                r#""gold""#,
                Reason::FieldInvalid,
                "proof.kind",
                Some("unknown_value"),
            ),
            (
                r#"{"vin""#,
                r#"{"vim":1,"vin""#,
                Reason::FieldInvalid,
                "vim",
                Some("unknown_field"),
            ),
            (
                r#"{"number""#,
                r#"{"no":1,"number""#,
                Reason::FieldInvalid,
                "proof.no",
                Some("unknown_field"),
            ),
        ] {
            let told = refused(&whole.replace(from, to));
            let expected = (reason, Some(field.to_owned()), rule.map(str::to_owned));
            assert_eq!(told, expected, "{from} → {to}");
        }
    }

    #[test]
    fn what_is_no_json_is_malformed_and_strange_names_are_no_words() {
        for text in ["", "{", "nonsense", r#"{"vin":"a"} x"#, "\u{feff}{}"] {
            let (reason, field, _) = refused(text);
            let fits = reason == Reason::BodyMalformed || field.as_deref() == Some("proof");
            assert!(fits, "{text:?}: {reason:?}");
        }
        let in_order = refused(r#" ["a",{"number":"b","wishes":[],"kind":"paper"}]"#);
        assert_eq!(in_order.1.as_deref(), Some("body"), "fields have names");
        let (reason, field, _) = refused(r#"{"<b>":1}"#);
        assert_eq!(
            (reason, field.as_deref()),
            (Reason::FieldInvalid, Some("<b>"))
        );
    }
}
