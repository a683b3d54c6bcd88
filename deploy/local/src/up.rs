//! `up`, `down` and `reset`: one platform per user and checkout, with data that stays.

use std::fs::{self, File};
use std::io::{Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use xuanhao_local::{Interrupt, Options, Platform, Programs, seed};
use xuanhao_servers::process::signal;
use xuanhao_servers::{Durability, Home};

use crate::show::{self, line};
use crate::tell;

/// How long a platform may take to stop.
const STOP_LIMIT: Duration = Duration::from_secs(90);
const POLL: Duration = Duration::from_millis(100);
/// How often it is seen to that everything runs and tomorrow's draws will open.
const LOOK_EVERY: Duration = Duration::from_secs(2);
const DRAWS_EVERY: Duration = Duration::from_secs(1_800);

pub(crate) fn up(
    home: Home,
    data: &Path,
    programs: Programs,
    pool_replicas: u8,
    interrupt: Interrupt,
) -> Result<()> {
    let mut lock = open_lock(data)?;
    if lock.try_lock().is_err() {
        bail!("已有平台在运行，先执行 make down · one runs already: `make down` ends it");
    }
    record(&mut lock)?;
    line("启动选号平台 · starting the platform");
    let options = Options {
        durability: Durability::Full,
        pool_replicas,
        interrupt: interrupt.clone(),
        say: show::beginning,
        ..Options::kept(home, programs, data.to_owned())
    };
    let platform = Platform::start(options)?;
    seed::fill(&platform, show::beginning)?;
    interrupt.check()?;
    tell::serving(&platform)?;
    let outcome = serve(&platform, &interrupt);
    line("依次停止 · stopping");
    outcome.and(platform.stop())
}

/// Until a signal comes or a service ends.
fn serve(platform: &Platform, interrupt: &Interrupt) -> Result<()> {
    let (mut looked, mut opened) = (Instant::now(), Instant::now());
    while !interrupt.came() {
        thread::sleep(POLL);
        if looked.elapsed() > LOOK_EVERY {
            platform.check()?;
            looked = Instant::now();
        }
        if opened.elapsed() > DRAWS_EVERY {
            seed::open_drawing(platform)?;
            opened = Instant::now();
        }
    }
    Ok(())
}

pub(crate) fn down(data: &Path) -> Result<()> {
    if end(data)? {
        line("已停止 · stopped");
    } else {
        line("没有平台在运行 · none runs");
    }
    Ok(())
}

pub(crate) fn reset(data: &Path) -> Result<()> {
    end(data)?;
    // Held, so that nobody starts it meanwhile.
    let lock = open_lock(data)?;
    if lock.try_lock().is_err() {
        bail!("平台刚刚又被启动 · somebody has just started it again");
    }
    match fs::remove_dir_all(data) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            return Err(error).with_context(|| format!("removing {}", data.display()));
        }
        _ => line("数据已删除 · data dropped"),
    }
    Ok(())
}

/// Ends a running platform; false when none runs. The lock tells that one runs, and its file by
/// which process: the number alone could be somebody else's by now.
fn end(data: &Path) -> Result<bool> {
    let mut lock = open_lock(data)?;
    if lock.try_lock().is_ok() {
        return Ok(false);
    }
    let mut text = String::new();
    lock.read_to_string(&mut text)?;
    let (pid, started) = text
        .trim()
        .split_once(' ')
        .context("the lock's file names no process")?;
    let pid: u32 = pid.parse().context("the lock's file names no process")?;
    if started_at(pid).as_deref() != Some(started) {
        bail!(
            "process {pid} is not the one that holds {}",
            lock_path(data).display()
        );
    }
    signal("TERM", &[pid]);
    let start = Instant::now();
    while lock.try_lock().is_err() {
        if start.elapsed() > STOP_LIMIT {
            bail!(
                "process {pid} has not stopped in {} s",
                STOP_LIMIT.as_secs()
            );
        }
        thread::sleep(POLL);
    }
    Ok(true)
}

/// Beside the data, which `reset` drops while the lock is held.
fn lock_path(data: &Path) -> PathBuf {
    data.with_added_extension("lock")
}

fn open_lock(data: &Path) -> Result<File> {
    let path = lock_path(data);
    let mut options = File::options();
    let options = options.read(true).write(true).create(true).truncate(false);
    options
        .open(&path)
        .with_context(|| format!("opening {}", path.display()))
}

/// Says who holds the lock.
fn record(lock: &mut File) -> Result<()> {
    let pid = std::process::id();
    let started = started_at(pid).context("reading our own start time")?;
    lock.set_len(0)?;
    lock.rewind()?;
    write!(lock, "{pid} {started}")?;
    Ok(())
}

/// When a process started, in ticks since the machine did: field 22 of `/proc/<pid>/stat`. The name
/// before it may hold anything, so reading starts behind its last parenthesis.
fn started_at(pid: u32) -> Option<String> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let mut fields = text.rsplit_once(')')?.1.split_whitespace();
    fields.nth(19).map(str::to_owned)
}
