//! Bad input at every operation of the document: whatever is sent, the answer is a typed problem, and
//! nobody behind the edge sees it. A new route is covered by standing in the document.

mod faults;
mod operation;
mod schema;

use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::{Config as Cases, RngAlgorithm, TestRng, TestRunner};
use reqwest::Method;
use serde_json::{Map, Value, json};
use tokio::runtime::Runtime;
use xuanhao_chassis::reason::Reason;
use xuanhao_edge::config::{Config, Rate};

use self::operation::Operation;
use crate::browser::{Answer, Browser, answer};
use crate::document::operations;
use crate::house::House;

/// Requests for each fault of each operation.
const CASES: u32 = 3;
/// Enough to be too much here, and quick to send.
const LARGEST_DOCUMENT: usize = 100_000;
const VISIT: &str = "01939f5e-0000-7000-8000-000000000009";

/// What can be wrong with a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wrong {
    /// A method that the path has not.
    Method,
    /// A write from another site's page.
    Origin,
    NoCookies,
    OddCookies,
    NoKey,
    OddKey,
    /// An id, an office or a day that is none.
    Path,
    /// A query parameter that nobody knows.
    Query,
    /// A query parameter that has to be there and is not.
    NoQuery,
    /// A field that has to be there and is not.
    Missing,
    /// A field that nobody knows.
    Unknown,
    /// A value of another type.
    Mistyped,
    /// No object at all.
    NotAnObject,
    /// No JSON, or no document.
    Garbage,
    Media,
    TooLarge,
    /// All is well-formed, and no text means anything: it may pass to the service, which decides.
    Meaningless,
}

/// A case: what is wrong, and the matter to make it of.
#[derive(Clone, Debug)]
struct Case {
    wrong: Wrong,
    which: Index,
    text: String,
    value: Value,
}

/// Every operation refuses what is wrong with one of the known reasons, and asks nobody: RFC 9457, C3, P2.
#[test]
fn bad_input_at_every_operation_is_a_typed_problem_and_reaches_nobody() {
    let runtime = Runtime::new().unwrap();
    let house = runtime.block_on(House::with(|config: &mut Config| {
        let plenty = Rate {
            per_minute: 1_000_000.try_into().unwrap(),
            burst: 1_000_000.try_into().unwrap(),
        };
        config.http.rate = plenty;
        config.http.costly_rate = plenty;
        config.http.document_rate = plenty;
        config.http.binding_rate = plenty;
        config.http.max_document_bytes = LARGEST_DOCUMENT;
    }));
    let browser = Browser::built(&house, |builder| builder.cookie_store(false));
    let document = serde_json::to_value(xuanhao_edge::document()).unwrap();
    let cases = Cases {
        cases: CASES,
        failure_persistence: None,
        ..Cases::default()
    };
    let mut run = 0;
    for (method, path, told) in operations(&document) {
        let operation = Operation::read(&document, method, path, &told);
        runtime.block_on(operation.is_right(&browser));
        let cookies = runtime.block_on(sign_in(&browser));
        for wrong in operation.faults() {
            run += 1;
            let mut runner = TestRunner::new_with_rng(cases.clone(), rng_of(run));
            let ran = runner.run(&cases_of(wrong), |case| {
                runtime.block_on(check(&house, &browser, &cookies, &operation, &case))
            });
            ran.unwrap_or_else(|error| panic!("{}: {error}", operation.at));
        }
    }
}

/// A fault, made of anything.
fn cases_of(wrong: Wrong) -> impl Strategy<Value = Case> {
    let texts = prop_oneof!["\\PC{0,40}", "[ -~]{0,300}", "[0-9]{1,30}"];
    (any::<Index>(), texts, values()).prop_map(move |(which, text, value)| Case {
        wrong,
        which,
        text,
        value,
    })
}

/// The same cases each time: a failure here is of the change at hand.
fn rng_of(run: u64) -> TestRng {
    let mut seed = [0; 32];
    seed[..8].copy_from_slice(&run.to_le_bytes());
    TestRng::from_seed(RngAlgorithm::ChaCha, &seed)
}

/// Both cookies of a browser that is signed in.
async fn sign_in(browser: &Browser) -> String {
    let credentials = json!({"login_name": "zhang_san", "password": "correct horse"});
    let session = browser
        .request(Method::POST, "/api/v1/session")
        .json(&credentials);
    let told = answer(session).await;
    let session = told.header("set-cookie").split(';').next().unwrap();
    format!("{session}; __Host-xuanhao-visit={VISIT}")
}

async fn check(
    house: &House,
    browser: &Browser,
    cookies: &str,
    operation: &Operation,
    case: &Case,
) -> Result<(), TestCaseError> {
    let before = house.peers.asked().len();
    let told = answer(operation.request(browser, cookies, case)).await;
    let asked = house.peers.asked().split_off(before);
    if told.status.is_success() && case.wrong == Wrong::Meaningless {
        return Ok(());
    }
    is_typed(&told)?;
    if case.wrong != Wrong::Meaningless {
        let reached: Vec<_> = asked
            .iter()
            .filter(|rpc| **rpc != "IssuePrincipal")
            .collect();
        prop_assert!(reached.is_empty(), "{reached:?} saw it: {told:?}");
    }
    Ok(())
}

/// A refusal that a program can read, and no fault of ours.
fn is_typed(told: &Answer) -> Result<(), TestCaseError> {
    prop_assert!(told.status.is_client_error(), "{told:?}");
    prop_assert_eq!(told.header("content-type"), "application/problem+json");
    let code = told.body["code"].as_str().unwrap_or_default();
    prop_assert!(Reason::from_code(code).is_some(), "{:?}", told);
    prop_assert_eq!(&told.body["status"], told.status.as_u16());
    let kind = format!("urn:xuanhao:problem:{}", code.to_lowercase());
    prop_assert_eq!(&told.body["type"], &kind);
    Ok(())
}

/// JSON of every shape.
fn values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "\\PC{0,30}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec(("[a-z_]{1,12}", inner), 0..4)
                .prop_map(|fields| Value::Object(fields.into_iter().collect::<Map<_, _>>())),
        ]
    })
}
