//! From nothing, or from what the last run left, to a running platform.

use std::sync::Mutex;
use std::sync::atomic::AtomicI64;
use std::thread;

use anyhow::{Context as _, Result, anyhow};
use xuanhao_servers::{Nats, NatsOptions, Postgres, PostgresOptions, Scratch, Toolbox};

use super::{Options, Place, Platform};
use crate::config::{self, AllPorts, Site};
use crate::console::Console;
use crate::folders::Folders;
use crate::interrupt::Interrupt;
use crate::journal::Journal;
use crate::programs::{self, Programs};
use crate::running::Running;
use crate::staff::{self, Staff};
use crate::{KEY_STORE, PROVINCES, Replica, Service, bus, certificates, databases, keys};

/// How often other ports are chosen when one was taken between choosing and binding.
const PORT_TRIES: usize = 4;
/// Sixteen connections for each pool there is, and some for people who look.
const MAX_CONNECTIONS: u16 = 200;

pub(super) fn start(options: Options) -> Result<Platform> {
    let Options {
        home,
        place,
        programs,
        interrupt,
        say,
        ..
    } = &options;
    let (base, scratch) = match place {
        Place::Kept(folder) => (folder.clone(), None),
        Place::ThrownAway(word) => {
            let scratch = Scratch::new(home, word)?;
            (scratch.path().join("platform"), Some(scratch))
        }
    };
    let folders = Folders::make(base)?;
    let toolbox = Toolbox::new(home.clone()).reporting(*say);
    say("keys and certificates");
    certificates::make(&folders)?;
    keys::make(&folders)?;
    say("Postgres");
    let postgres = start_postgres(&options, &toolbox, &folders)?;
    databases::make(&folders, &postgres)?;
    interrupt.check()?;
    say("nats-server");
    let nats = start_nats(&options, &toolbox, &folders)?;
    let (nats_url, replicas) = (nats.url(), options.replicas());
    let write = |ports: &AllPorts| {
        let (folders, nats_url) = (&folders, nats_url.clone());
        Site {
            folders,
            replicas: &replicas,
            ports,
            nats_url,
            clock_offset_s: 0,
        }
        .write()
    };
    let mut ports = config::choose_ports(&folders, &replicas)?;
    write(&ports)?;
    interrupt.check()?;
    say("migrations and streams");
    migrate(&folders, programs)?;
    apply_streams(&folders, programs)?;
    interrupt.check()?;
    add_first_administrator(&folders, programs)?;
    say("services");
    let mut tries = 0;
    let services = loop {
        tries += 1;
        match start_services(&folders, programs, interrupt, &replicas) {
            Ok(services) => break services,
            Err(error) if tries < PORT_TRIES && is_port_trouble(&error) => {
                ports = config::choose_ports(&folders, &replicas)?;
                write(&ports)?;
            }
            Err(error) => return Err(error),
        }
    };
    let console = Console::new(
        folders.console("sms.jsonl"),
        folders.console("captchas.txt"),
    );
    Ok(Platform {
        services: replicas
            .into_iter()
            .zip(services.into_iter().map(Mutex::new))
            .collect(),
        nats: Mutex::new(nats),
        postgres: Mutex::new(postgres),
        folders,
        programs: programs.clone(),
        ports,
        console,
        interrupt: interrupt.clone(),
        clock_offset_s: AtomicI64::new(0),
        _scratch: scratch,
    })
}

fn start_postgres(options: &Options, toolbox: &Toolbox, folders: &Folders) -> Result<Postgres> {
    let mut postgres = PostgresOptions::new(folders.postgres());
    postgres.durability = options.durability;
    postgres.max_connections = MAX_CONNECTIONS;
    if matches!(options.place, Place::ThrownAway(_)) {
        postgres.cache = Some(options.home.clone());
    }
    Ok(Postgres::start(&toolbox.postgres()?, postgres)?)
}

fn start_nats(options: &Options, toolbox: &Toolbox, folders: &Folders) -> Result<Nats> {
    let mut nats = NatsOptions::new(folders.nats());
    nats.durability = options.durability;
    nats.access = bus::access(folders)?;
    Ok(Nats::start(&toolbox.nats()?, nats)?)
}

/// Every database at once: each takes its own lock and waits for nobody.
fn migrate(folders: &Folders, programs: &Programs) -> Result<()> {
    thread::scope(|scope| {
        let all: Vec<_> = databases::owners()
            .map(|owner| scope.spawn(move || migrate_one(folders, programs, owner)))
            .collect();
        all.into_iter().try_for_each(|one| {
            one.join()
                .map_err(|_| anyhow!("a migration's thread panicked"))?
        })
    })
}

fn migrate_one(folders: &Folders, programs: &Programs, owner: &str) -> Result<()> {
    // The key store is named by the configuration of whoever seals persons.
    let config = if owner == KEY_STORE {
        Service::Identity.name()
    } else {
        owner
    };
    let mut command = programs::command(&programs.xuanhao());
    command
        .args(["migrate", owner, "--config"])
        .arg(folders.config(config));
    programs::run(command).map(drop)
}

fn apply_streams(folders: &Folders, programs: &Programs) -> Result<()> {
    let mut command = programs::command(&programs.xuanhao());
    command
        .args(["streams", "apply", "--config"])
        .arg(folders.config(bus::STREAMS));
    programs::run(command).map(drop)
}

fn add_first_administrator(folders: &Folders, programs: &Programs) -> Result<()> {
    let who = Staff::Administrator;
    let passwords = staff::passwords(folders, who)?;
    let mut journal = Journal::open(folders.journal())?;
    journal.once("first administrator", |_| {
        let mut command = programs::command(&programs.xuanhao());
        command
            .args(["staff", "bootstrap", "--config"])
            .arg(folders.config(Service::Identity.name()))
            .args(["--login-name", who.login_name()])
            .args(["--full-name", who.full_name()])
            .arg("--initial-password-file")
            .arg(&passwords.initial)
            .args(["--reason", "first administrator of a local platform"]);
        for province in PROVINCES {
            command.args(["--province", province]);
        }
        programs::run(command)
    })?;
    Ok(())
}

/// Starts all at once and waits for each: a service needs nobody else to become ready.
fn start_services(
    folders: &Folders,
    programs: &Programs,
    interrupt: &Interrupt,
    replicas: &[Replica],
) -> Result<Vec<Running>> {
    let mut services: Vec<Running> = Vec::with_capacity(replicas.len());
    for replica in replicas {
        services.push(Running::start(*replica, folders, programs)?);
    }
    for (running, replica) in services.iter_mut().zip(replicas) {
        let doing = || {
            format!(
                "starting {replica} (its log: {})",
                folders.log(*replica).display()
            )
        };
        running.wait_ready(folders, interrupt).with_context(doing)?;
    }
    Ok(services)
}

fn is_port_trouble(error: &anyhow::Error) -> bool {
    match error.downcast_ref::<xuanhao_servers::Error>() {
        Some(xuanhao_servers::Error::Exited { log_tail, .. }) => {
            log_tail.to_lowercase().contains("address already in use")
        }
        _ => false,
    }
}
