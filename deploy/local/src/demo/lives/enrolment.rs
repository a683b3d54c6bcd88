//! At the window, and the first sign-in.

use std::fs;

use anyhow::{Context as _, Result};
use xuanhao_local::seed::SeededOffice;
use xuanhao_local::{Citizen, Person, Staff};

use super::{Enrolled, Lives, PICTURE};
use crate::show::Steps;

impl Lives<'_> {
    /// Face to face, from the window to the own password.
    pub(super) async fn enrol(&self, office: &SeededOffice, steps: &mut Steps) -> Result<Enrolled> {
        let person = Person::invent()?;
        let citizen = Citizen::of(self.platform)?;
        let points = citizen.service_points(office.office).await?;
        let point = points["service_points"][0]["service_point_id"]
            .as_str()
            .context("the office has a service point")?
            .to_owned();
        let picture = self.keep.join("scan.png");
        fs::write(&picture, PICTURE).with_context(|| format!("writing {}", picture.display()))?;
        let document = |kind: &str| format!("{kind}={}", picture.display());
        let documents = ["identity_card", "application_form", "portrait"].map(document);
        steps.blocking(
            "窗口面签：身份证、申请表、拍照 · enrolled face to face",
            || {
                let mut words = vec!["enrol", "person", "--service-point", &point];
                words.extend(["--full-name", &person.full_name]);
                words.extend([
                    "--resident-id",
                    &person.resident_id,
                    "--mobile",
                    &person.mobile,
                ]);
                for document in &documents {
                    words.extend(["--document", document]);
                }
                words.extend(["--office", office.office, "--reason", "现场面签"]);
                self.as_staff(Staff::Officer, &words)
            },
        )?;
        let credentials = citizen.console().next_credentials(&person.mobile);
        let credentials = steps
            .step("短信收到用户名和初始密码 · credentials by SMS", credentials)
            .await?;
        let signed_in = async {
            citizen.visit().await?;
            citizen
                .sign_in(&credentials.login_name, &credentials.password)
                .await?;
            citizen
                .replace_initial_password(&credentials.password, &person.password)
                .await
        };
        steps
            .step(
                "首次登录，更换初始密码 · the first sign-in, an own password",
                signed_in,
            )
            .await?;
        let person = Person {
            login_name: credentials.login_name,
            ..person
        };
        Ok(Enrolled { citizen, person })
    }
}
