//! Plate classes and the forms their serials have.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The class of plate a new car gets. It stands in the key of every pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PlateClass {
    /// Small cars 小型汽车, blue plate.
    Small,
    /// Large cars 大型汽车, yellow plate.
    Large,
    /// Small new-energy cars 小型新能源汽车, green plate.
    NevSmall,
    /// Large new-energy cars 大型新能源汽车, yellow-green plate.
    NevLarge,
}

impl PlateClass {
    /// All classes.
    pub const ALL: [Self; 4] = [Self::Small, Self::Large, Self::NevSmall, Self::NevLarge];

    /// The code of the plate type 号牌种类: `02`, `01`, `52` or `51`.
    pub fn code(self) -> &'static str {
        match self {
            Self::Small => "02",
            Self::Large => "01",
            Self::NevSmall => "52",
            Self::NevLarge => "51",
        }
    }

    /// By the code of the plate type.
    pub fn by_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|class| class.code() == code)
    }

    /// The English word: `small`, `large`, `nev_small` or `nev_large`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Small => "small",
            Self::Large => "large",
            Self::NevSmall => "nev_small",
            Self::NevLarge => "nev_large",
        }
    }

    /// The Chinese name of the class.
    pub fn chinese(self) -> &'static str {
        match self {
            Self::Small => "小型汽车",
            Self::Large => "大型汽车",
            Self::NevSmall => "小型新能源汽车",
            Self::NevLarge => "大型新能源汽车",
        }
    }

    /// The form of its serials.
    pub fn form(self) -> Form {
        match self {
            Self::Small | Self::Large => Form::Ordinary,
            Self::NevSmall => Form::NevSmall,
            Self::NevLarge => Form::NevLarge,
        }
    }

    /// How many characters its serials have: 5 or 6.
    pub fn serial_length(self) -> u8 {
        self.form().serial_length()
    }
}

impl fmt::Display for PlateClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl std::str::FromStr for PlateClass {
    type Err = UnknownClass;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|class| class.as_str() == text)
            .ok_or(UnknownClass)
    }
}

/// The text names no plate class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a plate class is small, large, nev_small or nev_large")]
pub struct UnknownClass;

impl crate::Finding for UnknownClass {
    fn code(&self) -> &'static str {
        "PLATE_CLASS_UNKNOWN"
    }

    fn chinese(&self) -> String {
        "号牌种类应为 small、large、nev_small 或 nev_large".to_owned()
    }
}

/// The form of a serial: how many characters, and which may stand where (GA 36-2018).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Form {
    /// Five digits and letters, of which at most two are letters.
    Ordinary,
    /// An energy letter, a digit or letter, four digits.
    NevSmall,
    /// Five digits and an energy letter.
    NevLarge,
}

impl Form {
    /// How many characters it has: 5 or 6.
    pub fn serial_length(self) -> u8 {
        match self {
            Self::Ordinary => 5,
            Self::NevSmall | Self::NevLarge => 6,
        }
    }

    /// The form in Chinese.
    pub fn chinese(self) -> &'static str {
        match self {
            Self::Ordinary => "普通号牌",
            Self::NevSmall => "小型新能源号牌",
            Self::NevLarge => "大型新能源号牌",
        }
    }
}

impl fmt::Display for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Ordinary => "ordinary",
            Self::NevSmall => "small new-energy",
            Self::NevLarge => "large new-energy",
        })
    }
}
