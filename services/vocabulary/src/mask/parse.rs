//! Reading the text of a mask.

use super::part::Part;
use super::{MaskError, PlateMask};
use crate::plate::symbol::CharSet;
use crate::plate::{Form, Serial};
use crate::text::{fold, is_blank, position};

/// A reader over the folded characters of the text. Blanks stay: they part a digit from a run.
struct Reader {
    text: Vec<char>,
    next: usize,
}

impl Reader {
    fn skip_blanks(&mut self) {
        while self.text.get(self.next).is_some_and(|c| is_blank(*c)) {
            self.next += 1;
        }
    }

    /// The next character that is not blank.
    fn peek(&mut self) -> Option<char> {
        self.skip_blanks();
        self.text.get(self.next).copied()
    }

    /// The 1-based place in the text of what comes next.
    fn at(&self) -> u8 {
        position(self.next)
    }

    fn take(&mut self, wanted: char) -> bool {
        let found = self.peek() == Some(wanted);
        self.next += usize::from(found);
        found
    }

    /// The digits that stand right here, without blanks between them.
    fn digits(&mut self) -> Vec<u8> {
        let here = self.text[self.next..].iter();
        let digits: Vec<u8> = here
            .map_while(|c| u8::try_from(*c).ok().filter(u8::is_ascii_digit))
            .collect();
        self.next += digits.len();
        digits
    }

    fn take_dots(&mut self) -> bool {
        self.skip_blanks();
        let found = self.text[self.next..].starts_with(&['.', '.']);
        self.next += 2 * usize::from(found);
        found
    }
}

impl PlateMask {
    /// Reads a mask in the grammar at the head of this module.
    pub fn parse(text: &str) -> Result<Self, MaskError> {
        let mut reader = Reader {
            text: text.chars().map(fold).collect(),
            next: 0,
        };
        let mut parts = Vec::new();
        while let Some(c) = reader.peek() {
            match c {
                '-' => break,
                '[' => parts.push(Part::Set(read_set(&mut reader)?)),
                '0'..='9' => parts.extend(read_digits(&mut reader)?),
                c => {
                    parts.push(Part::Set(read_character(&reader, c)?));
                    reader.next += 1;
                }
            }
        }
        let form = form_of(&parts)?;
        let mut mask = Self {
            form,
            parts: parts.into(),
            minus: Box::default(),
        };
        if reader.peek().is_some() {
            mask.minus = read_minus(&mut reader, &mask)?;
        }
        if mask.count() == 0 {
            return Err(MaskError::Empty);
        }
        Ok(mask)
    }
}

/// A class letter or a literal, outside brackets.
fn read_character(reader: &Reader, c: char) -> Result<CharSet, MaskError> {
    match c {
        'D' => Ok(CharSet::DIGITS),
        'L' => Ok(CharSet::LETTERS),
        c => read_literal(reader, c),
    }
}

fn read_literal(reader: &Reader, c: char) -> Result<CharSet, MaskError> {
    let at = reader.at();
    match c {
        letter @ ('I' | 'O') => Err(MaskError::LetterIO { at, letter }),
        c if CharSet::of(c).is_empty() => Err(MaskError::Character { at }),
        c => Ok(CharSet::of(c)),
    }
}

fn read_set(reader: &mut Reader) -> Result<CharSet, MaskError> {
    let at = reader.at();
    reader.next += 1;
    let mut set = CharSet::EMPTY;
    while !reader.take(']') {
        let c = reader.peek().ok_or(MaskError::UnclosedSet { at })?;
        set = set | read_literal(reader, c)?;
        reader.next += 1;
    }
    if set.is_empty() {
        Err(MaskError::EmptySet { at })
    } else {
        Ok(set)
    }
}

/// A run, or as many literals as there are digits.
fn read_digits(reader: &mut Reader) -> Result<Vec<Part>, MaskError> {
    let at = reader.at();
    let low = reader.digits();
    if !reader.take_dots() {
        return Ok(low.into_iter().map(Part::literal).collect());
    }
    reader.skip_blanks();
    let high = reader.digits();
    if low.len() != high.len() || low.len() > Serial::LONGEST {
        return Err(MaskError::RunLength { at });
    }
    // Equally many digits compare as the numbers they write.
    if low > high {
        return Err(MaskError::RunOrder { at });
    }
    Ok(Part::from_bounds(&low, &high))
}

/// The form that every serial of these parts has.
fn form_of(parts: &[Part]) -> Result<Form, MaskError> {
    let places: Vec<CharSet> = parts
        .iter()
        .flat_map(|part| std::iter::repeat_n(part.widest(), part.positions()))
        .collect();
    match *places {
        [_, _, _, _, _] => {
            let mut letters = (0..5).filter(|index| !places[*index].is_subset(CharSet::DIGITS));
            match letters.nth(2) {
                Some(index) => Err(MaskError::TooManyLetters {
                    position: position(index),
                }),
                None => Ok(Form::Ordinary),
            }
        }
        [first, _, _, _, _, last] => {
            let (form, energy, digits) = if first.is_subset(CharSet::DIGITS) {
                (Form::NevLarge, (6, last), 0..5)
            } else if first.is_subset(CharSet::LETTERS) {
                (Form::NevSmall, (1, first), 2..6)
            } else {
                return Err(MaskError::MixedForms);
            };
            for index in digits {
                if !places[index].is_subset(CharSet::DIGITS) {
                    return Err(MaskError::Digit {
                        position: position(index),
                        form,
                    });
                }
            }
            if !energy.1.is_subset(CharSet::ENERGY) {
                return Err(MaskError::EnergyLetter { position: energy.0 });
            }
            Ok(form)
        }
        _ => Err(MaskError::Length {
            found: places.len(),
        }),
    }
}

/// The minus-list, from its dash to the end of the text.
fn read_minus(reader: &mut Reader, mask: &PlateMask) -> Result<Box<[u32]>, MaskError> {
    reader.next += 1;
    if !reader.take('{') {
        return Err(MaskError::MinusBraces { at: reader.at() });
    }
    let mut ranks = Vec::new();
    loop {
        let at = reader.at();
        let rest = &reader.text[reader.next..];
        let end = rest.iter().position(|c| matches!(c, ',' | '、' | '}'));
        let item = &rest[..end.ok_or(MaskError::MinusBraces { at })?];
        reader.next += item.len();
        let text: String = item.iter().collect();
        let serial =
            Serial::parse_as(mask.form, &text).map_err(|source| MaskError::MinusSerial {
                item: ranks.len() + 1,
                source,
            })?;
        let rank = mask.rank_whole(&serial);
        ranks.push(rank.ok_or(MaskError::NotInMask {
            item: ranks.len() + 1,
        })?);
        let closed = reader.take('}');
        reader.next += usize::from(!closed);
        if closed {
            break;
        }
    }
    if reader.peek().is_some() {
        return Err(MaskError::Character { at: reader.at() });
    }
    ranks.sort_unstable();
    ranks.dedup();
    Ok(ranks.into())
}
