//! A whole platform: servers, services, and what one may do to them.

mod options;
mod prepare;

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::path::PathBuf;
use std::process::Output;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Mutex, MutexGuard};

use anyhow::{Context as _, Result, ensure};
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use xuanhao_servers::{Nats, Postgres, Scratch};

use crate::certificates::Credentials;
use crate::config::{AllPorts, Site};
use crate::console::Console;
use crate::folders::Folders;
use crate::interrupt::Interrupt;
use crate::memory::{self, Resident};
use crate::programs::{self, Programs};
use crate::running::Running;
use crate::staff::{self, Staff};
use crate::{KEY_STORE, Replica, Service, databases, people};

pub use options::{Options, Place};

/// A running platform: Postgres, nats-server and the six services, each a process of its own on
/// loopback ports. Everything ends when it is stopped or dropped, and with this process however
/// that ends. The calls block; from async code with one thread use a blocking one.
pub struct Platform {
    /// In the order they start.
    services: BTreeMap<Replica, Mutex<Running>>,
    nats: Mutex<Nats>,
    postgres: Mutex<Postgres>,
    folders: Folders,
    programs: Programs,
    ports: AllPorts,
    console: Console,
    interrupt: Interrupt,
    /// Seconds by which the services' clock is ahead of this machine's.
    clock_offset_s: AtomicI64,
    // Last: everything stops before its data goes.
    _scratch: Option<Scratch>,
}

impl Platform {
    /// Starts everything: servers, keys, certificates, databases, streams, the first administrator,
    /// services. What is there already is used again.
    ///
    /// # Errors
    /// When something does not come up; with the end of its log.
    pub fn start(options: Options) -> Result<Self> {
        prepare::start(options)
    }

    /// The edge's address, such as `https://127.0.0.1:20443`.
    #[must_use]
    pub fn url(&self) -> String {
        let port = self.ports[Service::Edge.name()].http;
        format!("https://127.0.0.1:{port}")
    }

    /// Where a service's first process answers gRPC.
    #[must_use]
    pub fn grpc_endpoint(&self, service: Service) -> String {
        let port = self.ports[service.name()].grpc;
        format!("https://127.0.0.1:{port}")
    }

    /// Where a service's first process answers probes and tells its metrics.
    #[must_use]
    pub fn admin_url(&self, service: Service) -> String {
        let port = self.ports[service.name()].admin;
        format!("http://127.0.0.1:{port}")
    }

    /// The authority of the edge's HTTPS certificate, PEM.
    ///
    /// # Errors
    /// When its file cannot be read.
    pub fn root_certificate(&self) -> Result<String> {
        let file = self.root_certificate_file();
        fs::read_to_string(&file).with_context(|| format!("reading {}", file.display()))
    }

    /// The same as a file.
    #[must_use]
    pub fn root_certificate_file(&self) -> PathBuf {
        Credentials::public(&self.folders).authority
    }

    /// By which a program calls services: a service's name, `xuanctl` or `national`.
    #[must_use]
    pub fn credentials(&self, program: &str) -> Credentials {
        Credentials::of(&self.folders, program)
    }

    /// The public keys of vouchers (JWKS), by which they are verified offline.
    #[must_use]
    pub fn voucher_keys_file(&self) -> PathBuf {
        crate::keys::public_keys_file(&self.folders, "vouchers")
    }

    /// What the simulators of SMS and picture codes tell.
    #[must_use]
    pub fn console(&self) -> Console {
        self.console.clone()
    }

    /// The newest code sent to a number. For a step-by-step reading use [`Console::next_code`].
    ///
    /// # Errors
    /// When none was sent.
    pub fn sms_code_for(&self, mobile: &str) -> Result<String> {
        let code = self.console.newest_code(mobile)?;
        code.context("no code was sent to this number")
    }

    /// The superuser's address of a service's database, for proofs that look at rows.
    #[must_use]
    pub fn database_url(&self, service: Service) -> String {
        self.postgres()
            .url_of(&databases::database_of(service.name()))
    }

