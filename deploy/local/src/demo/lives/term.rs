//! The days after a number was given: registered in time, or barred until an appeal.

use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use jiff::ToSpan as _;
use serde_json::Value;
use xuanhao_local::Staff;
use xuanhao_local::citizen::Error;
use xuanhao_local::seed::SeededOffice;

use super::{Chosen, Enrolled, Lives};
use crate::demo::Facts;
use crate::show::{Steps, line};
use crate::window::PICTURE;

impl Lives<'_> {
    /// The days until the deadline: two reminders, and on the last day the first one comes.
    pub(super) async fn the_term(
        &self,
        first: &Enrolled,
        in_time: &Chosen,
        second: &Enrolled,
        missed: &Chosen,
        steps: &mut Steps,
    ) -> Result<()> {
        let deadline = missed.result.deadline;
        ensure!(deadline == in_time.result.deadline, "both chose on one day");
        for (nth, days) in [(1, 2), (2, 1)] {
            steps.chapter(&format!("期限前 {days} 日 · T−{days}"));
            self.go_to(deadline.checked_sub(days.days())?, steps)?;
            let words = "收到到期提醒 · the reminder";
            let kept = self.kept(second);
            kept.message(words, "deadline_reminder", nth, steps).await?;
        }
        steps.chapter("期限当日 · the last day");
        self.go_to(deadline, steps)?;
        let today = deadline.to_string();
        for (command, words) in [
            (
                "arrive",
                "第一位到窗口，期限不再计算 · the first comes, the clock stops",
            ),
            ("inspect", "查验通过 · the vehicle is inspected"),
            ("collect", "领取号牌 · the plates are collected"),
            ("mark-registered", "注册登记 · registered"),
        ] {
            let id = &in_time.application_id;
            let mut all = vec!["outcome", command, id, "--office", "he-tangshan"];
            match command {
                "inspect" => all.push("--passed"),
                "mark-registered" => all.extend(["--on", &today]),
                _ => {}
            }
            all.extend(["--reason", "窗口办理"]);
            steps.blocking(words, || self.as_staff(Staff::Officer, &all))?;
        }
        self.sign_in(first).await?;
        let state = first
            .citizen
            .application(&in_time.application_id)
            .await?
            .state;
        ensure!(
            state == "registered",
            "the first is registered, not {state}"
        );
        Ok(())
    }

    pub(super) async fn barred_and_lifted(
        &self,
        who: &Enrolled,
        missed: &Chosen,
        office: &SeededOffice,
        steps: &mut Steps,
        facts: &mut Facts,
    ) -> Result<()> {
        steps.chapter("逾期 · the day after");
        self.go_to(missed.result.deadline.tomorrow()?, steps)?;
        self.sign_in(who).await?;
        let expired = self.wait_for_state(who, &missed.application_id, "expired");
        steps
            .step("逾期未办理，列入黑名单 · expired, blacklisted", expired)
            .await?;
        let words = "短信告知 · told by SMS";
        self.kept(who)
            .message(words, "blacklisted", 1, steps)
            .await?;
        let until = self.refused(who, office).await?;
        line(&format!(
            "            2年内不能网上选号，至 {until} · barred until then"
        ));
        let citizen = &who.citizen;
        let appealed = async {
            let paper = citizen
                .add_document("appeal_evidence", "image/png", PICTURE.to_vec())
                .await?;
            let words = "住院未能按期办理，附出院记录。";
            citizen
                .appeal(&missed.application_id, words, &[&paper])
                .await
        };
        let appeal = steps
            .step("提出申诉，附材料 · an appeal with an attachment", appealed)
            .await?;
        steps.blocking(
            "另一名工作人员决定：支持 · another officer decides",
            || {
                let words = ["appeal", "decide", &appeal.appeal_id, "--uphold"];
                let reason = ["--office", office.office, "--reason", "材料属实"];
                self.as_staff(Staff::Reviewer, &[&words[..], &reason].concat())
            },
        )?;
        let entered = citizen.enter(office.office);
        let entry = steps
            .step("黑名单解除，可以重新进入 · lifted, let in again", entered)
            .await?;
        ensure!(
            entry.step == "description",
            "begins anew, not at {}",
            entry.step
        );
        facts.push((
            "黑名单 · ban".to_owned(),
            format!("{until} → 已解除 · lifted"),
        ));
        Ok(())
    }

    async fn wait_for_state(&self, who: &Enrolled, id: &str, state: &str) -> Result<()> {
        for _ in 0..600 {
            if who.citizen.application(id).await?.state == state {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        bail!("the application is not {state} after 30 s")
    }

    /// The office refuses; answers with the day until when.
    async fn refused(&self, who: &Enrolled, office: &SeededOffice) -> Result<String> {
        match who.citizen.enter(office.office).await {
            Err(Error::Refused(problem)) if problem.code == "BLACKLISTED" => {
                let until = problem.parameters.get("until");
                let until = until.and_then(Value::as_str).map(str::to_owned);
                until.context("the refusal says until when")
            }
            Err(error) => Err(error.into()),
            Ok(entry) => bail!("a barred person was let in: {entry:?}"),
        }
    }
}
