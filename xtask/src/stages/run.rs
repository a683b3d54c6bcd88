//! What each stage does.

use std::path::PathBuf;

use anyhow::{Context as _, Result};
use xuanhao_servers::Toolbox;
use xuanhao_servers::shared::SharedServers;

use super::Stage;
use super::report::Outcome;
use crate::portal::{self, Portal};
use crate::shell::{Program, Shell, in_ci};
use crate::{cargo, imports, platform, proto, requirements, say::say, sqlx};

/// Where tests in a browser find it.
const CHROMIUM_VARIABLE: &str = "XUANHAO_CHROMIUM";

/// What the stages share. Dropping it stops the servers.
pub(super) struct Bench {
    toolbox: Toolbox,
    shell: Shell,
    servers: Option<SharedServers>,
}

impl Bench {
    pub(super) fn new(toolbox: Toolbox, shell: Shell) -> Self {
        Self {
            toolbox,
            shell,
            servers: None,
        }
    }

    pub(super) fn shell(&self) -> &Shell {
        &self.shell
    }

    pub(super) fn run(&mut self, stage: Stage) -> Result<Outcome> {
        match stage {
            Stage::Tools => self.tools()?,
            Stage::Servers => drop(self.servers()?),
            Stage::Portal => return self.portal(),
            Stage::Build => self.shell.run(self.cargo(&cargo::BUILD_PROGRAMS))?,
            Stage::Tests => self.tests()?,
            Stage::Browser => return self.browser(),
            Stage::Fmt => self.shell.run(self.cargo(&["fmt", "--all", "--check"]))?,
            Stage::Clippy => {
                let words = [
                    "clippy",
                    "--workspace",
                    "--all-targets",
                    "--",
                    "-D",
                    "warnings",
                ];
                self.shell.run(self.cargo(&words))?;
            }
            Stage::Deny => return self.with_tool(self.toolbox.cargo_deny(), Self::deny),
            Stage::Imports => imports::check(self.toolbox.home().checkout())?,
            Stage::Requirements => requirements::check(self.toolbox.home().checkout())?,
            Stage::BufLint => {
                let lint = |bench: &Self, _| proto::lint(&bench.toolbox, &bench.shell);
                return self.with_tool(self.toolbox.buf(), lint);
            }
            Stage::BufBreaking => {
                let breaking = |bench: &Self, _| proto::breaking(&bench.toolbox, &bench.shell);
                return self.with_tool(self.toolbox.buf(), breaking);
            }
            Stage::Sqlx => return self.sqlx(),
        }
        Ok(Outcome::Passed)
    }

    /// The two servers must be there; without one of the others its own stage is left out.
    fn tools(&self) -> Result<()> {
        self.toolbox.postgres()?;
        self.toolbox.nats()?;
        let others = [
            self.toolbox.node().map(|node| node.program().to_owned()),
            self.toolbox.nextest(),
            self.toolbox.buf(),
            self.toolbox.cargo_deny(),
        ];
        for error in others.into_iter().filter_map(Result::err) {
            say(format_args!("  {error}"));
        }
        Ok(())
    }

    fn servers(&mut self) -> Result<Vec<(&'static str, String)>> {
        if self.servers.is_none() {
            self.servers = Some(SharedServers::start(&self.toolbox)?);
        }
        Ok(self
            .servers
            .as_ref()
            .map(SharedServers::environment)
            .unwrap_or_default())
    }

    /// Types against the contract, lints, formatting, unit tests, the build, and how much a telephone loads.
    fn portal(&self) -> Result<Outcome> {
        self.with_portal(|portal| {
            portal.script("check", &[])?;
            portal.script("unit", &[])?;
            portal.build()?;
            portal.script("budget", &[])
        })
    }

    fn browser(&self) -> Result<Outcome> {
        let chromium = match self.toolbox.chromium() {
            Ok(chromium) => chromium,
            Err(error) => return Ok(left_out(error.to_string())),
        };
        self.with_portal(|portal| {
            portal.build()?;
            let local = platform::build(&self.toolbox, &self.shell)?;
            let programs = local.parent().context("a program lies in a folder")?;
            let environment = [
                (platform::BIN_DIR_VARIABLE, programs),
                (CHROMIUM_VARIABLE, &chromium),
            ];
            portal.script("browser", &environment)
        })
    }

    fn with_portal(&self, work: impl FnOnce(&Portal) -> Result<()>) -> Result<Outcome> {
        match Portal::open(&self.toolbox, &self.shell) {
            Ok(portal) => work(&portal).map(|()| Outcome::Passed),
            Err(error) => {
                self.shell.interrupted()?;
                Ok(left_out(format!("{error:#}")))
            }
        }
    }

    fn tests(&mut self) -> Result<()> {
        portal::bring(&self.toolbox, &self.shell)?;
        let environment = self.servers()?;
        let tests = match self.toolbox.nextest() {
            Ok(nextest) => {
                let words = ["nextest", "run", "--workspace", "--profile", "ci"];
                self.shell.command(nextest).args(words)
            }
            Err(error) => {
                say(format_args!("  {error}; using cargo test"));
                self.cargo(&["test", "--workspace", "--no-fail-fast"])
            }
        };
        let tests = tests.dir(self.toolbox.home().checkout());
        self.shell
            .run(tests.env("CARGO", cargo::program()).envs(environment))
    }

    fn deny(&self, program: PathBuf) -> Result<()> {
        let words = [
            "--locked",
            "check",
            "--hide-inclusion-graph",
            "bans",
            "licenses",
            "sources",
        ];
        let deny = self
            .shell
            .command(program)
            .args(words)
            .env("CARGO", cargo::program());
        self.shell.run(deny.dir(self.toolbox.home().checkout()))
    }

    fn sqlx(&self) -> Result<Outcome> {
        if !sqlx::has_pinned_postgres(&self.toolbox)? {
            return Ok(left_out(
                "needs the pinned Postgres; see `cargo xtask doctor`".to_owned(),
            ));
        }
        sqlx::check(&self.toolbox, &self.shell)?;
        Ok(Outcome::Passed)
    }

    fn with_tool(
        &self,
        tool: Result<PathBuf, xuanhao_servers::Error>,
        work: impl FnOnce(&Self, PathBuf) -> Result<()>,
    ) -> Result<Outcome> {
        match tool {
            Ok(tool) => work(self, tool).map(|()| Outcome::Passed),
            Err(error) => Ok(left_out(error.to_string())),
        }
    }

    fn cargo(&self, words: &[&str]) -> Program {
        let program = self.shell.command(cargo::program()).args(words);
        program.dir(self.toolbox.home().checkout())
    }
}

/// A person may go without a tool and is told so; CI may not.
fn left_out(why: String) -> Outcome {
    if in_ci() {
        Outcome::Failed(why)
    } else {
        Outcome::Skipped(why)
    }
}
