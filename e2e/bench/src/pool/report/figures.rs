//! Every figure, with what was promised of it.

use super::{Report, ms};
use crate::measure::Latencies;
use crate::measure::verdict::{Bound, Line};
use crate::pool::rounds::{Measured, Round, Shape};
use crate::pool::scenes::flash::Flash;
use crate::pool::scenes::rebuild::Taken;
use crate::pool::target::Name;

impl Report {
    /// The figures with what was promised of them.
    #[must_use]
    pub fn lines(&self) -> Vec<Line> {
        let mut lines = self.comparison();
        lines.extend(self.latency());
        lines.extend(self.memory());
        lines.extend(self.workloads());
        lines
    }

    fn comparison(&self) -> Vec<Line> {
        use Bound::{AtLeast, AtMost};
        let rounds = &self.rounds;
        let engine = |figure: fn(&Measured) -> f64| {
            rounds.median(Shape::Four, |round| {
                round.by_name.get(&Name::Engine).map(figure)
            })
        };
        let cpu = |name: Name| {
            rounds.median(Shape::Four, |round| {
                round.by_name.get(&name).map(Measured::cpu_us)
            })
        };
        let ratio = |key, name: &str, shape, to| Line::new(key, name, rounds.ratio(shape, to));
        vec![
            ratio(
                "echo_ratio_1x64",
                "engine ÷ echo, 1×64",
                Shape::One,
                Name::Echo,
            )
            .goal(AtLeast(0.5))
            .limit(AtLeast(0.3)),
            ratio(
                "echo_ratio_4x64",
                "engine ÷ echo, 4×64",
                Shape::Four,
                Name::Echo,
            )
            .goal(AtLeast(0.6))
            .limit(AtLeast(0.4)),
            ratio(
                "skip_locked_ratio_4x64",
                "engine ÷ SKIP LOCKED, 4×64",
                Shape::Four,
                Name::SkipLocked,
            )
            .goal(AtLeast(8.0))
            .limit(AtLeast(4.0)),
            ratio(
                "redis_always_ratio_4x64",
                "engine ÷ Redis (fsync always), 4×64",
                Shape::Four,
                Name::Redis,
            )
            .goal(AtLeast(3.0)),
            Line::new(
                "cpu_ratio",
                "CPU a draw, SKIP LOCKED ÷ engine, net of the echo's",
                rounds.median(Shape::Four, Round::cpu_ratio),
            )
            .goal(AtLeast(12.0))
            .limit(AtLeast(6.0))
            .digits(1),
            Line::new(
                "engine_cpu_us",
                "CPU a draw, engine and its Postgres",
                cpu(Name::Engine),
            )
            .unit("µs")
            .digits(1),
            Line::new("echo_cpu_us", "CPU a call, echo", cpu(Name::Echo))
                .unit("µs")
                .digits(1),
            Line::new(
                "skip_locked_cpu_us",
                "CPU a draw, SKIP LOCKED and its Postgres",
                cpu(Name::SkipLocked),
            )
            .unit("µs")
            .digits(1),
            Line::new(
                "redis_cpu_us",
                "CPU a draw, Redis and its service",
                cpu(Name::Redis),
            )
            .unit("µs")
            .digits(1),
            Line::new(
                "draws_per_s_4x64",
                "draws, engine, 4×64",
                engine(|one| one.rate),
            )
            .unit("/s")
            .digits(0),
            Line::new(
                "wal_bytes_per_draw",
                "WAL a draw, page images included",
                engine(|one| one.wal_bytes),
            )
            .unit("B")
            .digits(0)
            .goal(AtMost(300.0))
            .limit(AtMost(500.0)),
            Line::new(
                "commits_per_draw",
                "commits a draw, 4×64",
                engine(|one| one.commits),
            )
            .digits(4)
            .goal(AtMost(0.01))
            .limit(AtMost(0.05)),
        ]
    }

    fn latency(&self) -> Vec<Line> {
        use Bound::AtMost;
        let fdatasync = ms(self.fdatasync);
        let (windows, rate) = (&self.alone.paced, self.paced_rate);
        let [middle, worst] = [windows.len() / 2, windows.len() - 1].map(|place| &windows[place]);
        vec![
            Line::new(
                "p99_open_loop_beyond_echo_ms",
                format!("p99 beyond the echo's, open loop at {rate:.0}/s"),
                middle.beyond_echo_ms(),
            )
            .unit("ms")
            .goal(AtMost(5.0))
            .limit(AtMost(20.0 * fdatasync + 10.0)),
            Line::new(
                "p99_open_loop_ms",
                format!("p99 of that, the middle one of {} windows", windows.len()),
                ms(middle.latencies.percentile(99.0)),
            )
            .unit("ms"),
            Line::new(
                "p999_open_loop_ms",
                "p99.9 of the same window",
                ms(middle.latencies.percentile(99.9)),
            )
            .unit("ms"),
            Line::new(
                "p99_open_loop_worst_ms",
                "p99 of the worst window",
                ms(worst.latencies.percentile(99.0)),
            )
            .unit("ms"),
            Line::new(
                "shed_open_loop",
                "calls shed in all of them",
                windows.iter().map(|window| window.shed).sum::<u64>() as f64,
            )
            .digits(0),
            Line::new(
                "p50_open_loop_ms",
                "p50 of the middle one",
                ms(middle.latencies.percentile(50.0)),
            )
            .unit("ms"),
            Line::new(
                "p50_single_ms",
                "p50, one draw at a time",
                ms(self.alone.single.percentile(50.0)),
            )
            .unit("ms")
            .goal(AtMost(1.0))
            .limit(AtMost(4.0 * fdatasync + 1.0)),
        ]
    }

