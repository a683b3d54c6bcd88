//! Guangdong in 2023: one number by draw, one by wish.

use std::path::PathBuf;

use anyhow::{Context as _, Result, ensure};
use xuanhao_local::citizen::{Application, Purpose};
use xuanhao_local::seed::{self, SeededOffice};
use xuanhao_local::{Citizen, Person, Platform, Vehicle};

use super::{Facts, voucher};
use crate::show::{Steps, line};

/// Tells them on a platform, and keeps their vouchers in a folder.
pub(super) struct Stories<'a> {
    pub(super) platform: &'a Platform,
    pub(super) keep: PathBuf,
}

impl Stories<'_> {
    /// Both; answers with what came of them.
    pub(super) async fn tell(&self, steps: &mut Steps) -> Result<Facts> {
        let mut facts = Facts::new();
        let zhanjiang = seed::office_of("粤G").context("粤G is seeded")?;
        steps.chapter(&format!("随机选号 · by draw ({})", zhanjiang.office));
        self.by_draw(zhanjiang, steps, &mut facts).await?;
        let maoming = seed::office_of("粤K").context("粤K is seeded")?;
        steps.chapter(&format!("自编选号 · by wish ({})", maoming.office));
        self.by_wish(maoming, steps, &mut facts).await?;
        Ok(facts)
    }

    async fn by_draw(
        &self,
        office: &SeededOffice,
        steps: &mut Steps,
        facts: &mut Facts,
    ) -> Result<()> {
        let citizen = Citizen::of(self.platform)?;
        let person = Person::invent()?;
        let application = self.to_selecting(&citizen, &person, office, steps).await?;
        let id = &application.application_id;
        // Of each ten one may be kept, and the next ten drawn.
        let first = self.draw_and_keep(&citizen, id, steps).await?;
        let second = self.draw_and_keep(&citizen, id, steps).await?;
        let held = citizen.application(id).await?.holding;
        let basket = held.context("candidates are held")?.basket;
        ensure!(
            basket.contains(&first) && basket.contains(&second),
            "both are candidates: {basket:?}"
        );
        let chosen = &first;
        let words = format!("确认选号 {chosen} · confirm");
        let confirmed = steps.step(&words, citizen.confirm(id, chosen)).await?;
        let result = confirmed
            .outcome
            .allocated()
            .context("the number is given")?;
        ensure!(
            result.plate == *chosen,
            "{chosen} is given, not {}",
            result.plate
        );
        let keep = voucher::Keep {
            platform: self.platform,
            folder: &self.keep,
            citizen: &citizen,
            mobile: &person.mobile,
        };
        keep.voucher(id, result, steps, facts).await
    }

    /// Draws ten and keeps the first as a candidate.
    async fn draw_and_keep(
        &self,
        citizen: &Citizen,
        id: &str,
        steps: &mut Steps,
    ) -> Result<String> {
        let words = "随机生成10个号码（不含4） · draw ten numbers without 4";
        let drawn = steps.step(words, citizen.draw(id, true)).await?;
        let held = drawn.outcome.held().context("a draw holds numbers")?;
        ensure!(held.column.len() == 10, "ten numbers were drawn: {held:?}");
        line(&format!("            {}", held.column.join("  ")));
        let plate = held.column[0].clone();
        let words = format!("加入备选 {plate} · keep as a candidate");
        steps.step(&words, citizen.keep(id, &plate)).await?;
        Ok(plate)
    }

    async fn by_wish(
        &self,
        office: &SeededOffice,
        steps: &mut Steps,
        facts: &mut Facts,
    ) -> Result<()> {
        let citizen = Citizen::of(self.platform)?;
        let person = Person::invent()?;
        let application = self.to_selecting(&citizen, &person, office, steps).await?;
        let id = &application.application_id;
        let used = seed::used_numbers(office)?;
        let free = seed::free_numbers(office, 1)?[0].to_string();
        let wishes = [used[0].to_string(), used[1].to_string(), free.clone()];
        line(&format!(
            "            志愿 · wishes: {} {} （已被使用 · in use） {}",
            wishes[0], wishes[1], wishes[2]
        ));
        let words = "等待自编间隔10秒 · the interval of 10 s before a round";
        steps.step(words, citizen.wait_to_compose(id)).await?;
        let wishes: Vec<&str> = wishes.iter().map(String::as_str).collect();
        let composed = steps
            .step(
                "提交三个自编号码，第三个选中 · three wishes, the third is free",
                citizen.compose(id, &wishes),
            )
            .await?;
        let result = composed
            .outcome
            .allocated()
            .context("the third wish is given")?;
        ensure!(
            result.plate == free,
            "{free} is given, not {}",
            result.plate
        );
        let keep = voucher::Keep {
            platform: self.platform,
            folder: &self.keep,
            citizen: &citizen,
            mobile: &person.mobile,
        };
        keep.voucher(id, result, steps, facts).await
    }

    /// From a stranger to somebody who may select.
    async fn to_selecting(
        &self,
        citizen: &Citizen,
        person: &Person,
        office: &SeededOffice,
        steps: &mut Steps,
    ) -> Result<Application> {
        let province = office
            .office
            .split_once('-')
            .map_or("", |(province, _)| province);
        let vehicle = Vehicle::small()?;
        let words = "打开网站，识别图片验证码，请求短信 · visit, picture code, SMS";
        let asked = async {
            citizen.visit().await?;
            citizen.ask_as_a_stranger(province, person).await
        };
        let challenge = steps.step(words, asked).await?;
        let registered = async {
            let code = citizen.console().next_code(&person.mobile).await?;
            let proof = citizen.verify(&challenge.challenge_id, &code).await?;
            citizen
                .register_account(province, person, &proof.proof)
                .await
        };
        steps
            .step("填写短信验证码并注册 · SMS code, register", registered)
            .await?;
        let signed_in = citizen.sign_in(&person.login_name, &person.password);
        steps.step("登录 · sign in", signed_in).await?;
        let agreed = citizen.agree(office.office);
        let application = steps
            .step("阅读并同意业务须知 · agree to the notice", agreed)
            .await?;
        let id = &application.application_id;
        let words = format!("提交车辆识别代号 {} 和发票 · VIN and invoice", vehicle.vin);
        steps
            .step(&words, citizen.submit_info(id, &vehicle))
            .await?;
        let locked = async {
            let proof = citizen.prove(Purpose::ConfirmInfo, id, person).await?;
            citizen.confirm_info(id, &proof).await
        };
        steps
            .step("短信确认，信息锁定 · confirm by SMS", locked)
            .await?;
        let words = "再次短信校验（两次短信间隔5秒） · SMS again, 5 s after the last";
        let proved = citizen.prove(Purpose::StartSelecting, id, person);
        let proof = steps.step(words, proved).await?;
        let words = "等待5秒后进入选号 · 5 s later, begin to select";
        let started = citizen.start_in_time(id, &proof);
        Ok(steps.step(words, started).await?)
    }
}
