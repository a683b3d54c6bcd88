//! From start to stop.

use std::convert::Infallible;
use std::io;
use std::path::PathBuf;
use std::process::{Command, ExitCode, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use sqlx::SqlStr;
use sqlx::migrate::{Migration, MigrationType, Migrator};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use xuanhao_chassis::admin::AdminConfig;
use xuanhao_chassis::authz::{Caller, Requirement, Rule, Table};
use xuanhao_chassis::clock::{Clock, ClockConfig};
use xuanhao_chassis::config::Config;
use xuanhao_chassis::db::{self, DatabaseConfig};
use xuanhao_chassis::grpc::{ClientConfig, ServerConfig, call};
use xuanhao_chassis::lifecycle::{
    Boot, BoxError, Exit, LifecycleConfig, Phase, ReadyFile, Signals, run, run_until,
};
use xuanhao_chassis::telemetry::TelemetryConfig;
use xuanhao_testkit::TestDatabase;

use crate::certs::{Authority, Folder};
use crate::echo::{Echo, Words, say};
use crate::http::get;
use crate::telemetry::{lines, output};
use crate::wait::until;

const RULES: &[Rule] = &[rule("Say"), rule("Sleep")];

const fn rule(method: &'static str) -> Rule {
    let rpc = match method.as_bytes() {
        b"Say" => "/xuanhao.test.v1.EchoService/Say",
        _ => "/xuanhao.test.v1.EchoService/Sleep",
    };
    Rule {
        rpc,
        callers: &[Caller::Edge],
        principal: Requirement::None,
    }
}

struct Program {
    folder: Folder,
    authority: Authority,
    config: Config,
}

impl Program {
    fn new() -> Self {
        let (folder, authority) = (Folder::new(), Authority::new());
        let config = Config {
            tls: authority.issue(&folder, "identity"),
            server: ServerConfig::default(),
            admin: AdminConfig::default(),
            database: None,
            keys: None,
            bus: None,
            telemetry: TelemetryConfig::default(),
            lifecycle: LifecycleConfig {
                lameduck_ms: 100,
                rpc_drain_limit_ms: 2_000,
                drain_limit_ms: 4_000,
            },
            clock: ClockConfig::default(),
            principals: None,
            ready_file: Some(folder.path("ready.json")),
        };
        Self {
            folder,
            authority,
            config,
        }
    }

    /// Runs it in this process.
    fn start<F, R>(&self, build: F) -> (mpsc::Sender<()>, JoinHandle<Exit>)
    where
        F: FnOnce(Boot) -> R + Send + 'static,
        R: Future<Output = Result<(), BoxError>> + Send,
    {
        let (sender, signals) = Signals::manual();
        let (config, output) = (self.config.clone(), output());
        let running = tokio::spawn(async move {
            run_until("lifecycle-test", "1.2.3", &config, output, signals, build).await
        });
        (sender, running)
    }

    fn ready_path(&self) -> PathBuf {
        self.folder.path("ready.json")
    }

    async fn ready(&self) -> ReadyFile {
        until("the ready file is there", || self.ready_path().exists()).await;
        ReadyFile::read(&self.ready_path()).unwrap().unwrap()
    }
}

async fn serve_echo(boot: Boot) -> Result<(), BoxError> {
    let server = boot
        .server(Table::new(RULES), &Clock::system())?
        .add_service(Echo::default());
    boot.serve(server).await?;
    boot.simulated("sms");
    Ok(())
}

#[tokio::test]
async fn a_service_is_ready_then_drains_and_leaves_nothing() {
    let program = Program::new();
    let (signals, running) = program.start(serve_echo);
    let ready = program.ready().await;
    assert_eq!(
        (ready.service.as_str(), ready.version.as_str()),
        ("lifecycle-test", "1.2.3")
    );
    assert_eq!(ready.pid, std::process::id());
    assert_eq!(ready.simulators, ["sms"]);
    assert_eq!(get(ready.addresses["admin"], "/readyz").await.0, 200);

    let config = ClientConfig::at(format!("https://{}", ready.addresses["grpc"]));
    let identity = program.authority.identity(&program.folder, "edge");
    let edge = xuanhao_chassis::grpc::connect(&config, Caller::Identity, &identity).unwrap();
    let busy = tokio::spawn(async move { say(&edge, "Sleep", call(Words::millis(1_000))).await });
    tokio::time::sleep(Duration::from_millis(300)).await;

    signals.send(()).await.unwrap();
    until("it is unready", || !program.ready_path().exists()).await;
    assert_eq!(get(ready.addresses["admin"], "/readyz").await.0, 503);
    assert_eq!(
        get(ready.addresses["admin"], "/livez").await.0,
        200,
        "alive while it drains"
    );
    busy.await
        .unwrap()
        .expect("the call in progress was answered");
    assert_eq!(running.await.unwrap(), Exit::Clean);
    assert!(std::net::TcpStream::connect(ready.addresses["admin"]).is_err());
    let told = lines(|line| line["message"] == "ready" && line["simulators"] == "sms");
    assert_eq!(told[0]["version"], "1.2.3");
}

#[tokio::test]
async fn phases_end_in_their_order_and_what_was_opened_is_closed_last() {
    let program = Program::new();
    let order = Arc::new(Mutex::new(Vec::new()));
    let (signals, running) = program.start({
        let order = order.clone();
        async move |boot: Boot| {
            for phase in [Phase::Relay, Phase::Jobs, Phase::Consumers, Phase::Rpcs] {
                let (order, stop) = (order.clone(), boot.tasks(phase).stopping());
                boot.tasks(phase).spawn_endless("orderly", async move {
                    stop.cancelled().await;
                    // Long enough for a later phase to overtake, if it could.
                    tokio::time::sleep(Duration::from_millis(30)).await;
                    order.lock().unwrap().push(format!("{phase:?}"));
                });
            }
            for name in ["opened first", "opened second"] {
                let order = order.clone();
                boot.at_end(move || async move { order.lock().unwrap().push(name.to_owned()) });
            }
            Ok(())
        }
    });
    program.ready().await;
    signals.send(()).await.unwrap();
    assert_eq!(running.await.unwrap(), Exit::Clean);
    let expected = [
        "Rpcs",
        "Consumers",
        "Jobs",
        "Relay",
        "opened second",
        "opened first",
    ];
    assert_eq!(*order.lock().unwrap(), expected);
}

/// What others can go on with is handed over while calls are still answered, and before the pause.
#[tokio::test]
async fn leaving_comes_first_and_calls_are_answered_meanwhile() {
    let program = Program::new();
    let left = Arc::new(Mutex::new(None));
    let (signals, running) = program.start({
        let left = left.clone();
        async move |boot: Boot| {
            boot.on_leaving(move || async move {
                tokio::time::sleep(Duration::from_millis(400)).await;
                *left.lock().unwrap() = Some(std::time::Instant::now());
            });
            serve_echo(boot).await
        }
    });
    let ready = program.ready().await;
    let config = ClientConfig::at(format!("https://{}", ready.addresses["grpc"]));
    let identity = program.authority.identity(&program.folder, "edge");
    let edge = xuanhao_chassis::grpc::connect(&config, Caller::Identity, &identity).unwrap();
    say(&edge, "Say", call(Words::default())).await.unwrap();
    signals.send(()).await.unwrap();
    until("it is unready", || !program.ready_path().exists()).await;
    say(&edge, "Say", call(Words::default())).await.unwrap();
    assert_eq!(*left.lock().unwrap(), None, "it was still leaving");
    assert_eq!(running.await.unwrap(), Exit::Clean);
    let left = left.lock().unwrap().expect("it left");
    assert!(
        left.elapsed() >= Duration::from_millis(100),
        "then the pause"
    );
}

/// Who cannot hand over in time is cut off, and the drain goes on.
#[tokio::test]
async fn leaving_takes_half_of_the_limit_at_most() {
    let mut program = Program::new();
    program.config.lifecycle.drain_limit_ms = 1_000;
    let closed = Arc::new(Mutex::new(false));
    let (signals, running) = program.start({
        let closed = closed.clone();
        async move |boot: Boot| {
            boot.on_leaving(std::future::pending::<()>);
            boot.at_end(move || async move { *closed.lock().unwrap() = true });
            Ok(())
        }
    });
    program.ready().await;
    signals.send(()).await.unwrap();
    assert_eq!(running.await.unwrap(), Exit::Cut);
    assert!(*closed.lock().unwrap());
}

#[tokio::test]
async fn half_a_service_is_worse_than_none() {
    for panics in [false, true] {
        let program = Program::new();
        let (_signals, running) = program.start(async move |boot: Boot| {
            boot.tasks(Phase::Jobs).spawn("fragile", async move {
                tokio::time::sleep(Duration::from_millis(50)).await;
                assert!(!panics, "broken");
                Err(io::Error::other("broken"))
            });
            Ok(())
        });
        assert_eq!(running.await.unwrap(), Exit::Failed);
        assert!(!program.ready_path().exists());
    }
    assert!(!lines(|line| line["task"] == "fragile" && line["error"] == "broken").is_empty());
}

#[tokio::test]
async fn a_task_that_is_done_is_no_failure() {
    let program = Program::new();
    let (signals, running) = program.start(async |boot: Boot| {
        boot.tasks(Phase::Jobs)
            .spawn("short", async { Ok::<(), Infallible>(()) });
        Ok(())
    });
    program.ready().await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(!running.is_finished());
    signals.send(()).await.unwrap();
    assert_eq!(running.await.unwrap(), Exit::Clean);
}

#[tokio::test]
async fn a_service_that_cannot_be_built_never_says_it_is_ready() {
    let program = Program::new();
    let (_signals, running) =
        program.start(async |_: Boot| Err(io::Error::other("no database").into()));
    assert_eq!(running.await.unwrap(), Exit::Failed);
    assert!(!program.ready_path().exists());
}

#[tokio::test]
async fn a_stop_while_starting_is_obeyed() {
    let program = Program::new();
    let (signals, running) = program.start(async |_: Boot| {
        tokio::time::sleep(Duration::from_secs(60)).await;
        Ok(())
    });
    signals.send(()).await.unwrap();
    assert_eq!(running.await.unwrap(), Exit::Clean);
    assert!(!program.ready_path().exists());
}

#[tokio::test]
async fn the_limit_and_a_second_signal_end_what_would_not_end() {
    for signals_sent in [1, 2] {
        let mut program = Program::new();
        program.config.lifecycle.drain_limit_ms = if signals_sent == 1 { 400 } else { 60_000 };
        let (signals, running) = program.start(async |boot: Boot| {
            boot.tasks(Phase::Jobs)
                .spawn_endless("stubborn", std::future::pending());
            Ok(())
        });
        program.ready().await;
        let started = Instant::now();
        for _ in 0..signals_sent {
            signals.send(()).await.unwrap();
        }
        assert_eq!(running.await.unwrap(), Exit::Cut);
        assert!(
            started.elapsed() < Duration::from_secs(3),
            "{:?}",
            started.elapsed()
        );
    }
}

#[tokio::test]
async fn a_service_starts_only_on_a_database_whose_schema_it_knows() {
    let nothing = Migrator::with_migrations(Vec::new());
    let base = || db::migrations(&nothing);
    let newer = Migration::new(
        100,
        "things".into(),
        MigrationType::Simple,
        SqlStr::from_static("CREATE TABLE things ()"),
        false,
    );
    let newer = db::migrations(&Migrator::with_migrations(vec![newer]));
    let database = TestDatabase::new(&base()).await;
    for (configured, needed, expected) in [
        (true, base(), Exit::Clean),
        (true, newer, Exit::Failed),
        (false, base(), Exit::Failed),
    ] {
        let mut program = Program::new();
        let url_file = program.folder.write("url", database.url());
        program.config.database = configured.then(|| DatabaseConfig::at_file(url_file));
        let (signals, running) = program.start(async move |boot: Boot| {
            let db = boot.database(&needed).await?;
            boot.clock(&db).await?;
            Ok(())
        });
        if expected == Exit::Clean {
            let ready = program.ready().await;
            assert_eq!(get(ready.addresses["admin"], "/readyz").await.0, 200);
            signals.send(()).await.unwrap();
        }
        assert_eq!(running.await.unwrap(), expected);
        assert!(!program.ready_path().exists());
    }
}

/// The other half of the next test, run by it as a process of its own.
#[test]
#[ignore = "is the program that the next test starts"]
fn program() {
    let Some(folder) = std::env::var_os("CHASSIS_TEST_PROGRAM") else {
        return;
    };
    let config = std::fs::read_to_string(PathBuf::from(folder).join("config.yaml")).unwrap();
    let config: Config = xuanhao_chassis::config::parse(&config).unwrap();
    assert_eq!(
        run("lifecycle-test", "1.2.3", &config, serve_echo),
        ExitCode::SUCCESS
    );
}

#[tokio::test]
async fn sigterm_and_sigint_drain_a_process() {
    for signal in ["-TERM", "-INT"] {
        let program = Program::new();
        let yaml = serde_saphyr::to_string(&program.config).unwrap();
        let config = program.folder.write("config.yaml", yaml);
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "lifecycle::program", "--ignored", "--nocapture"])
            .env("CHASSIS_TEST_PROGRAM", config.parent().unwrap())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let ready = program.ready().await;
        assert_eq!(ready.pid, child.id());
        let pid = child.id().to_string();
        assert!(
            Command::new("kill")
                .args([signal, &pid])
                .status()
                .unwrap()
                .success()
        );
        let end = Instant::now() + Duration::from_secs(10);
        let status = loop {
            if let Some(status) = child.try_wait().unwrap() {
                break status;
            }
            if Instant::now() > end {
                child.kill().unwrap();
                panic!("{signal} did not end the process");
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        };
        assert!(status.success(), "{signal}: {status}");
        assert!(!program.ready_path().exists());
    }
}
