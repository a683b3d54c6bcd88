//! The hours of service, and the clock that is moved there.

use anyhow::Result;
use jiff::Timestamp;
use jiff::civil::{Date, Time, time};
use xuanhao_local::{Platform, people, seed};

/// When the day's acts happen: within the hours of service.
const MORNING: Time = time(9, 30, 0, 0);
/// Afterwards nothing is begun on that day: it could run past the closing hour.
const LAST_BEGIN: Time = time(20, 30, 0, 0);

/// The day whose morning is to come before anything is begun; none when the office serves now.
pub(crate) fn to_wait_for(platform: &Platform) -> Result<Option<Date>> {
    let now = platform.now().to_zoned(people::shanghai()?);
    Ok(if now.time() < MORNING {
        Some(now.date())
    } else if now.time() < LAST_BEGIN {
        None
    } else {
        Some(now.date().tomorrow()?)
    })
}

/// The instant of a day's morning.
pub(crate) fn morning_of(day: Date) -> Result<Timestamp> {
    Ok(day
        .to_datetime(MORNING)
        .to_zoned(people::shanghai()?)?
        .timestamp())
}

/// Moves the clock of all services, and opens the drawing of the days it comes to.
pub(crate) fn go_to(platform: &Platform, to: Timestamp) -> Result<()> {
    platform.move_clock(to)?;
    seed::open_drawing(platform)
}
