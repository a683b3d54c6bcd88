//! What an operator does before anybody can draw, and the engines' counts afterwards.

use anyhow::Result;
use xuanhao_chassis::clock::Clock;
use xuanhao_operator::{Operator, Release};
use xuanhao_proto::platepool::v1 as pb;

use crate::evidence::Figures;
use crate::site::OFFICES;

/// Serials that are in use already, of the office with the most numbers.
const USED: std::ops::Range<u32> = 100..300;

/// Rules, the day's value, batches with imports, releases: every office is open.
///
/// # Errors
/// When the pool refuses for good.
pub async fn open_all(operator: &Operator) -> Result<()> {
    for (office, code, masks) in OFFICES {
        operator.open(office).await?;
        let used: Vec<String> = match masks {
            ["DDDDA"] => USED.map(|serial| format!("{code}{serial:04}A")).collect(),
            _ => Vec::new(),
        };
        let release = Release {
            office,
            code,
            masks,
            used: &used,
        };
        operator.release(&release).await?;
    }
    Ok(())
}

/// The counts of every office.
///
/// # Errors
/// When no replica tells them.
pub async fn figures(operator: &Operator) -> Result<Vec<Figures>> {
    let (clock, mut all) = (Clock::system(), Vec::new());
    for (office, ..) in OFFICES {
        let told = operator.figures(office).await?;
        let sum = |of: fn(&pb::ClassFigures) -> u64| told.classes.iter().map(of).sum();
        all.push(Figures {
            office: office.to_owned(),
            released: sum(|class| class.released),
            free: sum(|class| class.free),
            held: sum(|class| class.held),
            allocated: sum(|class| class.allocated),
            returning: sum(|class| class.returning),
            counted_at: clock.now().as_microsecond(),
        });
    }
    Ok(all)
}
