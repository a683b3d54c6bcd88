//! The port to SMS providers: who takes a message and tells whether it arrived.
//!
//! [`Aliyun`] and [`Tencent`] speak their vendors' signed wire formats; [`Console`] is a local provider
//! for people who try the platform on one machine. [`Switch`] chooses among those configured.

mod aliyun;
mod console;
mod switch;
mod tencent;
mod vendor;

use jiff::Timestamp;
use xuanhao_vocabulary::Mobile;
use zeroize::Zeroizing;

pub use aliyun::{Aliyun, AliyunConfig};
pub use console::Console;
pub use switch::Switch;
pub use tencent::{Tencent, TencentConfig};
pub use vendor::{Credentials, Error};

use crate::domain::message::{Attempt, Report};
use crate::domain::template::{Language, Values};

/// What a provider is given.
#[derive(Debug)]
pub struct Outgoing<'a> {
    /// Our id; goes along where the provider can carry it.
    pub message_id: String,
    /// Where to.
    pub mobile: Mobile,
    /// Name of the template, for providers that fill their own.
    pub template: &'a str,
    /// Language.
    pub language: Language,
    /// Its places in the order in which providers number them.
    pub places: Vec<&'a str>,
    /// Its values, secret ones included.
    pub values: Zeroizing<Wiped>,
    /// The filled text, for providers that take text.
    pub text: Zeroizing<String>,
}

/// Values that are wiped after use and never printed.
#[derive(Default)]
pub struct Wiped(pub Values);

impl std::fmt::Debug for Wiped {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Wiped(…)")
    }
}

impl zeroize::Zeroize for Wiped {
    fn zeroize(&mut self) {
        for value in self.0.values_mut() {
            value.zeroize();
        }
    }
}

/// A provider as configured.
#[derive(Debug)]
pub enum Provider {
    /// Alibaba Cloud SMS.
    Aliyun(Aliyun),
    /// Tencent Cloud SMS.
    Tencent(Tencent),
    /// A file on this machine.
    Console(Console),
}

impl Provider {
    /// The provider's name in rows, events and metrics.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Aliyun(_) => "aliyun",
            Self::Tencent(_) => "tencent",
            Self::Console(_) => "console",
        }
    }

    /// Whether it sends only texts it has approved.
    pub fn approves(&self) -> bool {
        match self {
            Self::Aliyun(_) | Self::Tencent(_) => true,
            Self::Console(_) => false,
        }
    }

    /// Hands one message over; `template_id` is the provider's own of the text.
    pub async fn send(
        &self,
        outgoing: &Outgoing<'_>,
        template_id: &str,
        now: Timestamp,
    ) -> Attempt {
        match self {
            Self::Aliyun(aliyun) => aliyun.send(outgoing, template_id, now).await,
            Self::Tencent(tencent) => tencent.send(outgoing, template_id, now).await,
            Self::Console(console) => console.write(outgoing).await,
        }
    }

    /// Asks what became of a message it took.
    pub async fn report(
        &self,
        mobile: Mobile,
        reference: &str,
        sent_at: Timestamp,
        now: Timestamp,
    ) -> Report {
        match self {
            Self::Aliyun(aliyun) => aliyun.report(mobile, reference, sent_at, now).await,
            Self::Tencent(tencent) => tencent.report(mobile, reference, sent_at, now).await,
            // What the file took is there.
            Self::Console(_) => Report::Delivered,
        }
    }
}
