//! Invented people and vehicles that pass every check a real one would.

use anyhow::{Context as _, Result};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Serialize;
use xuanhao_servers::secret;
use xuanhao_vocabulary::{InvoiceNumber, Mobile, PlateClass, ResidentId, Vin};

/// Model years from 1980 on; they come round every 30 years.
const MODEL_YEARS: &[u8; 30] = b"ABCDEFGHJKLMNPRSTVWXY123456789";
const SURNAMES: [&str; 8] = ["陈", "林", "黄", "梁", "吴", "王", "李", "张"];
const GIVEN_NAMES: [&str; 8] = ["志明", "晓雯", "建国", "丽华", "子轩", "海燕", "伟", "欣怡"];
/// By position, for the check character of a resident id (GB 11643).
const ID_WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];

/// This machine's time.
#[expect(
    clippy::disallowed_methods,
    reason = "this crate stands outside the services; the servers have the same machine's clock"
)]
pub(crate) fn now() -> Timestamp {
    Timestamp::now()
}

/// Where offices are.
///
/// # Errors
/// When the time zone is unknown.
pub fn shanghai() -> Result<TimeZone> {
    TimeZone::get("Asia/Shanghai").context("the offices' time zone")
}

/// This machine's civil date where offices are.
///
/// # Errors
/// When the time zone is unknown.
pub fn today() -> Result<Date> {
    Ok(now().to_zoned(shanghai()?).date())
}

/// Somebody who may register.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Person {
    /// The name on the identity card.
    pub full_name: String,
    /// Its number.
    pub resident_id: String,
    /// A mobile number nobody else of this run has.
    pub mobile: String,
    /// The name to sign in with.
    pub login_name: String,
    /// The password.
    pub password: String,
}

impl Person {
    /// A new one.
    ///
    /// # Errors
    /// When the kernel gives no randomness.
    pub fn invent() -> Result<Self> {
        let pick = |names: &[&'static str; 8]| -> Result<&'static str> {
            Ok(names[usize::try_from(below(8)?)?])
        };
        let full_name = format!("{}{}", pick(&SURNAMES)?, pick(&GIVEN_NAMES)?);
        let birth =
            Date::constant(1970, 1, 1) + jiff::Span::new().days(i64::try_from(below(10_000)?)?);
        let resident_id = resident_id("440802", birth, below(1_000)?)?;
        let mobile = format!("138{:08}", below(100_000_000)?);
        Mobile::parse(&mobile)?;
        Ok(Self {
            full_name,
            resident_id,
            mobile,
            login_name: format!("citizen_{:010}", below(10_000_000_000)?),
            password: format!("Xh-{}", secret()?),
        })
    }
}

/// The proof that a vehicle was bought, as the API takes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum PurchaseProof {
    /// A unified motor vehicle sales invoice on paper.
    PaperInvoice {
        /// 12 digits.
        code: String,
        /// 8 digits.
        number: String,
    },
    /// A digital invoice.
    ElectronicInvoice {
        /// 20 digits.
        number: String,
    },
}

/// A new vehicle with the proof that it was bought.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Vehicle {
    /// Its identification number.
    pub vin: String,
    /// The invoice.
    pub purchase_proof: PurchaseProof,
}

impl Vehicle {
    /// A new car of this year's model, not electric.
    ///
    /// # Errors
    /// When the kernel gives no randomness.
    pub fn small() -> Result<Self> {
        Self::invent(PlateClass::Small)
    }

    /// A new car for number plates of new energy vehicles.
    ///
    /// # Errors
    /// When the kernel gives no randomness.
    pub fn new_energy() -> Result<Self> {
        Self::invent(PlateClass::NevSmall)
    }

    /// One that the registry's simulator answers so for: see its table of last digits.
    ///
    /// # Errors
    /// When `ending` is not four digits.
    pub fn ending_in(ending: &str) -> Result<Self> {
        Ok(Self {
            vin: vin(today()?.year(), &format!("{:02}{ending}", below(100)?))?,
            purchase_proof: electronic_invoice(today()?.year())?,
        })
    }

