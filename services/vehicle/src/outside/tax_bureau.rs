//! The tax bureau's question and answer.
//!
//! ```text
//! POST /v1/invoices/verify
//! {"invoice_code": "144002321660", "invoice_number": "00123456",    code on paper invoices only
//!  "buyer_id": "11010519491231002X", "vin": "LSGPC52U6AF102554"}
//!
//! {"status": "valid",                       valid, cancelled (作废) or reversed (红冲)
//!  "sale": "new_vehicle",                   new_vehicle, used_vehicle or other
//!  "buyer_matches": true,                   the buyer on it has this number
//!  "vin_matches": true,                     the vehicle on it has this VIN
//!  "suspicious": false,                     may be missing
//!  "issued_on": "2026-11-20"}
//! ```
//!
//! The bureau compares, so that nobody's number comes back. An invoice it does not know: 404
//! `invoice_unknown`; in a file, that object as the answer.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use xuanhao_vocabulary::invoice::InvoiceNumber;

use super::{Gateway, Purchase, Unavailable, from_file};
use crate::domain::findings::{Invoice, Sale};

const UNKNOWN: &str = "invoice_unknown";

/// What the bureau is asked about an invoice, as it stands on the wire and in files.
#[derive(Clone, Serialize, Deserialize)]
pub struct InvoiceQuestion {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    invoice_code: Option<String>,
    invoice_number: String,
    buyer_id: String,
    vin: String,
}

impl InvoiceQuestion {
    /// About a purchase.
    pub fn new(purchase: Purchase<'_>) -> Self {
        let (invoice_code, invoice_number) = match purchase.invoice {
            InvoiceNumber::Paper(paper) => (Some(paper.code().to_owned()), paper.number()),
            digital @ InvoiceNumber::Digital(_) => (None, digital.as_str()),
        };
        Self {
            invoice_code,
            invoice_number: invoice_number.to_owned(),
            buyer_id: purchase.buyer.expose().to_owned(),
            vin: purchase.vin.to_string(),
        }
    }

    pub(super) fn invoice_code(&self) -> Option<&str> {
        self.invoice_code.as_deref()
    }

    pub(super) fn invoice_number(&self) -> &str {
        &self.invoice_number
    }

    /// Reads an answer that came by file.
    ///
    /// # Errors
    /// When it is no answer.
    pub fn read(&self, answer: &str) -> Result<Option<Invoice>, Unavailable> {
        Ok(from_file(answer, UNKNOWN)?.map(read))
    }
}

impl std::fmt::Debug for InvoiceQuestion {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("InvoiceQuestion(…)")
    }
}

#[derive(Deserialize)]
struct Answer {
    status: Status,
    sale: Sale,
    buyer_matches: bool,
    vin_matches: bool,
    #[serde(default)]
    suspicious: bool,
    issued_on: Date,
}

#[derive(Deserialize, PartialEq)]
#[serde(rename_all = "snake_case")]
enum Status {
    Valid,
    Cancelled,
    Reversed,
}

pub(super) async fn invoice(
    gateway: &Gateway,
    question: &InvoiceQuestion,
) -> Result<Option<Invoice>, Unavailable> {
    let answer = gateway
        .ask("/v1/invoices/verify", question, UNKNOWN)
        .await?;
    Ok(answer.map(read))
}

fn read(answer: Answer) -> Invoice {
    Invoice {
        valid: answer.status == Status::Valid,
        sale: answer.sale,
        buyer_matches: answer.buyer_matches,
        vin_matches: answer.vin_matches,
        issued_on: answer.issued_on,
        suspicious: answer.suspicious,
    }
}
