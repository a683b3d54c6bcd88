//! At the window: what staff do for somebody who came with papers.

use std::fs;

use anyhow::{Context as _, Result};
use serde_json::Value;
use xuanhao_local::citizen::Error;
use xuanhao_local::{Citizen, InitialCredentials, Person, Platform, Staff};

/// The smallest picture: what a scanner at the window would give.
pub(crate) const PICTURE: &[u8] = &[
    0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0x00, 0x00, 0x00, 0x0d, 0x49, 0x48, 0x44, 0x52,
    0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x01, 0x08, 0x06, 0x00, 0x00, 0x00, 0x1f, 0x15, 0xc4,
    0x89, 0x00, 0x00, 0x00, 0x0d, 0x49, 0x44, 0x41, 0x54, 0x78, 0x9c, 0x63, 0x00, 0x01, 0x00, 0x00,
    0x05, 0x00, 0x01, 0x0d, 0x0a, 0x2d, 0xb4, 0x00, 0x00, 0x00, 0x00, 0x49, 0x45, 0x4e, 0x44, 0xae,
    0x42, 0x60, 0x82,
];

/// Signs a member of staff in and runs `xuanctl`; answers with what it tells.
pub(crate) fn as_staff(platform: &Platform, staff: Staff, words: &[&str]) -> Result<Value> {
    platform.sign_in(staff)?;
    let all = [&["--output", "json"], words].concat();
    let answer = platform.xuanctl(staff, &all)?;
    Ok(serde_json::from_str(&answer).unwrap_or(Value::Null))
}

/// A place of an office where persons are enrolled.
pub(crate) async fn service_point(citizen: &Citizen, office: &str) -> Result<String> {
    let points = citizen.service_points(office).await?;
    let point = points["service_points"][0]["service_point_id"].as_str();
    Ok(point.context("the office has a service point")?.to_owned())
}

/// Enrols a person face to face; the credentials come by SMS (R-ACC-02, R-ACC-06).
pub(crate) fn enrol(
    platform: &Platform,
    office: &str,
    service_point: &str,
    person: &Person,
) -> Result<()> {
    let picture = platform.folders().base().join("staff/scan.png");
    fs::write(&picture, PICTURE).with_context(|| format!("writing {}", picture.display()))?;
    let document = |kind: &str| format!("{kind}={}", picture.display());
    let documents = ["identity_card", "application_form", "portrait"].map(document);
    let mut words = vec!["enrol", "person", "--service-point", service_point];
    words.extend(["--full-name", &person.full_name]);
    words.extend(["--resident-id", &person.resident_id]);
    words.extend(["--mobile", &person.mobile]);
    for document in &documents {
        words.extend(["--document", document]);
    }
    words.extend(["--office", office, "--reason", "现场面签"]);
    as_staff(platform, Staff::Officer, &words).map(drop)
}

/// The first sign-in of somebody enrolled: the initial password is replaced by the own one.
pub(crate) async fn first_sign_in(
    citizen: &Citizen,
    credentials: &InitialCredentials,
    own_password: &str,
) -> Result<(), Error> {
    citizen.visit().await?;
    citizen
        .sign_in(&credentials.login_name, &credentials.password)
        .await?;
    citizen
        .replace_initial_password(&credentials.password, own_password)
        .await
}
