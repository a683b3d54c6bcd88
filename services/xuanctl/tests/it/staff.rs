//! `xuanctl staff`.

use serde_json::json;
use xuanhao_proto::identity::v1 as pb;

use crate::fake_identity::{PASSWORD, STAFF_ID, TOKEN};
use crate::house::{House, mode_of};

#[test]
fn signing_in_keeps_the_token_in_the_session_file_alone() {
    let house = House::new();
    let password = house.file("password", &format!("{PASSWORD}\n"));
    let run = house.fine(&[
        "staff",
        "sign-in",
        "zhang_san",
        "--password-file",
        &password,
    ]);
    assert!(!run.stdout.contains(TOKEN) && !run.stderr.contains(TOKEN));
    assert!(run.stdout.contains("登录有效至"), "{}", run.stdout);
    assert_eq!(house.mode(), 0o600);
    let kept = std::fs::read_to_string(house.session_file()).unwrap();
    assert!(kept.contains(TOKEN));
    let asked: pb::SignInStaffRequest = house.log.one("SignInStaff");
    assert_eq!(
        (asked.login_name.as_str(), asked.password.as_str()),
        ("zhang_san", PASSWORD)
    );
    assert_eq!(asked.client_address, "127.0.0.1");

    // A session file with other rights, and one left half written, give way to the new one.
    house.set_mode(0o644);
    house.file("kept/session.new", "half");
    let run = house.fine(&[
        "staff",
        "sign-in",
        "newcomer",
        "--password-file",
        &password,
        "--output",
        "json",
    ]);
    assert_eq!(house.mode(), 0o600);
    assert!(!house.path("kept/session.new").exists());
    assert_eq!(
        run.json(),
        json!({ "expires_at": "2026-11-18T11:06:40Z", "must_change_password": true })
    );
    assert!(
        run.stderr
            .contains("请先执行 xuanctl staff change-password"),
        "{}",
        run.stderr
    );
}

#[test]
fn a_folder_made_for_the_session_is_nobody_elses() {
    let house = House::new();
    std::fs::remove_dir(house.path("kept")).unwrap();
    let password = house.file("password", PASSWORD);
    house.fine(&[
        "staff",
        "sign-in",
        "zhang_san",
        "--password-file",
        &password,
    ]);
    assert_eq!(mode_of(&house.path("kept")), 0o700);
}

#[test]
fn a_refusal_is_told_in_both_languages_with_its_code() {
    let house = House::new();
    let password = house.file("password", "guess");
    let run = house.refused(
        &[
            "staff",
            "sign-in",
            "zhang_san",
            "--password-file",
            &password,
        ],
        "SIGN_IN_FAILED",
    );
    let lines: Vec<_> = run.stderr.lines().collect();
    assert_eq!(lines[0], "用户名或密码错误，请重新输入。");
    assert!(lines[1].is_ascii() && lines.len() == 3, "{lines:?}");
    assert!(!house.session_file().exists());
    assert_eq!(house.log.count("SignInStaff"), 1, "a guess is not repeated");
}

#[test]
fn signing_out_ends_the_session_and_forgets_it() {
    let house = House::signed_in();
    house.fine(&["staff", "sign-out"]);
    let asked: pb::SignOutStaffRequest = house.log.one("SignOutStaff");
    assert_eq!(asked.session_token, TOKEN);
    assert!(!house.session_file().exists());
    house.fine(&["staff", "sign-out"]);
    assert_eq!(house.log.count("SignOutStaff"), 1);
}

#[test]
fn a_password_is_changed_from_files() {
    let house = House::signed_in();
    let current = house.file("current", "old one\n");
    let new = house.file("new", "new one\r\n");
    house.fine(&[
        "staff",
        "change-password",
        "--current-password-file",
        &current,
        "--new-password-file",
        &new,
    ]);
    let asked: pb::ChangeStaffPasswordRequest = house.log.one("ChangeStaffPassword");
    assert_eq!(
        (
            asked.current_password.as_str(),
            asked.new_password.as_str(),
            asked.session_token.as_str()
        ),
        ("old one", "new one", TOKEN)
    );
    assert!(!asked.request_id.is_empty());
    assert!(house.session_file().exists(), "the session goes on");
}

