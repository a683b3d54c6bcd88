//! The services there are, and what sets them apart.

use std::fmt;

/// A service of the platform. They are ordered as they start: each comes after those it asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Service {
    /// Contact points and messages.
    Notification,
    /// Segments, draws, holds and allocations.
    Platepool,
    /// Accounts, sessions, staff, codes, documents.
    Identity,
    /// Vehicles and purchase proofs.
    Vehicle,
    /// Policies, applications, vouchers.
    Selection,
    /// The HTTP API and the national gateway.
    Edge,
}

impl Service {
    /// All of them, in the order they start.
    pub const ALL: [Self; 6] = [
        Self::Notification,
        Self::Platepool,
        Self::Identity,
        Self::Vehicle,
        Self::Selection,
        Self::Edge,
    ];

    /// Its name in certificates, subjects and commands.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Notification => "notification",
            Self::Vehicle => "vehicle",
            Self::Platepool => "platepool",
            Self::Identity => "identity",
            Self::Selection => "selection",
            Self::Edge => "edge",
        }
    }

    /// Whether it owns a database (and with it an outbox and a stream).
    #[must_use]
    pub const fn has_database(self) -> bool {
        !matches!(self, Self::Edge)
    }

    /// Whether it seals what it knows of people under keys of the persons.
    pub(crate) const fn seals_persons(self) -> bool {
        !matches!(self, Self::Platepool | Self::Edge)
    }

    /// Whether it is called on somebody's behalf.
    pub(crate) const fn checks_principals(self) -> bool {
        !matches!(self, Self::Edge)
    }

    /// Whose facts it consumes.
    pub(crate) const fn listens_to(self) -> &'static [Self] {
        match self {
            Self::Selection => &[Self::Platepool, Self::Vehicle],
            _ => &[],
        }
    }

    /// Whom it asks.
    pub(crate) const fn asks(self) -> &'static [Self] {
        match self {
            Self::Notification | Self::Platepool => &[],
            Self::Identity => &[Self::Notification],
            Self::Vehicle => &[Self::Identity],
            Self::Selection => &[
                Self::Platepool,
                Self::Vehicle,
                Self::Identity,
                Self::Notification,
            ],
            Self::Edge => &[
                Self::Identity,
                Self::Vehicle,
                Self::Platepool,
                Self::Selection,
                Self::Notification,
            ],
        }
    }
}

/// One process of a service. Most services have one; the pool may have more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Replica {
    service: Service,
    /// Counted from 1.
    number: u8,
}

impl Replica {
    /// What it is a process of.
    #[must_use]
    pub const fn service(self) -> Service {
        self.service
    }
}

impl Service {
    /// The process of that number, counted from 1.
    #[must_use]
    pub const fn replica(self, number: u8) -> Replica {
        Replica {
            service: self,
            number,
        }
    }
}

impl From<Service> for Replica {
    fn from(service: Service) -> Self {
        service.replica(1)
    }
}

/// The first is named as its service, so that nobody has to number what there is once.
impl fmt::Display for Replica {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.number {
            1 => f.pad(self.service.name()),
            number => f.pad(&format!("{}-{number}", self.service)),
        }
    }
}

impl fmt::Display for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_starts_before_those_it_asks() {
        assert!(Service::ALL.is_sorted());
        for service in Service::ALL {
            assert!(
                service.asks().iter().all(|peer| *peer < service),
                "{service}"
            );
        }
    }
}
