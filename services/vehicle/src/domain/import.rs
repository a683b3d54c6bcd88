//! Odd VINs of imports: a second look and the import certificate (R-INF-03).

use xuanhao_vocabulary::invoice::InvoiceNumber;
use xuanhao_vocabulary::vin::{Vin, VinWarning};

/// What the citizen offers in support of an odd VIN.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Support {
    /// They looked again and the VIN stands so on the certificate.
    pub confirmed: bool,
    /// Number of the 货物进口证明书.
    pub certificate: Option<Certificate>,
}

/// Number of an import certificate 货物进口证明书: 1 to 32 letters, digits and dashes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate(String);

impl Certificate {
    /// Reads a number; blanks and case do not matter.
    pub fn parse(text: &str) -> Option<Self> {
        let text: String = text.split_whitespace().collect();
        let plain = text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        ((1..=32).contains(&text.len()) && plain).then(|| Self(text.to_ascii_uppercase()))
    }

    /// The number.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whether the VIN still wants a second look or a certificate.
///
/// Only imports are asked: a domestic VIN that passes is right by the formula, and the registry
/// knows its model year better than the citizen. The year on a paper invoice is that of its
/// printing, so only a digital one is compared with the model year.
pub fn needs_confirmation(vin: &Vin, invoice: &InvoiceNumber, support: &Support) -> bool {
    let year = matches!(invoice, InvoiceNumber::Digital(_)).then(|| invoice.year());
    !vin.is_domestic()
        && vin.warnings(year).any(|warning| match warning {
            VinWarning::ModelYearFar { .. } => !support.confirmed,
            _ => !support.confirmed || support.certificate.is_none(),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn needs(vin: &str, invoice: &str, confirmed: bool, certificate: &str) -> bool {
        let support = Support {
            confirmed,
            certificate: Certificate::parse(certificate),
        };
        needs_confirmation(&vin.parse().unwrap(), &invoice.parse().unwrap(), &support)
    }

    /// R-INF-03: an import whose check digit fails needs both the second look and the certificate.
    #[test]
    fn an_odd_import_needs_both() {
        let (porsche, paper) = ("WP0ZZZ99ZTS392124", "144002621660:00123456");
        assert!(needs(porsche, paper, false, ""));
        assert!(needs(porsche, paper, true, ""));
        assert!(needs(porsche, paper, false, "XX-1234567"));
        assert!(!needs(porsche, paper, true, "XX-1234567"));
    }

    /// R-INF-03: a model year far from the invoice's wants a second look, no certificate.
    #[test]
    fn a_far_model_year_wants_a_second_look() {
        let (digital, paper) = ("26442000000012345678", "144002621660:00123456");
        let import = "1HGCM82633A004352";
        assert!(needs(import, digital, false, ""));
        assert!(!needs(import, digital, true, ""));
        assert!(
            !needs(import, paper, false, ""),
            "paper tells the year of printing only"
        );
        assert!(
            !needs("LSGPC52U6AF102554", digital, false, ""),
            "the registry knows better"
        );
    }

    #[test]
    fn certificates_have_a_form() {
        assert_eq!(Certificate::parse(" xx 12-a ").unwrap().as_str(), "XX12-A");
        let long = "1".repeat(33);
        for wrong in ["", "  ", "证1", "1;2", &long] {
            assert_eq!(Certificate::parse(wrong), None, "{wrong}");
        }
    }
}
