//! The wrapper of every fact on the bus.

use std::error::Error as StdError;

use jiff::Timestamp;
use prost::Message;

use super::subject;
use crate::ids::EventId;

/// The same message as `xuanhao.common.v1.EventEnvelope`; a test compares the two.
#[derive(Clone, PartialEq, Message)]
pub struct Envelope {
    /// Identity of the fact; also its `Nats-Msg-Id`.
    #[prost(string, tag = "1")]
    pub id: String,
    /// `<service>.v1.<fact>`.
    #[prost(string, tag = "2")]
    pub r#type: String,
    /// When the fact became true.
    #[prost(message, optional, tag = "3")]
    pub occurred_at: Option<prost_types::Timestamp>,
    /// Province id, for example `gd`.
    #[prost(string, tag = "4")]
    pub province: String,
    /// Office id, for example `gd-zhanjiang`; empty when no office is concerned.
    #[prost(string, tag = "5")]
    pub office: String,
    /// What the fact is about, for example `application`.
    #[prost(string, tag = "6")]
    pub aggregate_kind: String,
    /// The id of what the fact is about.
    #[prost(string, tag = "7")]
    pub aggregate_id: String,
    /// The aggregate's version after the fact.
    #[prost(int64, tag = "8")]
    pub version: i64,
    /// W3C traceparent of the work that made the fact; empty when there was none.
    #[prost(string, tag = "9")]
    pub trace: String,
    /// The fact's own message.
    #[prost(bytes = "vec", tag = "10")]
    pub data: Vec<u8>,
}

/// An envelope, or the fact in it, that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("the {part} of an event cannot be read")]
pub struct Malformed {
    part: &'static str,
    #[source]
    source: Option<Box<dyn StdError + Send + Sync>>,
}

impl Malformed {
    fn because<E>(part: &'static str) -> impl FnOnce(E) -> Self
    where
        E: Into<Box<dyn StdError + Send + Sync>>,
    {
        move |source| Self {
            part,
            source: Some(source.into()),
        }
    }
}

impl Envelope {
    /// The fact's identity.
    ///
    /// # Errors
    /// When it is not a UUID.
    pub fn event_id(&self) -> Result<EventId, Malformed> {
        self.id.parse().map_err(Malformed::because("id"))
    }

    /// The fact's name without service and version, for example `plate.allocated`.
    ///
    /// # Errors
    /// When the type is not `<service>.v1.<fact>`.
    pub fn fact(&self) -> Result<&str, Malformed> {
        subject::fact_of(&self.r#type).ok_or(Malformed {
            part: "type",
            source: None,
        })
    }

    /// When the fact became true.
    ///
    /// # Errors
    /// When the time is absent or out of range.
    pub fn occurred_at(&self) -> Result<Timestamp, Malformed> {
        let at = self.occurred_at.ok_or(Malformed {
            part: "time",
            source: None,
        })?;
        Timestamp::new(at.seconds, at.nanos).map_err(Malformed::because("time"))
    }

    /// The office's id, where one is concerned.
    pub fn office(&self) -> Option<&str> {
        Some(self.office.as_str()).filter(|office| !office.is_empty())
    }

    /// The fact's own message.
    ///
    /// # Errors
    /// When it is not of that message's form.
    pub fn decode_data<M: Message + Default>(&self) -> Result<M, Malformed> {
        M::decode(self.data.as_slice()).map_err(Malformed::because("data"))
    }

    pub(super) fn from_bytes(bytes: &[u8]) -> Result<Self, Malformed> {
        Self::decode(bytes).map_err(Malformed::because("envelope"))
    }
}

#[cfg(test)]
mod tests {
    use prost::encoding::{WireType, decode_key, decode_varint};

    use super::*;
    use crate::grpc::timestamp;

    fn sample() -> Envelope {
        Envelope {
            id: "0199f000-0000-7000-8000-000000000001".to_owned(),
            r#type: "selection.v1.selection.confirmed".to_owned(),
            occurred_at: Some(timestamp("2026-11-22T00:00:00.000001Z".parse().unwrap())),
            province: "gd".to_owned(),
            office: "gd-zhanjiang".to_owned(),
            aggregate_kind: "application".to_owned(),
            aggregate_id: "0199f000-0000-7000-8000-000000000002".to_owned(),
            version: 7,
            trace: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".to_owned(),
            data: vec![1, 2, 3],
        }
    }

    #[test]
    fn its_parts_are_read_back() {
        let envelope = sample();
        assert_eq!(envelope.fact().unwrap(), "selection.confirmed");
        assert_eq!(
            envelope.occurred_at().unwrap().to_string(),
            "2026-11-22T00:00:00.000001Z"
        );
        assert_eq!(envelope.office(), Some("gd-zhanjiang"));
        assert_eq!(envelope.event_id().unwrap().to_string(), envelope.id);
        assert!(Envelope::default().event_id().is_err());
        assert!(Envelope::default().fact().is_err());
        assert!(Envelope::default().occurred_at().is_err());
    }

    /// The fields `EventEnvelope` declares, as (type, name, number).
    fn declared() -> Vec<(String, String, u32)> {
        let file = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../../proto/xuanhao/common/v1/event.proto"
        );
        let text = std::fs::read_to_string(file).unwrap();
        let (_, message) = text.split_once("message EventEnvelope {").unwrap();
        let (body, _) = message.split_once('}').unwrap();
        let statements = body
            .lines()
            .map(str::trim)
            .filter(|line| line.ends_with(';'));
        statements
            .map(|line| {
                let words: Vec<&str> = line.trim_end_matches(';').split_whitespace().collect();
                let [kind, name, "=", number] = words[..] else {
                    panic!("{line}")
                };
                (kind.to_owned(), name.to_owned(), number.parse().unwrap())
            })
            .collect()
    }

    #[test]
    fn it_is_the_message_the_proto_declares() {
        let envelope = sample();
        let bytes = envelope.encode_to_vec();
        let mut rest = bytes.as_slice();
        let mut encoded = Vec::new();
        while !rest.is_empty() {
            let (number, wire) = decode_key(&mut rest).unwrap();
            let value = decode_varint(&mut rest).unwrap();
            let content = if wire == WireType::LengthDelimited {
                let (content, after) = rest.split_at(usize::try_from(value).unwrap());
                rest = after;
                content.to_vec()
            } else {
                value.to_string().into_bytes()
            };
            encoded.push((number, content));
        }
        let expected = declared().into_iter().map(|(kind, name, number)| {
            let (of_kind, content): (&str, Vec<u8>) = match name.as_str() {
                "id" => ("string", envelope.id.clone().into()),
                "type" => ("string", envelope.r#type.clone().into()),
                "occurred_at" => (
                    "google.protobuf.Timestamp",
                    envelope.occurred_at.unwrap().encode_to_vec(),
                ),
                "province" => ("string", envelope.province.clone().into()),
                "office" => ("string", envelope.office.clone().into()),
                "aggregate_kind" => ("string", envelope.aggregate_kind.clone().into()),
                "aggregate_id" => ("string", envelope.aggregate_id.clone().into()),
                "version" => ("int64", envelope.version.to_string().into()),
                "trace" => ("string", envelope.trace.clone().into()),
                "data" => ("bytes", envelope.data.clone()),
                unknown => panic!("the proto declares {unknown}, which the chassis does not know"),
            };
            assert_eq!(kind, of_kind, "type of {name}");
            (number, content)
        });
        assert_eq!(encoded, expected.collect::<Vec<_>>());
    }
}