    /// The superuser's address of the key store of persons.
    #[must_use]
    pub fn key_store_url(&self) -> String {
        self.postgres().url_of(&databases::database_of(KEY_STORE))
    }

    /// The Postgres, to play faults on. The services go on with what they find.
    pub fn postgres(&self) -> MutexGuard<'_, Postgres> {
        self.postgres.lock().expect("no panic while it is held")
    }

    /// The nats-server, to play faults on.
    pub fn nats(&self) -> MutexGuard<'_, Nats> {
        self.nats.lock().expect("no panic while it is held")
    }

    /// Where things are.
    #[must_use]
    pub fn folders(&self) -> &Folders {
        &self.folders
    }

    /// Outside systems that are only played, and by which service.
    #[must_use]
    pub fn simulators(&self) -> Vec<(Service, String)> {
        let mut all = Vec::new();
        for service in Service::ALL {
            let running = self.running(service.into());
            let played = running.ready().map(|ready| ready.simulators.clone());
            all.extend(played.into_iter().flatten().map(|name| (service, name)));
        }
        all
    }

    /// The address by which the pool's processes know a process.
    #[must_use]
    pub fn grpc_address(&self, replica: Replica) -> String {
        format!("127.0.0.1:{}", self.ports[&replica.to_string()].grpc)
    }

    /// `kill -9` of a service's process; [`Platform::restart`] brings it back.
    ///
    /// # Errors
    /// When it cannot be waited for.
    pub fn kill9(&self, process: impl Into<Replica>) -> Result<()> {
        self.running(process.into()).kill9()
    }

    /// Freezes a service's process (SIGSTOP), as a hung machine would look from outside.
    ///
    /// # Errors
    /// When the helper that ends the freeze with us cannot be started.
    pub fn sigstop(&self, process: impl Into<Replica>) -> Result<()> {
        self.running(process.into()).sigstop()
    }

    /// Lets a frozen process go on.
    pub fn sigcont(&self, process: impl Into<Replica>) {
        self.running(process.into()).sigcont();
    }

    /// Stops a service's process in order when it runs, and starts it again on its ports.
    ///
    /// # Errors
    /// When it does not come up.
    pub fn restart(&self, process: impl Into<Replica>) -> Result<()> {
        let replica = process.into();
        let mut running = self.running(replica);
        running.stop()?;
        *running = Running::start(replica, &self.folders, &self.programs)?;
        running.wait_ready(&self.folders, &self.interrupt)?;
        Ok(())
    }

    /// Moves the clock of every service to an instant, by restarting them; Postgres, nats-server and
    /// what they hold stay. Time never goes back.
    ///
    /// # Errors
    /// When the instant lies behind the services' clock, or one does not come up again.
    pub fn move_clock(&self, to: Timestamp) -> Result<()> {
        let ahead = to.duration_since(self.now());
        ensure!(
            !ahead.is_negative(),
            "the services' clock is past {to} already"
        );
        let offset = self.clock_offset_s.load(Ordering::Relaxed) + ahead.as_secs();
        for running in self.services.values().rev() {
            lock(running).stop()?;
        }
        let replicas: Vec<Replica> = self.services.keys().copied().collect();
        let site = Site {
            folders: &self.folders,
            replicas: &replicas,
            ports: &self.ports,
            nats_url: self.nats().url(),
            clock_offset_s: offset,
        };
        site.write()?;
        self.clock_offset_s.store(offset, Ordering::Relaxed);
        for (replica, running) in &self.services {
            *lock(running) = Running::start(*replica, &self.folders, &self.programs)?;
        }
        self.services.values().try_for_each(|running| {
            let mut running = lock(running);
            running.wait_ready(&self.folders, &self.interrupt).map(drop)
        })
    }

    /// The services' time.
    pub fn now(&self) -> Timestamp {
        let offset = SignedDuration::from_secs(self.clock_offset_s.load(Ordering::Relaxed));
        people::now()
            .saturating_add(offset)
            .unwrap_or(Timestamp::MAX)
    }

    /// The services' civil date where offices are.
    ///
    /// # Errors
    /// When the time zone is unknown.
    pub fn today(&self) -> Result<Date> {
        Ok(self.now().to_zoned(people::shanghai()?).date())
    }

    /// The process id of a service's process.
    #[must_use]
    pub fn pid(&self, process: impl Into<Replica>) -> u32 {
        self.running(process.into()).pid()
    }

    /// An error with the end of its log when a process does not run.
    ///
    /// # Errors
    /// As said.
    pub fn check(&self) -> Result<()> {
        self.services
            .values()
            .try_for_each(|running| lock(running).check())
    }

    /// Signs a member of staff in with the own password.
    ///
    /// # Errors
    /// When `xuanctl` fails.
    pub fn sign_in(&self, staff: Staff) -> Result<()> {
        let own = staff::passwords(&self.folders, staff)?.own;
        let own = own.display().to_string();
        let login_name = staff.login_name();
        let arguments = ["staff", "sign-in", login_name, "--password-file", &own];
        self.xuanctl(staff, &arguments).map(drop)
    }

    /// Runs the operator's command line as a member of staff; it must succeed. Returns what it
    /// wrote to stdout.
    ///
    /// # Errors
    /// When it fails; with what it wrote.
    pub fn xuanctl(&self, staff: Staff, arguments: &[&str]) -> Result<String> {
        programs::run(self.xuanctl_command(staff, arguments))
    }

    /// The same, whatever comes of it.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn try_xuanctl(&self, staff: Staff, arguments: &[&str]) -> Result<Output> {
        programs::output(self.xuanctl_command(staff, arguments))
    }

    fn xuanctl_command(&self, staff: Staff, arguments: &[&str]) -> std::process::Command {
        let mut command = programs::command(&self.programs.xuanctl());
        command
            .arg("--config")
            .arg(self.xuanctl_config(staff))
            .args(arguments);
        command
    }

    /// The configuration by which a member of staff calls `xuanctl`.
    #[must_use]
    pub fn xuanctl_config(&self, staff: Staff) -> PathBuf {
        self.folders.staff(&format!("{staff}.yaml"))
    }

    /// The programs that run.
    #[must_use]
    pub fn programs(&self) -> &Programs {
        &self.programs
    }

    /// Memory that each process has in RAM.
    ///
    /// # Errors
    /// When the kernel does not tell.
    pub fn resident(&self) -> Result<Vec<Resident>> {
        let mut all = Vec::new();
        for replica in self.services.keys() {
            let name = replica.service().name();
            all.push(memory::of_process(name, self.pid(*replica))?);
        }
        all.push(memory::of_tree("postgres", self.postgres().pid())?);
        all.push(memory::of_process("nats-server", self.nats().pid())?);
        Ok(all)
    }

    /// Stops everything in order, the last started first.
    ///
    /// # Errors
    /// The first trouble; the rest is stopped all the same.
    pub fn stop(self) -> Result<()> {
        self.stop_all()
    }

    fn stop_all(&self) -> Result<()> {
        let mut outcome = Ok(());
        for running in self.services.values().rev() {
            outcome = outcome.and(lock(running).stop());
        }
        let nats = self.nats().stop().map_err(anyhow::Error::from);
        let postgres = self.postgres().stop().map_err(anyhow::Error::from);
        outcome.and(nats).and(postgres)
    }

    fn running(&self, replica: Replica) -> MutexGuard<'_, Running> {
        lock(&self.services[&replica])
    }
}

fn lock(running: &Mutex<Running>) -> MutexGuard<'_, Running> {
    running.lock().expect("no panic while it is held")
}

impl Drop for Platform {
    fn drop(&mut self) {
        // Nothing can be reported here; the death signal is the last resort.
        let _ = self.stop_all();
    }
}

impl fmt::Debug for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Platform")
            .field("base", &self.folders.base())
            .finish_non_exhaustive()
    }
}
