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
//!  "issued_on": "2026-11-20"}
//! ```
//!
//! The bureau compares, so that nobody's number comes back. An invoice it does not know: 404
//! `invoice_unknown`.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use xuanhao_vocabulary::invoice::InvoiceNumber;

use super::{Gateway, Purchase, Unavailable};
use crate::domain::assessment::{Invoice, Sale};

#[derive(Serialize)]
struct Question<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    invoice_code: Option<&'a str>,
    invoice_number: &'a str,
    buyer_id: &'a str,
    vin: &'a str,
}

#[derive(Deserialize)]
struct Answer {
    status: Status,
    sale: WireSale,
    buyer_matches: bool,
    vin_matches: bool,
    issued_on: Date,
}

#[derive(Deserialize, PartialEq)]
#[serde(rename_all = "snake_case")]
enum Status {
    Valid,
    Cancelled,
    Reversed,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum WireSale {
    NewVehicle,
    UsedVehicle,
    Other,
}

pub(super) async fn invoice(
    gateway: &Gateway,
    purchase: Purchase<'_>,
) -> Result<Option<Invoice>, Unavailable> {
    let (invoice_code, invoice_number) = match purchase.invoice {
        InvoiceNumber::Paper(paper) => (Some(paper.code()), paper.number()),
        digital @ InvoiceNumber::Digital(_) => (None, digital.as_str()),
    };
    let question = Question {
        invoice_code,
        invoice_number,
        buyer_id: purchase.buyer.expose(),
        vin: purchase.vin.as_str(),
    };
    let answer = gateway
        .ask("/v1/invoices/verify", &question, "invoice_unknown")
        .await?;
    Ok(answer.map(read))
}

fn read(answer: Answer) -> Invoice {
    Invoice {
        valid: answer.status == Status::Valid,
        sale: match answer.sale {
            WireSale::NewVehicle => Sale::NewVehicle,
            WireSale::UsedVehicle => Sale::UsedVehicle,
            WireSale::Other => Sale::Other,
        },
        buyer_matches: answer.buyer_matches,
        vin_matches: answer.vin_matches,
        issued_on: answer.issued_on,
    }
}
