//! The vendor's request signature, TC3-HMAC-SHA256, for JSON bodies.

use ring::{digest, hmac};

use crate::provider::vendor::Credentials;

const ALGORITHM: &str = "TC3-HMAC-SHA256";
/// The vendor wants these two signed; what else there is need not be.
const SIGNED_HEADERS: &str = "content-type;host";
/// The type of every body, as it is signed and sent.
pub(super) const CONTENT_TYPE: &str = "application/json; charset=utf-8";

/// One call.
pub(super) struct Call<'a> {
    /// First label of the host: `sms`.
    pub(super) service: &'a str,
    pub(super) host: &'a str,
    pub(super) body: &'a [u8],
    /// Seconds since 1970, as in the header `X-TC-Timestamp`.
    pub(super) timestamp: i64,
    /// The day of it in UTC.
    pub(super) date: String,
}

impl Call<'_> {
    /// The header `Authorization`.
    pub(super) fn authorization(&self, credentials: &Credentials) -> String {
        let canonical = format!(
            "POST\n/\n\ncontent-type:{CONTENT_TYPE}\nhost:{}\n\n{SIGNED_HEADERS}\n{}",
            self.host,
            sha256(self.body)
        );
        let scope = format!("{}/{}/tc3_request", self.date, self.service);
        let to_sign = format!(
            "{ALGORITHM}\n{}\n{scope}\n{}",
            self.timestamp,
            sha256(canonical.as_bytes())
        );
        let secret = zeroize::Zeroizing::new(format!("TC3{}", *credentials.secret));
        let of_day = mac(secret.as_bytes(), self.date.as_bytes());
        let of_service = mac(of_day.as_ref(), self.service.as_bytes());
        let key = mac(of_service.as_ref(), b"tc3_request");
        let signature = hex::encode(mac(key.as_ref(), to_sign.as_bytes()));
        let id = &credentials.id;
        format!(
            "{ALGORITHM} Credential={id}/{scope}, SignedHeaders={SIGNED_HEADERS}, Signature={signature}"
        )
    }
}

fn mac(key: &[u8], message: &[u8]) -> hmac::Tag {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), message)
}

fn sha256(bytes: &[u8]) -> String {
    hex::encode(digest::digest(&digest::SHA256, bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example in the vendor's documentation of the signature, its keys masked as they are there.
    #[test]
    fn the_vendors_example_is_signed_alike() {
        let body = r#"{"Limit": 1, "Filters": [{"Values": ["\u672a\u547d\u540d"], "Name": "instance-name"}]}"#;
        let call = Call {
            service: "cvm",
            host: "cvm.tencentcloudapi.com",
            body: body.as_bytes(),
            timestamp: 1_551_113_065,
            date: "2019-02-25".to_owned(),
        };
        let key = Credentials::new(
            "AKIDz8krbsJ5yKBZQpn74WFkmLPx3*******",
            "Gu5t9xGARNpq86cd98joQYCN3*******",
        );
        assert_eq!(
            call.authorization(&key),
            "TC3-HMAC-SHA256 Credential=AKIDz8krbsJ5yKBZQpn74WFkmLPx3*******/2019-02-25/cvm/tc3_request, \
             SignedHeaders=content-type;host, \
             Signature=2230eefd229f582d8b1b891af7107b91597240707d778ab3738f756258d7652c"
        );
    }
}
