//! Which provider a message goes to: the first in the order of preference that is well.
//!
//! Each process learns by itself from its own calls and receipts and keeps nothing: after a start it
//! believes everybody well. What a message has tried stands with the message.

use std::sync::{LazyLock, Mutex, MutexGuard};
use std::time::Duration;

use jiff::Timestamp;
use opentelemetry::KeyValue;
use opentelemetry::metrics::{Counter, Histogram};

use super::Provider;
use crate::domain::health::{Health, Switching, Trouble, Went};
use crate::domain::message::{Attempt, Report};

/// The configured providers, in the order of preference, and how they do.
#[derive(Debug)]
pub struct Switch {
    providers: Vec<Provider>,
    health: Mutex<Vec<Health>>,
    rules: Switching,
}

/// How a provider stands.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Standing {
    pub(crate) name: &'static str,
    pub(crate) trouble: Option<(Trouble, Timestamp)>,
}

impl Switch {
    /// Over these, the first one preferred.
    pub fn new(providers: Vec<Provider>, rules: Switching) -> Self {
        let health = providers.iter().map(|_| Health::default()).collect();
        Self {
            providers,
            health: Mutex::new(health),
            rules,
        }
    }

    /// The provider of that name, if it is configured.
    pub(crate) fn find(&self, name: &str) -> Option<&Provider> {
        self.providers
            .iter()
            .find(|provider| provider.name() == name)
    }

    /// All of them, in the order of preference.
    pub(crate) fn providers(&self) -> impl Iterator<Item = &Provider> {
        self.providers.iter()
    }

    /// How they stand, in the order of preference.
    pub(crate) fn standings(&self) -> Vec<Standing> {
        let health = self.health();
        self.providers
            .iter()
            .zip(health.iter())
            .map(|(provider, health)| Standing {
                name: provider.name(),
                trouble: health.trouble(),
            })
            .collect()
    }

    /// The provider a message goes to: of those that may take it the first that is well and did not
    /// fail it just now. When all are in trouble the message is not held back.
    pub(crate) fn choose(
        &self,
        may: impl Fn(&Provider) -> bool,
        tried: Option<&str>,
        now: Timestamp,
    ) -> Option<&Provider> {
        let mut health = self.health();
        let all = || self.providers.iter().enumerate().filter(|(_, p)| may(p));
        let untried = |provider: &Provider| tried != Some(provider.name());
        let mut well = |place: usize| health[place].admits(now, &self.rules);
        let fresh = all().find(|(place, provider)| untried(provider) && well(*place));
        let chosen = fresh
            .or_else(|| all().find(|(place, provider)| !untried(provider) && well(*place)))
            .or_else(|| all().find(|(_, provider)| untried(provider)))
            .or_else(|| all().next());
        chosen.map(|(_, provider)| provider)
    }

    /// Takes note of a call.
    pub(crate) fn saw_call(
        &self,
        provider: &Provider,
        attempt: &Attempt,
        took: Duration,
        now: Timestamp,
    ) {
        let (result, went) = match attempt {
            Attempt::Accepted { .. } => ("taken", Some(Went::Well)),
            Attempt::Delivered => ("delivered", Some(Went::Well)),
            // It answered; the message was wrong.
            Attempt::Refused => ("refused", Some(Went::Well)),
            Attempt::NotHere => ("not_here", Some(Went::Wrong)),
            Attempt::Failed => ("failed", Some(Went::Wrong)),
            // Limits are of a number, not of the provider.
            Attempt::Later(_) => ("later", None),
        };
        count(provider.name(), result);
        DURATION.record(
            took.as_secs_f64(),
            &[KeyValue::new("provider", provider.name())],
        );
        let went = match went {
            Some(Went::Well) if took >= self.rules.slow => Some(Went::Slowly),
            other => other,
        };
        if let (Some(went), Some(place)) = (went, self.place(provider)) {
            let mut health = self.health();
            let before = health[place].trouble().is_some();
            health[place].saw_call(went, now, &self.rules);
            tell(provider.name(), before, health[place].trouble());
        }
    }

    /// Takes note of a receipt, or that there is none.
    pub(crate) fn saw_report(
        &self,
        provider: &Provider,
        report: Report,
        sent_at: Timestamp,
        now: Timestamp,
    ) {
        let age = now.duration_since(sent_at);
        let late = self.rules.receipt_late;
        let arrived = match report {
            Report::Delivered => true,
            Report::Undeliverable => false,
            // Told once: later questions about the same message say nothing new.
            Report::Pending if age >= late && age < late.saturating_add(late) => false,
            Report::Pending => return,
        };
        match report {
            Report::Delivered => count(provider.name(), "delivered"),
            Report::Undeliverable => count(provider.name(), "undeliverable"),
            Report::Pending => count(provider.name(), "no_receipt"),
        }
        if let Some(place) = self.place(provider) {
            let mut health = self.health();
            let before = health[place].trouble().is_some();
            health[place].saw_receipt(arrived, now, &self.rules);
            tell(provider.name(), before, health[place].trouble());
        }
    }

    fn place(&self, provider: &Provider) -> Option<usize> {
        let name = provider.name();
        self.providers.iter().position(|own| own.name() == name)
    }

    fn health(&self) -> MutexGuard<'_, Vec<Health>> {
        self.health.lock().expect("no panic while the lock is held")
    }
}

/// Whoever watches wants to know both ends of a trouble.
fn tell(provider: &'static str, before: bool, trouble: Option<(Trouble, Timestamp)>) {
    match (before, trouble) {
        (false, Some((trouble, _))) => {
            tracing::warn!(
                provider,
                trouble = trouble.as_str(),
                "passing a provider over"
            );
        }
        (true, None) => tracing::info!(provider, "a provider is well again"),
        _ => {}
    }
}

fn count(provider: &'static str, result: &'static str) {
    SMS.add(
        1,
        &[
            KeyValue::new("provider", provider),
            KeyValue::new("result", result),
        ],
    );
}

static SMS: LazyLock<Counter<u64>> = LazyLock::new(|| {
    opentelemetry::global::meter("xuanhao")
        .u64_counter("notification.sms")
        .with_description(
            "SMS by provider and result: taken, delivered, refused, not_here, failed, later, \
             undeliverable, no_receipt.",
        )
        .build()
});

static DURATION: LazyLock<Histogram<f64>> = LazyLock::new(|| {
    opentelemetry::global::meter("xuanhao")
        .f64_histogram("notification.sms.duration")
        .with_unit("s")
        .with_description("How long providers take to answer, by provider.")
        .build()
});
