//! `xuanctl check`: tells whether numbers are well-formed, and if not, what is wrong where.
//!
//! Nothing is asked of any server: a well-formed number need not be anybody's.

use std::io;

use clap::{Args, Subcommand};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Serialize;
use xuanhao_vocabulary::invoice::InvoiceKind;
use xuanhao_vocabulary::{
    CreditCode, Finding, InvoiceNumber, Mobile, Office, PlateClass, PlateNumber, ResidentId, Vin,
};

use crate::output::{Format, Output, Verdict, bilingual, sentence};

#[derive(Debug, Args)]
pub(crate) struct Check {
    #[command(subcommand)]
    word: Word,
}

#[derive(Debug, Subcommand)]
enum Word {
    /// 车辆识别代号 · Vehicle identification numbers (GB 16735)
    Vin {
        #[arg(required = true, value_name = "VALUE")]
        values: Vec<String>,
        /// 新车发票年份，用于核对车型年份 · Year of a new car's invoice, to check the model year
        #[arg(long, value_name = "YEAR")]
        invoice_year: Option<i16>,
    },
    /// 居民身份号码 · Resident identity numbers (GB 11643)
    ResidentId {
        #[arg(required = true, value_name = "VALUE")]
        values: Vec<String>,
        #[command(flatten)]
        day: Day,
    },
    /// 统一社会信用代码 · Unified social credit codes (GB 32100)
    CreditCode {
        #[arg(required = true, value_name = "VALUE")]
        values: Vec<String>,
    },
    /// 手机号码 · Mobile numbers
    Mobile {
        #[arg(required = true, value_name = "VALUE")]
        values: Vec<String>,
    },
    /// 发票号码，纸质写作“代码:号码” · Invoice numbers; paper ones are written CODE:NUMBER
    Invoice {
        #[arg(required = true, value_name = "VALUE")]
        values: Vec<String>,
        #[command(flatten)]
        day: Day,
    },
    /// 号牌号码 · Plate numbers (GA 36)
    Plate {
        #[arg(required = true, value_name = "VALUE")]
        values: Vec<String>,
        /// 号牌种类 · Class of plate: small, large, `nev_small` or `nev_large`
        #[arg(long)]
        class: Option<PlateClass>,
    },
}

#[derive(Debug, Args)]
struct Day {
    /// 以该日为今天，默认北京时间今天 · Take this day for today; else today in China
    #[arg(long, value_name = "YYYY-MM-DD")]
    today: Option<Date>,
}

impl Day {
    #[expect(
        clippy::disallowed_methods,
        reason = "a check without a server has no platform clock; --today stands in for it"
    )]
    fn get(&self) -> Date {
        // China has kept one offset from UTC since 1991.
        let china = || TimeZone::fixed(jiff::tz::offset(8));
        self.today
            .unwrap_or_else(|| jiff::Timestamp::now().to_zoned(china()).date())
    }
}

/// What is to be said of one value.
#[derive(Debug, Serialize)]
struct Answer {
    value: String,
    verdict: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    position: Option<u8>,
    reason: String,
    warnings: Vec<Warning>,
}

#[derive(Debug, Serialize)]
struct Warning {
    code: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    position: Option<u8>,
    reason: String,
}

const VALID: &str = "valid";
const WARNING: &str = "warning";
const INVALID: &str = "invalid";

impl Answer {
    fn valid(value: &str, reason: String) -> Self {
        let value = value.to_owned();
        Self {
            value,
            verdict: VALID,
            code: None,
            position: None,
            reason,
            warnings: Vec::new(),
        }
    }

    fn invalid(value: &str, refusal: &dyn Finding) -> Self {
        Self {
            value: value.to_owned(),
            verdict: INVALID,
            code: Some(refusal.code()),
            position: refusal.position(),
            reason: sentence(refusal),
            warnings: Vec::new(),
        }
    }

    /// Adds a warning. The first one gives its code and reason to the whole answer.
    fn warn(mut self, code: &'static str, position: Option<u8>, reason: String) -> Self {
        if self.warnings.is_empty() {
            self.verdict = WARNING;
            (self.code, self.position, self.reason) = (Some(code), position, reason.clone());
        } else {
            self.reason = format!("{}; {reason}", self.reason);
        }
        self.warnings.push(Warning {
            code,
            position,
            reason,
        });
        self
    }
}

impl Check {
    pub(crate) fn run(&self, output: &mut Output) -> io::Result<Verdict> {
        let answers = self.word.answers();
        match output.format() {
            Format::Json => output.json(&answers)?,
            Format::Table => {
                let row = |a: &Answer| [a.value.clone(), a.verdict.to_owned(), a.reason.clone()];
                output.columns(&answers.iter().map(row).collect::<Vec<_>>())?;
            }
        }
        Ok(Verdict::fine_if(
            answers.iter().all(|answer| answer.verdict != INVALID),
        ))
    }
}

