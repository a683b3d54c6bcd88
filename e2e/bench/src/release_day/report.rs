//! What is told of the day: tables for people, a file for programs.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::time::Duration;

use anyhow::{Context as _, Result};
use comfy_table::Table;
use serde_json::{Value, json};

use super::Measured;
use super::steps::{Step, Tally};
use super::storm::End;
use super::usage::{NAMES, OURS};
use crate::measure::Latencies;
use crate::measure::verdict::new_table;

const PERCENTILES: [(&str, f64); 4] =
    [("p50", 50.0), ("p90", 90.0), ("p99", 99.0), ("p99_9", 99.9)];

/// Prints the tables, writes the file, and says whether nothing went wrong that must not.
///
/// # Errors
/// When the file cannot be written.
pub(super) fn tell(measured: &Measured) -> Result<bool> {
    let tally = all_of(measured);
    let sound = tally.failures == 0
        && tally.lost == 0
        && measured.yardstick.failures == 0
        && measured.proof.holds();
    let mut stdout = std::io::stdout().lock();
    let mut print = |text: String| {
        // Nobody is left to be told if it is closed.
        let _ = writeln!(stdout, "{text}");
    };
    print(head(measured, &tally));
    print(steps(measured, &tally).to_string());
    print(processors(measured, &tally).to_string());
    if !measured.alone.is_empty() {
        print("Each step by itself, 4 at a time: processor time a call, in ms".to_owned());
        print(alone(measured).to_string());
    }
    print(verdict(measured, &tally, sound));
    let file = &measured.plan.report;
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder).with_context(|| format!("making {}", folder.display()))?;
    }
    let content = serde_json::to_string_pretty(&document(measured, &tally, sound))?;
    fs::write(file, content).with_context(|| format!("writing {}", file.display()))?;
    Ok(sound)
}

fn all_of(measured: &Measured) -> Tally {
    let mut all = Tally::default();
    measured
        .storm
        .journeys
        .iter()
        .for_each(|journey| all.add(&journey.tally));
    all
}

fn ends(measured: &Measured) -> BTreeMap<&'static str, u64> {
    let mut ends = BTreeMap::new();
    for journey in &measured.storm.journeys {
        let name = match journey.end {
            End::Confirmed => "confirmed",
            End::WalkedAway => "walked away",
            End::Lapsed => "lapsed",
            End::Nothing => "nothing found",
            End::Broken => "broken",
        };
        *ends.entry(name).or_default() += 1;
    }
    ends
}

/// Journeys ended and calls answered in the busiest second.
fn peaks(measured: &Measured) -> (u64, u64) {
    let storm = &measured.storm;
    let busiest = |instants: &mut dyn Iterator<Item = tokio::time::Instant>| {
        let mut seconds: BTreeMap<u64, u64> = BTreeMap::new();
        for at in instants {
            let second = at.saturating_duration_since(storm.opening).as_secs();
            *seconds.entry(second).or_default() += 1;
        }
        seconds.values().copied().max().unwrap_or_default()
    };
    let ended = busiest(&mut storm.journeys.iter().map(|journey| journey.ended));
    let sent = busiest(
        &mut storm
            .journeys
            .iter()
            .flat_map(|journey| journey.calls.iter().copied()),
    );
    (ended, sent)
}

fn per_second(count: u64, took: Duration) -> f64 {
    count as f64 / took.as_secs_f64().max(f64::EPSILON)
}

fn missed(measured: &Measured) -> u64 {
    measured
        .storm
        .journeys
        .iter()
        .map(|journey| journey.missed)
        .sum()
}

