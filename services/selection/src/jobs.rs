//! Reconcilers: what is left half done is finished here, whoever left it.

use std::sync::Arc;
use std::time::Duration;

use xuanhao_chassis::jobs::{Progress, Reconciler, Retention};
use xuanhao_chassis::lifecycle::{Boot, Phase};

use crate::app::{App, Signals};
use crate::config::JobsConfig;
use crate::error::Error;

/// Reconcilers that others wake.
#[derive(Debug)]
pub(crate) struct Woken {
    recovery: Reconciler,
    hints: Reconciler,
    announcements: Reconciler,
    give_back: Reconciler,
    messages: Reconciler,
    claims: Reconciler,
}

impl Woken {
    pub(crate) fn new(config: &JobsConfig) -> Self {
        let every = Duration::from_millis;
        let endings = Duration::from_secs(config.endings_every_s);
        Self {
            recovery: Reconciler::new("selection.recovery", every(config.recovery_every_ms)),
            hints: Reconciler::new("selection.hints", every(config.hints_every_ms)),
            announcements: Reconciler::new(
                "selection.announcements",
                every(config.announcements_every_ms),
            ),
            give_back: Reconciler::new("selection.give_back", endings),
            messages: Reconciler::new("selection.messages", every(config.messages_every_ms)),
            claims: Reconciler::new("selection.claims", endings),
        }
    }

    /// By what they are woken.
    pub(crate) fn signals(&self) -> Signals {
        Signals {
            recovery: self.recovery.signal(),
            hints: self.hints.signal(),
            announcements: self.announcements.signal(),
            endings: self.give_back.signal(),
            messages: self.messages.signal(),
            claims: self.claims.signal(),
        }
    }
}

/// Starts every reconciler; they end with [`Phase::Jobs`].
pub(crate) fn start(
    boot: &Boot,
    app: &Arc<App>,
    woken: Woken,
    config: &JobsConfig,
    retention: Retention,
) {
    let start = Start { boot, app };
    start.reconciler("recovery", woken.recovery, |app| async move {
        app.recover_pending().await
    });
    start.reconciler("hints", woken.hints, |app| async move {
        app.follow_hints().await
    });
    start.reconciler("announcements", woken.announcements, |app| async move {
        app.announce_waiting().await
    });
    start.reconciler("give back", woken.give_back, |app| async move {
        app.give_back().await
    });
    start.reconciler("messages", woken.messages, |app| async move {
        app.tell_waiting().await
    });
    start.reconciler("claims", woken.claims, |app| async move {
        app.verify_claims().await
    });
    let endings = Duration::from_secs(config.endings_every_s);
    let reminders = Reconciler::new("selection.reminders", endings);
    start.reconciler("reminders", reminders, |app| async move {
        app.remind_due().await
    });
    let undos = Reconciler::new("selection.undos", endings);
    start.reconciler(
        "undos",
        undos,
        |app| async move { app.finish_undos().await },
    );
    let expiry = Reconciler::new("selection.expiry", endings);
    start.reconciler(
        "expiry",
        expiry,
        |app| async move { app.expire_overdue().await },
    );
    let bans = Reconciler::new("selection.bans", endings);
    start.reconciler("bans", bans, |app| async move { app.lift_elapsed().await });
    let spent = Reconciler::new("selection.spent", endings);
    start.reconciler(
        "spent",
        spent,
        |app| async move { app.exhaust_spent().await },
    );
    let sweep = Duration::from_secs(config.sweep_every_s);
    start.reconciler(
        "retention",
        Reconciler::new("selection.retention", sweep),
        move |app| {
            let retention = retention.clone();
            async move {
                let swept = [
                    app.sweep_proofs().await?,
                    app.sweep_messages().await?,
                    app.wipe_appeals().await?,
                    retention.sweep().await?,
                ];
                Ok(if swept.contains(&Progress::More) {
                    Progress::More
                } else {
                    Progress::Idle
                })
            }
        },
    );
    // Operations under way end before the relay and the database do.
    let tasks = boot.tasks(Phase::Jobs);
    let (stop, app) = (tasks.stopping(), Arc::clone(app));
    tasks.spawn_endless("operations", async move {
        stop.cancelled().await;
        app.drained().await;
    });
}

struct Start<'a> {
    boot: &'a Boot,
    app: &'a Arc<App>,
}

impl Start<'_> {
    fn reconciler<F, R>(&self, name: &'static str, reconciler: Reconciler, work: F)
    where
        F: Fn(Arc<App>) -> R + Send + 'static,
        R: Future<Output = Result<Progress, Error>> + Send + 'static,
    {
        let tasks = self.boot.tasks(Phase::Jobs);
        let app = Arc::clone(self.app);
        let running = reconciler.run(tasks.stopping(), move || work(Arc::clone(&app)));
        tasks.spawn_endless(name, running);
    }
}