    /// The same car, bought with an invoice on paper.
    ///
    /// # Errors
    /// When the kernel gives no randomness.
    pub fn with_paper_invoice(self) -> Result<Self> {
        let purchase_proof = paper_invoice()?;
        Ok(Self {
            purchase_proof,
            ..self
        })
    }

    fn invent(class: PlateClass) -> Result<Self> {
        // The simulator of the registry goes by the last digit; 999x are its special cases.
        let last = match class {
            PlateClass::NevSmall | PlateClass::NevLarge => 8,
            PlateClass::Small | PlateClass::Large => below(8)?,
        };
        Self::ending_in(&format!("{:03}{last}", below(990)?))
    }
}

/// A Chinese maker's number of the model year, with the right check digit. `serial`: six digits.
fn vin(model_year: i16, serial: &str) -> Result<String> {
    let place = usize::try_from((model_year - 1980).rem_euclid(30))?;
    let text = format!("LSGPC52U0{}F{serial}", char::from(MODEL_YEARS[place]));
    Ok(Vin::with_check_digit(&text)?.as_str().to_owned())
}

/// A digital invoice of the year, issued in Guangdong. The simulator of the tax bureau takes 999x
/// for its special cases.
fn electronic_invoice(year: i16) -> Result<PurchaseProof> {
    let number = format!(
        "{:02}44{:012}{:04}",
        year % 100,
        below(1_000_000_000_000)?,
        below(9_990)?
    );
    InvoiceNumber::digital(&number)?;
    Ok(PurchaseProof::ElectronicInvoice { number })
}

/// A unified motor vehicle sales invoice on paper: the first digit of its code is not 0, the eighth is
/// 2. 999x are the simulator's special cases.
fn paper_invoice() -> Result<PurchaseProof> {
    let code = "144002321660".to_owned();
    let number = format!("{:04}{:04}", below(10_000)?, below(9_990)?);
    InvoiceNumber::paper(&code, &number)?;
    Ok(PurchaseProof::PaperInvoice { code, number })
}

/// With the right check character (ISO 7064 MOD 11-2).
fn resident_id(region: &str, birth: Date, sequence: u64) -> Result<String> {
    let body = format!("{region}{}{sequence:03}", birth.strftime("%Y%m%d"));
    let weighed = body
        .bytes()
        .zip(ID_WEIGHTS)
        .map(|(digit, weight)| u32::from(digit - b'0') * weight);
    let check = char::from(b"10X98765432"[usize::try_from(weighed.sum::<u32>() % 11)?]);
    let text = format!("{body}{check}");
    ResidentId::parse(&text)?;
    Ok(text)
}

/// A random number below `end`.
pub(crate) fn below(end: u64) -> Result<u64> {
    let random = u64::from_str_radix(&secret()?[..16], 16)?;
    Ok(random % end)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// R-INF-04: the numbers pass the check a citizen's own would have to pass.
    #[test]
    fn invented_vehicles_have_right_numbers_of_the_model_year() {
        for year in 2024..2042 {
            let vin = Vin::parse(&vin(year, "001234").unwrap()).unwrap();
            assert_eq!(vin.model_year(year), Some(year));
            assert_eq!(vin.warnings(Some(year)).count(), 0);
        }
    }

    #[test]
    fn invented_people_and_vehicles_pass_and_differ() {
        for _ in 0..200 {
            let person = Person::invent().unwrap();
            ResidentId::parse(&person.resident_id).unwrap();
            let (small, electric) = (Vehicle::small().unwrap(), Vehicle::new_energy().unwrap());
            assert!(electric.vin.ends_with('8') && !small.vin.ends_with('8'));
            assert!(!small.vin[13..].starts_with("999"), "{}", small.vin);
            assert!(!electric.vin[13..].starts_with("999"), "{}", electric.vin);
            assert_ne!(small.vin, electric.vin);
        }
    }
}
