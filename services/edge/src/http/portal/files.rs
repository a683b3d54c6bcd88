//! What the portal's build left, each file once whole and once in every coding that makes it smaller.
//!
//! A release has it within the program. Otherwise it is read from the checkout when the edge starts, so
//! that a change of the portal compiles no Rust.

use std::collections::HashMap;

use axum::body::Bytes;
use http::HeaderValue;
use rust_embed::RustEmbed;

use super::coding::Codings;

#[derive(RustEmbed)]
#[folder = "portal/dist"]
#[allow_missing = true]
struct Built;

/// The one document; the portal's own routes open in it.
const DOCUMENT: &str = "index.html";
/// The build puts the hash of a file's content into its name here.
const HASHED: &str = "assets/";
/// What the build adds to the name of a compressed file.
const BROTLI: &str = ".br";
const GZIP: &str = ".gz";

/// Of a name with its hash: another content has another name.
const KEPT_FOR_EVER: &str = "public, max-age=31536000, immutable";
/// Of the document: it names the files that are served now.
const ASKED_AGAIN: &str = "no-cache";
const KEPT_AN_HOUR: &str = "public, max-age=3600";

/// One file, with what is said of it.
#[derive(Clone, Debug)]
pub(super) struct File {
    pub(super) media_type: HeaderValue,
    pub(super) kept: HeaderValue,
    /// The same in every coding, and therefore weak.
    pub(super) etag: HeaderValue,
    whole: Bytes,
    brotli: Option<Bytes>,
    gzip: Option<Bytes>,
}

impl File {
    /// The shortest that is accepted, with the name of its coding.
    pub(super) fn in_one_of(&self, accepted: Codings) -> (Option<&'static str>, &Bytes) {
        let brotli = self.brotli.as_ref().filter(|_| accepted.brotli);
        let gzip = self.gzip.as_ref().filter(|_| accepted.gzip);
        match (brotli, gzip) {
            (Some(bytes), _) => (Some("br"), bytes),
            (None, Some(bytes)) => (Some("gzip"), bytes),
            (None, None) => (None, &self.whole),
        }
    }
}

/// All of them, by path.
#[derive(Clone, Debug)]
pub(in crate::http) struct Files {
    page: Option<File>,
    others: HashMap<String, File>,
}

impl Files {
    /// What was built; nothing where Node was missing.
    pub(in crate::http) fn built() -> Self {
        let all = Built::iter().filter_map(|path| {
            let file = Built::get(&path)?;
            let bytes = match file.data {
                std::borrow::Cow::Borrowed(bytes) => Bytes::from_static(bytes),
                std::borrow::Cow::Owned(bytes) => bytes.into(),
            };
            Some((path.into_owned(), (bytes, file.metadata.sha256_hash())))
        });
        Self::of(all.collect())
    }

    /// Of bytes and their hash, by path.
    pub(super) fn of(mut all: HashMap<String, (Bytes, [u8; 32])>) -> Self {
        let is_whole = |path: &String| media_type(path).is_some();
        let paths: Vec<String> = all.keys().filter(|path| is_whole(path)).cloned().collect();
        let mut others = HashMap::new();
        for path in paths {
            let mut coded = |ending| Some(all.remove(&format!("{path}{ending}"))?.0);
            let (brotli, gzip) = (coded(BROTLI), coded(GZIP));
            let (Some((whole, hash)), Some(media_type)) = (all.remove(&path), media_type(&path))
            else {
                continue;
            };
            let file = File {
                media_type: HeaderValue::from_static(media_type),
                kept: HeaderValue::from_static(kept(&path)),
                etag: etag(hash),
                whole,
                brotli,
                gzip,
            };
            others.insert(format!("/{path}"), file);
        }
        let page = others.remove(&format!("/{DOCUMENT}"));
        Self { page, others }
    }

    /// The file with that path.
    pub(super) fn at(&self, path: &str) -> Option<&File> {
        self.others.get(path)
    }

    /// The document.
    pub(super) fn page(&self) -> Option<&File> {
        self.page.as_ref()
    }
}

/// Of what a browser asks for. A compressed file has none, and neither has what the build keeps for itself.
fn media_type(path: &str) -> Option<&'static str> {
    if path.starts_with('.') {
        return None;
    }
    let (_, ending) = path.rsplit_once('.')?;
    Some(match ending {
        "html" => "text/html; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "webp" => "image/webp",
        "txt" => "text/plain; charset=utf-8",
        _ => return None,
    })
}

fn kept(path: &str) -> &'static str {
    if path == DOCUMENT {
        ASKED_AGAIN
    } else if path.starts_with(HASHED) {
        KEPT_FOR_EVER
    } else {
        KEPT_AN_HOUR
    }
}

fn etag(hash: [u8; 32]) -> HeaderValue {
    let short = u128::from_be_bytes(std::array::from_fn(|place| hash[place]));
    HeaderValue::from_str(&format!("W/\"{short:032x}\"")).expect("hexadecimal digits")
}
