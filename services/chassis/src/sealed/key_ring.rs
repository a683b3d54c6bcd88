//! A ring of secret keys in a file: one that is used now, and older ones that are still needed.
//!
//! ```json
//! { "current": "2026", "keys": { "2026": "<32 bytes in base64>", "2025": "<…>" } }
//! ```

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use zeroize::{Zeroize, Zeroizing};

use super::Error;
use super::cipher::KEY_LEN;

/// Secret keys by name; clones share them.
#[derive(Clone)]
pub struct KeyRing(Arc<Ring>);

struct Ring {
    current: String,
    keys: BTreeMap<String, Zeroizing<[u8; KEY_LEN]>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    current: String,
    keys: BTreeMap<String, String>,
}

impl Drop for Stored {
    fn drop(&mut self) {
        self.keys.values_mut().for_each(Zeroize::zeroize);
    }
}

impl KeyRing {
    /// Reads a ring.
    ///
    /// # Errors
    /// When the file cannot be read, or is not a ring of 32-byte keys with its current one in it.
    pub fn from_file(file: &Path) -> Result<Self, Error> {
        let text = std::fs::read_to_string(file).map_err(|source| Error::Unreadable {
            file: file.to_owned(),
            source,
        })?;
        Self::parse(&Zeroizing::new(text)).map_err(|reason| Error::NotAKeyRing {
            file: file.to_owned(),
            reason,
        })
    }

    fn parse(text: &str) -> Result<Self, &'static str> {
        // The parser's own words may quote the file, so they are not passed on.
        let stored: Stored = serde_json::from_str(text).map_err(|_| "not the expected JSON")?;
        let mut keys = BTreeMap::new();
        for (name, encoded) in &stored.keys {
            let bytes = Zeroizing::new(STANDARD.decode(encoded).map_err(|_| "not base64")?);
            let key = bytes
                .as_slice()
                .try_into()
                .map_err(|_| "a key is not of 32 bytes")?;
            keys.insert(name.clone(), Zeroizing::new(key));
        }
        if !keys.contains_key(&stored.current) {
            return Err("the current key is not in it");
        }
        Ok(Self(Arc::new(Ring {
            current: stored.current.clone(),
            keys,
        })))
    }

    /// The name and the bytes of the key in use.
    pub(super) fn current(&self) -> (&str, &[u8; KEY_LEN]) {
        let Ring { current, keys } = &*self.0;
        (
            current,
            keys.get(current).expect("a ring holds its current key"),
        )
    }

    pub(super) fn get(&self, name: &str) -> Option<&[u8; KEY_LEN]> {
        self.0.keys.get(name).map(|key| &**key)
    }

    /// All keys, the one in use first.
    pub(super) fn all(&self) -> impl Iterator<Item = &[u8; KEY_LEN]> {
        let (current, first) = self.current();
        let others = self.0.keys.iter().filter(move |(name, _)| *name != current);
        std::iter::once(first).chain(others.map(|(_, key)| &**key))
    }
}

impl fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyRing")
            .field("current", &self.0.current)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A ring of keys that repeat one byte each; the first is current.
    pub(in crate::sealed) fn ring(keys: &[(&str, u8)]) -> KeyRing {
        let entries: Vec<String> = keys
            .iter()
            .map(|(name, byte)| format!(r#""{name}":"{}""#, STANDARD.encode([*byte; KEY_LEN])))
            .collect();
        let current = keys[0].0;
        let text = format!(
            r#"{{"current":"{current}","keys":{{{}}}}}"#,
            entries.join(",")
        );
        KeyRing::parse(&text).unwrap()
    }

    #[test]
    fn the_current_key_comes_first() {
        let ring = ring(&[("b", 2), ("a", 1), ("c", 3)]);
        assert_eq!(ring.current(), ("b", &[2; KEY_LEN]));
        assert_eq!(ring.all().map(|key| key[0]).collect::<Vec<_>>(), [2, 1, 3]);
        assert_eq!(ring.get("c"), Some(&[3; KEY_LEN]));
        assert_eq!(ring.get("d"), None);
    }

    #[test]
    fn what_is_not_a_ring_is_refused_without_quoting_it() {
        let short = STANDARD.encode([1; 16]);
        for (text, reason) in [
            ("{}", "not the expected JSON"),
            (
                r#"{"current":"a","keys":{}}"#,
                "the current key is not in it",
            ),
            (r#"{"current":"a","keys":{"a":"!"}}"#, "not base64"),
            (
                &format!(r#"{{"current":"a","keys":{{"a":"{short}"}}}}"#),
                "a key is not of 32 bytes",
            ),
        ] {
            assert_eq!(KeyRing::parse(text).unwrap_err(), reason);
        }
        assert!(!format!("{:?}", ring(&[("a", 1)])).contains('1'));
    }
}
