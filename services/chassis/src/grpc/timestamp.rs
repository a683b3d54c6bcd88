//! Instants in messages.

use jiff::Timestamp;

/// An instant as protobuf spells it; [`read::instant`](super::read::instant) is its inverse.
pub fn timestamp(at: Timestamp) -> prost_types::Timestamp {
    // The nanoseconds of an instant before 1970 count backwards here and forwards in protobuf.
    let nanos = at.as_nanosecond();
    let billion = 1_000_000_000;
    prost_types::Timestamp {
        seconds: i64::try_from(nanos.div_euclid(billion)).expect("a timestamp's seconds fit"),
        nanos: i32::try_from(nanos.rem_euclid(billion)).expect("it is below a billion"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nanoseconds_count_forwards_on_both_sides_of_1970() {
        for (text, seconds, nanos) in [
            ("1970-01-01T00:00:00Z", 0, 0),
            ("2026-11-22T00:00:00.000001Z", 1_795_305_600, 1_000),
            ("1969-12-31T23:59:59.25Z", -1, 250_000_000),
        ] {
            assert_eq!(
                timestamp(text.parse().unwrap()),
                prost_types::Timestamp { seconds, nanos },
                "{text}"
            );
        }
    }
}
