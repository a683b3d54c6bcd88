//! Batches built by hand, against a database.

use uuid::Uuid;
use xuanhao_testkit::TestDatabase;
use xuanhao_vocabulary::{IssuingCode, PlateClass, PlateMask};

use crate::domain::command::{
    Channel, Command, EndWithholding, Import, Lapse, NewSegment, Release, Return, SetRules,
    UsedNumbers, Withhold,
};
use crate::domain::engine::{Conflict, ConflictOn, Settled};
use crate::domain::hold::HoldSet;
use crate::domain::ids::{BatchId, SegmentId, WithholdingId};
use crate::domain::rows::{Outcome, SegmentRow};
use crate::store::fixture::{Draft, at, execute, plate, tables, text, who, write};

const NOTHING: Settled = Settled::Committed {
    conflicts: Vec::new(),
};
const BATCH: BatchId = BatchId(Uuid::from_u128(1));
const SEGMENT: SegmentId = SegmentId(Uuid::from_u128(2));
/// One whose numbers can all come back, and one of which a number is registered.
const WITHHELD: [WithholdingId; 2] = [
    WithholdingId(Uuid::from_u128(3)),
    WithholdingId(Uuid::from_u128(4)),
];

fn import(numbers: &[&str]) -> Command {
    Command::Import(Import {
        channel: Channel::Import,
        reason: String::new(),
        plates: numbers.iter().map(|number| plate(number)).collect(),
    })
}

fn lapse(number: &str, application: u128) -> Command {
    Command::Lapse(Lapse {
        plate: plate(number),
        application: Some(who(application)),
    })
}

fn way_back(number: &str) -> Return {
    Return {
        plate: plate(number),
        available_at: at(1_000),
        random_only_until: at(2_000),
    }
}

/// Rows of before, by statements of their own: numbers of 1 to 4, two withholdings of two numbers
/// each, and a batch that waits for its release. 3 lapses, 4 is registered, so is a withheld number.
async fn with_a_past() -> TestDatabase {
    let database = tables().await;
    let pool = database.pool();
    execute(
        pool,
        format!(
            "INSERT INTO batches (batch_id, province, office, name, added_at, import_closed_at, release_request)
             VALUES ('{batch}', 'gd', 'gd-zhanjiang', 'b', now(), now(), gen_random_uuid());
             INSERT INTO segments (segment_id, batch_id, province, office, issuing_code, plate_class, mask, numbers, imported)
             VALUES ('{segment}', '{batch}', 'gd', 'gd-zhanjiang', '粤G', '02', 'D000A', 10, 0);
             INSERT INTO withholdings (withholding_id, province, office, plate_class, plates, public_reason, ordered_at)
             VALUES ('{one}', 'gd', 'gd-zhanjiang', '02', '{{1}}', '公务用车', now()),
                    ('{two}', 'gd', 'gd-zhanjiang', '02', '{{1}}', '公务用车', now())",
            batch = BATCH.0,
            segment = SEGMENT.0,
            one = WITHHELD[0].0,
            two = WITHHELD[1].0,
        ),
    )
    .await;
    let mut past = Draft::new(1, at(0));
    for (application, number) in (1..).zip(["粤G00001", "粤G00002", "粤G00003", "粤G00004"]) {
        past.claim(who(application), application as u8, number);
    }
    for (id, numbers) in WITHHELD
        .into_iter()
        .zip([["粤G00005", "粤G00006"], ["粤G00007", "粤G00008"]])
    {
        let plates = numbers.map(plate).to_vec();
        let outcome = Outcome::Withheld { numbers: 2 };
        let withhold = Command::Withhold(Withhold {
            id,
            reason: "公务用车".to_owned(),
            plates: plates.clone(),
        });
        let key = past.entry(withhold, outcome, HoldSet::default());
        past.take(key, &plates);
    }
    assert_eq!(write(pool, &past.statement()).await.unwrap(), NOTHING);
    let mut later = Draft::new(7, at(1));
    let key = later.entry(lapse("粤G00003", 3), Outcome::Lapsed, HoldSet::default());
    later.end(key, plate("粤G00003"), Some(who(3)));
    assert_eq!(write(pool, &later.statement()).await.unwrap(), NOTHING);
    execute(
        pool,
        format!(
            "UPDATE allocations SET registered_at = now() WHERE plate IN ({}, {});
             UPDATE withholdings SET end_ordered_at = now();
             DELETE FROM outbox",
            plate("粤G00004").get(),
            plate("粤G00008").get()
        ),
    )
    .await;
    database
}

