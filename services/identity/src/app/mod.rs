//! What identity does: use cases over domain, store and peers. The only place that opens
//! transactions.

pub mod bootstrap;
pub mod captcha;
pub mod captcha_picture;
mod challenge_ask;
mod challenge_budget;
mod challenge_issue;
mod challenge_settle;
mod challenge_verify;
mod change_mobile;
mod contact;
mod counter;
mod credentials;
mod documents;
mod enrol;
mod enrol_organisation;
mod enrol_person;
mod guard;
mod initial_password;
pub mod keyed;
mod messages;
mod papers;
pub mod passwords;
mod personal;
pub mod proofs;
mod register;
mod reset;
mod service_points;
mod sessions;
mod staff;
mod staff_credentials;
mod staff_sessions;

use std::sync::Arc;
use std::time::Duration;

use prost::Message;
use tokio_util::task::TaskTracker;
use xuanhao_chassis::clock::Clock;
use xuanhao_chassis::db::{self, Db, Tx};
use xuanhao_chassis::grpc::ClientChannel;
use xuanhao_chassis::idempotency::{self, Key, Replay};
use xuanhao_chassis::ids::Ids;
use xuanhao_chassis::jobs::Signal;
use xuanhao_chassis::random::SecureRandom;
use xuanhao_chassis::sealed::Sealer;
use xuanhao_chassis::signed::{PublicKeys, SigningKey};
use xuanhao_proto::notification::v1::notification_service_client::NotificationServiceClient;

use crate::config::{
    CaptchaProvider, Config, DocumentsConfig, EnrolmentConfig, RetentionConfig, SessionConfig,
    SignInConfig,
};
use crate::domain::challenge::Rules;
use crate::error::Error;
use captcha_picture::Easel;
use keyed::Keyed;
use passwords::Passwords;

pub use challenge_issue::{IssueChallenge, Issued, Target};
pub use challenge_verify::{Proof, VerifyChallenge};
pub use change_mobile::ChangeMobile;
pub use counter::{ChangeMobileFaceToFace, EnrolmentView, FindAccount, FindBy, ReissueCredentials};
pub use credentials::{ChangePassword, ResetPassword, SignIn, SignedIn};
pub use documents::{AddDocument, AddedDocument, Adder, Looker};
pub use enrol_organisation::EnrolOrganisation;
pub use enrol_person::EnrolPerson;
pub use initial_password::ReplaceInitialPassword;
pub use personal::{Holding, View};
pub use register::RegisterAccount;
pub use service_points::{AddServicePoint, CloseServicePoint};
pub use sessions::IssuedPrincipal;
pub use staff::{AddStaff, Member, RoleChange};
pub use staff_credentials::{ChangeStaffPassword, SignInStaff, SignedInStaff};

/// What the use cases stand on.
#[derive(Debug)]
pub struct Parts {
    /// Identity's own database.
    pub db: Db,
    /// The service's clock.
    pub clock: Clock,
    /// Randomness of codes and tokens.
    pub random: SecureRandom,
    /// Personal data.
    pub sealer: Sealer,
    /// Signs principals and proofs.
    pub signing_key: SigningKey,
    /// Believes principals and proofs; holds the public half of `signing_key`.
    pub public_keys: PublicKeys,
    /// Where notification is.
    pub notification: ClientChannel,
}

/// The use cases.
#[derive(Debug)]
pub struct App {
    db: Db,
    clock: Clock,
    ids: Ids,
    random: SecureRandom,
    sealer: Sealer,
    keyed: Keyed,
    signing_key: SigningKey,
    public_keys: PublicKeys,
    notification: NotificationServiceClient<ClientChannel>,
    /// Whether notification acknowledged the last code: what a code that is not sent is told.
    acknowledges: std::sync::atomic::AtomicBool,
    passwords: Passwords,
    easel: Easel,
    captcha_provider: CaptchaProvider,
    captcha_ttl: jiff::SignedDuration,
    zero_bits: u8,
    documents: DocumentsConfig,
    enrolment: EnrolmentConfig,
    rules: Rules,
    reset_answer: Duration,
    sign_in: SignInConfig,
    sessions: SessionConfig,
    staff_sessions: SessionConfig,
    retention: RetentionConfig,
    contact_due: Arc<Signal>,
    /// Codes on their way to notification; waited for when the service stops.
    settling: TaskTracker,
}

