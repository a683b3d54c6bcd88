//! Requests that make no sense, in every way a program or a person may get them wrong.

mod asking;
mod fixture;

use fixture::{Fixture, RPCS};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use tonic::Code;
use xuanhao_chassis::error::Refusal;

const CASES: u32 = 600;

/// What is wrong with a request.
#[derive(Debug, Clone)]
struct Bad {
    /// Which RPC.
    rpc: usize,
    /// Which of its fields.
    field: usize,
    /// Stands where an id, a code, a number, a day or a token should.
    text: String,
    /// Stands where people write what they like.
    prose: String,
    /// Out of every range.
    number: i64,
}

fn bad() -> impl Strategy<Value = Bad> {
    let text = prop_oneof![
        4 => "[*!\\x00é]{1,30}",
        1 => Just("!".repeat(20_000)),
    ];
    let prose = prop_oneof![
        Just(String::new()),
        Just(" \t".to_owned()),
        Just("x".repeat(70_000)),
        Just("a\0b and so on".to_owned()),
    ];
    let number = prop_oneof![Just(-1), Just(i64::MIN), Just(i64::MAX), 700_i64..1_000_000];
    (0_usize..RPCS, 0_usize..12, text, prose, number).prop_map(
        |(rpc, field, text, prose, number)| Bad {
            rpc,
            field,
            text,
            prose,
            number,
        },
    )
}

impl Fixture {
    /// Every row but the refusals that are kept for repeats.
    async fn rows(&self) -> Vec<String> {
        let mut rows = Vec::new();
        for table in [
            "pool_log",
            "allocations",
            "batches",
            "segments",
            "import_chunks",
            "openings",
            "withholdings",
            "returns",
            "return_orders",
            "day_keys",
            "pool_rules",
            "pool_days",
            "compose_rules",
            "audit_entries",
            "outbox",
        ] {
            let all = format!(
                "SELECT coalesce(string_agg(t::text, ';' ORDER BY t::text), '') FROM {table} t"
            );
            let text: String = sqlx::Row::get(&self.house.rows(all).await[0], 0);
            rows.push(format!("{table}: {text}"));
        }
        rows
    }
}

/// Whatever is wrong with a request of any of the three services, in a field or in its order, it is
/// refused with a reason of the registry, never as a fault of ours, and no row changes.
#[tokio::test(flavor = "multi_thread")]
async fn bad_requests_are_refused_and_change_nothing() {
    let fixture = Fixture::new().await;
    let before = fixture.rows().await;
    let (mut runner, strategy) = (TestRunner::deterministic(), bad());
    let mut met = std::collections::BTreeSet::new();
    for _ in 0..CASES {
        let bad = strategy.new_tree(&mut runner).unwrap().current();
        met.insert((bad.rpc, bad.field));
        let brief = || {
            let text: String = bad.text.chars().take(20).collect();
            format!(
                "rpc {} field {} text {text:?} number {}",
                bad.rpc, bad.field, bad.number
            )
        };
        let status = match fixture.ask(&bad).await {
            Err(status) => status,
            Ok(()) => panic!("it should be refused: {}", brief()),
        };
        assert!(
            Refusal::from_status(&status).is_some(),
            "{}: {status:?}",
            brief()
        );
        let fault = matches!(
            status.code(),
            Code::Internal | Code::Unknown | Code::Unavailable
        );
        assert!(!fault, "{}: {status:?}", brief());
    }
    assert!(met.len() > RPCS * 9, "{} kinds were met", met.len());
    assert_eq!(fixture.rows().await, before);
}