/// Everything at once; what stands beside each entry is its fate.
fn mix() -> Draft {
    let none = HoldSet::default;
    let mut mix = Draft::new(100, at(10));
    mix.draw(who(10), vec![plate("粤G11111"), plate("粤G22222")]);
    mix.claim(who(11), 11, "粤G00001"); // 101: the number is taken
    mix.claim(who(12), 12, "粤G33333"); // 102
    mix.claim(who(13), 2, "粤G44444"); // 103: the vehicle has one, which ends with 107
    mix.claim(who(1), 14, "粤G55555"); // 104: the application has one
    let imported = |taken| Outcome::Imported {
        taken,
        known: 0,
        held: Vec::new(),
    };
    let key = mix.entry(import(&["粤G66666", "粤G77777"]), imported(2), none());
    mix.take(key, &[plate("粤G66666"), plate("粤G77777")]);
    let key = mix.entry(import(&["粤G88888", "粤G00004"]), imported(2), none()); // 106: one is known
    mix.take(key, &[plate("粤G88888"), plate("粤G00004")]);
    let key = mix.entry(lapse("粤G00002", 2), Outcome::Lapsed, none());
    mix.end(key, plate("粤G00002"), Some(who(2)));
    let key = mix.entry(lapse("粤G00004", 4), Outcome::Lapsed, none()); // 108: it is registered
    mix.end(key, plate("粤G00004"), Some(who(4)));
    mix.tell(key);
    let back = Command::Return(way_back("粤G00003"));
    let key = mix.entry(back, Outcome::Returning, none());
    mix.send_back(key, plate("粤G00003"));
    mix.tell(key);
    release(&mut mix);
    // 111, and 112: one of its numbers is registered.
    for (id, numbers) in WITHHELD
        .into_iter()
        .zip([["粤G00005", "粤G00006"], ["粤G00007", "粤G00008"]])
    {
        let returns = numbers.map(way_back).to_vec();
        let end = Command::EndWithholding(EndWithholding { id, returns });
        let key = mix.entry(end, Outcome::Returning, none());
        for number in numbers.map(plate) {
            mix.end(key, number, None);
            mix.send_back(key, number);
        }
    }
    for class in [PlateClass::Small, PlateClass::Large] {
        let rules = Vec::new();
        let rules = Command::SetRules(SetRules { class, rules });
        mix.entry(rules, Outcome::RulesSet, none());
    }
    mix
}

fn release(mix: &mut Draft) {
    let segment = NewSegment {
        id: SEGMENT,
        code: IssuingCode::parse("粤G").unwrap(),
        class: PlateClass::Small,
        mask: PlateMask::parse("D000A").unwrap(),
        used: UsedNumbers::Closed { count: 0 },
        random_only_until: None,
        opens_at: Some(at(60)),
    };
    let release = Command::Release(Release {
        batch: BATCH,
        segments: vec![segment.clone()],
    });
    let key = mix.entry(
        release,
        Outcome::Released { numbers: 10 },
        HoldSet::default(),
    );
    mix.batch.segments.push(SegmentRow {
        key,
        batch: BATCH,
        segment,
    });
}

