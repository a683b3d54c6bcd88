//! The sections of a policy.

use jiff::civil::Time;
use serde::{Deserialize, Serialize};
use xuanhao_vocabulary::{PlateClass, WorkingDays};

use super::document;

macro_rules! section {
    ($(#[$doc:meta])* $name:ident { $($fields:tt)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub(crate) struct $name { $($fields)* }
    };
}

section! {
    /// When selecting is served. Entering information is served at any time (R-ENT-08).
    Service {
        /// The kill switch.
        pub(crate) paused: bool,
        /// Hours of every day, Asia/Shanghai; `null` for all day.
        pub(crate) hours: Option<Hours>,
    }
}

/// From (inclusive) to (exclusive), within one day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Hours {
    /// Opens.
    #[serde(with = "document::time_of_day")]
    pub(crate) from: Time,
    /// Closes.
    #[serde(with = "document::time_of_day")]
    pub(crate) to: Time,
}

impl Hours {
    /// Whether a time of day lies within.
    pub(crate) fn contain(&self, time: Time) -> bool {
        (self.from..self.to).contains(&time)
    }
}

section! {
    /// Which vehicles take part (R-ENT-09, R-ENT-10).
    Eligible {
        /// Classes of plate.
        pub(crate) classes: Vec<PlateClass>,
        /// How the vehicle came to its owner.
        pub(crate) events: Vec<Occasion>,
    }
}

/// How a vehicle came to its owner. Transferred vehicles do not take part (R-ENT-09).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Occasion {
    /// Bought new.
    NewPurchase,
}

section! {
    /// The least a person or organisation must be known by, per service (R-ACC-03, R-ACC-04).
    Permissions {
        /// Selecting.
        pub(crate) preselect: Level,
        /// Looking at one's own applications.
        pub(crate) query: Level,
        /// Appealing.
        pub(crate) appeal: Level,
    }
}

/// How far the platform knows a person (R-ACC-04).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Level {
    /// 互联网注册.
    Online,
    /// 面签.
    FaceToFace,
    /// 实人认证.
    RealPerson,
}

section! {
    /// What proves the purchase, and what is asked beside it (R-INF-01, R-INF-02).
    PurchaseProof {
        /// Whether the full residential address is asked for.
        pub(crate) address: bool,
        /// Which proofs are taken.
        pub(crate) kinds: Vec<ProofKind>,
    }
}

/// A kind of purchase proof 选号凭证.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ProofKind {
    /// Paper invoice: code and number.
    PaperInvoice,
    /// 数电票.
    ElectronicInvoice,
}

impl ProofKind {
    /// The word documents and messages use.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::PaperInvoice => "paper_invoice",
            Self::ElectronicInvoice => "electronic_invoice",
        }
    }
}

section! {
    /// 自编选号 (R-SEL-03 … 10).
    Compose {
        /// Wishes for a vehicle (R-SEL-04).
        pub(crate) quota: u16,
        /// Wishes of one round.
        pub(crate) batch_max: u16,
        /// Seconds between rounds.
        pub(crate) interval_s: u16,
        /// Whether a captcha stands before every round (R-AUTH-03).
        pub(crate) captcha: bool,
        /// What a round costs whose wishes were all missed (R-SEL-06, R-SEL-07).
        pub(crate) charge_on_miss: ChargeOnMiss,
        /// A hit is held for so many seconds until it is confirmed; 0 confirms it at once
        /// (R-SEL-09, R-SEL-10).
        pub(crate) hold_ttl_s: u16,
        /// Whether a held hit that lapses or is given up takes all chances with it (R-SEL-10).
        pub(crate) forfeit_on_lapse: bool,
    }
}

/// What a missed compose round costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ChargeOnMiss {
    /// As many chances as it had wishes (R-SEL-06).
    PerWish,
    /// One chance (R-SEL-07).
    PerCheck,
}

section! {
    /// 随机选号 (R-RND-01 … 09).
    Draw {
        /// Rounds for a vehicle (R-RND-03).
        pub(crate) quota: u16,
        /// Numbers of one round.
        pub(crate) count: u16,
        /// Whether 不包含4 is offered.
        pub(crate) exclude_four: bool,
        /// Whether candidates are kept; without a basket a number is confirmed from the column.
        pub(crate) basket: bool,
        /// Life of the column in seconds.
        pub(crate) column_ttl_s: u16,
        /// Life of the basket in seconds, from its last restart.
        pub(crate) basket_ttl_s: u16,
        /// Whether a captcha stands before every round (R-AUTH-03, R-RND-11).
        pub(crate) captcha: bool,
    }
}

section! {
    /// The on-screen keyboard (R-SEL-02).
    Keyboard {
        /// Whether it is laid out at random.
        pub(crate) scramble: bool,
    }
}

section! {
    /// What the page does when composing is used up and rounds are left (R-SEL-11).
    Tab {
        /// Whether it goes on to drawing by itself.
        pub(crate) auto_jump: bool,
    }
}

section! {
    /// More time for people who say that they need it: who reads by ear or types with a switch
    /// (WCAG 2.2.1).
    MoreTime {
        /// Columns, baskets, held hits and chosen numbers last so many times as long for them; 1 where
        /// nobody is given more.
        pub(crate) factor: u16,
    }
}

section! {
    /// The SMS checks before selecting and after choosing.
    Challenge {
        /// Whether a code is asked for before selecting (R-AUTH-01).
        pub(crate) before_selecting: bool,
        /// Whether a code is asked for after choosing (R-AUTH-04, R-CNF-01).
        pub(crate) after_choosing: bool,
        /// How long a chosen number waits for its code, in seconds (R-CNF-02).
        pub(crate) choice_ttl_s: u16,
        /// Seconds from asking for the code until it may be sent in (R-AUTH-02).
        pub(crate) confirm_delay_s: u16,
    }
}

section! {
    /// How long a confirmed number waits.
    Validity {
        /// Working days from the day after the decision (R-DONE-04).
        pub(crate) working_days: WorkingDays,
    }
}

section! {
    /// Messages before the deadline.
    Reminders {
        /// So many civil days before the last day each.
        pub(crate) days_before: Vec<u16>,
    }
}

section! {
    /// Taking a confirmed number back.
    Undo {
        /// Minutes from the decision; 0 for never.
        pub(crate) within_min: u16,
    }
}

section! {
    /// What a missed deadline leads to.
    Lapse {
        /// Years of the ban (R-BLK-01); 0 for none.
        pub(crate) blacklist_years: u16,
        /// Civil days after the deadline in which late proof is waited for (P10).
        pub(crate) late_proof_days: u16,
    }
}

section! {
    /// Appeals against a ban or a voiding.
    Appeal {
        /// Civil days from what is appealed against.
        pub(crate) within_days: u16,
        /// Working days in which it is to be decided.
        pub(crate) decide_within_days: u16,
    }
}

section! {
    /// How an ended number comes back: after a random delay, first by random only.
    Return {
        /// Shortest delay in hours.
        pub(crate) delay_min_h: u16,
        /// Longest delay in hours.
        pub(crate) delay_max_h: u16,
        /// Days in which the number is drawn only.
        pub(crate) random_only_days: u16,
    }
}

section! {
    /// Selecting at the window (R-SEL-12). Both quotas 0: the office does not offer it.
    Window {
        /// Wishes for a vehicle.
        pub(crate) wishes: u16,
        /// Rounds for a vehicle.
        pub(crate) draw_quota: u16,
        /// Numbers of one round.
        pub(crate) draw_count: u16,
        /// Life of the drawn numbers in seconds.
        pub(crate) draw_ttl_s: u16,
    }
}
