//! Identity: accounts of persons and organisations, their credentials and web sessions, their papers,
//! enrolment face to face, staff and their roles, captchas and SMS codes.
//!
//! It signs two kinds of statements that other services check by themselves: principals (on whose
//! behalf a call is made, five minutes at most, C3) and proofs (that a code was answered rightly,
//! C1). It calls notification to have codes and messages delivered and contact points known, and
//! nobody else.

pub mod app;
pub mod authz;
pub mod config;
pub mod domain;
mod error;
mod events;
pub mod grpc;
mod jobs;
mod store;

use std::sync::Arc;
use std::time::Duration;

use sqlx::migrate::Migrator;
use xuanhao_chassis::authz::Caller;
use xuanhao_chassis::clock::Clock;
use xuanhao_chassis::db::{self, Db};
use xuanhao_chassis::error::Refusal;
use xuanhao_chassis::grpc::Server;
use xuanhao_chassis::ids::StaffId;
use xuanhao_chassis::jobs::{Progress, Reconciler, Retention, RetentionConfig};
use xuanhao_chassis::lifecycle::{Boot, BoxError, Phase};
use xuanhao_chassis::random::SecureRandom;
use xuanhao_chassis::sealed::Sealer;
use xuanhao_chassis::signed::{PublicKeys, SigningKey};
use xuanhao_proto::identity::v1::challenge_service_server::ChallengeServiceServer;
use xuanhao_proto::identity::v1::document_service_server::DocumentServiceServer;
use xuanhao_proto::identity::v1::enrolment_service_server::EnrolmentServiceServer;
use xuanhao_proto::identity::v1::identity_service_server::IdentityServiceServer;
use xuanhao_proto::identity::v1::staff_service_server::StaffServiceServer;

use app::bootstrap::{FirstAdministrator, Means};
use app::passwords::Passwords;
use app::{App, Parts};
use config::{CaptchaProvider, Config};

pub use error::Error;

/// The service's name in certificates, subjects and metrics.
pub const NAME: &str = "identity";

/// The service's own migrations; [`db::migrations`] puts the chassis's before them.
pub static MIGRATOR: Migrator = sqlx::migrate!();

/// Contact points and messages are told at least that often while notification has not acknowledged.
const CONTACT_POINTS_EVERY: Duration = Duration::from_secs(10);
const SWEEP_EVERY: Duration = Duration::from_secs(600);

