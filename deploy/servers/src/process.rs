//! Child processes that cannot outlive their parent.
//!
//! Three things are easy to get wrong and are kept here once. A child is started through `setpriv
//! --pdeathsig`, so that the kernel stops it when we are killed. The kernel takes "parent" to mean
//! the *thread* that started the child, so every start runs on one thread that lives as long as
//! the process. And Postgres refuses to run as root, so root starts its servers as `nobody`.

mod daemon;

use std::fs;
use std::io;
use std::os::unix::fs::{MetadataExt, chown};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::mpsc::{Sender, channel};
use std::thread;

use crate::Error;
pub use daemon::Daemon;

/// What the kernel sends the child when we die.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeathSignal {
    /// Postgres: fast shutdown. SIGTERM would wait for every client to leave first.
    Interrupt,
    Terminate,
}

/// The effective user id of this process.
///
/// # Errors
/// When `/proc` cannot be read.
pub fn effective_uid() -> Result<u32, Error> {
    Ok(fs::metadata("/proc/self")
        .map_err(Error::io("reading /proc/self"))?
        .uid())
}

/// Whether this process is root, in which case its servers run as `nobody`.
///
/// # Errors
/// When `/proc` cannot be read.
pub fn is_root() -> Result<bool, Error> {
    Ok(effective_uid()? == 0)
}

/// Hands a path to the user that servers run as; does nothing for an ordinary user.
pub(crate) fn give_to_server_user(path: &Path) -> Result<(), Error> {
    if !is_root()? {
        return Ok(());
    }
    let doing = || format!("giving {} to nobody", path.display());
    let uid = number_of("/etc/passwd", "nobody")?;
    let gid = number_of("/etc/group", "nogroup")?;
    chown(path, Some(uid), Some(gid)).map_err(Error::io(doing()))
}

fn number_of(file: &str, name: &str) -> Result<u32, Error> {
    let text = fs::read_to_string(file).map_err(Error::io(format!("reading {file}")))?;
    text.lines()
        .map(|line| line.split(':').collect::<Vec<_>>())
        .find(|fields| fields.first() == Some(&name))
        .and_then(|fields| fields.get(2)?.parse().ok())
        .ok_or_else(|| Error::Missing {
            what: format!("{name} in {file}"),
            help: "apt-get install -y base-passwd".to_owned(),
        })
}

/// A command that runs `program` as this very user and ends with us. For tools, not for servers.
#[must_use]
pub fn bound_command(program: &Path, on_our_death: DeathSignal) -> Command {
    let mut command = Command::new("setpriv");
    command.arg("--pdeathsig").arg(match on_our_death {
        DeathSignal::Interrupt => "INT",
        DeathSignal::Terminate => "TERM",
    });
    command.arg(program);
    command
}

/// A command that runs `program` as the servers' user, ends with us, and inherits nothing of our
/// environment that could change what the server does.
pub(crate) fn server_command(program: &Path, signal: DeathSignal) -> Result<Command, Error> {
    let mut command = Command::new("setpriv");
    if is_root()? {
        command.args(["--reuid=nobody", "--regid=nogroup", "--clear-groups"]);
    }
    command.arg("--pdeathsig").arg(match signal {
        DeathSignal::Interrupt => "INT",
        DeathSignal::Terminate => "TERM",
    });
    let path = std::env::var_os("PATH").unwrap_or_else(|| "/usr/bin:/bin".into());
    command
        .arg(program)
        .env_clear()
        .env("PATH", path)
        .env("LC_ALL", "C")
        .current_dir("/");
    Ok(command)
}

/// Starts a command on the thread that never ends.
///
/// # Errors
/// When the program cannot be started.
pub fn spawn(command: Command) -> Result<Child, Error> {
    type Request = (Command, Sender<io::Result<Child>>);
    static KEEPER: OnceLock<Sender<Request>> = OnceLock::new();
    let keeper = KEEPER.get_or_init(|| {
        let (sender, requests) = channel::<Request>();
        thread::spawn(move || {
            for (mut command, answer) in requests {
                // The asker waits for the answer, so this only fails when it panicked.
                let _ = answer.send(command.spawn());
            }
        });
        sender
    });
    let program = command.get_program().to_string_lossy().into_owned();
    let (sender, answer) = channel();
    keeper
        .send((command, sender))
        .expect("the keeper thread never ends");
    match answer
        .recv()
        .expect("the keeper thread answers every request")
    {
        Ok(child) => Ok(child),
        Err(error) if error.kind() == io::ErrorKind::NotFound && program == "setpriv" => {
            Err(Error::Missing {
                what: "setpriv".to_owned(),
                help: "apt-get install -y util-linux".to_owned(),
            })
        }
        Err(source) => Err(Error::Io {
            doing: format!("starting {program}"),
            source,
        }),
    }
}

