//! Who may use the server commands, and what is told when there is no answer.

use crate::fake_platepool::BATCH;
use crate::house::House;
use crate::{Run, binary, xuanctl};

#[test]
fn a_wrong_command_line_ends_with_2() {
    for arguments in [
        &[][..],
        &["check"],
        &["check", "vin"],
        &["check", "horse", "1"],
        &["check", "vin", "--output", "xml", "1"],
        &["mask", "count", "DDDD"],
        &["mask", "contains", "DDDDD"],
        &["staff"],
        &["staff", "sign-in"],
        &[
            "staff",
            "add",
            "li_si",
            "--full-name",
            "李四",
            "--reason",
            "x",
        ],
        &["staff", "grant", "id", "wizard@gd", "--reason", "x"],
        &["staff", "sign-in", "li_si", "--password", "secret"],
        &["batch", "release", BATCH],
        &["batch", "close", BATCH, "--reason", "x"],
        &["batch", "list", "--office", "zhanjiang"],
        &[
            "public-value",
            "fix",
            "--office",
            "gd-zhanjiang",
            "--day",
            "today",
        ],
        &["apply", "--reason", "x"],
        &["get", "policy"],
        &["outcome", "void", "id"],
        &[
            "outcome",
            "void",
            "id",
            "--reason",
            "x",
            "--request-id",
            "1",
        ],
        &["voucher", "verify", "text"],
    ] {
        let run = xuanctl(arguments);
        assert_eq!(run.code, Some(2), "{arguments:?}");
        assert!(
            run.stdout.is_empty() && !run.stderr.is_empty(),
            "{arguments:?}"
        );
    }
}

#[test]
fn help_is_chinese_first() {
    let run = xuanctl(&["--help"]);
    assert_eq!(run.code, Some(0));
    assert!(
        run.stdout
            .contains("选号平台运维命令 · Xuanhao operator's command line"),
        "{}",
        run.stdout
    );
}

#[test]
fn a_configuration_that_cannot_be_used_ends_with_2() {
    let house = House::new();
    let read = |file: &str| xuanctl(&["--config", file, "staff", "sign-out"]);
    let bad = [
        house.path("none.yaml").to_str().unwrap().to_owned(),
        house.file("odd.yaml", "identity: 1\n"),
        house.file(
            "more.yaml",
            &config(&house).replace("session_file:", "sesion_file:"),
        ),
        house.file(
            "endpoint.yaml",
            &config(&house).replace("endpoint: https", "endpoint: http"),
        ),
        house.file(
            "keyless.yaml",
            &config(&house).replace("key_file: ", "key_file: /nowhere"),
        ),
    ];
    for file in &bad {
        let run = if file.ends_with("endpoint.yaml") {
            xuanctl(&[
                "--config",
                file,
                "get",
                "policy",
                "--office",
                "gd-zhanjiang",
            ])
        } else {
            read(file)
        };
        assert_eq!(run.code, Some(2), "{file}: {}", run.stderr);
    }
}

fn config(house: &House) -> String {
    std::fs::read_to_string(house.path("config.yaml")).unwrap()
}

#[test]
fn the_configuration_is_found_by_the_environment_and_at_home() {
    let house = House::signed_in();
    let list = ["batch", "list", "--office", "gd-zhanjiang"];
    let output = binary()
        .env("XUANCTL_CONFIG", house.path("config.yaml"))
        .args(list)
        .output();
    Run::from(output.unwrap()).fine();
    let at_home = house.path("home/.config/xuanctl");
    std::fs::create_dir_all(&at_home).unwrap();
    let moved = config(&house).replace("kept/session", house.session_file().to_str().unwrap());
    std::fs::write(at_home.join("config.yaml"), moved).unwrap();
    let output = binary().env("HOME", house.path("home")).args(list).output();
    Run::from(output.unwrap()).fine();
}

#[test]
fn a_session_that_others_may_read_is_not_used() {
    let house = House::signed_in();
    let list = ["batch", "list", "--office", "gd-zhanjiang"];
    house.fine(&list);
    for mode in [0o644, 0o640, 0o602, 0o601] {
        house.set_mode(mode);
        let run = house.run(&list);
        assert_eq!(run.code, Some(1), "{mode:o}");
        assert!(run.stderr.contains("可被他人读取"), "{}", run.stderr);
    }
    assert_eq!(
        house.log.count("ListBatches"),
        2,
        "two pages of the first run"
    );
}