/// Something the configuration has to say and does not, or says wrongly.
#[derive(Debug, thiserror::Error)]
enum Misconfigured {
    #[error("`{0}` is missing")]
    Missing(&'static str),
    #[error("`chassis.principals.jwks_file` does not hold the public half of `signing_key_file`")]
    ForeignKey,
}

/// Builds the service: database, keys, peers, RPCs, jobs.
///
/// # Errors
/// When the configuration is wrong or something it stands on cannot be reached.
pub async fn start(boot: Boot, config: Config) -> Result<(), BoxError> {
    let db = boot.database(&db::migrations(&MIGRATOR)).await?;
    let clock = boot.clock(&db).await?;
    let sealer = boot.sealer(&clock).await?;

    if let CaptchaProvider::Simulator { .. } = config.captchas.provider {
        boot.simulated("captcha");
    }
    let contact_points = Reconciler::new("identity.contact_points", CONTACT_POINTS_EVERY);
    let parts = Parts {
        random: SecureRandom::system(),
        notification: boot.connect(&config.notification, Caller::Notification)?,
        signing_key: SigningKey::from_pkcs8_file(&config.signing_key_file)?,
        public_keys: public_keys(&config)?,
        db: db.clone(),
        clock: clock.clone(),
        sealer,
    };
    let app = Arc::new(App::new(&config, parts, contact_points.signal())?);
    boot.relay(&db, &clock, &boot.bus().await?);
    start_jobs(
        &boot,
        &app,
        contact_points,
        Retention::new(db, clock.clone(), RetentionConfig::default()),
    );

    boot.serve(with_services(boot.server(authz::table(), &clock)?, app))
        .await?;
    Ok(())
}

/// Adds identity's services to a server.
pub fn with_services(server: Server, app: Arc<App>) -> Server {
    // Room beyond the largest document, so that one that is too large is refused by its reason; what is
    // larger still is not read at all.
    let largest = app.largest_document().saturating_mul(2) + 65_536;
    server
        .add_service(IdentityServiceServer::new(grpc::Accounts(Arc::clone(&app))))
        .add_service(ChallengeServiceServer::new(grpc::Challenges(Arc::clone(
            &app,
        ))))
        .add_service(
            DocumentServiceServer::new(grpc::Documents(Arc::clone(&app)))
                .max_decoding_message_size(largest),
        )
        .add_service(EnrolmentServiceServer::new(grpc::Enrolments(Arc::clone(
            &app,
        ))))
        .add_service(StaffServiceServer::new(grpc::StaffMembers(app)))
}

/// Reads who is to be the first administrator, as an operator wrote it.
///
/// # Errors
/// A refusal that names the field.
pub fn first_administrator(
    login_name: &str,
    full_name: &str,
    initial_password: String,
    provinces: &[String],
    reason: String,
) -> Result<FirstAdministrator, Refusal> {
    let province = |text: &String| grpc::read::province("province", text);
    Ok(FirstAdministrator {
        login_name: grpc::read::login_name(login_name)?,
        full_name: grpc::read::full_name(full_name)?,
        initial_password,
        provinces: provinces.iter().map(province).collect::<Result<_, _>>()?,
        reason,
    })
}

/// Makes the first administrator, for `xuanhao staff bootstrap`. Refused when there is any member of
/// staff.
///
/// # Errors
/// The refusal, or what the configuration or the database has against it.
pub async fn bootstrap_administrator(
    config: &Config,
    first: FirstAdministrator,
) -> Result<StaffId, BoxError> {
    let (db, clock, sealer) = open(config).await?;
    let passwords = Passwords::new(&config.passwords, SecureRandom::system())?;
    let means = Means {
        db: &db,
        clock: &clock,
        sealer: &sealer,
        passwords: &passwords,
    };
    let added = app::bootstrap::add_first(means, first).await;
    db.close().await;
    Ok(added?)
}

/// What a service is handed at start, for one act without a service.
async fn open(config: &Config) -> Result<(Db, Clock, Sealer), BoxError> {
    let database = config
        .chassis
        .database
        .as_ref()
        .ok_or(Misconfigured::Missing("chassis.database"))?;
    let keys = config
        .chassis
        .keys
        .as_ref()
        .ok_or(Misconfigured::Missing("chassis.keys"))?;
    let db = Db::connect(database).await?;
    db::check_schema(db.pool(), &db::migrations(&MIGRATOR)).await?;
    let clock = Clock::synchronised(db.pool(), config.chassis.clock.offset()).await?;
    let sealer = Sealer::connect(keys, clock.clone()).await?;
    Ok((db, clock, sealer))
}

/// The keys others believe, which must hold ours: else nobody would believe what we sign.
fn public_keys(config: &Config) -> Result<PublicKeys, BoxError> {
    let principals = config
        .chassis
        .principals
        .as_ref()
        .ok_or(Misconfigured::Missing("chassis.principals"))?;
    let believed = PublicKeys::from_jwks_file(&principals.jwks_file)?;
    let ours = SigningKey::from_pkcs8_file(&config.signing_key_file)?;
    let token = ours.sign("xuanhao-self-test+jws", &"believed")?;
    believed
        .verify::<String>("xuanhao-self-test+jws", &token)
        .map_err(|_| Misconfigured::ForeignKey)?;
    Ok(believed)
}

fn start_jobs(boot: &Boot, app: &Arc<App>, contact_points: Reconciler, retention: Retention) {
    let tasks = boot.tasks(Phase::Jobs);
    let stop = tasks.stopping();
    let telling = Arc::clone(app);
    tasks.spawn_endless(
        "contact points",
        contact_points.run(stop.clone(), move || {
            let app = Arc::clone(&telling);
            async move {
                // Numbers first: messages to persons go where those say.
                let told = [app.tell_contact_points().await?, app.tell_messages().await?];
                let more = told.contains(&Progress::More);
                Ok::<_, Error>(if more { Progress::More } else { Progress::Idle })
            }
        }),
    );
    let sweeping = Arc::clone(app);
    let sweeper = Reconciler::new("identity.retention", SWEEP_EVERY);
    tasks.spawn_endless(
        "retention",
        sweeper.run(stop.clone(), move || {
            let (app, retention) = (Arc::clone(&sweeping), retention.clone());
            async move {
                let swept = [app.sweep().await?, retention.sweep().await?];
                let more = swept.contains(&Progress::More);
                Ok::<_, Error>(if more { Progress::More } else { Progress::Idle })
            }
        }),
    );
    let settling = Arc::clone(app);
    tasks.spawn_endless("settling", async move {
        stop.cancelled().await;
        settling.settled().await;
    });
}
