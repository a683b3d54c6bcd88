//! `xuanctl batch`, `pool` and `public-value`.

use xuanhao_proto::platepool::v1 as pb;
use xuanhao_vocabulary::PlateMask;

use crate::fake_platepool::{BATCH, WITHHOLDING};
use crate::house::House;

/// Numbers in a chunk. An import that an older program began goes on only while this stays.
const CHUNK: usize = 5_000;

/// A file of numbers, with another column beside them as registries export it.
fn csv(numbers: std::ops::Range<u64>) -> String {
    let mask = PlateMask::parse("DDDDD").unwrap();
    let mut text = "vehicle_type,plate\n".to_owned();
    for number in numbers {
        let serial = mask.unrank(number).unwrap();
        text.push_str(&format!("02,粤G{serial}\n"));
    }
    text
}

fn office() -> (String, Vec<String>) {
    ("gd".to_owned(), vec!["gd-zhanjiang".to_owned()])
}

#[test]
fn a_batch_is_prepared_closed_and_released() {
    let house = House::signed_in();
    let add = [
        "batch",
        "add",
        "--office",
        "gd-zhanjiang",
        "--name",
        "2026年第三批",
        "--segment",
        "粤G:small:DD[AB]LD",
        "--segment",
        "粤G:nev_small:DDDDDD",
        "--reason",
        "third batch of the year",
    ];
    let run = house.run(&add);
    assert_eq!(
        run.code,
        Some(2),
        "a mask that does not fit its class: {}",
        run.stderr
    );
    let add = add.map(|word| match word {
        "粤G:nev_small:DDDDDD" => "粤G:nev_small:[DF]DDDDD",
        word => word,
    });
    let run = house.fine(&add);
    assert_eq!(run.stdout, format!("{BATCH}\n"), "for use in scripts");
    assert!(
        run.stderr.contains("activation_below_share share=41"),
        "told beside the answer: {}",
        run.stderr
    );
    let asked: pb::AddBatchRequest = house.log.one("AddBatch");
    assert_eq!(asked.office, "gd-zhanjiang");
    assert_eq!(asked.name, "2026年第三批");
    assert_eq!(asked.reason, "third batch of the year");
    let segments: Vec<_> = asked
        .segments
        .iter()
        .map(|one| {
            (
                one.issuing_code.as_str(),
                one.plate_class,
                one.mask.as_str(),
            )
        })
        .collect();
    assert_eq!(segments, [("粤G", 2, "DD[AB]LD"), ("粤G", 52, "[DF]DDDDD")]);
    assert_eq!(house.log.acted_in("AddBatch"), office());

    let close = |expected: &str| {
        let fixed = ["batch", "close", BATCH, "--reason", "complete"];
        house.run(&[&fixed[..], &["--expected", expected]].concat())
    };
    let run = close("3");
    assert_eq!(run.code, Some(1));
    let lines: Vec<_> = run.stderr.lines().collect();
    assert_eq!(
        lines[0],
        "本批次已导入0个已用号码，应为3个。请补齐后再关闭导入。"
    );
    assert_eq!(lines.last(), Some(&"IMPORT_INCOMPLETE"));
    assert!(close("0").fine().stdout.contains("closed"));

    let release = ["batch", "release", BATCH, "--reason", "opened"];
    let run = house.fine(&[&release[..], &["--output", "json"]].concat());
    assert_eq!(run.json()["state"], "released");
    assert_eq!(run.json()["segments"][0]["plate_class"], "small");
    assert_eq!(run.json()["added_at"], "2026-11-18T11:06:40Z");
    assert_eq!(
        house.log.acted_in("ReleaseBatch"),
        ("gd".to_owned(), vec![])
    );
    house.fine(&[&release[..], &["--office", "gd-zhanjiang"]].concat());
    assert_eq!(house.log.acted_in("ReleaseBatch"), office());
    house.refused(
        &["batch", "release", "another", "--reason", "opened"],
        "NOT_FOUND",
    );
    let run = house.fine(&["batch", "list", "--office", "gd-zhanjiang"]);
    assert_eq!(run.stdout.lines().count(), 3, "two pages: {}", run.stdout);
}

#[test]
fn numbers_go_in_chunks_that_keep_their_place() {
    let house = House::signed_in();
    let file = house.file("used.csv", &csv(0..12_001));
    let import = ["batch", "import", BATCH, &file, "--output", "json"];
    let run = house.fine(&import);
    let told = run.json();
    assert_eq!(
        told,
        serde_json::json!({ "rows": 12_001, "chunks": 3, "taken": 12_001, "outside": 0 })
    );
    let asked: Vec<pb::ImportUsedNumbersRequest> = house.log.all("ImportUsedNumbers");
    let chunks: Vec<_> = asked
        .iter()
        .map(|chunk| (chunk.chunk_no, chunk.plates.len()))
        .collect();
    assert_eq!(chunks, [(0, CHUNK), (1, CHUNK), (2, 2_001)]);
    assert_eq!(asked[0].plates[0], "粤G00000");
    assert_eq!(asked[2].plates[2_000], "粤G12000");
    assert!(asked.iter().all(|chunk| chunk.batch_id == BATCH));

    // The same again is the same to the pool.
    assert_eq!(house.fine(&import).json(), told);
    assert_eq!(house.pool.state().chunks.len(), 3);
}

