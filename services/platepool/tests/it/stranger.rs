//! What somebody finds who trusts nobody: the public log, the revealed key, and a program in another
//! language; and what the pool itself finds when it carries the log out again.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use futures::StreamExt;
use jiff::Timestamp;
use serde_json::{Value, json};
use xuanhao_proto::platepool::v1 as pb;
use xuanhao_proto::platepool::v1::pool_admin_service_server::PoolAdminService;
use xuanhao_proto::platepool::v1::pool_publication_service_server::PoolPublicationService;
use xuanhao_testkit::temp_dir;

use crate::house::{DAY, House, OFFICE, by_operator};

/// E9, E10: from the public log alone every draw comes out, and a log with two numbers exchanged does
/// not.
pub(crate) async fn derives_the_day(house: &House) {
    let lines = exported(house).await;
    let (code, told) = checked(&lines);
    assert_eq!(code, Some(0), "{told}");
    assert!(told.contains("all derived"), "{told}");

    let mut forged = lines.clone();
    let draw = forged.iter_mut().find(|line| line["kind"] == "draw");
    let column = &mut draw.unwrap()["content"]["set"]["column"]["plates"];
    column.as_array_mut().unwrap().swap(0, 1);
    let (code, told) = checked(&forged);
    assert_eq!(code, Some(1), "{told}");

    let mut forged = lines;
    forged[1]["key"] = json!("00".repeat(32));
    assert_eq!(checked(&forged).0, Some(1));
}

/// E6: so does the pool, from its own rows; and a row that was changed afterwards is found.
pub(crate) async fn the_pool_carries_it_out_again(house: &House) {
    let last = replayed(house).await;
    let verdict = last.verdict.as_ref().unwrap();
    assert!(verdict.holds, "{}", verdict.mismatch);
    assert!(
        last.draws_of_day > 20 && last.picks_of_day > 100,
        "{last:?}"
    );
    house
        .execute("UPDATE pool_log SET op_no = op_no + 1 WHERE kind = 'keep' AND epoch = 2")
        .await;
    let verdict = replayed(house).await.verdict.unwrap();
    assert!(!verdict.holds);
    assert_eq!(verdict.epoch, 2);
}

async fn replayed(house: &House) -> pb::ReplayDayResponse {
    let request = pb::ReplayDayRequest {
        office: OFFICE.to_owned(),
        day: DAY.to_owned(),
    };
    let told = house.pool.admin().replay_day(by_operator(request)).await;
    let steps: Vec<_> = told.unwrap().into_inner().collect().await;
    steps.into_iter().next_back().unwrap().unwrap()
}

/// The log as `xuanctl pool export` writes it.
async fn exported(house: &House) -> Vec<Value> {
    let (office, day) = (OFFICE.to_owned(), DAY.to_owned());
    let request = pb::GetDrawDayRequest {
        office: office.clone(),
        day: day.clone(),
    };
    let publication = house.pool.publication();
    let told = publication.get_draw_day(tonic::Request::new(request)).await;
    let known = told.unwrap().into_inner();
    let request = pb::ListDrawLogRequest {
        office,
        day,
        page_size: 1_000,
        page_token: String::new(),
    };
    let told = publication
        .list_draw_log(tonic::Request::new(request))
        .await;
    let told = told.unwrap().into_inner();
    assert!(told.next_page_token.is_empty());
    let head =
        json!({ "format": "xuanhao-draw-log-1", "office": OFFICE, "from": DAY, "until": DAY });
    let day = json!({ "day": DAY, "key_hash": known.key_hash, "key": known.key,
        "public_value": known.public_value, "public_value_source": known.public_value_source });
    let rows = told.entries.into_iter().map(|entry| {
        let at = entry.decided_at.unwrap();
        let at = Timestamp::new(at.seconds, at.nanos).unwrap();
        json!({ "epoch": entry.epoch, "seq": entry.seq, "decided_at": format!("{at:.6}"),
            "kind": entry.kind, "application": entry.application_id, "op_no": entry.op_no,
            "content": serde_json::from_str::<Value>(&entry.content).unwrap() })
    });
    [head, day].into_iter().chain(rows).collect()
}

/// What the checker says of a log.
fn checked(lines: &[Value]) -> (Option<i32>, String) {
    let folder = temp_dir();
    let file = folder.path().join("log.jsonl");
    let text = lines.iter().fold(String::new(), |mut text, line| {
        writeln!(text, "{line}").unwrap();
        text
    });
    std::fs::write(&file, text).unwrap();
    let checker = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../e2e/checker/derive_draws.py");
    let run = Command::new("python3").arg(checker).arg(&file).output();
    let run = run.unwrap();
    let told = [run.stdout, run.stderr].concat();
    (
        run.status.code(),
        String::from_utf8_lossy(&told).into_owned(),
    )
}
