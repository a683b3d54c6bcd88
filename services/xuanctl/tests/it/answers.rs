//! `xuanctl answers import` and `questions export`.

use serde_json::{Value, json};
use xuanhao_proto::vehicle::v1 as pb;

use crate::house::{House, mode_of};

/// Answers in a chunk.
const CHUNK: usize = 500;

fn lines(count: usize) -> String {
    let line = |number: usize| {
        json!({ "system": "registry", "question_id": format!("q{number}"),
            "answer": { "found": false } })
        .to_string()
    };
    let lines: Vec<_> = (0..count).map(line).collect();
    lines.join("\n")
}

#[test]
fn answers_go_in_chunks_and_a_run_that_broke_off_goes_on() {
    let house = House::signed_in();
    let file = house.file("answers.jsonl", &lines(2 * CHUNK + 1));
    *house.vehicle.away_at.lock().unwrap() = Some(1);
    let import = ["answers", "import", &file];
    let run = house.run(&import);
    assert_eq!(run.code, Some(3), "{}", run.stderr);
    assert!(run.stderr.contains("from line 501 on"), "{}", run.stderr);
    *house.vehicle.away_at.lock().unwrap() = None;
    let run = house.fine(&[&import[..], &["--output", "json"]].concat());
    assert_eq!(
        run.json(),
        json!({ "rows": 1001, "taken": 999, "unknown": 0, "malformed": [2, 502] })
    );
    assert_eq!(house.vehicle.imports(), 3, "what was taken is joined");
    house.fine(&import);
    assert_eq!(house.vehicle.imports(), 3);
    house.fine(&[&import[..], &["--again"]].concat());
    assert_eq!(house.vehicle.imports(), 6);
    let asked: Vec<pb::ImportAnswersRequest> = house.log.all("ImportAnswers");
    assert_eq!(asked[0].answers[0].answer, r#"{"found":false}"#);
}

/// Both forms of a file say the same.
#[test]
fn a_csv_file_reads_like_lines_of_json() {
    let house = House::signed_in();
    let csv = "question_id,remark,system,answer\r\n\
        q0,x,registry,\"{\"\"found\"\": false}\"\r\n\r\n\
        q1,x,registry,\"{\"\"found\"\":false}\"\r\n";
    house.fine(&["answers", "import", &house.file("a.csv", csv)]);
    house.fine(&["answers", "import", &house.file("a.jsonl", &lines(2))]);
    let asked: Vec<pb::ImportAnswersRequest> = house.log.all("ImportAnswers");
    assert_eq!(asked[0].answers, asked[1].answers);
    assert_eq!(asked[0].request_id, asked[1].request_id, "the same answers");
}

#[test]
fn a_bad_line_is_named_and_nothing_is_sent() {
    let house = House::signed_in();
    let good = r#"{"system":"registry","question_id":"q","answer":{}}"#;
    for (name, text, at) in [
        ("a.jsonl", format!("{good}\n\nsecret"), "line 3"),
        ("b.jsonl", good.replace("{}", "7"), "line 1"),
        ("c.jsonl", good.replace("registry", "post_office"), "line 1"),
        ("d.jsonl", good.replace("\"q\"", "\"\""), "line 1"),
        ("e.csv", "system,question_id\n".to_owned(), "line 1"),
        (
            "f.csv",
            "system,question_id,answer\nregistry,q,{}\nregistry,q\n".to_owned(),
            "line 3",
        ),
    ] {
        let run = house.run(&["answers", "import", &house.file(name, &text)]);
        assert_eq!(run.code, Some(1), "{name}: {}", run.stderr);
        assert!(run.stderr.contains(at), "{name}: {}", run.stderr);
        assert!(!run.stderr.contains("secret"), "{name}: {}", run.stderr);
    }
    assert_eq!(house.log.count("ImportAnswers"), 0);
    assert_eq!(house.run(&["answers", "import", "/none"]).code, Some(2));
}

#[test]
fn questions_are_written_for_nobody_else_to_read() {
    let house = House::signed_in();
    let export = |name: &str| {
        let out = house.path(name);
        let run = house.run(&[
            "questions",
            "export",
            "--system",
            "tax_bureau",
            "-o",
            out.to_str().unwrap(),
            "--reason",
            "the evening's file",
        ]);
        (run, out)
    };
    let (run, out) = export("questions.jsonl");
    assert!(run.fine().stdout.ends_with(" 2\n"));
    assert_eq!(mode_of(&out), 0o600);
    let text = std::fs::read_to_string(&out).unwrap();
    let lines: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(
        lines[0],
        json!({ "system": "tax_bureau", "question_id": "question-1",
            "asked_at": "2026-11-18T11:06:40Z",
            "question": { "vin": "LSGPC52U6AF102554", "note": "a, \"b\"" } })
    );
    assert_eq!(lines[1]["question_id"], "question-2");
    let asked: Vec<pb::ExportQuestionsRequest> = house.log.all("ExportQuestions");
    assert_eq!(asked[0].system, "tax_bureau");
    assert_eq!(asked[1].reason, "the evening's file");
    assert_eq!(
        export("questions.jsonl").0.code,
        Some(2),
        "never overwritten"
    );
    assert_eq!(house.log.count("ExportQuestions"), 2, "nor asked for");
    let (run, out) = export("questions.csv");
    run.fine();
    let text = std::fs::read_to_string(&out).unwrap();
    assert!(
        text.contains(r#""{""note"":""a, \""b\"""",""vin"":""LSGPC52U6AF102554""}""#),
        "{text}"
    );
}
