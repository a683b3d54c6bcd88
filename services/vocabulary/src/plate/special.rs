//! The characters of plates that never enter a pool.

use std::fmt;

/// What a plate with a special character is for. Refused before any pool is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SpecialUse {
    /// 挂
    Trailer,
    /// 学
    Learner,
    /// 警
    Police,
    /// 港
    HongKong,
    /// 澳
    Macao,
    /// 使
    Embassy,
    /// 领
    Consulate,
    /// 试
    Test,
    /// 超
    Oversize,
}

impl SpecialUse {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Trailer,
        Self::Learner,
        Self::Police,
        Self::HongKong,
        Self::Macao,
        Self::Embassy,
        Self::Consulate,
        Self::Test,
        Self::Oversize,
    ];

    /// What a character stands for, if it is one of these.
    pub fn of(character: char) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|special| special.ideograph() == character)
    }

    /// Its character.
    pub fn ideograph(self) -> char {
        match self {
            Self::Trailer => '挂',
            Self::Learner => '学',
            Self::Police => '警',
            Self::HongKong => '港',
            Self::Macao => '澳',
            Self::Embassy => '使',
            Self::Consulate => '领',
            Self::Test => '试',
            Self::Oversize => '超',
        }
    }

    /// The vehicles it is for, in Chinese.
    pub fn chinese(self) -> &'static str {
        match self {
            Self::Trailer => "挂车",
            Self::Learner => "教练车",
            Self::Police => "警车",
            Self::HongKong => "香港入出境车",
            Self::Macao => "澳门入出境车",
            Self::Embassy => "使馆汽车",
            Self::Consulate => "领馆汽车",
            Self::Test => "试验用车",
            Self::Oversize => "特型车",
        }
    }

    pub(super) fn code(self) -> &'static str {
        match self {
            Self::Trailer => "PLATE_TRAILER",
            Self::Learner => "PLATE_LEARNER",
            Self::Police => "PLATE_POLICE",
            Self::HongKong => "PLATE_HONG_KONG",
            Self::Macao => "PLATE_MACAO",
            Self::Embassy => "PLATE_EMBASSY",
            Self::Consulate => "PLATE_CONSULATE",
            Self::Test => "PLATE_TEST",
            Self::Oversize => "PLATE_OVERSIZE",
        }
    }
}

impl fmt::Display for SpecialUse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Trailer => "trailers",
            Self::Learner => "learner vehicles",
            Self::Police => "police vehicles",
            Self::HongKong => "vehicles from Hong Kong",
            Self::Macao => "vehicles from Macao",
            Self::Embassy => "embassy vehicles",
            Self::Consulate => "consulate vehicles",
            Self::Test => "vehicles on test",
            Self::Oversize => "oversize vehicles",
        })
    }
}
