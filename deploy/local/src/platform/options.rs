//! How a platform is to run.

use std::path::PathBuf;

use anyhow::Result;
use xuanhao_servers::{Durability, Home};

use crate::interrupt::Interrupt;
use crate::programs::Programs;
use crate::{Replica, Service};

/// Where its data is.
#[derive(Debug, Clone)]
pub enum Place {
    /// In this folder; used again at the next start.
    Kept(PathBuf),
    /// In a folder of its own, named after this word, that goes with the platform.
    ThrownAway(&'static str),
}

/// How a platform is to run.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where tools and throw-away data live.
    pub home: Home,
    /// Where its data is.
    pub place: Place,
    /// What is run.
    pub programs: Programs,
    /// How much the servers may lose when the machine goes down.
    pub durability: Durability,
    /// How many processes of the pool there are.
    pub pool_replicas: u8,
    /// Ends the start when it comes.
    pub interrupt: Interrupt,
    /// Hears of each step as it begins.
    pub say: fn(&str),
}

impl Options {
    /// The processes of all services, in the order they start.
    pub(crate) fn replicas(&self) -> Vec<Replica> {
        let several = |service: Service| {
            let count = match service {
                Service::Platepool => self.pool_replicas.max(1),
                _ => 1,
            };
            (1..=count).map(move |number| service.replica(number))
        };
        Service::ALL.into_iter().flat_map(several).collect()
    }

    /// A platform for a test or a demonstration: silent, its data thrown away.
    #[must_use]
    pub fn thrown_away(home: Home, programs: Programs, word: &'static str) -> Self {
        Self {
            home,
            place: Place::ThrownAway(word),
            programs,
            durability: Durability::TestOnlyFast,
            pool_replicas: 1,
            interrupt: Interrupt::new(),
            say: |_| {},
        }
    }

    /// The same with the programs that were built beside the running one.
    ///
    /// # Errors
    /// When the checkout or a program is not there.
    pub fn of_story(word: &'static str) -> Result<Self> {
        Ok(Self::thrown_away(
            Home::discover()?,
            Programs::find()?,
            word,
        ))
    }

    /// A platform whose data stays.
    #[must_use]
    pub fn kept(home: Home, programs: Programs, folder: PathBuf) -> Self {
        Self {
            place: Place::Kept(folder),
            durability: Durability::Full,
            ..Self::thrown_away(home, programs, "")
        }
    }
}