/// E2: in one statement, each entry of a mixed batch has its own fate: what a key refuses is told,
/// with none of its rows written, and its neighbours are written with all of theirs.
#[tokio::test(flavor = "multi_thread")]
async fn e2_each_entry_of_a_mixed_batch_has_its_own_fate() {
    let database = with_a_past().await;
    let pool = database.pool();
    let settled = write(pool, &mix().statement()).await.unwrap();
    let Settled::Committed { mut conflicts } = settled else {
        panic!("{settled:?}");
    };
    conflicts.sort_by_key(|conflict| conflict.seq);
    let refused = [
        (101, ConflictOn::Plate),
        (103, ConflictOn::Vehicle),
        (104, ConflictOn::Application),
        (106, ConflictOn::Plate),
        (108, ConflictOn::Ending),
        (112, ConflictOn::Ending),
    ];
    assert_eq!(conflicts, refused.map(|(seq, on)| Conflict { seq, on }));

    // An import's own row stands whatever becomes of its numbers.
    let logged = "SELECT seq FROM pool_log WHERE seq >= 100 ORDER BY seq";
    assert_eq!(
        text(pool, logged).await,
        "100 102 105 106 107 109 110 111 113 114"
    );
    let heads = "SELECT batch_rows FROM pool_log WHERE seq >= 100 AND batch_rows > 0";
    assert_eq!(text(pool, heads).await, "10");
    let told = "SELECT version FROM outbox ORDER BY version";
    assert_eq!(text(pool, told).await, "102 109");
    let taken =
        "SELECT seq || ':' || count(*) FROM allocations WHERE seq >= 100 GROUP BY seq ORDER BY seq";
    assert_eq!(text(pool, taken).await, "102:1 105:2 106:1");
    let ended = "SELECT seq || ':' || (returned_at IS NOT NULL) FROM allocations
                 WHERE ended_at IS NOT NULL ORDER BY seq, plate";
    assert_eq!(text(pool, ended).await, "2:false 3:true 5:true 5:true");
    let back = "SELECT seq || ':' || count(*) FROM returns GROUP BY seq ORDER BY seq";
    assert_eq!(text(pool, back).await, "109:1 111:2");
    let withheld = "SELECT ended_at IS NOT NULL FROM withholdings ORDER BY withholding_id";
    assert_eq!(text(pool, withheld).await, "true false");
    let opened = "SELECT seq || ':' || (batches.released_at = opens_at) FROM segments JOIN batches USING (batch_id)";
    assert_eq!(text(pool, opened).await, "110:true");
    let rules = "SELECT plate_class || ':' || seq FROM compose_rules ORDER BY seq";
    assert_eq!(text(pool, rules).await, "02:113 01:114");
}

/// E2: another epoch's statement writes nothing, of whatever kind.
#[tokio::test(flavor = "multi_thread")]
async fn e2_a_fenced_mix_writes_nothing() {
    let database = with_a_past().await;
    let pool = database.pool();
    let all = "SELECT table_name FROM information_schema.tables
               WHERE table_schema = 'public' AND table_type = 'BASE TABLE'
                 AND table_name NOT LIKE 'pool_log_%' ORDER BY table_name";
    let tables = text(pool, all).await;
    let rows = async || {
        let mut rows = Vec::new();
        for table in tables.split(' ') {
            rows.push(
                text(
                    pool,
                    &format!("SELECT t FROM {table} AS t ORDER BY t::text"),
                )
                .await,
            );
        }
        rows
    };
    let before = rows().await;
    for raised in [-1, 1] {
        let mut mix = mix();
        mix.batch.epoch = mix.batch.epoch.checked_add_signed(raised).unwrap();
        let settled = write(pool, &mix.statement()).await.unwrap();
        assert_eq!(settled, Settled::Fenced);
        for claims in [false, true] {
            let mut draft = Draft::new(100, at(10));
            draft.batch.epoch = draft.batch.epoch.checked_add_signed(raised).unwrap();
            draft.draw(who(11), vec![plate("粤G22222")]);
            if claims {
                draft.claim(who(12), 12, "粤G33333");
            }
            let settled = write(pool, &draft.statement()).await.unwrap();
            assert_eq!(settled, Settled::Fenced);
        }
    }
    assert_eq!(rows().await, before);
}

/// E4: a statement is sent once. Should it ever be sent again, it fails as a whole.
#[tokio::test(flavor = "multi_thread")]
async fn e4_no_statement_is_written_twice() {
    let database = tables().await;
    let draw = || {
        let mut draft = Draft::new(1, at(0));
        draft.draw(who(1), vec![plate("粤G00001")]);
        draft.draw(who(2), vec![plate("粤G00002")]);
        draft.statement()
    };
    assert_eq!(write(database.pool(), &draw()).await.unwrap(), NOTHING);
    assert!(write(database.pool(), &draw()).await.is_err());
    let rows = "SELECT seq || ':' || batch_rows FROM pool_log ORDER BY seq";
    assert_eq!(text(database.pool(), rows).await, "1:2 2:0");
}
