//! Work in the background: keys of days, the log's partitions, interrupted orders and returns, openings
//! to be told, composing rules, figures, past days, retention.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use xuanhao_chassis::jobs::{Progress, Reconciler, Retention};
use xuanhao_chassis::lifecycle::Tasks;

use crate::app::App;
use crate::error::Error;

const DAYS_EVERY: Duration = Duration::from_secs(30);
const RETURNS_EVERY: Duration = Duration::from_secs(30);
const OPENINGS_EVERY: Duration = Duration::from_secs(5);
const ORDERS_EVERY: Duration = Duration::from_secs(30);
const RULES_EVERY: Duration = Duration::from_secs(30);
const HISTORY_EVERY: Duration = Duration::from_secs(600);
const FIGURES_EVERY: Duration = Duration::from_secs(15);
const LOG_EVERY: Duration = Duration::from_secs(3_600);
const SWEEP_EVERY: Duration = Duration::from_secs(600);

/// Runs a job until the phase of jobs ends.
fn spawn<F, R>(tasks: &Tasks, app: &Arc<App>, name: &'static str, every: Duration, work: F)
where
    F: Fn(Arc<App>) -> R + Send + 'static,
    R: Future<Output = Result<Progress, Error>> + Send + 'static,
{
    let (app, stop): (_, CancellationToken) = (Arc::clone(app), tasks.stopping());
    let reconciler = Reconciler::new(name, every);
    tasks.spawn_endless(name, reconciler.run(stop, move || work(Arc::clone(&app))));
}

pub(crate) fn start(tasks: &Tasks, app: &Arc<App>, retention: Retention) {
    spawn(
        tasks,
        app,
        "platepool.days",
        DAYS_EVERY,
        async |app: Arc<App>| {
            app.publish_day_keys().await?;
            app.open_fixed_days(None).await?;
            app.reveal_day_keys().await
        },
    );
    spawn(
        tasks,
        app,
        "platepool.returns",
        RETURNS_EVERY,
        async |app: Arc<App>| app.finish_returns().await,
    );
    spawn(
        tasks,
        app,
        "platepool.openings",
        OPENINGS_EVERY,
        async |app: Arc<App>| app.tell_openings().await,
    );
    spawn(
        tasks,
        app,
        "platepool.orders",
        ORDERS_EVERY,
        async |app: Arc<App>| app.finish_orders().await,
    );
    spawn(
        tasks,
        app,
        "platepool.rules",
        RULES_EVERY,
        async |app: Arc<App>| {
            app.follow_all_rules().await?;
            Ok(Progress::Idle)
        },
    );
    spawn(
        tasks,
        app,
        "platepool.history",
        HISTORY_EVERY,
        async |app: Arc<App>| app.count_days().await,
    );
    spawn(
        tasks,
        app,
        "platepool.figures",
        FIGURES_EVERY,
        async |app: Arc<App>| {
            app.tell_figures().await?;
            Ok(Progress::Idle)
        },
    );
    let refresh = Duration::from_secs(u64::from(app.publication().refresh_s));
    spawn(
        tasks,
        app,
        "platepool.publication",
        refresh,
        async |app: Arc<App>| {
            app.publish_figures().await?;
            Ok(Progress::Idle)
        },
    );
    spawn(
        tasks,
        app,
        "platepool.log",
        LOG_EVERY,
        async |app: Arc<App>| {
            app.extend_log().await?;
            Ok(Progress::Idle)
        },
    );
    spawn(tasks, app, "platepool.retention", SWEEP_EVERY, move |_| {
        let retention = retention.clone();
        async move { Ok(retention.sweep().await?) }
    });
}
