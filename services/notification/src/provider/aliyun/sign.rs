//! The vendor's request signature, ACS3-HMAC-SHA256, for calls without a body.

use std::fmt::Write as _;

use ring::{digest, hmac};
use zeroize::Zeroizing;

use crate::provider::vendor::Credentials;

const ALGORITHM: &str = "ACS3-HMAC-SHA256";
const SIGNED_HEADERS: &str =
    "host;x-acs-action;x-acs-content-sha256;x-acs-date;x-acs-signature-nonce;x-acs-version";

/// One call, its query sorted by name.
pub(super) struct Call<'a> {
    pub(super) action: &'a str,
    pub(super) version: &'a str,
    pub(super) host: &'a str,
    pub(super) query: &'a [(&'a str, &'a str)],
    pub(super) date: String,
    pub(super) nonce: String,
}

impl Call<'_> {
    /// The query as it is signed and sent.
    pub(super) fn canonical_query(&self) -> Zeroizing<String> {
        let mut query = Zeroizing::new(String::new());
        for (name, value) in self.query {
            if !query.is_empty() {
                query.push('&');
            }
            encode(&mut query, name);
            query.push('=');
            encode(&mut query, value);
        }
        query
    }

    /// The headers to send, the signature last.
    pub(super) fn signed_headers(&self, credentials: &Credentials) -> Vec<(&'static str, String)> {
        let body_hash = sha256(b"");
        let mut headers = vec![
            ("host", self.host.to_owned()),
            ("x-acs-action", self.action.to_owned()),
            ("x-acs-content-sha256", body_hash.clone()),
            ("x-acs-date", self.date.clone()),
            ("x-acs-signature-nonce", self.nonce.clone()),
            ("x-acs-version", self.version.to_owned()),
        ];
        let mut canonical = Zeroizing::new(format!("POST\n/\n{}\n", *self.canonical_query()));
        for (name, value) in &headers {
            let _ = writeln!(canonical, "{name}:{value}");
        }
        let _ = write!(canonical, "\n{SIGNED_HEADERS}\n{body_hash}");
        let to_sign = format!("{ALGORITHM}\n{}", sha256(canonical.as_bytes()));
        let key = hmac::Key::new(hmac::HMAC_SHA256, credentials.secret.as_bytes());
        let signature = hex::encode(hmac::sign(&key, to_sign.as_bytes()));
        let id = &credentials.id;
        headers.push((
            "authorization",
            format!(
                "{ALGORITHM} Credential={id},SignedHeaders={SIGNED_HEADERS},Signature={signature}"
            ),
        ));
        headers
    }
}

fn sha256(bytes: &[u8]) -> String {
    hex::encode(digest::digest(&digest::SHA256, bytes))
}

/// RFC 3986: all but unreserved characters are escaped.
fn encode(out: &mut String, text: &str) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example in the vendor's documentation of the signature.
    #[test]
    fn the_vendors_example_is_signed_alike() {
        let call = Call {
            action: "RunInstances",
            version: "2014-05-26",
            host: "ecs.cn-shanghai.aliyuncs.com",
            query: &[
                (
                    "ImageId",
                    "win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd",
                ),
                ("RegionId", "cn-shanghai"),
            ],
            date: "2023-10-26T10:22:32Z".to_owned(),
            nonce: "3156853299f313e23d1673dc12e1703d".to_owned(),
        };
        let headers =
            call.signed_headers(&Credentials::new("YourAccessKeyId", "YourAccessKeySecret"));
        let (_, authorization) = headers.last().unwrap();
        assert!(
            authorization.ends_with(
                "Signature=06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0"
            ),
            "{authorization}"
        );
    }

    #[test]
    fn queries_are_escaped() {
        let call = Call {
            action: "",
            version: "",
            host: "",
            query: &[("SignName", "选号"), ("TemplateParam", r#"{"a":"b c~*"}"#)],
            date: String::new(),
            nonce: String::new(),
        };
        assert_eq!(
            *call.canonical_query(),
            "SignName=%E9%80%89%E5%8F%B7&TemplateParam=%7B%22a%22%3A%22b%20c~%2A%22%7D"
        );
    }
}
