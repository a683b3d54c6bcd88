//! `xuanctl voucher verify`.

use std::io::Write;
use std::process::Stdio;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use xuanhao_chassis::signed::SigningKey;
use xuanhao_testkit::{Scratch, temp_dir};
use xuanhao_vocabulary::voucher::TYP;

use crate::{Run, binary, xuanctl};

struct Desk {
    key: SigningKey,
    folder: Scratch,
}

impl Desk {
    fn new() -> Self {
        let (key, folder) = (SigningKey::generate(), temp_dir());
        std::fs::write(folder.path().join("keys.json"), key.public_jwks().unwrap()).unwrap();
        Self { key, folder }
    }

    fn sign(&self, claims: &Value) -> String {
        self.key.sign(TYP, claims).unwrap()
    }

    fn verify(&self, voucher: &str, more: &[&str]) -> Run {
        let keys = self.folder.path().join("keys.json");
        let fixed = [
            "voucher",
            "verify",
            voucher,
            "--keys",
            keys.to_str().unwrap(),
        ];
        xuanctl(&[&fixed, more].concat())
    }

    fn file(&self, name: &str, content: impl AsRef<[u8]>) -> String {
        let path = self.folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        path.to_str().unwrap().to_owned()
    }
}

fn claims() -> Value {
    json!({ "iss": "https://xuanhao.gd.example", "jti": "QLUDAB5APMSN", "plate": "粤GD12345",
        "class": "nev_small", "office": "gd-zhanjiang", "vin_tail": "102554",
        "decided_at": "2026-01-05T16:03:04.123456Z", "deadline": "2026-01-08" })
}

/// R-DONE-02: whoever has the platform's keys can tell a voucher from a forgery, without a network.
#[test]
fn a_genuine_voucher_shows_its_claims() {
    let desk = Desk::new();
    let token = desk.sign(&claims());
    let run = desk.verify(&token, &[]).fine();
    for shown in [
        "QLUD-AB5A-PMSN",
        "粤GD12345 小型新能源汽车",
        "2026-01-06 00:03:04",
        "2026-01-08",
    ] {
        assert!(run.stdout.contains(shown), "{shown}: {}", run.stdout);
    }
    let run = desk.verify(&token, &["--output", "json"]).fine();
    assert_eq!(run.json(), claims());
}

#[test]
fn a_voucher_comes_as_text_file_answer_or_standard_input() {
    let desk = Desk::new();
    let token = desk.sign(&claims());
    let answer = json!({ "voucher_number": "QLUD-AB5A-PMSN", "signed_voucher": token });
    for given in [
        format!("  {token}\n"),
        desk.file("voucher.txt", format!("{token}\r\n")),
        desk.file("answer.json", answer.to_string()),
    ] {
        desk.verify(&given, &[]).fine();
    }
    let mut child = binary()
        .args(["voucher", "verify", "-", "--keys"])
        .arg(desk.folder.path().join("keys.json"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let stdin = child.stdin.take();
    stdin.unwrap().write_all(token.as_bytes()).unwrap();
    Run::from(child.wait_with_output().unwrap()).fine();
}

#[test]
fn a_voucher_that_is_not_genuine_ends_with_1() {
    let (desk, other) = (Desk::new(), Desk::new());
    let token = desk.sign(&claims());
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let (header, _) = signed.split_once('.').unwrap();
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let with = |field: &str, value: &str| {
        let mut changed = claims();
        changed[field] = value.into();
        changed
    };
    let later = part(&with("deadline", "2027-01-08"));
    let none = part(&json!({ "alg": "none", "kid": desk.key.kid(), "typ": TYP }));
    let no_type = desk.key.sign("xuanhao-principal+jwt", &claims()).unwrap();
    for (forged, why) in [
        (format!("{header}.{later}.{signature}"), "签名不符"),
        (format!("{none}.{later}."), "签名算法"),
        (other.sign(&claims()), "公钥"),
        (no_type, "不是预选号凭证"),
        (desk.sign(&with("jti", "QLUDAB5APMSM")), "格式"),
        (desk.sign(&with("plate", "粤GI12345")), "格式"),
        (desk.sign(&json!({ "jti": "QLUDAB5APMSN" })), "格式"),
        (desk.file("half", signed), "不是完整的签名文本"),
        (desk.file("empty", ""), "不是完整的签名文本"),
    ] {
        let run = desk.verify(&forged, &["--output", "json"]);
        assert_eq!(run.code, Some(1), "{why}: {}", run.stderr);
        assert!(run.stdout.is_empty(), "{why}: {}", run.stdout);
        assert!(run.stderr.contains(why), "{why}: {}", run.stderr);
    }
}

#[test]
fn what_cannot_be_looked_at_ends_with_2() {
    let desk = Desk::new();
    let token = desk.sign(&claims());
    let pdf = desk.file("voucher.pdf", b"%PDF-1.7\n\xe2\xe3");
    for given in [pdf.as_str(), "/nowhere/voucher"] {
        let run = desk.verify(given, &[]);
        assert_eq!(run.code, Some(2), "{given}");
    }
    let run = desk.verify(&pdf, &[]);
    assert!(run.stderr.contains("请扫描其中的二维码"), "{}", run.stderr);
    std::fs::write(desk.folder.path().join("keys.json"), "{}").unwrap();
    assert_eq!(desk.verify(&token, &[]).code, Some(2));
    std::fs::remove_file(desk.folder.path().join("keys.json")).unwrap();
    assert_eq!(desk.verify(&token, &[]).code, Some(2));
}
