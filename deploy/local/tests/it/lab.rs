//! The platform that tests in a browser stand on, asked as they ask.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};
use xuanhao_local::{BIN_DIR_VARIABLE, Programs};
use xuanhao_servers::process::children_of;

use crate::support::await_end;

/// One that serves, and its addresses.
fn lab(preset: &str) -> (Child, Value) {
    let xuanhao = Programs::find().unwrap().xuanhao();
    let mut child = Command::new(env!("CARGO_BIN_EXE_xuanhao-local"))
        .args(["lab", "--preset", preset])
        .env(BIN_DIR_VARIABLE, xuanhao.parent().unwrap())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    let mut told = BufReader::new(child.stdout.take().unwrap());
    told.read_line(&mut line).unwrap();
    (child, serde_json::from_str(&line).unwrap())
}

struct Control(reqwest::Client, String);

impl Control {
    async fn asked(&self, path: &str, body: Option<Value>) -> Value {
        let url = format!("{}{path}", self.1);
        let request = match body {
            Some(body) => self.0.post(url).json(&body),
            None => self.0.get(url),
        };
        let answer = request.send().await.unwrap();
        let (status, text) = (answer.status(), answer.text().await.unwrap());
        assert!(status.is_success(), "{path}: {text}");
        serde_json::from_str(&text).unwrap()
    }
}

/// A test gets people, cars, codes and staff's acts, and nothing is left when its input ends.
#[tokio::test]
async fn a_lab_serves_a_test_and_ends_with_its_input() {
    let (mut child, told) = lab("hebei-2016");
    assert_eq!(told["office"], "he-tangshan");
    // Failing means that one was chosen before.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder()
        .no_proxy()
        .tls_danger_accept_invalid_certs(true)
        .build()
        .unwrap();
    let page = client.get(told["portal"].as_str().unwrap()).send().await;
    assert_eq!(page.unwrap().status(), 200);

    let control = Control(client, told["control"].as_str().unwrap().to_owned());
    let person = json!({ "account": "initial" });
    let person = control.asked("/people", Some(person)).await;
    let path = format!("/sms/{}", person["mobile"].as_str().unwrap());
    let messages = control.asked(&path, None).await;
    let text = messages[0]["text"].as_str().unwrap();
    assert!(
        text.contains(person["password"].as_str().unwrap()),
        "{text}"
    );
    let car = json!({ "paper_invoice": true });
    let car = control.asked("/vehicles", Some(car)).await;
    assert_eq!(car["purchase_proof"]["kind"], "paper_invoice");
    let numbers = control.asked("/numbers", Some(Value::Null)).await;
    let others = control.asked("/numbers", Some(Value::Null)).await;
    assert_ne!(numbers["free"], others["free"], "each is told once");
    let order = json!({
        "role": "operator",
        "words": ["pool", "figures", "--office", "he-tangshan"],
    });
    let figures = control.asked("/staff", Some(order)).await;
    assert!(figures.to_string().contains("released"), "{figures}");

    let pids = children_of(child.id());
    drop(child.stdin.take());
    assert!(child.wait().unwrap().success());
    await_end(&pids);
}
