//! The short form: faults against real processes, and a verdict. It asserts what is true whatever the
//! machine is busy with, and never how fast.

use std::path::PathBuf;
use std::time::Duration;

use xuanhao_chaos::faults::Kind;
use xuanhao_chaos::judge::Invariant;
use xuanhao_chaos::{Options, judge_again, run};
use xuanhao_servers::Durability;

/// V1–V6, I1–I5, I7 and I6 over whatever faults fit into the time.
#[tokio::test(flavor = "multi_thread")]
async fn i1_to_i7_hold_under_faults() {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    let options = Options {
        duration: Duration::from_secs(25),
        seed: 20_261_122,
        clients: 24,
        replicas: 3,
        think: Duration::from_millis(100),
        folder,
        durability: Durability::TestOnlyFast,
        finding_out: Duration::from_secs(45),
        // Those that end soon: a long freeze would be all there is.
        only: vec![
            Kind::KillOwner,
            Kind::CutAfterCommit,
            Kind::LateStatement,
            Kind::RestartPostgres,
            Kind::StopNats,
            Kind::Terminate,
        ],
    };
    let report = Box::pin(run(&options, |_| {})).await.unwrap();
    assert!(report.verdict.holds(), "{report}");
    assert!(!report.played.is_empty(), "{report}");
    assert!(report.calls.told > 0, "{report}");
    // What was kept is judged alike, and something was there to judge.
    let again = judge_again(&report.evidence).unwrap();
    for invariant in Invariant::ALL {
        assert_eq!(again.checked(invariant), report.verdict.checked(invariant));
    }
    for invariant in [
        Invariant::OneHold,
        Invariant::Durable,
        Invariant::CurrentEpoch,
    ] {
        assert!(again.checked(invariant) > 0, "{invariant:?}: {report}");
    }
}