impl Word {
    fn answers(&self) -> Vec<Answer> {
        let each = |values: &[String], check: &dyn Fn(&str) -> Answer| {
            values.iter().map(|value| check(value)).collect()
        };
        match self {
            Self::Vin {
                values,
                invoice_year,
            } => each(values, &|text| vin(text, *invoice_year)),
            Self::ResidentId { values, day } => {
                let today = day.get();
                each(values, &|text| resident_id(text, today))
            }
            Self::CreditCode { values } => each(values, &credit_code),
            Self::Mobile { values } => each(values, &mobile),
            Self::Invoice { values, day } => {
                let today = day.get();
                each(values, &|text| invoice(text, today))
            }
            Self::Plate { values, class } => each(values, &|text| plate(text, *class)),
        }
    }
}

fn vin(text: &str, invoice_year: Option<i16>) -> Answer {
    let vin = match Vin::parse(text) {
        Ok(vin) => vin,
        Err(refusal) => return Answer::invalid(text, &refusal),
    };
    // The check digit misses some slips, so the number is shown again in groups (GB 16735).
    let answer = Answer::valid(
        text,
        format!("请逐组核对 · re-read in groups: {}", vin.grouped()),
    );
    vin.warnings(invoice_year).fold(answer, |answer, warning| {
        answer.warn(warning.code(), warning.position(), sentence(&warning))
    })
}

fn resident_id(text: &str, today: Date) -> Answer {
    let read = ResidentId::parse(text);
    match read.and_then(|id| id.check_birth(today)) {
        Ok(()) => Answer::valid(text, well_formed()),
        Err(refusal) => Answer::invalid(text, &refusal),
    }
}

fn credit_code(text: &str) -> Answer {
    match CreditCode::parse(text) {
        Ok(code) => {
            let organisation = code.organisation_code();
            let reason = format!("组织机构代码 · organisation code {organisation}");
            Answer::valid(text, reason)
        }
        Err(refusal) => Answer::invalid(text, &refusal),
    }
}

fn mobile(text: &str) -> Answer {
    match Mobile::parse(text) {
        Ok(mobile) if mobile.is_virtual() => Answer::valid(text, well_formed()).warn(
            "MOBILE_VIRTUAL",
            Some(1),
            bilingual(
                "虚拟运营商号码，可能不予接受",
                "a virtual operator's number, which policy may refuse",
            ),
        ),
        Ok(_) => Answer::valid(text, well_formed()),
        Err(refusal) => Answer::invalid(text, &refusal),
    }
}

fn invoice(text: &str, today: Date) -> Answer {
    let read = InvoiceNumber::parse(text);
    match read.and_then(|invoice| invoice.check_year(today).map(|()| invoice.kind())) {
        Ok(InvoiceKind::MotorVehicle) => Answer::valid(
            text,
            bilingual("机动车销售统一发票", "motor-vehicle sales invoice"),
        ),
        Ok(InvoiceKind::Digital) => {
            Answer::valid(text, bilingual("数电票", "fully digital invoice"))
        }
        Ok(InvoiceKind::UsedVehicle) => Answer::valid(text, well_formed()).warn(
            "INVOICE_USED_VEHICLE",
            None,
            bilingual(
                "二手车销售统一发票，不能用于新车",
                "a used vehicle's invoice, no proof for a new one",
            ),
        ),
        Err(refusal) => Answer::invalid(text, &refusal),
    }
}

fn plate(text: &str, class: Option<PlateClass>) -> Answer {
    let read = match class {
        Some(class) => PlateNumber::parse_as(class, text),
        None => PlateNumber::parse(text),
    };
    let plate = match read {
        Ok(plate) => plate,
        Err(refusal) => return Answer::invalid(text, &refusal),
    };
    let (form, code) = (plate.form(), plate.code());
    match Office::by_code(code) {
        Some(office) => {
            let chinese = format!("{}{}", office.name, form.chinese());
            let english = format!("{form} form, office {}", office.id);
            Answer::valid(text, bilingual(&chinese, &english))
        }
        // Provinces keep adding letters: an unknown one is odd, not wrong.
        None => Answer::valid(text, form.chinese().to_owned()).warn(
            "PLATE_CODE_UNKNOWN",
            Some(2),
            bilingual(
                &format!("发牌机关代号{code}不在表中"),
                &format!("issuing code {code} is in no table"),
            ),
        ),
    }
}

fn well_formed() -> String {
    bilingual("格式正确", "well-formed")
}