impl App {
    /// The use cases under a configuration. `contact_due` is raised when notification
    /// has to be told something: a number, or a message.
    ///
    /// # Errors
    /// When the configured cost of passwords is impossible.
    pub fn new(config: &Config, parts: Parts, contact_due: Arc<Signal>) -> Result<Self, Error> {
        Ok(Self {
            ids: Ids::new(parts.clock.clone(), parts.random.clone()),
            keyed: Keyed::new(parts.sealer.index().clone()),
            passwords: Passwords::new(&config.passwords, parts.random.clone())?,
            easel: Easel::new(config.captchas.concurrent, parts.random.clone()),
            captcha_provider: config.captchas.provider.clone(),
            captcha_ttl: jiff::SignedDuration::from_secs(i64::from(config.captchas.captcha_s)),
            zero_bits: config.captchas.zero_bits(),
            documents: config.documents.clone(),
            enrolment: config.enrolment.clone(),
            rules: config.challenges.rules(),
            reset_answer: Duration::from_millis(config.challenges.reset_answer_ms),
            sign_in: config.sign_in.clone(),
            sessions: config.sessions.clone(),
            staff_sessions: config.staff_sessions.clone(),
            retention: config.retention.clone(),
            db: parts.db,
            clock: parts.clock,
            random: parts.random,
            sealer: parts.sealer,
            signing_key: parts.signing_key,
            public_keys: parts.public_keys,
            notification: NotificationServiceClient::new(parts.notification),
            acknowledges: std::sync::atomic::AtomicBool::new(true),
            contact_due,
            settling: TaskTracker::new(),
        })
    }

    /// Keyed hashes, for the door to fingerprint secrets with.
    pub fn keyed(&self) -> &Keyed {
        &self.keyed
    }

    /// The service's clock.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    pub(crate) fn db(&self) -> &Db {
        &self.db
    }

    /// The largest document, in bytes.
    pub fn largest_document(&self) -> usize {
        self.documents.max_bytes
    }

    pub(crate) fn enrolment(&self) -> &EnrolmentConfig {
        &self.enrolment
    }

    pub(crate) fn retention(&self) -> &RetentionConfig {
        &self.retention
    }

    /// Waits for the codes on their way; for the end of the service.
    pub async fn settled(&self) {
        self.settling.close();
        self.settling.wait().await;
    }

    /// A refusal that another try of the same request has caused is answered like that one: what it
    /// used up was used for the same.
    async fn or_answered<R: Message + Default>(
        &self,
        key: &Key,
        request: &impl Message,
        outcome: Result<R, Error>,
    ) -> Result<R, Error> {
        match outcome {
            Err(Error::Refused(refusal)) => self
                .answered(key, request)
                .await?
                .ok_or_else(|| refusal.into()),
            other => other,
        }
    }

    /// The answer given to this request before, so that no work is done for it again.
    async fn answered<R: Message + Default>(
        &self,
        key: &Key,
        request: &impl Message,
    ) -> Result<Option<R>, Error> {
        let hash = idempotency::hash_of(request);
        let replay = self.db.run_tx("identity.replay", async |tx: &mut Tx| {
            idempotency::begin(tx, key, hash).await
        });
        match replay.await? {
            Replay::New => Ok(None),
            Replay::Refused(refusal) => Err(refusal.into()),
            Replay::Response(bytes) => R::decode(bytes.as_slice())
                .map(Some)
                .map_err(|source| db::Error::corrupt("response", source).into()),
        }
    }
}
