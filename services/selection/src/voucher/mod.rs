//! The selection voucher 预选号凭证: what a citizen prints and carries to the vehicle office.
//!
//! One page of A4 with the plate drawn as a plate, the last day to register, and a code that holds
//! [`VoucherClaims`] signed elsewhere (R-DONE-01, R-DONE-02, R-BLK-01). Everything here is pure: the same
//! voucher gives the same bytes, so a printed sheet can be made again and compared.
//!
//! The file is PDF/A-2a and PDF/UA-1: archives keep it, screen readers read it. Its fonts are
//! embedded, reduced to the characters it uses. A character that the font does not have is an
//! error with its code point, because a box in a name would be a forgery of ours.

mod canvas;
mod error;
mod face;
mod page;
mod plate;
mod qr;
mod stroke;
mod words;
mod wrap;

#[cfg(test)]
mod tests;

use std::fmt;

use jiff::Timestamp;
use jiff::civil::Date;
use krilla::configure::{Accessibility, Archival, ConfigurationBuilder};
use krilla::destination::XyzDestination;
use krilla::geom::Point;
use krilla::metadata::{DateTime, Metadata};
use krilla::outline::{Outline, OutlineNode};
use krilla::page::PageSettings;
use krilla::{Document, SerializeSettings};
use xuanhao_vocabulary::{OfficeId, PlateClass, PlateNumber, Vin, VoucherClaims, VoucherNumber};

pub use error::{Error, Field};

use canvas::{Canvas, mm};

/// Everything that stands on a voucher. Page and code are made from the same record.
///
/// `Debug` prints what is not personal only.
#[derive(Clone, PartialEq, Eq)]
pub struct Voucher {
    /// The number people know it by.
    pub number: VoucherNumber,
    /// The vehicle office to register at.
    pub office: OfficeId,
    /// Its name, as it is written over the door.
    pub office_name: String,
    /// The plate's number.
    pub plate: PlateNumber,
    /// Its class, which must have the form of the number's serial.
    pub class: PlateClass,
    /// The owner's name.
    pub full_name: String,
    /// The owner's resident id, already masked.
    pub resident_id: String,
    /// The vehicle's identification number.
    pub vin: Vin,
    /// Maker and model, as on the purchase proof.
    pub vehicle: String,
    /// When the pool gave the plate.
    pub decided_at: Timestamp,
    /// The last day to register on (R-DONE-01).
    pub deadline: Date,
    /// For how many years who comes late may not select online (R-BLK-01), by the policy.
    pub ban_years: u8,
}

impl Voucher {
    /// What the code on the page says, to be signed under [`TYP`](xuanhao_vocabulary::voucher::TYP). `issuer` names the platform.
    pub fn claims(&self, issuer: &str) -> VoucherClaims {
        VoucherClaims {
            iss: issuer.to_owned(),
            jti: self.number,
            plate: self.plate,
            class: self.class,
            office: self.office,
            vin_tail: self.vin.vis()[2..].to_owned(),
            decided_at: self.decided_at,
            deadline: self.deadline,
        }
    }

    /// Draws the voucher. `signed` is the text of the code: the claims, signed, in compact form;
    /// at most 666 bytes.
    ///
    /// Takes some milliseconds of computing: call it away from threads that must not wait.
    ///
    /// # Errors
    /// When a text is blank, does not fit or has a character that cannot be drawn; when the plate
    /// has not the form of its class; when `signed` is too long. The error names the field.
    pub fn render(&self, signed: &str) -> Result<Vec<u8>, Error> {
        let code = qr::Code::new(signed)?;
        let mut document = Document::new_with(settings());
        let size = PageSettings::from_wh(mm(page::WIDTH), mm(page::HEIGHT));
        let mut sheet = document.start_page_with(size.expect("A4 is a size above 0"));
        let mut canvas = Canvas::new(sheet.surface());
        let drawn = page::draw(&mut canvas, self, &code);
        let reading_order = canvas.finish();
        sheet.finish();
        drawn?;
        document.set_tag_tree(reading_order);
        document.set_outline(outline());
        document.set_metadata(self.metadata());
        document
            .finish()
            .map_err(|error| Error::Document(Box::new(error)))
    }

    /// The document is dated by the decision, not by the moment of drawing, so that a voucher drawn
    /// twice is the same file.
    fn metadata(&self) -> Metadata {
        Metadata::new()
            .title(format!("{} {}", words::TITLE.chinese, self.number))
            .description(words::TITLE.english.to_owned())
            .language("zh-CN".to_owned())
            .creator("Xuanhao".to_owned())
            .document_id(self.number.compact())
            .creation_date(date_time(self.decided_at))
    }
}

fn settings() -> SerializeSettings {
    let configuration = ConfigurationBuilder::new()
        .with_archival_validator(Archival::A2_A)
        .with_accessibility_validator(Accessibility::UA1)
        .finish()
        .expect("PDF/A-2a and PDF/UA-1 are both profiles of PDF 1.7");
    SerializeSettings {
        configuration,
        ..SerializeSettings::default()
    }
}

/// One entry, because PDF/UA asks for an outline however short the document.
fn outline() -> Outline {
    let mut outline = Outline::new();
    let top = XyzDestination::new(0, Point::from_xy(0.0, 0.0));
    outline.push_child(OutlineNode::new(words::TITLE.chinese.to_owned(), top));
    outline
}

fn date_time(at: Timestamp) -> DateTime {
    let local = words::in_china(at);
    // Dates of vouchers are of our age, and a clock's figures fit a byte.
    let byte = |figure: i8| figure.unsigned_abs();
    DateTime::new(local.year().unsigned_abs())
        .month(byte(local.month()))
        .day(byte(local.day()))
        .hour(byte(local.hour()))
        .minute(byte(local.minute()))
        .second(byte(local.second()))
        .utc_offset_hour(8)
        .utc_offset_minute(0)
}

impl fmt::Debug for Voucher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Voucher")
            .field("number", &self.number)
            .field("office", &self.office)
            .field("plate", &self.plate)
            .field("class", &self.class)
            .field("decided_at", &self.decided_at)
            .field("deadline", &self.deadline)
            .finish_non_exhaustive()
    }
}
