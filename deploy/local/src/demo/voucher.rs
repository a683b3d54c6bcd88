//! What every story ends with: the voucher and the message.

use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use xuanhao_local::citizen::Confirmed;
use xuanhao_local::{Citizen, Platform, Staff};

use super::Facts;
use crate::show::{Steps, line};

/// Whose voucher is kept, and where.
pub(super) struct Keep<'a> {
    pub(super) platform: &'a Platform,
    pub(super) folder: &'a Path,
    pub(super) citizen: &'a Citizen,
    /// Where the message goes.
    pub(super) mobile: &'a str,
}

impl Keep<'_> {
    /// Keeps the voucher, verifies it offline, and waits for the message with the number.
    pub(super) async fn voucher(
        &self,
        application_id: &str,
        result: &Confirmed,
        steps: &mut Steps,
        facts: &mut Facts,
    ) -> Result<()> {
        let words = "下载预选号凭证 · the voucher, a PDF";
        let pdf = steps
            .step(words, self.citizen.voucher(application_id))
            .await?;
        ensure!(pdf.starts_with(b"%PDF-"), "the voucher is a PDF");
        let path = self
            .folder
            .join(format!("voucher-{}.pdf", result.voucher_number));
        fs::write(&path, pdf).with_context(|| format!("writing {}", path.display()))?;
        let signed = self.citizen.signed_voucher(application_id).await?;
        let signed = signed.signed_voucher;
        let keys = self.platform.voucher_keys_file().display().to_string();
        steps.blocking("离线核验凭证 · verify the voucher offline", || {
            let arguments = ["voucher", "verify", &signed, "--keys", &keys];
            self.platform.xuanctl(Staff::Officer, &arguments)
        })?;
        let words = "收到短信通知 · the SMS that tells";
        self.message(words, "selection_confirmed", 1, steps).await?;
        let mut fact = |name: &str, value: String| facts.push((name.to_owned(), value));
        fact("号牌 · plate", result.plate.clone());
        fact("办理期限 · register until", result.deadline.to_string());
        fact("预选号凭证 · voucher", path.display().to_string());
        Ok(())
    }

    /// Waits for the nth message made from a template, and shows it.
    pub(super) async fn message(
        &self,
        words: &str,
        template: &str,
        nth: usize,
        steps: &mut Steps,
    ) -> Result<()> {
        let told = async {
            loop {
                let messages = self.citizen.console().messages_to(self.mobile)?;
                let mut of_it = messages.into_iter().filter(|sms| sms.is_of(template));
                if let Some(sms) = of_it.nth(nth - 1) {
                    return anyhow::Ok(sms.text);
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        let told = tokio::time::timeout(Duration::from_secs(30), told);
        let sms = steps.step(words, told).await??;
        line(&format!("            {sms}"));
        Ok(())
    }
}
