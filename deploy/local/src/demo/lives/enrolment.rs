//! At the window, and the first sign-in.

use anyhow::Result;
use xuanhao_local::seed::SeededOffice;
use xuanhao_local::{Citizen, Person};

use super::{Enrolled, Lives};
use crate::show::Steps;
use crate::window;

impl Lives<'_> {
    /// Face to face, from the window to the own password.
    pub(super) async fn enrol(&self, office: &SeededOffice, steps: &mut Steps) -> Result<Enrolled> {
        let person = Person::invent()?;
        let citizen = Citizen::of(self.platform)?;
        let point = window::service_point(&citizen, office.office).await?;
        steps.blocking(
            "窗口面签：身份证、申请表、拍照 · enrolled face to face",
            || window::enrol(self.platform, office.office, &point, &person),
        )?;
        let credentials = citizen.console().next_credentials(&person.mobile);
        let credentials = steps
            .step("短信收到用户名和初始密码 · credentials by SMS", credentials)
            .await?;
        let signed_in = window::first_sign_in(&citizen, &credentials, &person.password);
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