fn head(measured: &Measured, tally: &Tally) -> String {
    let Measured {
        plan,
        storm,
        preparing,
        disk,
        load,
        machine,
        ..
    } = measured;
    let journeys = storm.journeys.len() as u64;
    let (ended, sent) = peaks(measured);
    let form = if plan.cold {
        "cold: signing in is part of the storm"
    } else {
        "signed in before"
    };
    let ends: Vec<String> = ends(measured)
        .into_iter()
        .map(|(name, count)| format!("{count} {name}"))
        .collect();
    format!(
        "Release day: {} numbers, {journeys} citizens ({form}), arrivals exp(-t/{} s), thinking {} s\n\
         {machine}; load {load:.1}; fdatasync p50 {:.2} ms\n\
         prepared {} citizens in {:.0} s, {:.1} ms of processor time each\n\
         {:.1} journeys/s over {:.0} s ({ended} in the best second), {} calls, {:.0}/s ({sent} in the \
         busiest second)\n\
         {}; {} rounds of wishes missed, {} answers \"none free\"",
        measured.proof.released,
        plan.arrival_s,
        plan.think_s,
        disk.p50.as_secs_f64() * 1e3,
        preparing.citizens,
        preparing.took.as_secs_f64(),
        preparing.usage.ours_each(preparing.citizens),
        per_second(journeys, storm.took),
        storm.took.as_secs_f64(),
        tally.calls(),
        per_second(tally.calls(), storm.took),
        ends.join(", "),
        missed(measured),
        tally.none_free,
    )
}

fn millis(latencies: &Latencies, per_cent: f64) -> String {
    format!("{:.1}", latencies.percentile(per_cent).as_secs_f64() * 1e3)
}

fn steps(measured: &Measured, tally: &Tally) -> Table {
    let mut table = new_table(&[
        "step",
        "count",
        "p50 ms",
        "p90",
        "p99",
        "p99.9",
        "max",
        "from sending: p50",
        "p99",
    ]);
    let empty = Latencies::default();
    let mut row = |name: &str, intended: &Latencies, sent: Option<&Latencies>| {
        let mut cells = vec![name.to_owned(), intended.count().to_string()];
        cells.extend(PERCENTILES.map(|(_, per_cent)| millis(intended, per_cent)));
        cells.push(millis(intended, 100.0));
        for per_cent in [50.0, 99.0] {
            cells.push(sent.map_or(String::new(), |sent| millis(sent, per_cent)));
        }
        table.add_row(cells);
    };
    for step in Step::ALL {
        if let Some(intended) = tally.intended.get(&step) {
            row(
                step.name(),
                intended,
                tally
                    .sent
                    .get(&step)
                    .or(Some(&empty))
                    .filter(|sent| sent.count() > 0),
            );
        }
    }
    row("empty HTTP → gRPC", &measured.yardstick.latencies, None);
    table
}

fn processors(measured: &Measured, tally: &Tally) -> Table {
    let mut header = vec!["processor time, ms"];
    header.extend(NAMES);
    header.push("ours");
    let mut table = new_table(&header);
    let storm = measured.storm.usage;
    let journeys = measured.storm.journeys.len() as u64;
    let rows = [
        ("a journey", storm, journeys),
        ("a call of it", storm, tally.calls()),
        (
            "an empty call",
            measured.yardstick.usage,
            measured.yardstick.latencies.count(),
        ),
        (
            "preparing a citizen",
            measured.preparing.usage,
            measured.preparing.citizens,
        ),
        ("a second of nothing", measured.idle, super::IDLE.as_secs()),
    ];
    for (name, usage, count) in rows {
        let mut cells = vec![name.to_owned()];
        cells.extend(
            usage
                .millis_each(count)
                .map(|millis| format!("{millis:.2}")),
        );
        cells.push(format!("{:.2}", usage.ours_each(count)));
        table.add_row(cells);
    }
    table
}

fn alone(measured: &Measured) -> Table {
    let mut header = vec!["step", "p50 ms", "p99 ms"];
    header.extend(&NAMES[..OURS]);
    header.push("all");
    let mut table = new_table(&header);
    for cost in &measured.alone {
        let mut cells = vec![cost.step.name().to_owned()];
        cells.extend([50.0, 99.0].map(|per_cent| millis(&cost.latencies, per_cent)));
        let each = cost.usage.millis_each(cost.calls);
        cells.extend(each[..OURS].iter().map(|millis| format!("{millis:.2}")));
        cells.push(format!("{:.2}", cost.usage.ours_each(cost.calls)));
        table.add_row(cells);
    }
    table
}