#[test]
fn nobody_acts_without_having_signed_in() {
    let house = House::new();
    for command in [
        &["batch", "list", "--office", "gd-zhanjiang"][..],
        &["staff", "list", "--province", "gd"],
        &["outcome", "feed"],
    ] {
        let run = house.run(command);
        assert_eq!(run.code, Some(1), "{command:?}");
        assert!(run.stderr.starts_with("请先登录再办理。"), "{}", run.stderr);
        assert!(run.stderr.contains("xuanctl staff sign-in"));
    }
    std::fs::write(house.session_file(), r#"{"token":"of yesterday"}"#).unwrap();
    house.set_mode(0o600);
    house.refused(&["outcome", "feed"], "SESSION_EXPIRED");
    assert_eq!(house.log.count("ListOutcomes"), 0);
}

#[test]
fn a_service_that_is_away_ends_with_3_and_the_id_to_repeat_with() {
    let house = House::signed_in();
    let release = ["batch", "release", BATCH, "--reason", "x"];
    let own = config(&house);
    let pool = own
        .split_once("platepool:\n  endpoint: ")
        .and_then(|(_, rest)| rest.lines().next())
        .unwrap()
        .to_owned();
    house.file("config.yaml", &own.replace(&pool, "https://127.0.0.1:1"));
    let run = house.run(&release);
    assert_eq!(run.code, Some(3), "{}", run.stderr);
    assert!(run.stderr.contains("UNAVAILABLE"), "{}", run.stderr);
    let id = run
        .stderr
        .split_once("repeat with --request-id ")
        .and_then(|(_, rest)| rest.split_whitespace().next())
        .unwrap_or_else(|| panic!("no id to repeat with: {}", run.stderr))
        .to_owned();
    house.file("config.yaml", &own);
    house.fine(&[&release[..], &["--request-id", &id]].concat());
    let asked: xuanhao_proto::platepool::v1::ReleaseBatchRequest = house.log.one("ReleaseBatch");
    assert_eq!(asked.request_id, id);
    // A read has nothing to repeat.
    house.file("config.yaml", &own.replace(&pool, "https://127.0.0.1:1"));
    let run = house.run(&["pool", "figures", "--office", "gd-zhanjiang"]);
    assert_eq!(run.code, Some(3));
    assert!(!run.stderr.contains("--request-id"), "{}", run.stderr);
}

#[test]
fn certificates_prove_both_sides() {
    let house = House::of("xuanctl", "vehicle");
    let session = serde_json::json!({ "token": crate::fake_identity::TOKEN }).to_string();
    std::fs::write(house.session_file(), &session).unwrap();
    house.set_mode(0o600);
    let run = house.run(&["pool", "figures", "--office", "gd-zhanjiang"]);
    assert_eq!(run.code, Some(3), "somebody else answers: {}", run.stderr);
    assert_eq!(house.log.count("GetPoolFigures"), 0);

    let house = House::of("vehicle", "platepool");
    std::fs::write(house.session_file(), session).unwrap();
    house.set_mode(0o600);
    house.refused(
        &["pool", "figures", "--office", "gd-zhanjiang"],
        "PERMISSION_DENIED",
    );
}

#[test]
fn whoever_has_roles_in_two_provinces_says_where_to_act() {
    let house = House::signed_in();
    let session = serde_json::json!({ "token": crate::fake_identity::TOKEN_OF_TWO });
    std::fs::write(house.session_file(), session.to_string()).unwrap();
    let run = house.refused(&["outcome", "feed"], "FIELD_REQUIRED");
    assert!(
        run.stderr
            .starts_with("您在多处任职，请加上 --province 或 --office"),
        "{}",
        run.stderr
    );
    house.fine(&["outcome", "feed", "--province", "he"]);
    assert_eq!(
        house.log.acted_in("ListOutcomes"),
        ("he".to_owned(), vec![])
    );
    let both = ["--province", "he", "--office", "he-tangshan"];
    let run = house.run(&[&["outcome", "feed"], &both[..]].concat());
    assert_eq!(run.code, Some(2));
    // Where the subject tells the scope there is nothing to choose.
    house.fine(&["pool", "figures", "--office", "he-tangshan"]);
}