/// Runs a short helper program to its end and returns what it printed.
pub(crate) fn run(mut command: Command) -> Result<String, Error> {
    let program = describe(&command);
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let child = spawn(command)?;
    let output = child
        .wait_with_output()
        .map_err(Error::io(format!("running {program}")))?;
    let mut text = String::from_utf8_lossy(&output.stdout).into_owned();
    if output.status.success() {
        return Ok(text);
    }
    text.push_str(&String::from_utf8_lossy(&output.stderr));
    Err(Error::Command {
        program,
        status: output.status,
        output: text,
    })
}

/// The program's name without the `setpriv` in front of it.
fn describe(command: &Command) -> String {
    let all = std::iter::once(command.get_program()).chain(command.get_args());
    let mut words = all.map(|word| word.to_string_lossy());
    words
        .find(|word| !word.starts_with("--") && !matches!(&**word, "setpriv" | "INT" | "TERM"))
        .map_or_else(String::new, |word| word.into_owned())
}

/// Sends a signal, such as `INT`, to processes. The shell's own `kill` is used because a minimal
/// Debian has no `/bin/kill`. A process that is gone already is not an error.
pub fn signal(name: &str, pids: &[u32]) {
    let mut command = Command::new("sh");
    command.args([
        "-c",
        "name=$1; shift; for pid; do kill -s \"$name\" \"$pid\"; done",
        "sh",
    ]);
    command.arg(name).args(pids.iter().map(u32::to_string));
    let _ = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
}

/// Whether a process runs. A zombie does not: the first process of a container may never reap.
#[must_use]
pub fn is_alive(pid: u32) -> bool {
    status_of(pid).is_some_and(|(state, _)| state != 'Z' && state != 'X')
}

/// The living children of a process.
#[must_use]
pub fn children_of(parent: u32) -> Vec<u32> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    entries
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .filter(|pid| status_of(*pid).is_some_and(|(state, of)| of == parent && state != 'Z'))
        .collect()
}

/// State letter and parent, from `/proc/<pid>/stat`. The name before them may hold anything, so
/// reading starts behind its last parenthesis.
fn status_of(pid: u32) -> Option<(char, u32)> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let mut fields = text.rsplit_once(')')?.1.split_whitespace();
    Some((fields.next()?.chars().next()?, fields.next()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;

    #[test]
    fn a_zombie_is_not_alive() {
        let mut child = spawn(Command::new("true")).unwrap();
        let pid = child.id();
        let start = Instant::now();
        while is_alive(pid) {
            assert!(start.elapsed() < Duration::from_secs(10));
            thread::sleep(Duration::from_millis(5));
        }
        // Not reaped yet: the entry is still there.
        assert_eq!(status_of(pid).map(|(state, _)| state), Some('Z'));
        child.wait().unwrap();
    }

    #[test]
    fn a_child_survives_the_thread_that_asked_for_it() {
        let asking = thread::spawn(|| {
            let mut command = bound_command(Path::new("sleep"), DeathSignal::Terminate);
            command.arg("30");
            spawn(command).unwrap()
        });
        let mut child = asking.join().unwrap();
        thread::sleep(Duration::from_millis(100));
        assert!(is_alive(child.id()));
        child.kill().unwrap();
        child.wait().unwrap();
    }

    #[test]
    fn a_failed_helper_is_named_without_setpriv() {
        let mut command = bound_command(Path::new("sh"), DeathSignal::Terminate);
        command.args(["-c", "echo out; echo why >&2; exit 3"]);
        let error = run(command).unwrap_err().to_string();
        assert!(
            error.starts_with("sh failed") && error.contains("why"),
            "{error}"
        );
    }
}
