//! A server process: its log, its readiness, its end, and the faults played on it.

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use super::{children_of, is_alive, signal, spawn};
use crate::Error;

const POLL: Duration = Duration::from_millis(5);
/// A log above this size is started anew with its server.
const LOG_LIMIT: u64 = 8 << 20;

/// A process of ours with its log. It is not stopped when this value is dropped: whoever holds it
/// knows the right way.
#[derive(Debug)]
pub struct Daemon {
    name: &'static str,
    log: PathBuf,
    log_start: u64,
    child: Child,
    freezer: Option<Freezer>,
}

impl Daemon {
    /// Starts `command` in a process group of its own (so that a Ctrl-C in the terminal reaches
    /// us first and we stop servers in order), with its output appended to `log`.
    ///
    /// # Errors
    /// When the log cannot be opened or the program not be started.
    pub fn start(name: &'static str, mut command: Command, log: PathBuf) -> Result<Self, Error> {
        let doing = || format!("opening {}", log.display());
        if fs::metadata(&log).is_ok_and(|found| found.len() > LOG_LIMIT) {
            fs::remove_file(&log).map_err(Error::io(doing()))?;
        }
        let file = File::options().create(true).append(true).open(&log);
        let file = file.map_err(Error::io(doing()))?;
        let log_start = file.metadata().map_err(Error::io(doing()))?.len();
        let twin = file.try_clone().map_err(Error::io(doing()))?;
        command
            .process_group(0)
            .stdin(Stdio::null())
            .stdout(twin)
            .stderr(file);
        let child = spawn(command)?;
        Ok(Self {
            name,
            log,
            log_start,
            child,
            freezer: None,
        })
    }

    #[must_use]
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    #[must_use]
    pub fn log(&self) -> &Path {
        &self.log
    }

    /// The exit status when the process has ended.
    ///
    /// # Errors
    /// When the process cannot be waited for.
    pub fn ended(&mut self) -> Result<Option<ExitStatus>, Error> {
        self.child
            .try_wait()
            .map_err(Error::io(format!("waiting for {}", self.name)))
    }

    /// Waits until `ready` says so.
    ///
    /// # Errors
    /// With the log's tail, when the process ends or is not ready within the limit.
    pub fn wait_ready(
        &mut self,
        limit: Duration,
        mut ready: impl FnMut(u32) -> bool,
    ) -> Result<(), Error> {
        let start = Instant::now();
        loop {
            if let Some(status) = self.ended()? {
                let log_tail = self.log_tail();
                return Err(Error::Exited {
                    server: self.name,
                    status,
                    log_tail,
                });
            }
            if ready(self.pid()) {
                return Ok(());
            }
            if start.elapsed() > limit {
                let log_tail = self.log_tail();
                return Err(Error::NotReady {
                    server: self.name,
                    waited: limit,
                    log_tail,
                });
            }
            thread::sleep(POLL);
        }
    }

    /// Sends each signal in turn, waiting up to its limit for the end, and SIGKILL at last.
    ///
    /// # Errors
    /// When the process cannot be waited for.
    pub fn stop(&mut self, steps: &[(&str, Duration)]) -> Result<(), Error> {
        self.thaw();
        for (name, limit) in steps {
            if self.ended()?.is_some() {
                return Ok(());
            }
            signal(name, &[self.pid()]);
            let start = Instant::now();
            while start.elapsed() < *limit {
                if self.ended()?.is_some() {
                    return Ok(());
                }
                thread::sleep(POLL);
            }
        }
        self.kill9()
    }

    /// SIGKILL, and waits until the children it leaves are gone too.
    ///
    /// # Errors
    /// When the process cannot be waited for.
    pub fn kill9(&mut self) -> Result<(), Error> {
        if self.ended()?.is_some() {
            return Ok(());
        }
        let children = children_of(self.pid());
        let doing = || format!("killing {}", self.name);
        self.child.kill().map_err(Error::io(doing()))?;
        self.child.wait().map_err(Error::io(doing()))?;
        self.thaw();
        let start = Instant::now();
        while children.iter().any(|pid| is_alive(*pid)) {
            if start.elapsed() > Duration::from_secs(10) {
                signal("KILL", &children);
            }
            thread::sleep(POLL);
        }
        Ok(())
    }

    /// Stops the process and its children where they stand (SIGSTOP) until [`Daemon::thaw`].
    ///
    /// # Errors
    /// When the helper that ends the freeze with us cannot be started.
    pub fn freeze(&mut self) -> Result<(), Error> {
        if self.freezer.is_none() && self.ended()?.is_none() {
            self.freezer = Some(Freezer::freeze(self.pid())?);
        }
        Ok(())
    }

    /// Lets a frozen process go on.
    pub fn thaw(&mut self) {
        self.freezer = None;
    }

    /// The last lines of what this run of the server wrote.
    #[must_use]
    pub fn log_tail(&self) -> String {
        let read = || -> io::Result<String> {
            let mut file = File::open(&self.log)?;
            file.seek(SeekFrom::Start(self.log_start))?;
            let mut bytes = Vec::new();
            file.read_to_end(&mut bytes)?;
            Ok(String::from_utf8_lossy(&bytes).into_owned())
        };
        let text = read().unwrap_or_default();
        let lines: Vec<_> = text.lines().collect();
        lines[lines.len().saturating_sub(15)..].join("\n")
    }
}

/// Keeps processes stopped. A stopped process cannot act on the signal it gets when we die, so a
/// small shell waits on a pipe from us and continues the processes when the pipe closes, be it
/// because this value is dropped or because we are gone.
#[derive(Debug)]
struct Freezer {
    pipe: Option<ChildStdin>,
    shell: Child,
}

impl Freezer {
    fn freeze(parent: u32) -> Result<Self, Error> {
        // The parent first: afterwards it starts no more children.
        signal("STOP", &[parent]);
        let children = children_of(parent);
        signal("STOP", &children);
        let mut command = Command::new("sh");
        command.args([
            "-c",
            "read -r _; for pid; do kill -s CONT \"$pid\"; done",
            "sh",
        ]);
        command.args(children.iter().chain([&parent]).map(u32::to_string));
        command
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let mut shell = spawn(command)?;
        Ok(Self {
            pipe: shell.stdin.take(),
            shell,
        })
    }
}

impl Drop for Freezer {
    fn drop(&mut self) {
        self.pipe = None;
        let _ = self.shell.wait();
    }
}
