//! What the API answers, as far as a journey needs it. Unknown members are passed over: the API may
//! grow.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::Deserialize;

/// A picture code.
#[derive(Debug, Clone, Deserialize)]
pub struct Captcha {
    /// To name it with the answer.
    pub captcha_id: String,
    /// The picture, base64.
    pub png: String,
}

/// A picture code with what stands on it.
#[derive(Debug, Clone)]
pub struct Answered {
    /// To name it.
    pub captcha_id: String,
    /// What stands on it.
    pub answer: String,
}

/// The keys for composing.
#[derive(Debug, Clone, Deserialize)]
pub struct Keyboard {
    /// In the order they are shown.
    pub keys: String,
    /// For each place what can stand there.
    pub characters: Vec<String>,
    /// Laid out at random.
    #[serde(default)]
    pub scrambled: bool,
}

/// An appeal.
#[derive(Debug, Clone, Deserialize)]
pub struct Appeal {
    /// Its id.
    pub appeal_id: String,
    /// `waiting`, `upheld` or `dismissed`.
    pub state: String,
    /// What the citizen is told.
    #[serde(default)]
    pub decision_reason: String,
}

/// A number that waits for being confirmed.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Choice {
    /// Which.
    pub plate: String,
    /// Found by composing.
    #[serde(default)]
    pub composed: bool,
    /// No way back.
    #[serde(default, rename = "final")]
    pub is_final: bool,
    /// Until when.
    #[serde(default)]
    pub until: Option<Timestamp>,
}

/// An SMS code on its way.
#[derive(Debug, Clone, Deserialize)]
pub struct Challenge {
    /// To name it with the code.
    pub challenge_id: String,
    /// Where it went.
    pub mobile_masked: String,
    /// Until when it may be answered.
    pub expires_at: Timestamp,
    /// From when on another may be asked for.
    pub resend_at: Timestamp,
}

/// That a code was answered rightly.
#[derive(Debug, Clone, Deserialize)]
pub struct Proof {
    /// The signed statement.
    pub proof: String,
    /// Until when it may be used.
    pub expires_at: Timestamp,
}

/// The citizen's own account.
#[derive(Debug, Clone, Deserialize)]
pub struct Account {
    /// Its id.
    pub account_id: String,
    /// The name to sign in with.
    pub login_name: String,
    /// Masked.
    pub full_name_masked: String,
    /// Masked.
    pub mobile_masked: String,
    /// `online`, `face_to_face` or `real_person`.
    pub level: String,
    /// Where it was registered.
    pub province: String,
}

/// An office's notice 业务须知.
#[derive(Debug, Clone, Deserialize)]
pub struct Notice {
    /// To agree to.
    pub version: i32,
    /// In Chinese.
    pub title_zh: String,
    /// In English.
    #[serde(default)]
    pub title_en: String,
}

/// One road of one VIN.
#[derive(Debug, Clone, Deserialize)]
pub struct Application {
    /// Its id.
    pub application_id: String,
    /// Where.
    pub office: String,
    /// Such as `selecting`.
    pub state: String,
    /// Empty until submitted.
    #[serde(default)]
    pub vin: String,
    /// Such as `small`.
    #[serde(default)]
    pub plate_class: Option<String>,
    /// What remains for the vehicle.
    #[serde(default)]
    pub counters: Option<Counters>,
    /// What is held.
    #[serde(default)]
    pub holding: Option<Holding>,
    /// The number, once confirmed.
    #[serde(default)]
    pub result: Option<Confirmed>,
    /// Rises with every change; an int64 as text.
    #[serde(default)]
    pub version: String,
    /// The next compose round may come from then on.
    #[serde(default)]
    pub compose_from: Option<Timestamp>,
    /// The identity check may be sent from then on.
    #[serde(default)]
    pub confirm_from: Option<Timestamp>,
    /// The server's time.
    #[serde(default)]
    pub now: Option<Timestamp>,
    /// An operation is under way.
    #[serde(default)]
    pub operation_pending: bool,
    /// A number that waits for being confirmed.
    #[serde(default)]
    pub choice: Option<Choice>,
    /// While a ban is in force for it: first day it is over.
    #[serde(default)]
    pub banned_until: Option<String>,
    /// The rules frozen into it.
    #[serde(default)]
    pub terms: Option<serde_json::Value>,
}

/// What remains for a vehicle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub struct Counters {
    /// Wishes.
    pub compose_left: i32,
    /// Draws.
    pub draws_left: i32,
}

/// What an application holds.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct Holding {
    /// The numbers of the last draw.
    #[serde(default)]
    pub column: Vec<String>,
    /// Until when.
    #[serde(default)]
    pub column_until: Option<Timestamp>,
    /// The candidates kept.
    #[serde(default)]
    pub basket: Vec<String>,
    /// Until when.
    #[serde(default)]
    pub basket_until: Option<Timestamp>,
}

/// A number given.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Confirmed {
    /// The number.
    pub plate: String,
    /// When the pool gave it.
    pub decided_at: Timestamp,
    /// The last day for registering, inclusive.
    pub deadline: Date,
    /// Of the voucher.
    pub voucher_number: String,
}

/// What a selecting call came to.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Outcome {
    /// A number is the vehicle's.
    Allocated(Confirmed),
    /// Numbers are held.
    Held(Holding),
    /// No wish was free.
    AllMissed {
        /// What was wished.
        wishes: Vec<String>,
    },
    /// To be decided later.
    Lodged {
        /// When.
        decided_at: Timestamp,
    },
}

impl Outcome {
    /// The number, when one was given.
    #[must_use]
    pub fn allocated(&self) -> Option<&Confirmed> {
        match self {
            Self::Allocated(confirmed) => Some(confirmed),
            _ => None,
        }
    }

    /// What is held, when something is.
    #[must_use]
    pub fn held(&self) -> Option<&Holding> {
        match self {
            Self::Held(holding) => Some(holding),
            _ => None,
        }
    }
}

/// A selecting call's answer.
#[derive(Debug, Clone, Deserialize)]
pub struct Selected {
    /// What it came to.
    pub outcome: Outcome,
    /// The application afterwards.
    pub application: Application,
}

/// Where the citizen stands at an office.
#[derive(Debug, Clone, Deserialize)]
pub struct Entry {
    /// Such as `description` or `completed`.
    pub step: String,
    /// To go on with.
    #[serde(default)]
    pub application: Option<Application>,
}

/// A page of applications.
#[derive(Debug, Clone, Deserialize)]
pub struct Applications {
    /// The newest first.
    pub applications: Vec<Application>,
    /// Of the next page.
    #[serde(default)]
    pub next_page_token: Option<String>,
}

/// The voucher's signed text.
#[derive(Debug, Clone, Deserialize)]
pub struct SignedVoucher {
    /// For people.
    pub voucher_number: String,
    /// What the QR code holds.
    pub signed_voucher: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct Registered {
    pub(super) account_id: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct SignedIn {
    pub(super) account: Account,
}

#[derive(Debug, Deserialize)]
pub(super) struct Kept {
    pub(super) document_id: String,
}
