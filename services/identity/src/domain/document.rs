//! Papers and pictures: which there are, what they are told by, and how long they are kept.

/// Which paper or picture it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DocumentKind {
    /// 身份证.
    IdentityCard,
    /// 面签申请表.
    ApplicationForm,
    /// Photograph of the person, taken at the counter.
    Portrait,
    /// 组织机构代码证 or unified social credit certificate.
    CodeCertificate,
    /// 盖章的授权委托书.
    PowerOfAttorney,
    /// 购车发票.
    Invoice,
    /// 国产车辆合格证明.
    DomesticCertificate,
    /// 货物进口证明书.
    ImportCertificate,
    /// What supports an appeal.
    AppealEvidence,
}

/// What documents are kept for; how long follows from it by configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// To show on whose papers an account stands.
    Enrolment,
    /// To check a vehicle and its purchase proof.
    Vehicle,
    /// To decide an appeal.
    Appeal,
}

/// What a person shows to be enrolled: the original identity card, the form, and the own face
/// (R-ACC-05).
pub const OF_PERSON: &[DocumentKind] = &[
    DocumentKind::IdentityCard,
    DocumentKind::ApplicationForm,
    DocumentKind::Portrait,
];

/// What an organisation's agent shows: its code certificate and stamped power of attorney besides what
/// a person shows (R-ACC-09).
pub const OF_ORGANISATION: &[DocumentKind] = &[
    DocumentKind::CodeCertificate,
    DocumentKind::PowerOfAttorney,
    DocumentKind::IdentityCard,
    DocumentKind::ApplicationForm,
    DocumentKind::Portrait,
];

/// What the holder of an account shows to have its number changed at the counter.
pub const OF_MOBILE_CHANGE: &[DocumentKind] =
    &[DocumentKind::IdentityCard, DocumentKind::ApplicationForm];

impl DocumentKind {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::IdentityCard,
        Self::ApplicationForm,
        Self::Portrait,
        Self::CodeCertificate,
        Self::PowerOfAttorney,
        Self::Invoice,
        Self::DomesticCertificate,
        Self::ImportCertificate,
        Self::AppealEvidence,
    ];

    /// The word in the database and in the catalogue.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::IdentityCard => "identity_card",
            Self::ApplicationForm => "application_form",
            Self::Portrait => "portrait",
            Self::CodeCertificate => "code_certificate",
            Self::PowerOfAttorney => "power_of_attorney",
            Self::Invoice => "invoice",
            Self::DomesticCertificate => "domestic_certificate",
            Self::ImportCertificate => "import_certificate",
            Self::AppealEvidence => "appeal_evidence",
        }
    }

    /// Reads the word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }

    /// What it is kept for.
    pub const fn purpose(self) -> Purpose {
        match self {
            Self::IdentityCard
            | Self::ApplicationForm
            | Self::Portrait
            | Self::CodeCertificate
            | Self::PowerOfAttorney => Purpose::Enrolment,
            Self::Invoice | Self::DomesticCertificate | Self::ImportCertificate => Purpose::Vehicle,
            Self::AppealEvidence => Purpose::Appeal,
        }
    }
}

/// The first of `wanted` that is not among `given`.
pub fn missing(wanted: &[DocumentKind], given: &[DocumentKind]) -> Option<DocumentKind> {
    wanted.iter().copied().find(|kind| !given.contains(kind))
}

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MediaType {
    /// A photograph.
    Jpeg,
    /// A picture.
    Png,
    /// A scan.
    Pdf,
}

impl MediaType {
    /// Tells a file by its first bytes, whatever it is called; `None` when it is none of ours.
    pub fn of(content: &[u8]) -> Option<Self> {
        match content {
            [0xff, 0xd8, 0xff, ..] => Some(Self::Jpeg),
            [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Some(Self::Png),
            [b'%', b'P', b'D', b'F', b'-', ..] => Some(Self::Pdf),
            _ => None,
        }
    }

    /// The word in the database and on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Pdf => "application/pdf",
        }
    }

    /// Reads the word.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Jpeg, Self::Png, Self::Pdf]
            .into_iter()
            .find(|kind| kind.as_str() == word)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// R-ACC-05, R-ACC-09: what is missing is named, in the order people hand it over.
    #[test]
    fn what_is_missing_is_named() {
        assert_eq!(missing(OF_PERSON, OF_PERSON), None);
        assert_eq!(
            missing(OF_PERSON, &[DocumentKind::IdentityCard]),
            Some(DocumentKind::ApplicationForm)
        );
        assert_eq!(
            missing(OF_ORGANISATION, OF_PERSON),
            Some(DocumentKind::CodeCertificate)
        );
    }

    #[test]
    fn a_file_is_told_by_its_first_bytes() {
        assert_eq!(MediaType::of(b"\xff\xd8\xff\xe0..."), Some(MediaType::Jpeg));
        assert_eq!(MediaType::of(b"\x89PNG\r\n\x1a\n..."), Some(MediaType::Png));
        assert_eq!(MediaType::of(b"%PDF-1.7"), Some(MediaType::Pdf));
        for other in [&b""[..], b"GIF89a", b"<html>", b"\xff\xd8", b"PK\x03\x04"] {
            assert_eq!(MediaType::of(other), None);
        }
    }

    #[test]
    fn words_are_read_back() {
        for kind in DocumentKind::ALL {
            assert_eq!(DocumentKind::from_word(kind.as_str()), Some(kind));
        }
        for media in [MediaType::Jpeg, MediaType::Png, MediaType::Pdf] {
            assert_eq!(MediaType::from_word(media.as_str()), Some(media));
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_told_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..16)) {
            let _ = MediaType::of(&bytes);
        }
    }
}
