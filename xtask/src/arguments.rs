//! The command line. Built by hand: derive macros would triple this crate's build.

use std::ffi::OsString;

use clap_builder::builder::PossibleValuesParser;
use clap_builder::{Arg, ArgAction, ArgMatches, Command};

use crate::measure::{Measure, Seeds};
use crate::platform::Verb;
use crate::stages::Stage;
use crate::{proto, sqlx, stages};

/// What is asked for.
#[derive(Debug)]
pub(crate) enum Task {
    Test(stages::Options),
    Imports,
    Requirements,
    Sqlx(sqlx::Options),
    Proto(proto::Options),
    Portal,
    Tools,
    Doctor,
    WithServers(Vec<OsString>),
    Measure(Measure, Vec<OsString>),
    Simulate(Seeds),
    Platform(Verb, Vec<OsString>),
}

/// Reads the command line of this process, or ends it with the usage (exit 2).
pub(crate) fn parse() -> Task {
    task(&command().get_matches())
}

fn command() -> Command {
    let stage = Arg::new("stage")
        .long("stage")
        .value_name("STAGE")
        .action(ArgAction::Append)
        .value_parser(PossibleValuesParser::new(Stage::ALL.map(Stage::name)))
        .help("Run only this stage (may be given again; the usual order is kept)");
    let rest = |name: &'static str| {
        Arg::new(name)
            .num_args(0..)
            .trailing_var_arg(true)
            .allow_hyphen_values(true)
            .value_parser(clap_builder::value_parser!(OsString))
    };
    let test = Command::new("test")
        .about("Everything that CI checks, in the same order")
        .arg(flag("keep-going", "Go on after a failed stage"))
        .arg(stage);
    let sqlx = Command::new("sqlx")
        .about("Rewrite the .sqlx folders from the migrations and the queries")
        .arg(
            Arg::new("service")
                .num_args(0..)
                .help("Services, such as `identity`; all when none"),
        )
        .arg(flag(
            "check",
            "Compare with what is committed and write nothing",
        ));
    let proto = Command::new("proto")
        .about("Rewrite the generated protobuf code and lint the contracts")
        .arg(flag(
            "check",
            "Compare with what is committed and write nothing",
        ))
        .arg(
            flag(
                "baseline",
                "Make today's contracts the ones that later changes must not break",
            )
            .conflicts_with("check"),
        );
    let with_servers = Command::new("with-servers")
        .about("Run a command with a private Postgres and nats-server for its tests")
        .arg(rest("command").required(true).num_args(1..));
    let simulate = Command::new("simulate")
        .about("Run seeds of the pool engine's simulator")
        .arg(
            Arg::new("seeds")
                .long("seeds")
                .value_name("N")
                .help("Run seeds 0 to N-1"),
        )
        .arg(
            Arg::new("seed")
                .long("seed")
                .value_name("SEED")
                .conflicts_with("seeds")
                .help("Run this seed alone"),
        );
    Command::new("xtask")
        .bin_name("cargo xtask")
        .about("Developers' aids")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommand(test)
        .subcommand(sqlx)
        .subcommand(proto)
        .subcommand(Command::new("imports").about("Check who imports whom"))
        .subcommand(
            Command::new("requirements").about("Trace every rule to its code and its tests"),
        )
        .subcommand(Command::new("portal").about("Build the citizens' portal that the edge serves"))
        .subcommand(Command::new("tools").about("Bring the pinned tools"))
        .subcommand(Command::new("doctor").about("Tell what this machine has and what it lacks"))
        .subcommand(with_servers)
        .subcommand(simulate)
        .subcommands(Measure::ALL.map(|measure| {
            let command = Command::new(measure.name()).about(measure.about());
            command.arg(rest("options").help("Options of the program"))
        }))
        .subcommands(Verb::ALL.map(|verb| {
            let command = Command::new(verb.name()).about(verb.about());
            command.arg(rest("options").help("Options of `xuanhao-local`"))
        }))
}

