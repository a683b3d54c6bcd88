//! The `simulator`: plays registry and tax bureau on one machine, by the last four digits. Never for
//! people: it vouches for vehicles nobody has seen. The README has its table.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};

use xuanhao_chassis::clock::Clock;
use xuanhao_vocabulary::invoice::{InvoiceKind, InvoiceNumber};
use xuanhao_vocabulary::{PlateClass, PlateNumber, Vin};

use super::{InvoiceQuestion, Ownership, Unavailable, VehicleQuestion};
use crate::domain::binding::FileNumber;
use crate::domain::findings::{Energy, Invoice, Registration, Sale, Standing, Vehicle};

/// Both systems on this machine.
#[derive(Debug, Clone)]
pub struct Simulator {
    clock: Clock,
    /// What was asked once and is answered from the second time on.
    asked: Arc<Mutex<HashSet<String>>>,
}

impl Simulator {
    /// Its days are the clock's.
    pub fn new(clock: Clock) -> Self {
        Self {
            clock,
            asked: Arc::default(),
        }
    }

    pub(super) fn vehicle(
        &self,
        question: &VehicleQuestion,
    ) -> Result<Option<Vehicle>, Unavailable> {
        let tail = tail(question.vin());
        let standing = match tail {
            "9992" => return Ok(None),
            "9993" => return Err(Unavailable),
            "9983" => {
                self.answers_late(question.vin())?;
                Standing::New
            }
            "9991" => self.registered(None, None),
            "9994" => Standing::Deregistered,
            _ => Standing::New,
        };
        let (class, energy, description) = match tail {
            "9995" => (None, None, "模拟 两轮摩托车"),
            "9961" => (Some(PlateClass::Large), None, "模拟 大型客车"),
            "9978" => (
                Some(PlateClass::NevLarge),
                Some(Energy::Battery),
                "模拟 纯电动客车",
            ),
            "9983" | "9988" => (
                Some(PlateClass::NevSmall),
                Some(Energy::NotPurelyBattery),
                "模拟 插电式混合动力轿车",
            ),
            _ if tail.ends_with('8') => (
                Some(PlateClass::NevSmall),
                Some(Energy::Battery),
                "模拟 纯电动轿车",
            ),
            _ => (Some(PlateClass::Small), None, "模拟 小型轿车"),
        };
        Ok(Some(Vehicle {
            standing,
            class,
            energy,
            description: description.into(),
            certificate_matches: question
                .certificate()
                .map(|number| !number.ends_with("9994")),
            suspicious: tail == "9981",
        }))
    }

    pub(super) fn standing(
        &self,
        vin: &Vin,
        class: PlateClass,
        plate: PlateNumber,
    ) -> Result<Option<Standing>, Unavailable> {
        match tail(vin.as_str()) {
            "9996" => Ok(Some(self.registered(Some(class), Some(plate)))),
            "9997" => Err(Unavailable),
            _ => {
                let found = self.vehicle(&VehicleQuestion::new(vin, None))?;
                Ok(found.map(|vehicle| vehicle.standing))
            }
        }
    }

    pub(super) fn invoice(
        &self,
        question: &InvoiceQuestion,
    ) -> Result<Option<Invoice>, Unavailable> {
        let tail = tail(question.invoice_number());
        match tail {
            "9991" => return Ok(None),
            "9993" => return Err(Unavailable),
            "9983" => self.answers_late(question.invoice_number())?,
            _ => {}
        }
        let code = question.invoice_code();
        let of_used = code.is_some_and(|code| {
            InvoiceNumber::paper(code, question.invoice_number())
                .is_ok_and(|number| number.kind() == InvoiceKind::UsedVehicle)
        });
        Ok(Some(Invoice {
            valid: tail != "9996",
            sale: if tail == "9995" || of_used {
                Sale::UsedVehicle
            } else {
                Sale::NewVehicle
            },
            buyer_matches: tail != "9992",
            vin_matches: tail != "9994",
            issued_on: self.clock.today(),
            suspicious: tail == "9981",
        }))
    }

    pub(super) fn owned(&self, asked: Ownership<'_>) -> Result<Option<String>, Unavailable> {
        let plate = asked.plate.to_string();
        // Characters of a plate are not all one byte long.
        let mut last: Vec<char> = plate.chars().rev().take(4).collect();
        last.reverse();
        match &*last.into_iter().collect::<String>() {
            "9992" | "9994" => Ok(None),
            "9993" => Err(Unavailable),
            _ if asked.engine.as_str() == "000000" => Ok(None),
            _ => Ok(Some("模拟 小型轿车".into())),
        }
    }

    pub(super) fn licence(&self, number: &FileNumber) -> Result<Option<String>, Unavailable> {
        match tail(number.as_str()) {
            "9992" | "9994" => Ok(None),
            "9993" => Err(Unavailable),
            _ => Ok(Some("C1".into())),
        }
    }

    fn answers_late(&self, asked: &str) -> Result<(), Unavailable> {
        let mut before = self.asked.lock().expect("no panic while the lock is held");
        if before.insert(asked.to_owned()) {
            return Err(Unavailable);
        }
        Ok(())
    }

    fn registered(&self, class: Option<PlateClass>, plate: Option<PlateNumber>) -> Standing {
        Standing::Registered(Registration {
            class,
            plate,
            registered_on: self.clock.today(),
        })
    }
}

fn tail(text: &str) -> &str {
    &text[text.len() - 4..]
}