#[test]
fn a_member_is_added_where_the_grants_hold() {
    let house = House::signed_in();
    let password = house.file("password", "first one");
    let add = |login: &str, grants: &[&str]| {
        let mut arguments = vec![
            "staff",
            "add",
            login,
            "--full-name",
            "李四",
            "--initial-password-file",
            &password,
            "--reason",
            "new at the office",
        ];
        for grant in grants {
            arguments.extend(["--grant", *grant]);
        }
        house.run(&arguments)
    };
    let run = add("li_si", &["operator@gd", "officer@gd/gd-zhanjiang"]).fine();
    assert_eq!(run.stdout, format!("{STAFF_ID}\n"), "for use in scripts");
    let asked: pb::AddStaffRequest = house.log.one("AddStaff");
    assert_eq!(
        (asked.full_name.as_str(), asked.initial_password.as_str()),
        ("李四", "first one")
    );
    assert_eq!(asked.reason, "new at the office");
    let grants: Vec<_> = asked
        .grants
        .iter()
        .map(|grant| (grant.role(), grant.province.as_str(), grant.office.as_str()))
        .collect();
    assert_eq!(
        grants,
        [
            (pb::Role::Operator, "gd", ""),
            (pb::Role::Officer, "gd", "gd-zhanjiang")
        ]
    );
    assert_eq!(house.log.acted_in("AddStaff"), ("gd".to_owned(), vec![]));

    add("wang_wu", &["officer@gd/gd-zhanjiang"]).fine();
    let office = vec!["gd-zhanjiang".to_owned()];
    assert_eq!(house.log.acted_in("AddStaff"), ("gd".to_owned(), office));
    let run = add("zhao_liu", &["officer@gd", "officer@he"]);
    assert_eq!(run.code, Some(2), "{}", run.stderr);

    let run = add("taken", &["operator@gd"]);
    assert!(
        run.stderr.ends_with("LOGIN_NAME_TAKEN (login_name)\n"),
        "{}",
        run.stderr
    );
}

#[test]
fn each_write_has_a_request_id_of_its_own_unless_told() {
    let house = House::signed_in();
    let given = "0199e5a0-0000-7000-8000-0000000000ff";
    let change = |word: &str, more: &[&str]| {
        let fixed = ["staff", word, STAFF_ID, "reviewer@gd", "--reason", "asked"];
        house.fine(&[&fixed, more].concat());
    };
    change("grant", &[]);
    change("grant", &[]);
    change("grant", &["--request-id", given]);
    change("revoke", &[]);
    let asked: Vec<pb::GrantRoleRequest> = house.log.all("GrantRole");
    let ids: Vec<_> = asked
        .iter()
        .map(|asked| asked.request_id.as_str())
        .collect();
    assert_ne!(ids[0], ids[1]);
    for id in &ids[..2] {
        let id: uuid::Uuid = id.parse().unwrap();
        assert_eq!(id.get_version_num(), 7);
    }
    assert_eq!(ids[2], given);
    let asked: pb::RevokeRoleRequest = house.log.one("RevokeRole");
    let grant = asked.grant.unwrap();
    assert_eq!(
        (grant.role(), grant.province.as_str()),
        (pb::Role::Reviewer, "gd")
    );
    assert_eq!(asked.staff_id, STAFF_ID);
}

#[test]
fn all_pages_of_members_are_listed() {
    let house = House::signed_in();
    let list = ["staff", "list", "--province", "gd"];
    let run = house.fine(&list);
    let lines: Vec<_> = run.stdout.lines().collect();
    assert_eq!(lines.len(), 3, "{}", run.stdout);
    assert!(lines[1].starts_with(STAFF_ID) && lines[1].contains("li_si"));
    assert!(
        lines[2].contains("operator@gd officer@gd/gd-zhanjiang"),
        "{}",
        lines[2]
    );
    let run = house.fine(&[&list[..], &["--output", "json"]].concat());
    let listed = run.json();
    assert_eq!(listed["staff"][1]["login_name"], "zhang_san");
    assert_eq!(
        listed["staff"][1]["grants"][1],
        json!({ "role": "officer", "province": "gd", "office": "gd-zhanjiang" })
    );
}
