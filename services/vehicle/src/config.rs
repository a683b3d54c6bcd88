//! What vehicle has to be told: where others are, and figures. Every figure has a default.

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use xuanhao_chassis::grpc::ClientConfig;
use xuanhao_vocabulary::WorkingDays;

use crate::app::{BindingLimits, Limits};
use crate::domain::assessment::Rules;
use crate::domain::binding::Level;
use crate::domain::question::LateAnswers;
use crate::domain::suspicion::{ManyVehicles, Suspicions};
use crate::outside::GatewayConfig;

/// The whole configuration.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// What every service needs.
    pub chassis: xuanhao_chassis::config::Config,
    /// Accounts and documents.
    pub identity: ClientConfig,
    /// The national vehicle registry.
    pub registry: OutsideConfig,
    /// The tax bureau.
    pub tax_bureau: OutsideConfig,
    /// Whether answers of the two may come late; without it a silence is a refusal to try again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub late_answers: Option<LateAnswersConfig>,
    /// Days after its issue that an invoice still proves a new purchase.
    #[serde(default = "Config::default_purchase_proof_days")]
    pub purchase_proof_days: u16,
    /// Hours that a claim under review waits for evidence before it lapses.
    #[serde(default = "Config::default_unverified_hours")]
    pub unverified_hours: u16,
    /// What looks wrong without being proven so.
    #[serde(default)]
    pub suspicions: SuspicionsConfig,
    /// Of reviews.
    #[serde(default)]
    pub reviews: ReviewsConfig,
    /// Who may bind vehicles and licences, and how often.
    #[serde(default)]
    pub binding: BindingConfig,
    /// Days a decision without a claim, and an ended claim or binding, are kept.
    #[serde(default = "Config::default_kept_days")]
    pub kept_days: u16,
}

/// Where an outside system is.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "snake_case", tag = "kind")]
pub enum OutsideConfig {
    /// Behind a gateway that speaks our wire format.
    Gateway(GatewayConfig),
    /// For a local platform: played by the last digits. Never for people.
    Simulator {},
}

/// How late answers may come, and how often is asked again.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct LateAnswersConfig {
    /// Within so many hours of the first question; then the claim lapses.
    pub hours: u16,
    /// Pause before the first repetition; doubles with each.
    #[serde(default = "LateAnswersConfig::default_first_pause_s")]
    pub first_pause_s: u32,
    /// The longest pause.
    #[serde(default = "LateAnswersConfig::default_longest_pause_s")]
    pub longest_pause_s: u32,
}

impl LateAnswersConfig {
    const fn default_first_pause_s() -> u32 {
        60
    }

    const fn default_longest_pause_s() -> u32 {
        1_800
    }
}

/// Which suspicions there are.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct SuspicionsConfig {
    /// A person, not an organisation, who holds many vehicles; none for no such suspicion.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub many_vehicles: Option<ManyVehiclesConfig>,
    /// A model year outside two years before to one year after the invoice's.
    pub model_year: bool,
    /// What registry and tax bureau call suspicious.
    pub outside: bool,
}

impl Default for SuspicionsConfig {
    fn default() -> Self {
        Self {
            many_vehicles: None,
            model_year: false,
            outside: true,
        }
    }
}

/// From how many vehicles on a person is suspected.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ManyVehiclesConfig {
    /// So many live claims of other applications make the next one suspicious.
    pub from: u32,
    /// Of claims made within so many days.
    pub within_days: u16,
}

/// Of reviews.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct ReviewsConfig {
    /// Working days an officer has after the evidence.
    pub working_days: WorkingDays,
    /// Documents one review takes.
    pub documents_max: u16,
}

impl Default for ReviewsConfig {
    fn default() -> Self {
        Self {
            working_days: WorkingDays::new(1).expect("one is not zero"),
            documents_max: 20,
        }
    }
}

/// Who may bind, and how often.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct BindingConfig {
    /// The weakest registration level that may.
    pub min_level: Level,
    /// Attempts of an account within the window.
    pub attempts: u32,
    /// The window, in minutes.
    pub within_min: u16,
}

impl Default for BindingConfig {
    fn default() -> Self {
        Self {
            min_level: Level::FaceToFace,
            attempts: 5,
            within_min: 60,
        }
    }
}

impl Config {
    const fn default_purchase_proof_days() -> u16 {
        730
    }

    const fn default_unverified_hours() -> u16 {
        240
    }

    const fn default_kept_days() -> u16 {
        180
    }

    pub(crate) fn limits(&self) -> Limits {
        let hours = |hours: u16| SignedDuration::from_hours(i64::from(hours));
        let days = |days: u16| SignedDuration::from_hours(24 * i64::from(days));
        let seconds = |seconds: u32| SignedDuration::from_secs(i64::from(seconds));
        let many = self.suspicions.many_vehicles.as_ref();
        Limits {
            rules: Rules {
                purchase_proof_days: self.purchase_proof_days,
                suspicions: Suspicions {
                    many_vehicles: many.map(|many| ManyVehicles {
                        from: many.from,
                        within: days(many.within_days),
                    }),
                    model_year: self.suspicions.model_year,
                    outside: self.suspicions.outside,
                },
            },
            late: self.late_answers.as_ref().map(|late| LateAnswers {
                within: hours(late.hours),
                first_pause: seconds(late.first_pause_s),
                longest_pause: seconds(late.longest_pause_s),
            }),
            unverified: hours(self.unverified_hours),
            review_days: self.reviews.working_days,
            review_documents: self.reviews.documents_max.into(),
            binding: BindingLimits {
                min_level: self.binding.min_level,
                attempts: self.binding.attempts,
                within: SignedDuration::from_mins(i64::from(self.binding.within_min)),
            },
            kept: days(self.kept_days),
        }
    }
}