fn verdict(measured: &Measured, tally: &Tally, sound: bool) -> String {
    let proof = &measured.proof;
    let words: Vec<String> = tally
        .words
        .iter()
        .map(|(word, count)| format!("\n  {count} × {word}"))
        .collect();
    format!(
        "5xx {}, without an answer {}, shed {}, double assignments {}, leaked {}, databases disagree \
         {}, forgotten {}, unsettled {}: {}{}",
        tally.failures,
        tally.lost,
        tally.sheds,
        proof.double_assignments(),
        proof.leaked,
        proof.disagreements,
        proof.forgotten,
        proof.unsettled,
        if sound { "sound" } else { "NOT SOUND" },
        words.concat(),
    )
}

fn told(latencies: &Latencies) -> Value {
    let mut told = json!({ "count": latencies.count() });
    for (name, per_cent) in PERCENTILES {
        told[format!("{name}_ms")] = (latencies.percentile(per_cent).as_secs_f64() * 1e3).into();
    }
    told["max_ms"] = (latencies.max().as_secs_f64() * 1e3).into();
    told
}

fn by_name(millis: [f64; NAMES.len()]) -> Value {
    let all = NAMES.into_iter().zip(millis);
    all.map(|(name, millis)| (name.to_owned(), millis.into()))
        .collect::<serde_json::Map<String, Value>>()
        .into()
}

fn document(measured: &Measured, tally: &Tally, sound: bool) -> Value {
    let Measured {
        plan,
        storm,
        preparing,
        yardstick,
        ..
    } = measured;
    let journeys = storm.journeys.len() as u64;
    let (ended, sent) = peaks(measured);
    let by_step = |all: &BTreeMap<Step, Latencies>| {
        let all = all.iter();
        all.map(|(step, latencies)| (step.name().to_owned(), told(latencies)))
            .collect::<serde_json::Map<String, Value>>()
    };
    let alone = measured.alone.iter().map(|cost| {
        let costs = json!({
            "latency": told(&cost.latencies),
            "cpu_ms": by_name(cost.usage.millis_each(cost.calls)),
            "cpu_ms_all": cost.usage.ours_each(cost.calls),
        });
        (cost.step.name().to_owned(), costs)
    });
    json!({
        "sound": sound,
        "machine": measured.machine,
        "load": measured.load,
        "fdatasync_p50_ms": measured.disk.p50.as_secs_f64() * 1e3,
        "citizens": journeys,
        "cold": plan.cold,
        "seed": plan.seed,
        "arrival_s": plan.arrival_s,
        "think_s": plan.think_s,
        "prepare_s": preparing.took.as_secs_f64(),
        "prepare_cpu_ms_each": by_name(preparing.usage.millis_each(preparing.citizens)),
        "storm_s": storm.took.as_secs_f64(),
        "journeys_per_s": per_second(journeys, storm.took),
        "journeys_best_second": ended,
        "calls": tally.calls(),
        "calls_per_s": per_second(tally.calls(), storm.took),
        "calls_busiest_second": sent,
        "ends": ends(measured),
        "rounds_missed": missed(measured),
        "none_free": tally.none_free,
        "sheds": tally.sheds,
        "failures_5xx": tally.failures,
        "lost": tally.lost,
        "refusals": tally.words,
        "double_assignments": measured.proof.double_assignments(),
        "proof": measured.proof,
        "steps_from_intended": by_step(&tally.intended),
        "steps_from_sending": by_step(&tally.sent),
        "cpu_ms_per_journey": by_name(storm.usage.millis_each(journeys)),
        "cpu_ms_per_journey_all": storm.usage.ours_each(journeys),
        "cpu_ms_idle_second": by_name(measured.idle.millis_each(super::IDLE.as_secs())),
        "yardstick": {
            "path": super::yardstick::path(),
            "calls_per_s": per_second(yardstick.latencies.count(), yardstick.took),
            "latency": told(&yardstick.latencies),
            "failures": yardstick.failures,
            "cpu_ms_per_call": by_name(yardstick.usage.millis_each(yardstick.latencies.count())),
            "cpu_ms_per_call_all": yardstick.usage.ours_each(yardstick.latencies.count()),
        },
        "alone": alone.collect::<serde_json::Map<String, Value>>(),
    })
}
