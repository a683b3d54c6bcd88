//! What every error and warning of this crate can say besides its English sentence.

use std::fmt;

/// An error or a warning about a text somebody typed.
///
/// `Display` is the English sentence. No form of it repeats the text itself, so a finding may be
/// logged and shown.
pub trait Finding: fmt::Display {
    /// The stable name for machines, such as `VIN_CHECK_DIGIT`. Never reused for something else.
    fn code(&self) -> &'static str;

    /// The 1-based position the finding is about, where it is about one.
    ///
    /// Positions count the characters that matter: blanks are dropped first.
    fn position(&self) -> Option<u8> {
        None
    }

    /// The same sentence in Chinese.
    fn chinese(&self) -> String;
}
