//! Reads `deploy/tools.toml`, the one place where versions and hashes of foreign tools stand.

use std::collections::BTreeMap;

use crate::Error;

const TEXT: &str = include_str!("../../../tools.toml");

/// One pinned wheel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pin {
    pub(super) package: String,
    pub(super) version: String,
    /// Where the program, or the folder of programs, stands in the unpacked wheel.
    pub(super) path: String,
    /// SHA-256 of the wheel for this machine's processor, in hexadecimal.
    pub(super) sha256: String,
}

/// The pin called `name`, or an error when this processor has none.
pub(super) fn pin(name: &str) -> Result<Pin, Error> {
    let failed = |reason: String| Error::Wheel {
        package: name.to_owned(),
        reason,
    };
    let sections = parse(TEXT).map_err(failed)?;
    let section = sections
        .get(name)
        .ok_or_else(|| failed("is not in tools.toml".to_owned()))?;
    let field = |key: &str| {
        let value = section.get(key).cloned();
        value.ok_or_else(|| failed(format!("tools.toml gives no {key}")))
    };
    Ok(Pin {
        package: field("package")?,
        version: field("version")?,
        path: field("path")?,
        sha256: field(&format!("sha256-{}", std::env::consts::ARCH))?,
    })
}

type Section = BTreeMap<String, String>;

/// `[sections]`, `key = "text"` and whole-line comments; anything else is refused with its line.
fn parse(text: &str) -> Result<BTreeMap<String, Section>, String> {
    let mut sections = BTreeMap::<String, Section>::new();
    let mut current = None;
    for (number, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let refuse = || format!("tools.toml line {}: not understood", number + 1);
        if let Some(name) = line
            .strip_prefix('[')
            .and_then(|rest| rest.strip_suffix(']'))
        {
            current = Some(name.to_owned());
            continue;
        }
        let (key, value) = line.split_once('=').ok_or_else(refuse)?;
        let value = value.trim();
        let value = value
            .strip_prefix('"')
            .and_then(|rest| rest.strip_suffix('"'));
        let section = current.clone().ok_or_else(refuse)?;
        let value = value.ok_or_else(refuse)?.to_owned();
        sections
            .entry(section)
            .or_default()
            .insert(key.trim().to_owned(), value);
    }
    Ok(sections)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pin_is_complete_for_both_processors() {
        let sections = parse(TEXT).unwrap();
        assert!(sections.len() >= 5);
        for (name, section) in sections {
            for key in [
                "package",
                "version",
                "path",
                "sha256-x86_64",
                "sha256-aarch64",
            ] {
                assert!(section.contains_key(key), "{name} lacks {key}");
            }
            for arch in ["x86_64", "aarch64"] {
                let hash = &section[&format!("sha256-{arch}")];
                assert!(
                    hash.len() == 64 && hash.bytes().all(|b| b.is_ascii_hexdigit()),
                    "{name}"
                );
            }
        }
    }

    #[test]
    fn an_unknown_line_is_refused_with_its_number() {
        assert_eq!(
            parse("[a]\nb = 3").unwrap_err(),
            "tools.toml line 2: not understood"
        );
        assert_eq!(
            parse("b = \"3\"").unwrap_err(),
            "tools.toml line 1: not understood"
        );
    }
}