fn flag(name: &'static str, help: &'static str) -> Arg {
    Arg::new(name)
        .long(name)
        .action(ArgAction::SetTrue)
        .help(help)
}

fn task(matches: &ArgMatches) -> Task {
    let (name, matches) = matches.subcommand().expect("a subcommand is required");
    let strings =
        |id: &str| -> Vec<String> { matches.get_many(id).unwrap_or_default().cloned().collect() };
    let words =
        |id: &str| -> Vec<OsString> { matches.get_many(id).unwrap_or_default().cloned().collect() };
    match name {
        "test" => {
            let wanted = strings("stage");
            let mut all = Stage::ALL.to_vec();
            all.retain(|stage| wanted.is_empty() || wanted.iter().any(|one| one == stage.name()));
            let keep_going = matches.get_flag("keep-going");
            Task::Test(stages::Options {
                keep_going,
                stages: all,
            })
        }
        "sqlx" => Task::Sqlx(sqlx::Options {
            services: strings("service"),
            check: matches.get_flag("check"),
        }),
        "proto" => Task::Proto(proto::Options {
            check: matches.get_flag("check"),
            baseline: matches.get_flag("baseline"),
        }),
        "imports" => Task::Imports,
        "requirements" => Task::Requirements,
        "portal" => Task::Portal,
        "tools" => Task::Tools,
        "doctor" => Task::Doctor,
        "with-servers" => Task::WithServers(words("command")),
        "simulate" => Task::Simulate(Seeds {
            count: matches.get_one("seeds").cloned(),
            one: matches.get_one("seed").cloned(),
        }),
        name if let Some(measure) = Measure::named(name) => {
            Task::Measure(measure, words("options"))
        }
        name => Verb::ALL
            .into_iter()
            .find(|verb| verb.name() == name)
            .map(|verb| Task::Platform(verb, words("options")))
            .expect("every subcommand is listed above"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Task {
        task(&command().get_matches_from(line.split(' ')))
    }

    #[test]
    fn the_command_line_is_consistent_and_every_task_is_reached() {
        command().debug_assert();
        assert!(matches!(read("x tools"), Task::Tools));
        assert!(matches!(read("x portal"), Task::Portal));
        assert!(matches!(read("x doctor"), Task::Doctor));
        assert!(matches!(read("x imports"), Task::Imports));
        for measure in Measure::ALL {
            let task = read(&format!("x {} --for 9s", measure.name()));
            let Task::Measure(read, options) = task else {
                panic!()
            };
            assert_eq!((read, options.len()), (measure, 2));
        }
        let Task::Simulate(seeds) = read("x simulate --seed 17") else {
            panic!()
        };
        assert_eq!((seeds.count, seeds.one.as_deref()), (None, Some("17")));
        for verb in Verb::ALL {
            let task = read(&format!("x {}", verb.name()));
            assert!(matches!(task, Task::Platform(read, _) if read == verb));
        }
        let Task::Sqlx(options) = read("x sqlx identity vehicle --check") else {
            panic!()
        };
        assert_eq!((options.services.len(), options.check), (2, true));
        let Task::Proto(options) = read("x proto --baseline") else {
            panic!()
        };
        assert!(options.baseline && !options.check);
    }

    #[test]
    fn stages_keep_their_order_whatever_order_they_are_asked_in() {
        let Task::Test(options) = read("x test --stage clippy --stage tools") else {
            panic!()
        };
        assert_eq!(options.stages, [Stage::Tools, Stage::Clippy]);
        let Task::Test(options) = read("x test --keep-going") else {
            panic!()
        };
        assert!(options.keep_going);
        assert_eq!(options.stages, Stage::ALL);
    }

    #[test]
    fn what_follows_is_handed_on_as_it_is() {
        let Task::WithServers(words) = read("x with-servers cargo nextest run -p a --lib") else {
            panic!()
        };
        assert_eq!(words.len(), 6);
    }
}