#[test]
fn an_import_that_broke_off_goes_on_when_run_again() {
    let house = House::signed_in();
    let file = house.file("used.csv", &csv(0..11_000));
    house.pool.state().away_at = Some(1);
    let import = ["batch", "import", BATCH, &file];
    let run = house.run(&import);
    assert_eq!(run.code, Some(3), "{}", run.stderr);
    assert!(
        run.stderr.contains("lines 5002 to 10001 were not taken"),
        "{}",
        run.stderr
    );
    assert_eq!(house.pool.state().chunks.len(), 1);
    house.pool.state().away_at = None;
    let run = house.fine(&[&import[..], &["--output", "json"]].concat());
    assert_eq!(run.json()["taken"], 11_000);
    assert_eq!(house.pool.state().chunks.len(), 3);
}

#[test]
fn another_file_under_the_same_chunks_is_refused() {
    let house = House::signed_in();
    let file = house.file("used.csv", &csv(0..3));
    house.fine(&["batch", "import", BATCH, &file]);
    let other = house.file("other.csv", &csv(3..6));
    house.refused(&["batch", "import", BATCH, &other], "REQUEST_ID_REUSED");
}

#[test]
fn a_bad_row_is_told_by_its_line_and_nothing_is_sent() {
    let house = House::signed_in();
    let mut text = csv(0..6_000);
    text.push_str("02,粤GI1234\n\n02,\n02,粤G12345,more\n");
    let file = house.file("used.csv", &text);
    let run = house.run(&["batch", "import", BATCH, &file]);
    assert_eq!(run.code, Some(1));
    for line in [6_002, 6_004, 6_005] {
        assert!(
            run.stderr.contains(&format!("第{line}行 · line {line}: ")),
            "{}",
            run.stderr
        );
    }
    assert!(
        run.stderr.contains("nothing was imported"),
        "{}",
        run.stderr
    );
    assert!(
        !run.stderr.contains("粤G"),
        "rows are not repeated: {}",
        run.stderr
    );

    let unix = "plate\n\nx\n粤G12345\n\ny";
    for text in [unix.to_owned(), unix.replace('\n', "\r\n")] {
        let run = house.run(&["batch", "import", BATCH, &house.file("lines.csv", &text)]);
        let told: Vec<_> = run
            .stderr
            .lines()
            .map(|line| line.split(':').next())
            .collect();
        assert_eq!(told[..2], [Some("第3行 · line 3"), Some("第6行 · line 6")]);
    }

    let many = format!("plate\n{}", "x\n".repeat(50));
    let run = house.run(&["batch", "import", BATCH, &house.file("many.csv", &many)]);
    assert_eq!(run.stderr.matches("line ").count(), 10, "{}", run.stderr);
    let file = house.file("headless.csv", "number\n粤G12345\n");
    let run = house.run(&["batch", "import", BATCH, &file]);
    assert_eq!(run.code, Some(1));
    assert!(run.stderr.contains("plate"), "{}", run.stderr);
    let run = house.run(&["batch", "import", BATCH, "/nowhere/used.csv"]);
    assert_eq!(run.code, Some(2));
    assert_eq!(house.log.count("ImportUsedNumbers"), 0);
}

#[test]
fn progress_is_told_beside_the_answer() {
    let house = House::signed_in();
    let file = house.file("used.csv", &format!("\u{feff}{}", csv(0..50_010)));
    let run = house.fine(&["batch", "import", BATCH, &file]);
    assert_eq!(run.stderr, "50000/50010\n");
    assert!(!run.stdout.contains("50000/"), "{}", run.stdout);
}

