//! In which codings a client takes a file.

use http::HeaderMap;
use http::header::ACCEPT_ENCODING;

/// Of those that files are kept in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Codings {
    pub(super) brotli: bool,
    pub(super) gzip: bool,
}

impl Codings {
    /// What `Accept-Encoding` names and does not refuse by a weight of nothing. `*` is no browser's word.
    pub(super) fn accepted(headers: &HeaderMap) -> Self {
        let mut accepted = Self::default();
        let values = headers.get_all(ACCEPT_ENCODING).iter();
        for value in values.filter_map(|value| value.to_str().ok()) {
            for one in value.split(',') {
                let (name, weight) = one.split_once(';').unwrap_or((one, ""));
                let weight = weight.trim().strip_prefix("q=");
                let is_wanted = weight
                    .and_then(|weight| weight.parse().ok())
                    .is_none_or(|weight: f32| weight > 0.0);
                match name.trim().to_ascii_lowercase().as_str() {
                    "br" => accepted.brotli = is_wanted,
                    "gzip" => accepted.gzip = is_wanted,
                    _ => {}
                }
            }
        }
        accepted
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_named_is_accepted_unless_its_weight_is_nothing() {
        let accepted = |value: &'static str| {
            let value = http::HeaderValue::from_static(value);
            let headers = HeaderMap::from_iter([(ACCEPT_ENCODING, value)]);
            let Codings { brotli, gzip } = Codings::accepted(&headers);
            (brotli, gzip)
        };
        assert_eq!(accepted("gzip, deflate, br, zstd"), (true, true));
        assert_eq!(accepted("BR;q=1.0, gzip; q=0.5"), (true, true));
        assert_eq!(accepted("br;q=0, gzip;q=0.000"), (false, false));
        assert_eq!(accepted("identity, *"), (false, false));
        assert_eq!(Codings::accepted(&HeaderMap::new()), Codings::default());
    }
}
