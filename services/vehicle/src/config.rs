//! What vehicle has to be told: where the outside systems are, and figures. Every figure has a
//! default.

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use crate::app::Limits;
use crate::domain::assessment::Rules;
use crate::outside::GatewayConfig;

/// The whole configuration.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// What every service needs.
    pub chassis: xuanhao_chassis::config::Config,
    /// The national vehicle registry.
    pub registry: OutsideConfig,
    /// The tax bureau.
    pub tax_bureau: OutsideConfig,
    /// Days after its issue that an invoice still proves a new purchase.
    #[serde(default = "Config::default_purchase_proof_days")]
    pub purchase_proof_days: u16,
    /// Days a decision without a claim, and an ended claim, are kept.
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

impl Config {
    const fn default_purchase_proof_days() -> u16 {
        730
    }

    const fn default_kept_days() -> u16 {
        180
    }

    pub(crate) fn limits(&self) -> Limits {
        Limits {
            rules: Rules {
                purchase_proof_days: self.purchase_proof_days,
            },
            kept: SignedDuration::from_hours(24 * i64::from(self.kept_days)),
        }
    }
}
