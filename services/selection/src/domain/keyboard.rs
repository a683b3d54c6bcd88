//! The on-screen keyboard for composing (R-SEL-01, R-SEL-02, R-POOL-05).

use xuanhao_vocabulary::PlateClass;
use xuanhao_vocabulary::plate::{Energy, Form};

/// Every character a serial can hold (GA 36-2018): I and O are none.
const CHARACTERS: &str = "0123456789ABCDEFGHJKLMNPQRSTUVWXYZ";
/// Letters of battery-electric cars.
const BATTERY: &str = "ABCDE";
/// Letters of the other new-energy cars.
const NOT_PURELY_BATTERY: &str = "FGHJK";

/// The keyboard of a vehicle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Keyboard {
    /// Its keys, in the order they are shown.
    pub(crate) keys: Vec<char>,
    /// For each place of the serial the characters that can stand there.
    pub(crate) places: Vec<String>,
}

/// Lays the keys out in order. `places` is what the published segments say; energy letters of another
/// group than the vehicle's count as not there.
pub(crate) fn lay_out(class: PlateClass, energy: Option<Energy>, places: &[String]) -> Keyboard {
    let at = energy_place(class);
    let letters = energy_letters(energy);
    let places: Vec<String> = places
        .iter()
        .enumerate()
        .map(|(place, characters)| {
            let fits = |c: &char| Some(place) != at || letters.contains(*c);
            characters.chars().filter(fits).collect()
        })
        .collect();
    let keys = CHARACTERS.chars().filter(|c| may_stand(class, *c, letters));
    Keyboard {
        keys: keys.collect(),
        places,
    }
}

/// Puts the keys in an order that `below` picks: each order is equally likely when every number below
/// its bound is (Fisher–Yates).
pub(crate) fn scramble(keys: &mut [char], mut below: impl FnMut(usize) -> usize) {
    for last in (1..keys.len()).rev() {
        keys.swap(last, below(last + 1));
    }
}

/// Where the energy letter stands.
fn energy_place(class: PlateClass) -> Option<usize> {
    match class.form() {
        Form::Ordinary => None,
        Form::NevSmall => Some(0),
        Form::NevLarge => Some(5),
    }
}

fn energy_letters(energy: Option<Energy>) -> &'static str {
    match energy {
        Some(Energy::Battery) => BATTERY,
        Some(Energy::NotPurelyBattery) => NOT_PURELY_BATTERY,
        None => "ABCDEFGHJK",
    }
}

/// Whether a character can stand anywhere in a serial of the class.
fn may_stand(class: PlateClass, character: char, letters: &str) -> bool {
    match class.form() {
        Form::Ordinary | Form::NevSmall => true,
        Form::NevLarge => character.is_ascii_digit() || letters.contains(character),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|text| (*text).to_owned()).collect()
    }

    /// R-SEL-01: only characters a serial can hold are keys; energy letters are those of the vehicle.
    #[test]
    fn keys_are_what_a_serial_can_hold() {
        let ordinary = lay_out(
            PlateClass::Small,
            None,
            &places(&["AB", "0", "1", "2", "3"]),
        );
        assert_eq!(ordinary.keys.len(), 34);
        assert!(!ordinary.keys.contains(&'I') && !ordinary.keys.contains(&'O'));
        assert_eq!(ordinary.places[0], "AB");
        let all = places(&["ABDFK", "0A", "1", "2", "3", "4"]);
        let battery = lay_out(PlateClass::NevSmall, Some(Energy::Battery), &all);
        assert_eq!((&*battery.places[0], &*battery.places[1]), ("ABD", "0A"));
        let other = lay_out(PlateClass::NevSmall, Some(Energy::NotPurelyBattery), &all);
        assert_eq!(other.places[0], "FK");
        let large = places(&["0", "1", "2", "3", "4", "DFG"]);
        let large = lay_out(PlateClass::NevLarge, Some(Energy::NotPurelyBattery), &large);
        assert_eq!(large.places[5], "FG");
        assert_eq!(large.keys.iter().collect::<String>(), "0123456789FGHJK");
    }

    /// R-SEL-02: a random layout has the same keys, each once.
    #[test]
    fn a_scrambled_keyboard_keeps_its_keys() {
        let mut keys = lay_out(PlateClass::Small, None, &[]).keys;
        let before = keys.clone();
        scramble(&mut keys, |_| 0);
        assert_ne!(keys, before);
        keys.sort_unstable();
        assert_eq!(keys, before);
    }
}
