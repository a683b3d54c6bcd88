//! A document as one word: `identity_card=FILE`.

use std::path::PathBuf;
use std::str::FromStr;

use xuanhao_proto::identity::v1::DocumentKind;

use crate::output::bilingual;
use crate::output::words::enum_word;

/// What the names of kinds begin with in the contract.
pub(crate) const KIND_PREFIX: &str = "DOCUMENT_KIND_";

/// What a document shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct KindText(pub(crate) DocumentKind);

impl FromStr for KindText {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let name = format!("{KIND_PREFIX}{}", text.to_ascii_uppercase());
        let known = DocumentKind::from_str_name(&name);
        let known = known.filter(|kind| *kind != DocumentKind::Unspecified);
        known.map(Self).ok_or_else(|| {
            let kinds: Vec<_> = (1..)
                .map_while(|number| DocumentKind::try_from(number).ok())
                .map(|kind| enum_word(kind.as_str_name(), KIND_PREFIX))
                .collect();
            bilingual(
                &format!("材料种类为 {} 之一", kinds.join("、")),
                &format!("the kinds are {}", kinds.join(", ")),
            )
        })
    }
}

/// A document in a file, with its kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DocumentText {
    pub(crate) kind: KindText,
    pub(crate) file: PathBuf,
}

impl FromStr for DocumentText {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (kind, file) = text
            .split_once('=')
            .filter(|(_, file)| !file.is_empty())
            .ok_or_else(|| bilingual("写作“种类=文件”", "written KIND=FILE"))?;
        Ok(Self {
            kind: kind.parse()?,
            file: file.into(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_is_kind_and_file() {
        let read: DocumentText = "identity_card=/tmp/a=b.jpg".parse().unwrap();
        assert_eq!(read.kind.0, DocumentKind::IdentityCard);
        assert_eq!(read.file, PathBuf::from("/tmp/a=b.jpg"));
        for text in [
            "identity_card",
            "identity_card=",
            "passport=a.jpg",
            "=a",
            "unspecified=a",
        ] {
            assert!(text.parse::<DocumentText>().is_err(), "{text}");
        }
        let told = "passport=a".parse::<DocumentText>().unwrap_err();
        assert!(told.ends_with("appeal_evidence"), "{told}");
    }
}