    fn memory(&self) -> Vec<Line> {
        use Bound::AtMost;
        let Taken {
            bytes_per_number,
            full,
            ..
        } = self.taken;
        let [killed, stopped] = self.gaps;
        vec![
            Line::new(
                "bytes_per_number",
                "memory a number, 2,000,000 numbers",
                bytes_per_number,
            )
            .unit("B")
            .digits(1)
            .goal(AtMost(20.0))
            .limit(AtMost(40.0)),
            Line::new(
                "rebuild_2m_s",
                "rebuild of 2,000,000",
                self.taken.rebuild().as_secs_f64(),
            )
            .unit("s")
            .goal(AtMost(1.0))
            .limit(AtMost(3.0)),
            Line::new(
                "ready_2m_s",
                "process start to first draw of 2,000,000",
                full.as_secs_f64(),
            )
            .unit("s")
            .goal(AtMost(2.0)),
            Line::new(
                "failover_gap_s",
                "gap after kill -9 of the writer",
                killed.longest.as_secs_f64(),
            )
            .unit("s")
            .goal(AtMost(4.5))
            .limit(AtMost(6.0)),
            Line::new(
                "handover_gap_s",
                "gap after SIGTERM to the writer",
                stopped.longest.as_secs_f64(),
            )
            .unit("s")
            .goal(AtMost(0.3))
            .limit(AtMost(1.0)),
            Line::new(
                "most_tries",
                "most tries a call needed in both",
                killed.most_tries.max(stopped.most_tries) as f64,
            )
            .digits(0)
            .goal(AtMost(2.0)),
            Line::new(
                "lost_calls",
                "calls never answered in both",
                (killed.lost + stopped.lost) as f64,
            )
            .digits(0)
            .limit(AtMost(0.0)),
        ]
    }

    fn workloads(&self) -> Vec<Line> {
        use Bound::AtMost;
        let Flash {
            duplicates,
            leaked,
            contradictions,
            confirmed_per_s,
            idle,
            failed,
            ..
        } = self.alone.flash;
        let per_s = |key, name: &str, (rate, _, _): &(f64, f64, Latencies)| {
            Line::new(key, name, *rate).unit("/s").digits(0)
        };
        let cost = |key, name: &str, (_, each, _): &(f64, f64, Latencies)| {
            Line::new(key, name, *each).unit("µs").digits(1)
        };
        let none =
            |key, name: &str, value: f64| Line::new(key, name, value).digits(0).limit(AtMost(0.0));
        let mut lines = vec![
            per_s("mix_calls_per_s", "mix: calls", &self.alone.mix),
            cost(
                "mix_cpu_us",
                "mix: CPU a call, Postgres included",
                &self.alone.mix,
            ),
            per_s(
                "offices_draws_per_s",
                "100 offices: draws",
                &self.alone.offices,
            ),
            cost(
                "offices_cpu_us",
                "100 offices: CPU a draw, Postgres included",
                &self.alone.offices,
            ),
            none(
                "flash_duplicates",
                "flash crowd: numbers twice",
                duplicates as f64,
            ),
            none(
                "flash_leaked",
                "flash crowd: numbers lost",
                leaked.unsigned_abs() as f64,
            ),
            none(
                "flash_contradictions",
                "flash crowd: repeats answered otherwise",
                contradictions as f64,
            ),
            none(
                "flash_failed",
                "flash crowd: operations never answered",
                failed as f64,
            ),
            Line::new(
                "flash_idle_percent",
                "flash crowd: numbers free while people wait",
                idle,
            )
            .unit("%")
            .goal(AtMost(10.0)),
            Line::new(
                "flash_shed",
                "flash crowd: calls shed",
                self.alone.flash.shed as f64,
            )
            .digits(0),
            Line::new(
                "flash_unanswered",
                "flash crowd: calls without an answer, asked again",
                self.alone.flash.unanswered as f64,
            )
            .digits(0),
            Line::new(
                "flash_confirmed_per_s",
                "flash crowd: confirmed",
                confirmed_per_s,
            )
            .unit("/s")
            .digits(0),
        ];
        let keys = ["free_100_us", "free_10_us", "free_1_us", "free_0_1_us"];
        lines.extend(
            keys.into_iter()
                .zip(&self.alone.levels)
                .map(|(key, level)| {
                    let name = format!("CPU a draw, service, {} % free", level.free);
                    Line::new(key, name, level.service_us).unit("µs").digits(1)
                }),
        );
        lines
    }
}
