//! Deadlines: the `grpc-timeout` header (up to eight digits and a unit), and answers that stop coming.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue};
use hyper::body::{Body as HttpBody, Frame, SizeHint};
use tokio::time::{Instant, Sleep, sleep_until};
use tonic::Status;
use tonic::body::Body;

use crate::error::Refusal;
use crate::reason::Reason;

pub(super) const HEADER: &str = "grpc-timeout";

/// What the header says; `None` if it is missing or malformed.
pub(super) fn read(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(HEADER)?.to_str().ok()?;
    let (digits, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    if digits.is_empty() || digits.len() > 8 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let amount: u64 = digits.parse().ok()?;
    Some(match unit {
        "H" => Duration::from_secs(amount * 3600),
        "M" => Duration::from_secs(amount * 60),
        "S" => Duration::from_secs(amount),
        "m" => Duration::from_millis(amount),
        "u" => Duration::from_micros(amount),
        "n" => Duration::from_nanos(amount),
        _ => return None,
    })
}

/// The header's value; rounded down, so that the peer gives up no later than we do.
pub(super) fn write(timeout: Duration) -> HeaderValue {
    const MOST: u128 = 99_999_999;
    let text = match timeout {
        t if t.as_micros() <= MOST => format!("{}u", t.as_micros()),
        t if t.as_millis() <= MOST => format!("{}m", t.as_millis()),
        t => format!("{}S", u128::from(t.as_secs()).min(MOST)),
    };
    HeaderValue::from_str(&text).expect("digits and a letter")
}

/// A body that fails at the deadline instead of never ending.
pub(super) fn deadline_body(body: Body, deadline: Instant) -> Body {
    Body::new(DeadlineBody {
        body,
        alarm: Box::pin(sleep_until(deadline)),
    })
}

struct DeadlineBody {
    body: Body,
    alarm: Pin<Box<Sleep>>,
}

impl HttpBody for DeadlineBody {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        if let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(cx) {
            return Poll::Ready(frame);
        }
        let late = |()| Some(Err(Refusal::new(Reason::DeadlineExceeded).into()));
        self.alarm.as_mut().poll(cx).map(late)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timeout_survives_the_header_to_within_its_unit() {
        for (timeout, text) in [
            (Duration::ZERO, "0u"),
            (Duration::from_micros(1), "1u"),
            (Duration::from_secs(5), "5000000u"),
            (Duration::from_secs(3600), "3600000m"),
            (Duration::from_secs(400_000), "400000S"),
        ] {
            let value = write(timeout);
            assert_eq!(value, text);
            let headers = HeaderMap::from_iter([(HEADER.parse().unwrap(), value)]);
            assert_eq!(read(&headers), Some(timeout));
        }
    }

    #[test]
    fn malformed_timeouts_are_no_timeouts() {
        for text in ["", "S", "5", "-5S", "5s", "123456789S", "5 S", "五S"] {
            let value = HeaderValue::from_bytes(text.as_bytes()).unwrap();
            let headers = HeaderMap::from_iter([(HEADER.parse().unwrap(), value)]);
            assert_eq!(read(&headers), None, "{text:?}");
        }
    }
}
