//! Why a text is no mask, or a mask does not fit a class.

use crate::Finding;
use crate::plate::{Form, PlateClass, PlateError};

/// Why a mask was refused.
///
/// `at` counts the characters of the text, blanks too; `position` counts the positions of a serial.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MaskError {
    /// Neither 5 nor 6 positions.
    #[error("a mask has 5 positions, or 6 for new-energy plates, not {found}")]
    Length {
        /// The positions it has.
        found: usize,
    },
    /// A character that means nothing in a mask.
    #[error("character {at} of the mask means nothing here")]
    Character {
        /// Where it stands in the text.
        at: u8,
    },
    /// The letter I or O.
    #[error("character {at} of the mask is {letter}, and plates never have the letters I and O")]
    LetterIO {
        /// Where it stands in the text.
        at: u8,
        /// `I` or `O`.
        letter: char,
    },
    /// Brackets with nothing in them.
    #[error("the brackets at character {at} hold no character")]
    EmptySet {
        /// Where the bracket opens.
        at: u8,
    },
    /// A bracket that is never closed.
    #[error("the bracket at character {at} is not closed")]
    UnclosedSet {
        /// Where the bracket opens.
        at: u8,
    },
    /// The bounds of a run have unequally many digits.
    #[error("the run at character {at} needs as many digits after the dots as before, at most six")]
    RunLength {
        /// Where the run begins.
        at: u8,
    },
    /// A run that goes down.
    #[error("the run at character {at} ends below its beginning")]
    RunOrder {
        /// Where the run begins.
        at: u8,
    },
    /// Letters possible at more than two positions of an ordinary serial.
    #[error(
        "position {position} is a third that allows letters, and ordinary serials have at most two"
    )]
    TooManyLetters {
        /// The third position that allows letters.
        position: u8,
    },
    /// Six positions of which the first allows both letters and digits.
    #[error("position 1 of a new-energy mask allows either energy letters or digits, not both")]
    MixedForms,
    /// Letters possible where a new-energy plate has a digit.
    #[error("position {position} must allow digits only on plates of {form} form")]
    Digit {
        /// The position.
        position: u8,
        /// The form that asks for it.
        form: Form,
    },
    /// Others possible where a new-energy plate has its energy letter.
    #[error("position {position} must allow energy letters only, of ABCDE and FGHJK")]
    EnergyLetter {
        /// The position.
        position: u8,
    },
    /// The minus-list is not written `-{…}`.
    #[error("the minus-list at character {at} must be written -{{serial,serial}}")]
    MinusBraces {
        /// Where it goes wrong in the text.
        at: u8,
    },
    /// Something in the minus-list is no serial.
    #[error("item {item} of the minus-list is no serial of the mask's form")]
    MinusSerial {
        /// Which item, from 1.
        item: usize,
        /// What is wrong with it.
        source: PlateError,
    },
    /// A serial in the minus-list that the mask does not hold: surely a slip.
    #[error("item {item} of the minus-list is not in the mask")]
    NotInMask {
        /// Which item, from 1.
        item: usize,
    },
    /// The minus-list takes everything out.
    #[error("the minus-list leaves no serial in the mask")]
    Empty,
    /// Not as many positions as the plates of the class have.
    #[error("plates of class {class} have {} positions, not {found}", class.serial_length())]
    ClassLength {
        /// The class that was asked for.
        class: PlateClass,
        /// The positions of the mask.
        found: u8,
    },
    /// A position does not fit the plates of the class.
    #[error("position {position} does not fit the plates of class {class}")]
    ClassPosition {
        /// The class that was asked for.
        class: PlateClass,
        /// The first position that does not fit.
        position: u8,
    },
}

impl Finding for MaskError {
    fn code(&self) -> &'static str {
        match self {
            Self::Length { .. } => "MASK_LENGTH",
            Self::Character { .. } => "MASK_CHARACTER",
            Self::LetterIO { .. } => "MASK_LETTER_IO",
            Self::EmptySet { .. } => "MASK_EMPTY_SET",
            Self::UnclosedSet { .. } => "MASK_UNCLOSED_SET",
            Self::RunLength { .. } => "MASK_RUN_LENGTH",
            Self::RunOrder { .. } => "MASK_RUN_ORDER",
            Self::TooManyLetters { .. } => "MASK_TOO_MANY_LETTERS",
            Self::MixedForms => "MASK_MIXED_FORMS",
            Self::Digit { .. } => "MASK_DIGIT",
            Self::EnergyLetter { .. } => "MASK_ENERGY_LETTER",
            Self::MinusBraces { .. } => "MASK_MINUS_BRACES",
            Self::MinusSerial { .. } => "MASK_MINUS_SERIAL",
            Self::NotInMask { .. } => "MASK_MINUS_NOT_IN_MASK",
            Self::Empty => "MASK_EMPTY",
            Self::ClassLength { .. } => "MASK_CLASS_LENGTH",
            Self::ClassPosition { .. } => "MASK_CLASS_POSITION",
        }
    }

    fn position(&self) -> Option<u8> {
        match self {
            Self::Character { at }
            | Self::LetterIO { at, .. }
            | Self::EmptySet { at }
            | Self::UnclosedSet { at }
            | Self::RunLength { at }
            | Self::RunOrder { at }
            | Self::MinusBraces { at } => Some(*at),
            Self::TooManyLetters { position }
            | Self::Digit { position, .. }
            | Self::EnergyLetter { position }
            | Self::ClassPosition { position, .. } => Some(*position),
            Self::MixedForms => Some(1),
            Self::Length { .. }
            | Self::MinusSerial { .. }
            | Self::NotInMask { .. }
            | Self::Empty
            | Self::ClassLength { .. } => None,
        }
    }

    fn chinese(&self) -> String {
        match self {
            Self::Length { found } => format!("号段应为5位，新能源为6位，现有{found}位"),
            Self::Character { at } => format!("号段第{at}个字符无意义"),
            Self::LetterIO { at, letter } => {
                format!("号段第{at}个字符是{letter}，号牌不使用字母I和O")
            }
            Self::EmptySet { at } => format!("第{at}个字符处的方括号内没有字符"),
            Self::UnclosedSet { at } => format!("第{at}个字符处的方括号没有闭合"),
            Self::RunLength { at } => format!("第{at}个字符处的区间两端位数应相同，且不超过六位"),
            Self::RunOrder { at } => format!("第{at}个字符处的区间终点小于起点"),
            Self::TooManyLetters { position } => {
                format!("第{position}位是第三个可用字母的位置，普通号牌序号最多两个字母")
            }
            Self::MixedForms => "新能源号段第1位只能全为新能源字母或全为数字".to_owned(),
            Self::Digit { position, form } => {
                format!("{}第{position}位只能是数字", form.chinese())
            }
            Self::EnergyLetter { position } => {
                format!("第{position}位只能是新能源字母ABCDE或FGHJK")
            }
            Self::MinusBraces { at } => format!("第{at}个字符处的排除表应写作 -{{序号,序号}}"),
            Self::MinusSerial { item, .. } => format!("排除表第{item}项不是该号段形式的序号"),
            Self::NotInMask { item } => format!("排除表第{item}项不在号段内"),
            Self::Empty => "排除后号段内没有号码".to_owned(),
            Self::ClassLength { class, found } => {
                format!(
                    "{}号牌序号应为{}位，现有{found}位",
                    class.chinese(),
                    class.serial_length()
                )
            }
            Self::ClassPosition { class, position } => {
                format!("第{position}位不符合{}号牌", class.chinese())
            }
        }
    }
}
