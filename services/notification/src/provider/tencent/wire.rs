//! The vendor's questions and answers, and what they mean.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::domain::message::{Attempt, Report};

/// `SendSms`.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Send<'a> {
    pub(super) phone_number_set: [&'a str; 1],
    pub(super) sms_sdk_app_id: &'a str,
    pub(super) template_id: &'a str,
    pub(super) sign_name: &'a str,
    pub(super) template_param_set: Vec<&'a str>,
    pub(super) session_context: &'a str,
}

/// `PullSmsSendStatusByPhoneNumber`.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Pull<'a> {
    pub(super) begin_time: i64,
    pub(super) end_time: i64,
    pub(super) offset: u32,
    pub(super) limit: u32,
    pub(super) phone_number: &'a str,
    pub(super) sms_sdk_app_id: &'a str,
}

/// Every answer.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Envelope<T> {
    pub(super) response: Answer<T>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum Answer<T> {
    Refused {
        #[serde(rename = "Error")]
        error: Problem,
    },
    Granted(T),
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Problem {
    pub(super) code: String,
}

/// Answer to `SendSms`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Sent {
    send_status_set: Vec<SendStatus>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct SendStatus {
    serial_no: String,
    code: String,
}

/// Answer to `PullSmsSendStatusByPhoneNumber`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Pulled {
    pull_sms_send_status_set: Vec<Status>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Status {
    serial_no: String,
    report_status: String,
}

impl Sent {
    pub(super) fn attempt(self) -> Attempt {
        match self.send_status_set.into_iter().next() {
            Some(SendStatus { serial_no, code }) if code == "Ok" => Attempt::Accepted {
                reference: serial_no,
            },
            Some(SendStatus { code, .. }) => {
                tracing::warn!(provider.code = code, "the vendor did not take a message");
                attempt_of(&code)
            }
            None => Attempt::Failed,
        }
    }
}

/// What a code of the vendor's means for the message: what is wrong with the number is for good, what
/// is wrong with our text, signature or account there is for good with this vendor, limits and faults
/// pass.
pub(super) fn attempt_of(code: &str) -> Attempt {
    const FOR_GOOD: &[&str] = &[
        "FailedOperation.PhoneNumberInBlacklist",
        "InvalidParameterValue.IncorrectPhoneNumber",
        "UnsupportedOperation.UnsupportedRegion",
    ];
    const NOT_HERE: &[&str] = &[
        "FailedOperation.ContainSensitiveWord",
        "FailedOperation.SignatureIncorrectOrUnapproved",
        "FailedOperation.TemplateIncorrectOrUnapproved",
        "FailedOperation.TemplateParamSetNotMatchApprovedTemplate",
        "FailedOperation.TemplateUnapprovedOrNotExist",
        "InvalidParameterValue.SdkAppIdNotExist",
        "InvalidParameterValue.TemplateParameterFormatError",
        "InvalidParameterValue.TemplateParameterLengthLimit",
        "UnauthorizedOperation.SdkAppIdIsDisabled",
    ];
    if FOR_GOOD.contains(&code) {
        Attempt::Refused
    } else if NOT_HERE.contains(&code) {
        Attempt::NotHere
    } else if code.starts_with("LimitExceeded") {
        Attempt::Later(Duration::from_secs(60))
    } else {
        Attempt::Failed
    }
}

impl Pulled {
    /// What became of one message of that number.
    pub(super) fn report(&self, serial_no: &str) -> Report {
        let told = self
            .pull_sms_send_status_set
            .iter()
            .find(|status| status.serial_no == serial_no);
        match told.map(|status| status.report_status.as_str()) {
            Some("SUCCESS") => Report::Delivered,
            Some("FAIL") => Report::Undeliverable,
            _ => Report::Pending,
        }
    }
}
