//! What outside systems told about a vehicle and its invoice.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use xuanhao_vocabulary::{PlateClass, PlateNumber};

/// What drives a new-energy vehicle: it decides the letter of the number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Energy {
    /// 纯电动.
    Battery,
    /// 非纯电动.
    NotPurelyBattery,
}

impl Energy {
    /// The word stored and spoken with the registry.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Battery => "battery",
            Self::NotPurelyBattery => "not_purely_battery",
        }
    }

    /// Reads the word.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Battery, Self::NotPurelyBattery]
            .into_iter()
            .find(|energy| energy.as_str() == word)
    }
}

/// Whether a number of the class carries a letter that tells the energy.
pub fn tells_energy(class: PlateClass) -> bool {
    matches!(class, PlateClass::NevSmall | PlateClass::NevLarge)
}

/// A vehicle as the national registry knows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vehicle {
    /// Whether it was ever registered.
    pub standing: Standing,
    /// Class of plate it takes; none for kinds that get no plate of ours (motorcycles, trailers).
    pub class: Option<PlateClass>,
    /// What drives it, where its class is one of new energy.
    pub energy: Option<Energy>,
    /// Make and model, for people; may be empty.
    pub description: String,
    /// Whether the import certificate is this vehicle's, where one was named.
    pub certificate_matches: Option<bool>,
    /// The registry finds the vehicle suspicious.
    #[serde(default)]
    pub suspicious: bool,
}

/// Whether a vehicle was ever registered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Never.
    New,
    /// It is.
    Registered(Registration),
    /// It was.
    Deregistered,
}

/// A registration in the national registry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Registration {
    /// Class of the number; none for a class that is not ours.
    pub class: Option<PlateClass>,
    /// The number; none for one of another form. Compared with what was asked about, never kept.
    #[serde(skip)]
    pub plate: Option<PlateNumber>,
    /// Civil day of the registration.
    pub registered_on: Date,
}

/// An invoice as the tax bureau knows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invoice {
    /// Not cancelled 作废 nor reversed 红冲.
    pub valid: bool,
    /// What was sold.
    pub sale: Sale,
    /// Whether the buyer is the one we named.
    pub buyer_matches: bool,
    /// Whether the vehicle is the one we named.
    pub vin_matches: bool,
    /// Civil day of issue.
    pub issued_on: Date,
    /// The bureau finds the invoice suspicious.
    #[serde(default)]
    pub suspicious: bool,
}

/// What an invoice sold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sale {
    /// A new motor vehicle.
    NewVehicle,
    /// A used one.
    UsedVehicle,
    /// Something else.
    Other,
}

/// An answer: what the system knows, or that it knows no such thing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Told<T> {
    /// It knows this.
    Known(T),
    /// It knows no such thing.
    Unknown,
}

impl<T> From<Option<T>> for Told<T> {
    fn from(known: Option<T>) -> Self {
        known.map_or(Self::Unknown, Self::Known)
    }
}

/// What was answered by now.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answers {
    /// By the national registry.
    pub vehicle: Option<Told<Vehicle>>,
    /// By the tax bureau.
    pub invoice: Option<Told<Invoice>>,
}

impl Answers {
    /// Whether both have answered.
    pub fn complete(&self) -> bool {
        self.vehicle.is_some() && self.invoice.is_some()
    }

    /// The vehicle, where the registry knows it.
    pub fn known_vehicle(&self) -> Option<&Vehicle> {
        match &self.vehicle {
            Some(Told::Known(vehicle)) => Some(vehicle),
            _ => None,
        }
    }

    /// The invoice, where the bureau knows it.
    pub fn known_invoice(&self) -> Option<&Invoice> {
        match &self.invoice {
            Some(Told::Known(invoice)) => Some(invoice),
            _ => None,
        }
    }
}
