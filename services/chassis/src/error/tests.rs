use std::time::Duration;

use jiff::civil::date;
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt};

use super::{Refusal, caused, chain, fault};
use crate::reason::{Locale, Reason};

fn samples() -> [Refusal; 4] {
    [
        Refusal::new(Reason::VinCheckDigit)
            .param("position", 9u32)
            .on_field("vin"),
        Refusal::new(Reason::Blacklisted).param("until", date(2028, 2, 29)),
        Refusal::new(Reason::SmsLimitReached)
            .param("retry_after", Duration::from_millis(61_200))
            .retry_after(Duration::from_millis(61_200)),
        Refusal::new(Reason::Exhausted),
    ]
}

#[test]
fn a_refusal_survives_the_wire() {
    for refusal in samples() {
        let status = Status::from(refusal.clone());
        assert_eq!(status.code(), refusal.reason().kind().grpc_code());
        assert_eq!(status.message(), refusal.reason().code());
        assert_eq!(Refusal::from_status(&status), Some(refusal));
    }
}

#[test]
fn a_refusal_survives_storage() {
    for refusal in samples() {
        let stored = serde_json::to_string(&refusal).unwrap();
        assert_eq!(
            serde_json::from_str::<Refusal>(&stored).unwrap(),
            refusal,
            "{stored}"
        );
    }
    assert!(serde_json::from_str::<Refusal>(r#"{"reason":"NO_SUCH_REASON"}"#).is_err());
}

#[test]
fn durations_round_up_to_whole_seconds() {
    let refusal = samples()[2].clone();
    assert_eq!(refusal.params()["retry_after"], "62");
    assert!(refusal.text(Locale::ZhCn).contains("1分2秒"));
}

#[test]
fn a_peer_cannot_slip_in_parameters_the_registry_does_not_know() {
    let mut details = ErrorDetails::new();
    let metadata = [("remaining", "three"), ("mobile", "13800000000")];
    let metadata = metadata.map(|(k, v)| (k.to_owned(), v.to_owned()));
    details.set_error_info("CHALLENGE_CODE_WRONG", super::DOMAIN, metadata);
    let status = Status::with_error_details(Code::InvalidArgument, "x", details);
    let refusal = Refusal::from_status(&status).unwrap();
    assert!(refusal.params().is_empty());
}

#[test]
fn statuses_of_others_are_not_refusals() {
    assert_eq!(Refusal::from_status(&Status::not_found("row")), None);
    let mut details = ErrorDetails::new();
    details.set_error_info("INTERNAL", "elsewhere.example", []);
    let foreign = Status::with_error_details(Code::Internal, "x", details);
    assert_eq!(Refusal::from_status(&foreign), None);
}

#[test]
#[should_panic(expected = "EXHAUSTED does not take")]
fn an_undeclared_parameter_fails_the_test_that_meets_it() {
    let _ = Refusal::new(Reason::Exhausted).param("remaining", 1u32);
}

#[test]
fn the_cause_of_a_fault_stays_out_of_what_is_sent() {
    let status = fault(std::io::Error::other("password=hunter2"));
    let sent = format!("{:?}", status.clone().into_http::<()>().headers());
    assert!(!sent.contains("hunter2") && !status.message().contains("hunter2"));
    assert_eq!(
        Refusal::from_status(&status).unwrap().reason(),
        Reason::Internal
    );
    let source = std::error::Error::source(&status).expect("kept for the log");
    assert!(chain(source).contains("hunter2"));
    let busy = caused(Refusal::new(Reason::CheckUnavailable), "registry timed out");
    assert_eq!(busy.code(), Code::Unavailable);
}
