//! Vehicle offices 车管所 and the issuing codes they own, as data.
//!
//! The national table is `data/offices.tsv`. An office is not an issuing code: Foshan owns E, X
//! and Y of 粤, and Beijing's one office owns every letter of 京. A code belongs to one office (E1).

use std::fmt;
use std::sync::LazyLock;

use crate::Finding;
use crate::issuing::IssuingCode;
use crate::province::ProvinceId;
use crate::text::{ascii, from_str};

/// The id of a vehicle office, such as `gd-zhanjiang`: the province's id, a dash, and a name in
/// small letters, digits and dashes.
///
/// It need not stand in the national table: an installation may know offices that the table does
/// not know yet.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OfficeId {
    // Unused places are zero, so the derived order is that of the text.
    text: [u8; OfficeId::LONGEST],
    length: u8,
}

impl OfficeId {
    /// The longest id, in characters.
    pub const LONGEST: usize = 32;

    /// Reads an id, exactly: no blanks, no capitals.
    pub fn parse(text: &str) -> Result<Self, OfficeIdError> {
        let (province, name) = text.split_once('-').ok_or(OfficeIdError::NoDash)?;
        ProvinceId::parse(province).map_err(|_| OfficeIdError::Province)?;
        if text.len() > Self::LONGEST {
            return Err(OfficeIdError::TooLong { found: text.len() });
        }
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if name.is_empty()
            || name.starts_with('-')
            || name.ends_with('-')
            || !name.bytes().all(plain)
        {
            return Err(OfficeIdError::Name);
        }
        let mut places = [0; Self::LONGEST];
        places[..text.len()].copy_from_slice(text.as_bytes());
        let length =
            u8::try_from(text.len()).map_err(|_| OfficeIdError::TooLong { found: text.len() })?;
        Ok(Self {
            text: places,
            length,
        })
    }

    /// The id's text.
    pub fn as_str(&self) -> &str {
        ascii(&self.text[..usize::from(self.length)])
    }

    /// The province the office belongs to.
    pub fn province(&self) -> ProvinceId {
        ProvinceId::parse(&self.as_str()[..2]).expect("parsed ids begin with a province id")
    }
}

impl fmt::Display for OfficeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for OfficeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

from_str!(OfficeId, OfficeIdError);
crate::text::serde_text!(OfficeId, "an office id such as \"gd-zhanjiang\"");

/// Why a text is no office id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OfficeIdError {
    /// No dash at all.
    #[error("an office id is a province id, a dash and a name, such as gd-zhanjiang")]
    NoDash,
    /// What stands before the dash is no province.
    #[error("an office id begins with one of the 31 province ids, such as gd")]
    Province,
    /// The name has other characters, or begins or ends with a dash, or is missing.
    #[error("the name in an office id has small letters, digits and inner dashes only")]
    Name,
    /// Longer than [`OfficeId::LONGEST`].
    #[error(
        "an office id has at most {} characters, not {found}",
        OfficeId::LONGEST
    )]
    TooLong {
        /// The characters it has.
        found: usize,
    },
}

impl Finding for OfficeIdError {
    fn code(&self) -> &'static str {
        match self {
            Self::NoDash => "OFFICE_ID_NO_DASH",
            Self::Province => "OFFICE_ID_PROVINCE",
            Self::Name => "OFFICE_ID_NAME",
            Self::TooLong { .. } => "OFFICE_ID_TOO_LONG",
        }
    }

    fn chinese(&self) -> String {
        match self {
            Self::NoDash => "车管所代号由省级代号、连字符和名称组成，例如 gd-zhanjiang".to_owned(),
            Self::Province => "车管所代号应以31个省级代号之一开头，例如 gd".to_owned(),
            Self::Name => "车管所代号的名称只能用小写字母、数字和中间的连字符".to_owned(),
            Self::TooLong { found } => {
                format!("车管所代号最多{}个字符，现有{found}个", OfficeId::LONGEST)
            }
        }
    }
}

/// A vehicle office of the national table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Office {
    /// Its id.
    pub id: OfficeId,
    /// The Chinese name of the place, such as 湛江.
    pub name: &'static str,
    /// The issuing codes it owns, 1 to 24, in the order of their letters.
    pub codes: Vec<IssuingCode>,
}

impl Office {
    /// Every office of the national table, by province and then as the table lists them.
    pub fn all() -> &'static [Office] {
        &OFFICES
    }

    /// By its id.
    pub fn by_id(id: OfficeId) -> Option<&'static Office> {
        OFFICES.iter().find(|office| office.id == id)
    }

    /// The one office that owns an issuing code (E1), if the table knows the code.
    pub fn by_code(code: IssuingCode) -> Option<&'static Office> {
        OFFICES.iter().find(|office| office.codes.contains(&code))
    }

    /// The offices of a province.
    pub fn of_province(province: ProvinceId) -> impl Iterator<Item = &'static Office> {
        OFFICES
            .iter()
            .filter(move |office| office.id.province() == province)
    }
}

static OFFICES: LazyLock<Vec<Office>> = LazyLock::new(|| {
    let lines = include_str!("../data/offices.tsv").lines();
    lines
        .filter(|line| !line.starts_with('#'))
        .filter_map(read_line)
        .collect()
});

/// One line of the table. The tests read every line, so a bad one never ships.
fn read_line(line: &'static str) -> Option<Office> {
    let mut columns = line.split('\t');
    let id = OfficeId::parse(columns.next()?).ok()?;
    let name = columns.next()?;
    let letters = columns.next()?.chars();
    let codes = letters.map(|letter| IssuingCode::new(id.province(), letter).ok());
    Some(Office {
        id,
        name,
        codes: codes.collect::<Option<_>>()?,
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn every_line_of_the_table_is_read() {
        let lines = include_str!("../data/offices.tsv").lines();
        for line in lines.filter(|line| !line.starts_with('#')) {
            let office = read_line(line).unwrap_or_else(|| panic!("{line}"));
            assert_eq!(line.split('\t').count(), 3, "{line}");
            assert!((1..=24).contains(&office.codes.len()), "{line}");
            assert!(office.codes.is_sorted(), "{line}");
        }
    }

    /// E1: an issuing code belongs to exactly one office, and an id names one office.
    #[test]
    fn an_issuing_code_belongs_to_one_office() {
        let mut owners = BTreeMap::new();
        let mut ids = BTreeMap::new();
        for office in Office::all() {
            assert!(
                ids.insert(office.id, office.name).is_none(),
                "{} twice",
                office.id
            );
            for code in &office.codes {
                let other = owners.insert(*code, office.id);
                assert!(
                    other.is_none(),
                    "{code} owned by {other:?} and {}",
                    office.id
                );
            }
        }
    }
}
