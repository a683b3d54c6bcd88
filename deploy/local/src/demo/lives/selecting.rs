//! From the notice to a number, as in 2016.

use anyhow::{Context as _, Result, ensure};
use xuanhao_local::citizen::{Application, Purpose, Selected};
use xuanhao_local::seed::{self, SeededOffice};
use xuanhao_local::{Citizen, Vehicle};

use super::{Chosen, Enrolled, Lives};
use crate::demo::Facts;
use crate::show::{Steps, line};

/// Where citizens of the story live.
const ADDRESS: &str = "河北省唐山市路北区新华东道100号1栋1单元101室";

impl Lives<'_> {
    /// From the notice to the selecting page.
    async fn to_selecting(
        &self,
        who: &Enrolled,
        office: &SeededOffice,
        steps: &mut Steps,
    ) -> Result<Application> {
        let citizen = &who.citizen;
        let agreed = citizen.agree(office.office);
        let application = steps
            .step("阅读并同意业务须知 · agree to the notice", agreed)
            .await?;
        let id = &application.application_id;
        let vehicle = Vehicle::small()?.with_paper_invoice()?;
        let words = format!(
            "提交车辆识别代号 {}、发票、住址 · VIN, invoice, address",
            vehicle.vin
        );
        let submitted = citizen.submit_info_with(id, &vehicle, Some(ADDRESS));
        steps.step(&words, submitted).await?;
        let blocks = citizen.submitted_info(id).await?;
        for (name, block) in [
            ("发证机关", &blocks["issuing_authority"]),
            ("个人信息", &blocks["person"]),
            ("车辆信息", &blocks["vehicle"]),
            ("联系信息", &blocks["contact"]),
        ] {
            line(&format!("            {name} {block}"));
        }
        let locked = async {
            let proof = citizen.prove(Purpose::ConfirmInfo, id, &who.person).await?;
            citizen.confirm_info(id, &proof).await
        };
        steps
            .step(
                "核对四项信息，短信确认，不可回退 · look again, confirm by SMS",
                locked,
            )
            .await?;
        let started = citizen.start_unchecked(id);
        Ok(steps.step("开始选号 · begin to select", started).await?)
    }

    pub(super) async fn by_wish(
        &self,
        who: &Enrolled,
        office: &SeededOffice,
        steps: &mut Steps,
        facts: &mut Facts,
    ) -> Result<Chosen> {
        let citizen = &who.citizen;
        let application = self.to_selecting(who, office, steps).await?;
        let id = &application.application_id;
        let keyboard = citizen.keyboard(id, office.segments[0].code);
        let keyboard = steps
            .step(
                "随机排版的键盘 · the keyboard, laid out at random",
                keyboard,
            )
            .await?;
        ensure!(keyboard.scrambled, "the keyboard is laid out at random");
        line(&format!("            {}", keyboard.keys));
        let used = seed::used_numbers(office)?[0].to_string();
        let missed = self.check_one(citizen, id, &used, steps).await?;
        ensure!(missed.outcome.held().is_none(), "{used} is in use");
        let left = missed.application.counters.map(|left| left.compose_left);
        line(&format!(
            "            已被预选，还可以自编 {} 个号牌 · taken",
            left.unwrap_or(0)
        ));
        let free = seed::free_numbers(office, 1)?[0].to_string();
        let found = self.check_one(citizen, id, &free, steps).await?;
        ensure!(found.outcome.held().is_some(), "{free} is held for a while");
        self.complete(who, id, &free, steps, facts).await
    }

    /// One number a check, behind a picture code.
    async fn check_one(
        &self,
        citizen: &Citizen,
        id: &str,
        wish: &str,
        steps: &mut Steps,
    ) -> Result<Selected> {
        let words = "等待两次验证的间隔 · the interval between two checks";
        steps.step(words, citizen.wait_to_compose(id)).await?;
        let words = format!("识别图片验证码，验证 {wish} · picture code, check");
        let checked = async {
            let captcha = citizen.answer_captcha().await?;
            citizen.compose_with(id, &[wish], &captcha).await
        };
        Ok(steps.step(&words, checked).await?)
    }

    pub(super) async fn by_draw(
        &self,
        who: &Enrolled,
        office: &SeededOffice,
        steps: &mut Steps,
        facts: &mut Facts,
    ) -> Result<Chosen> {
        let citizen = &who.citizen;
        let application = self.to_selecting(who, office, steps).await?;
        let id = &application.application_id;
        let mut column = Vec::new();
        for words in [
            "识别图片验证码，开始随机 · picture code, draw",
            "放弃重选 · let them go, draw again",
        ] {
            let drawn = async {
                let captcha = citizen.answer_captcha().await?;
                citizen.draw_with(id, &captcha).await
            };
            let drawn = steps.step(words, drawn).await?;
            let held = drawn.outcome.held().context("a draw holds numbers")?;
            ensure!(held.column.len() == 5, "five numbers were drawn: {held:?}");
            line(&format!("            {}", held.column.join("  ")));
            column.clone_from(&held.column);
        }
        self.complete(who, id, &column[0], steps, facts).await
    }

    /// No way back, the last SMS, the voucher.
    async fn complete(
        &self,
        who: &Enrolled,
        id: &str,
        plate: &str,
        steps: &mut Steps,
        facts: &mut Facts,
    ) -> Result<Chosen> {
        let citizen = &who.citizen;
        let words = format!("确认选号 {plate}，不可回退 · chosen, no way back");
        steps.step(&words, citizen.choose(id, plate)).await?;
        let words = "倒计时内短信确认，完成预选 · the last SMS within its countdown";
        let completed = async {
            let proof = citizen
                .prove(Purpose::ConfirmPlate, id, &who.person)
                .await?;
            citizen.complete(id, plate, &proof).await
        };
        let completed = steps.step(words, completed).await?;
        let result = completed
            .outcome
            .allocated()
            .context("the number is given")?;
        let kept = self.kept(who);
        kept.voucher(id, result, steps, facts).await?;
        Ok(Chosen {
            application_id: id.to_owned(),
            result: result.clone(),
        })
    }
}
