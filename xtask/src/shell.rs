//! Runs other programs, and ends them when we are told to end.

use std::ffi::{OsStr, OsString};
use std::io::{self, Read as _};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::Path;
use std::process::{Child, Command, ExitCode, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, AtomicU32, Ordering};
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use xuanhao_servers::process::{DeathSignal, bound_command, spawn};

/// How long a child may take to end in order before it is killed.
const PATIENCE: Duration = Duration::from_secs(10);

/// Starts programs one at a time, each in a process group of its own. A signal to us ends the
/// group of the running one; what we hold ourselves (servers) then ends in order as we return.
#[derive(Debug)]
pub(crate) struct Shell {
    state: Arc<State>,
}

#[derive(Debug, Default)]
struct State {
    /// The group that runs now, 0 when none does.
    group: AtomicU32,
    /// The signal we got, 0 when none came.
    signal: AtomicI32,
}

impl Shell {
    /// Takes over SIGINT, SIGTERM and SIGHUP of this process.
    pub(crate) fn new() -> Result<Self> {
        let state = Arc::new(State::default());
        let mut signals = Signals::new([SIGINT, SIGTERM, SIGHUP]).context("handling signals")?;
        let shared = Arc::clone(&state);
        thread::spawn(move || {
            for signal in signals.forever() {
                shared.signal.store(signal, Ordering::SeqCst);
                shared.end_group("TERM");
                let shared = Arc::clone(&shared);
                thread::spawn(move || {
                    thread::sleep(PATIENCE);
                    shared.end_group("KILL");
                });
            }
        });
        Ok(Self { state })
    }

    /// A command that ends with us, without input.
    #[must_use]
    pub(crate) fn command(&self, program: impl AsRef<OsStr>) -> Program {
        let mut command = bound_command(Path::new(program.as_ref()), DeathSignal::Terminate);
        command.process_group(0).stdin(Stdio::null());
        for name in of_our_own_package() {
            command.env_remove(name);
        }
        Program(command)
    }

    /// Runs a command to its end.
    pub(crate) fn status(&self, program: Program) -> Result<ExitStatus> {
        self.wait(program, |_| Ok(()))
    }

    /// Starts a command, does what is to be done while it runs, and waits for its end.
    fn wait(
        &self,
        program: Program,
        meanwhile: impl FnOnce(&mut Child) -> io::Result<()>,
    ) -> Result<ExitStatus> {
        self.interrupted()?;
        let mut child = spawn(program.0)?;
        self.state.group.store(child.id(), Ordering::SeqCst);
        // A signal between the check above and the store has found no group to end.
        if self.interrupted().is_err() {
            self.state.end_group("TERM");
        }
        let done = meanwhile(&mut child);
        let status = child.wait();
        self.state.group.store(0, Ordering::SeqCst);
        self.interrupted()?;
        done.and(status).context("waiting for a program")
    }

    /// Runs a command to its end and returns what it wrote to stdout.
    pub(crate) fn output(&self, mut program: Program) -> Result<(ExitStatus, String)> {
        program.0.stdout(Stdio::piped());
        let mut told = String::new();
        let status = self.wait(program, |child| {
            if let Some(mut stdout) = child.stdout.take() {
                stdout.read_to_string(&mut told)?;
            }
            Ok(())
        })?;
        Ok((status, told))
    }

    /// Runs a command that must succeed.
    pub(crate) fn run(&self, program: Program) -> Result<()> {
        let words = program.words();
        let status = self.status(program)?;
        if !status.success() {
            bail!("`{words}` failed ({status})");
        }
        Ok(())
    }

    /// An error once a signal came.
    pub(crate) fn interrupted(&self) -> Result<()> {
        match self.state.signal.load(Ordering::SeqCst) {
            0 => Ok(()),
            signal => Err(io::Error::from(io::ErrorKind::Interrupted))
                .with_context(|| format!("stopped by signal {signal}")),
        }
    }
}

/// Whether we run in CI, where nothing may be left out.
pub(crate) fn in_ci() -> bool {
    std::env::var_os("CI").is_some_and(|value| value == "true")
}

/// What `cargo run` told us about our own package. Build scripts that look at such variables (ring's
/// does) would take each of our builds for another one and compile half the workspace anew.
fn of_our_own_package() -> impl Iterator<Item = OsString> {
    const ONES: [&str; 5] = [
        "CARGO_MANIFEST_DIR",
        "CARGO_MANIFEST_PATH",
        "CARGO_BIN_NAME",
        "CARGO_CRATE_NAME",
        "CARGO_PRIMARY_PACKAGE",
    ];
    let names = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
    names
        .filter(|name| name.starts_with("CARGO_PKG_") || ONES.contains(&name.as_str()))
        .map(OsString::from)
}

/// Our exit code for a child's status: its own, or 128 + the signal as shells say it.
#[must_use]
pub(crate) fn exit_code(status: ExitStatus) -> ExitCode {
    let code = status
        .code()
        .or_else(|| Some(128 + status.signal()?))
        .unwrap_or(1);
    ExitCode::from(u8::try_from(code).unwrap_or(1))
}

impl State {
    fn end_group(&self, signal: &str) {
        let group = self.group.load(Ordering::SeqCst);
        if group != 0 {
            let mut kill = Command::new("sh");
            kill.args([
                "-c",
                "kill -s \"$1\" -- \"-$2\"",
                "sh",
                signal,
                &group.to_string(),
            ]);
            let _ = kill.stdin(Stdio::null()).stderr(Stdio::null()).status();
        }
    }
}

/// A command under construction.
#[derive(Debug)]
pub(crate) struct Program(Command);

impl Program {
    pub(crate) fn args(mut self, arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Self {
        self.0.args(arguments);
        self
    }

    pub(crate) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.0.env(name, value);
        self
    }

    pub(crate) fn envs(
        mut self,
        all: impl IntoIterator<Item = (&'static str, impl AsRef<OsStr>)>,
    ) -> Self {
        self.0.envs(all);
        self
    }

    pub(crate) fn dir(mut self, dir: &Path) -> Self {
        self.0.current_dir(dir);
        self
    }

    /// What was asked for, without the `setpriv` in front.
    fn words(&self) -> String {
        let words: Vec<_> = self
            .0
            .get_args()
            .skip(2)
            .map(|word| word.to_string_lossy())
            .collect();
        words.join(" ")
    }
}
