//! The words of a segment: which of its numbers the filters admit and the rules permit.

use xuanhao_vocabulary::PlateClass;

use super::filter::Filter;
use crate::domain::bitmap::{BitWriter, filled, words_for};
use crate::domain::rule::{ComposeRule, Digits};
use crate::domain::segment::Segment;

/// The numbers that each filter of a class admits, in the order of [`Filter::registered`].
pub(super) fn admitted(segment: &Segment, class: PlateClass) -> Vec<Vec<u64>> {
    let filters = Filter::registered(class);
    let writer = || BitWriter::new(words_for(segment.count));
    let mut writers: Vec<_> = filters.iter().map(|filter| (*filter, writer())).collect();
    for group in segment.mask.groups() {
        let (digits, last) = (Digits::of(&group), group.last());
        for (filter, writer) in &mut writers {
            let admitted = filter.admitted_last(&group, &digits);
            writer.push(admitted.pattern(last), last.len());
        }
    }
    let words = writers.into_iter().map(|(_, writer)| writer.into_words());
    words.collect()
}

/// The numbers that no rule keeps out of composing.
pub(super) fn permitted(segment: &Segment, rules: &[ComposeRule]) -> Vec<u64> {
    let of_digits = rules
        .iter()
        .any(|rule| rule.by_name(segment.code).is_none());
    let mut words = if of_digits {
        let mut writer = BitWriter::new(words_for(segment.count));
        for group in segment.mask.groups() {
            let (digits, last) = (Digits::of(&group), group.last());
            let denied = rules.iter().map(|rule| rule.denied_last(&digits));
            let permitted = denied.fold(last, |permitted, denied| permitted.without(denied));
            writer.push(permitted.pattern(last), last.len());
        }
        writer.into_words()
    } else {
        filled(segment.count)
    };
    for mask in rules.iter().filter_map(|rule| rule.by_name(segment.code)) {
        for rank in mask.iter().filter_map(|serial| segment.mask.rank(&serial)) {
            let place = rank as usize;
            words[place / 64] &= !(1 << (place % 64));
        }
    }
    words
}