#[test]
fn figures_and_public_values_reach_the_pool() {
    let house = House::signed_in();
    let figures = ["pool", "figures", "--office", "gd-zhanjiang"];
    let run = house.fine(&figures);
    assert!(run.stdout.contains("nev_small"), "{}", run.stdout);
    let run = house.fine(&[&figures[..], &["--output", "json"]].concat());
    assert_eq!(
        run.json(),
        serde_json::json!({ "epoch": 7, "classes": [{ "plate_class": "nev_small", "released": 9,
            "free": 4, "held": 3, "allocated": 1, "returning": 1 }] })
    );
    assert_eq!(house.log.acted_in("GetPoolFigures"), office());

    let run = house.fine(&[
        "public-value",
        "fix",
        "--office",
        "gd-zhanjiang",
        "--day",
        "2026-11-23",
        "--value",
        "07 12 19",
        "--source",
        "https://example.org",
    ]);
    assert_eq!(run.stdout, "");
    let asked: pb::FixPublicValueRequest = house.log.one("FixPublicValue");
    assert_eq!(
        (
            asked.day.as_str(),
            asked.value.as_str(),
            asked.source.as_str()
        ),
        ("2026-11-23", "07 12 19", "https://example.org")
    );
    assert!(!asked.request_id.is_empty());
}

/// R-POOL-04: an opening is announced with its instant, and taken back with a public reason.
#[test]
fn an_opening_is_announced_and_taken_back() {
    let house = House::signed_in();
    let release = ["batch", "release", BATCH, "--reason", "as announced"];
    let at = ["--at", "2026-12-01T09:00:00+08:00"];
    let run = house.fine(&[&release[..], &at[..]].concat());
    assert!(run.stdout.contains("announced"), "{}", run.stdout);
    assert!(run.stdout.contains("2026-12-01 09:00:00"), "{}", run.stdout);
    let asked: pb::ReleaseBatchRequest = house.log.one("ReleaseBatch");
    let opens_at = asked.opens_at.unwrap();
    assert_eq!((opens_at.seconds, opens_at.nanos), (1_796_086_800, 0));
    let run = house.run(&[&release[..], &["--at", "tomorrow"]].concat());
    assert_eq!(run.code, Some(2));
    let withdraw = [
        "batch",
        "withdraw",
        BATCH,
        "--reason",
        "plates not made yet",
    ];
    let run = house.fine(&[&withdraw[..], &["--output", "json"]].concat());
    assert_eq!(run.json()["withdrawn_reason"], "plates not made yet");
}

/// Numbers are withheld for a reason that everybody reads.
#[test]
fn numbers_are_withheld_and_given_back() {
    let house = House::signed_in();
    let withhold = [
        "withhold",
        "add",
        "--office",
        "gd-zhanjiang",
        "--class",
        "small",
        "--public-reason",
        "号牌制作中",
        "粤G12345",
        "粤G54321",
    ];
    let run = house.fine(&withhold);
    assert_eq!(run.stdout, format!("{WITHHOLDING}\n"), "for use in scripts");
    let asked: pb::WithholdNumbersRequest = house.log.one("WithholdNumbers");
    assert_eq!(asked.plates, ["粤G12345", "粤G54321"]);
    assert_eq!(asked.public_reason, "号牌制作中");
    assert_eq!(house.log.acted_in("WithholdNumbers"), office());
    let run = house.fine(&[&withhold[..], &["--output", "json"]].concat());
    assert_eq!(run.json()["withholding_id"], WITHHOLDING);
    let bad = withhold.map(|word| {
        if word == "粤G12345" {
            "粤G1234"
        } else {
            word
        }
    });
    assert_eq!(house.run(&bad).code, Some(2));
    house.fine(&["withhold", "end", WITHHOLDING, "--reason", "made"]);
    let asked: pb::EndWithholdingRequest = house.log.one("EndWithholding");
    assert_eq!(asked.withholding_id, WITHHOLDING);
}

#[test]
fn who_writes_for_an_office_is_told_with_the_processes_of_the_pool() {
    let house = House::signed_in();
    let run = house.fine(&["pool", "writers", "--office", "gd-zhanjiang"]);
    assert!(run.stdout.contains("90ab.pool:7443"), "{}", run.stdout);
    assert!(run.stdout.contains("leaving"), "{}", run.stdout);
    assert_eq!(house.log.acted_in("ListWriters"), office());
}

/// E6: whoever asks for a replay learns by the exit code whether the log holds.
#[test]
fn a_replay_tells_by_its_exit_code_whether_the_log_holds() {
    let house = House::signed_in();
    let run = house.fine(&["pool", "replay", "gd-zhanjiang", "2026-11-12"]);
    assert!(run.stdout.contains("1200"), "{}", run.stdout);
    let asked: pb::ReplayDayRequest = house.log.one("ReplayDay");
    assert_eq!(asked.office, "gd-zhanjiang");

    let replay = ["pool", "replay", "gd-zhanjiang", "2026-11-13"];
    let run = house.run(&[&replay[..], &["--output", "json"]].concat());
    assert_eq!(run.code, Some(1), "{}", run.stderr);
    let mismatch = &run.json()["mismatch"];
    assert_eq!(
        (&mismatch["epoch"], &mismatch["seq"]),
        (&3.into(), &44.into())
    );
}
