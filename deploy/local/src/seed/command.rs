//! Calls of `xuanctl` as members of staff make them.

use anyhow::{Context as _, Result};
use serde_json::Value;
use uuid::Uuid;

use crate::platform::Platform;
use crate::staff::Staff;

/// What the audit entries say.
pub(super) const REASON: &str = "local platform";

/// Runs a command whose answer is JSON.
pub(super) fn run(platform: &Platform, who: Staff, arguments: &[String]) -> Result<String> {
    let mut all = vec!["--output", "json"];
    all.extend(arguments.iter().map(String::as_str));
    platform.xuanctl(who, &all)
}

/// A command's words with the id its request is sent under.
pub(super) fn words(words: &[&str], request_id: Uuid) -> Vec<String> {
    let mut all: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
    all.extend(["--request-id".to_owned(), request_id.to_string()]);
    all
}

/// A member of the answer, wherever in it.
pub(super) fn member(answer: &str, name: &str) -> Result<String> {
    fn find(value: &Value, name: &str) -> Option<String> {
        match value {
            Value::Object(fields) => fields.get(name).and_then(Value::as_str).map_or_else(
                || fields.values().find_map(|value| find(value, name)),
                |text| Some(text.to_owned()),
            ),
            Value::Array(items) => items.iter().find_map(|value| find(value, name)),
            _ => None,
        }
    }
    let answer: Value = serde_json::from_str(answer).context("xuanctl answers in JSON")?;
    find(&answer, name).with_context(|| format!("no {name} in {answer}"))
}
