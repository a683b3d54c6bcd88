//! A hundred offices, of which a few have most of the citizens (Zipf).

use anyhow::Result;
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use xuanhao_vocabulary::Office;

use super::super::client::Applications;
use super::super::load::{Run, Window, closed};
use super::super::numbers::Numbers;
use super::super::site::Site;
use super::super::target::{Drawer, Target};
use super::mix::Zipf;
use crate::measure::Ticks;

const OFFICES: usize = 100;
const CITIZENS: usize = 16_384;
const IN_FLIGHT: usize = 64;
const MASKS: &[&str] = &["D[ABCDE]DDD"];
/// The provinces of the other scenes have offices enough of their own.
const NOT_FROM: &str = "gd";

/// Opens the offices, and has all of them drawn from.
///
/// # Errors
/// When a call fails.
pub async fn run(site: &Site, engine: &mut Target, window: Window) -> Result<(Run, f64)> {
    let operator = site.operator(engine.address)?;
    let offices = Office::all()
        .iter()
        .filter(|office| office.id.province().as_str() != NOT_FROM);
    let offices: Vec<&Office> = offices.take(OFFICES).collect();
    for office in &offices {
        operator.open(office.id.as_str()).await?;
        let code = office.codes[0].to_string();
        let numbers = Numbers {
            office: office.id.as_str(),
            code: &code,
            masks: MASKS,
        };
        operator.release(&numbers.release(&[])).await?;
    }
    engine.program.empty_log()?;
    let (applications, zipf) = (Applications::default(), Zipf::new(OFFICES));
    let mut random = StdRng::seed_from_u64(4);
    let mut drawer = |_| {
        let office = offices[zipf.rank(&mut random)];
        Drawer(applications.one(office.id.as_str()))
    };
    let mut drawers: Vec<_> = (0..CITIZENS).map(&mut drawer).collect();
    let look = || engine.ticks();
    let (run, [first, last]) = closed(&engine.desks, IN_FLIGHT, &mut drawers, window, look).await?;
    let used: Ticks = [0, 1]
        .map(|part| last[part] - first[part])
        .into_iter()
        .sum();
    let run = run.without_failures()?;
    let each = used.micros_each(run.count);
    Ok((run, each))
}
