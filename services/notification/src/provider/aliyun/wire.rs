//! The vendor's answers and what they mean.

use std::time::Duration;

use serde::Deserialize;

use crate::domain::message::{Attempt, Report};

/// Answer to `SendSms`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Sent {
    code: String,
    biz_id: Option<String>,
}

/// An answer with a status other than 200.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Problem {
    pub(super) code: String,
}

/// Answer to `QuerySendDetails`.
#[derive(Debug, Deserialize)]
pub(super) struct Details {
    #[serde(rename = "SmsSendDetailDTOs")]
    details: Option<DetailList>,
}

#[derive(Debug, Deserialize)]
struct DetailList {
    #[serde(rename = "SmsSendDetailDTO", default)]
    list: Vec<Detail>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Detail {
    send_status: i64,
}

impl Sent {
    pub(super) fn attempt(self) -> Attempt {
        match (self.code.as_str(), self.biz_id) {
            ("OK", Some(reference)) => Attempt::Accepted { reference },
            (code, _) => {
                tracing::warn!(provider.code = code, "the vendor did not take a message");
                attempt_of(code)
            }
        }
    }
}

/// What a code of the vendor's means for the message: what is wrong with the number is for good, what
/// is wrong with our template, signature or values there is for good with this vendor; limits, money
/// and faults of theirs pass.
pub(super) fn attempt_of(code: &str) -> Attempt {
    const FOR_GOOD: &[&str] = &[
        "isv.BLACK_KEY_CONTROL_LIMIT",
        "isv.MOBILE_COUNT_OVER_LIMIT",
        "isv.MOBILE_NUMBER_ILLEGAL",
    ];
    const NOT_HERE: &[&str] = &[
        "isv.INVALID_PARAMETERS",
        "isv.PARAM_LENGTH_LIMIT",
        "isv.SMS_SIGNATURE_ILLEGAL",
        "isv.SMS_SIGNATURE_SCENE_ILLEGAL",
        "isv.SMS_TEMPLATE_ILLEGAL",
        "isv.TEMPLATE_MISSING_PARAMETERS",
        "isv.TEMPLATE_PARAMS_ILLEGAL",
    ];
    const LIMITS: &[&str] = &[
        "isv.BUSINESS_LIMIT_CONTROL",
        "isv.DAY_LIMIT_CONTROL",
        "Throttling.User",
    ];
    if FOR_GOOD.contains(&code) {
        Attempt::Refused
    } else if NOT_HERE.contains(&code) {
        Attempt::NotHere
    } else if LIMITS.contains(&code) {
        Attempt::Later(Duration::from_secs(60))
    } else {
        Attempt::Failed
    }
}

impl Details {
    pub(super) fn report(self) -> Report {
        let told = self
            .details
            .and_then(|details| details.list.into_iter().next());
        match told.map(|detail| detail.send_status) {
            Some(3) => Report::Delivered,
            Some(2) => Report::Undeliverable,
            _ => Report::Pending,
        }
    }
}
