//! Every RPC under arbitrary, oversized and misplaced input: fields are filled from the contract's own
//! description, so that an RPC that is added later is tried, too.

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, TestRunner};
use prost::Message;
use prost::encoding::{encode_varint, encoded_len_varint};
use prost_types::field_descriptor_proto::{Label, Type};
use prost_types::{DescriptorProto, FieldDescriptorProto, FileDescriptorSet};
use tonic::client::Grpc;
use tonic::codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder};
use tonic::{Code, Status};
use xuanhao_chassis::authz::Role;
use xuanhao_chassis::error::Refusal;
use xuanhao_chassis::grpc::{CallExt, ClientChannel, call};
use xuanhao_chassis::reason::Reason;
use xuanhao_identity::authz;

use crate::counter::Member;
use crate::house::{House, uuid};

/// Rounds over all RPCs; every round is a few hundred calls.
const ROUNDS: usize = 6;

/// Messages as bytes.
#[derive(Clone, Copy, Debug, Default)]
struct Raw;

impl Codec for Raw {
    type Encode = Vec<u8>;
    type Decode = Vec<u8>;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        Self
    }

    fn decoder(&mut self) -> Self {
        Self
    }
}

impl Encoder for Raw {
    type Item = Vec<u8>;
    type Error = Status;

    fn encode(&mut self, item: Vec<u8>, out: &mut EncodeBuf<'_>) -> Result<(), Status> {
        prost::bytes::BufMut::put_slice(out, &item);
        Ok(())
    }
}

impl Decoder for Raw {
    type Item = Vec<u8>;
    type Error = Status;

    fn decode(&mut self, input: &mut DecodeBuf<'_>) -> Result<Option<Vec<u8>>, Status> {
        let length = prost::bytes::Buf::remaining(input);
        Ok(Some(
            prost::bytes::Buf::copy_to_bytes(input, length).to_vec(),
        ))
    }
}

/// What a field is filled with.
#[derive(Clone, Debug)]
enum Filling {
    Absent,
    Text(String),
    Bytes(Vec<u8>),
    Number(i64),
    Twice(Box<Filling>),
}

/// Texts that look right in one way or another, and none that is: another province's office, ids of
/// nothing, codes with a wrong check character.
fn texts() -> impl Strategy<Value = String> {
    let known = prop::sample::select(vec![
        "",
        " ",
        "\u{0}",
        "gd",
        "he",
        "xx",
        "he-tangshan",
        "gd-nowhere",
        "-1",
        "zh-CN",
        "tlh",
        "2026-02-30",
        "0000-00-00",
        "138000",
        "440801199001011234",
        "91350100M000100Y4A",
        "张三",
        "a good reason",
        "'; DROP TABLE accounts; --",
        "../../etc/passwd",
        "%00",
        "\u{202e}gd",
        "eyJhbGciOiJub25lIn0.e30.",
        "citizen_1",
        "123456",
    ]);
    prop_oneof![
        4 => known.prop_map(str::to_owned),
        4 => any::<[u8; 16]>().prop_map(|bytes| uuid::Builder::from_random_bytes(bytes).into_uuid().to_string()),
        1 => "\\PC{0,60}",
        1 => (500_usize..20_000).prop_map(|length| "长".repeat(length)),
    ]
}

fn filling(field: &FieldDescriptorProto) -> BoxedStrategy<Filling> {
    let one = match field.r#type() {
        Type::String => texts().prop_map(Filling::Text).boxed(),
        Type::Bytes => prop::collection::vec(any::<u8>(), 0..200)
            .prop_map(|bytes| Filling::Bytes([b"x".as_slice(), &bytes].concat()))
            .boxed(),
        // Any bytes may be a message within a message, or none.
        Type::Message => prop::collection::vec(0_u8..32, 0..12)
            .prop_map(Filling::Bytes)
            .boxed(),
        _ => prop_oneof![0_i64..12, any::<i32>().prop_map(i64::from)]
            .prop_map(Filling::Number)
            .boxed(),
    };
    let absent = Just(Filling::Absent);
    match field.label() {
        Label::Repeated => prop_oneof![
            1 => absent,
            3 => one.clone(),
            2 => one.prop_map(|one| Filling::Twice(Box::new(one))),
        ]
        .boxed(),
        _ => prop_oneof![1 => absent, 6 => one].boxed(),
    }
}

fn put(out: &mut Vec<u8>, number: u64, filling: &Filling) {
    let mut bytes = |content: &[u8]| {
        encode_varint(number << 3 | 2, out);
        encode_varint(content.len() as u64, out);
        out.extend_from_slice(content);
    };
    match filling {
        Filling::Absent => {}
        Filling::Text(text) => bytes(text.as_bytes()),
        Filling::Bytes(content) => bytes(content),
        Filling::Number(value) => {
            encode_varint(number << 3, out);
            encode_varint(value.cast_unsigned(), out);
            debug_assert!(encoded_len_varint(value.cast_unsigned()) <= 10);
        }
        Filling::Twice(one) => {
            put(out, number, one);
            put(out, number, one);
        }
    }
}

/// The path and the request's description of every RPC.
fn rpcs() -> Vec<(String, DescriptorProto)> {
    let set = FileDescriptorSet::decode(xuanhao_proto::FILE_DESCRIPTOR_SET).unwrap();
    let mut messages = BTreeMap::new();
    for file in &set.file {
        for message in &file.message_type {
            messages.insert(
                format!(".{}.{}", file.package(), message.name()),
                message.clone(),
            );
        }
    }
    let mut found = Vec::new();
    for file in &set.file {
        for service in &file.service {
            let name = format!("{}.{}", file.package(), service.name());
            if !authz::SERVICES.contains(&name.as_str()) {
                continue;
            }
            for method in &service.method {
                let path = format!("/{name}/{}", method.name());
                found.push((path, messages[method.input_type()].clone()));
            }
        }
    }
    found
}

async fn send(
    channel: &ClientChannel,
    path: &str,
    principal: Option<&str>,
    message: Vec<u8>,
) -> Result<Vec<u8>, Status> {
    let mut client = Grpc::new(channel.clone());
    client
        .ready()
        .await
        .map_err(|_| Status::unknown("not ready"))?;
    let mut request = call(message);
    if let Some(token) = principal {
        request = request.principal(token);
    }
    let path = path.parse().unwrap();
    Ok(client.unary(request, path, Raw).await?.into_inner())
}

/// All rows but the counters of tries and the kept refusals.
async fn rows(house: &House) -> Vec<String> {
    let mut dumps = Vec::new();
    for table in [
        "accounts",
        "audit_entries",
        "challenges",
        "documents",
        "enrolments",
        "outbox",
        "pending_messages",
        "role_grants",
        "service_points",
        "sessions",
        "staff",
        "staff_sessions",
        "used_proofs",
    ] {
        let sql = format!(
            "SELECT coalesce(string_agg(t::text, '|' ORDER BY t::text), '') FROM {table} t"
        );
        let dump: String = sqlx::query_scalar(sqlx::AssertSqlSafe(sql))
            .fetch_one(house.database.pool())
            .await
            .unwrap();
        dumps.push(format!("{table}: {dump}"));
    }
    dumps
}

/// A typed refusal, or one of the transport's own about a message that is none.
#[track_caller]
fn assert_typed(path: &str, message: &[u8], status: &Status) {
    // A message that cannot be read at all is refused before any code of ours.
    if status
        .message()
        .starts_with("failed to decode Protobuf message")
    {
        return;
    }
    let refusal = Refusal::from_status(status)
        .unwrap_or_else(|| panic!("{path} answered {status:?} to {message:?}"));
    assert_ne!(refusal.reason(), Reason::Internal, "{path} to {message:?}");
    assert_ne!(status.code(), Code::Internal, "{path} to {message:?}");
}

/// Property: whatever is written into a request's fields, every RPC answers with a typed refusal (or
/// with nothing new), never with INTERNAL, and changes no row.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bad_input_is_refused_and_changes_nothing() {
    let house = House::with(|config| {
        config.sign_in.most_per_login = 100_000;
        config.sign_in.most_per_address = 100_000;
        config.challenges.reset_answer_ms = 0;
    })
    .await;
    house.window("gd-zhanjiang").await;
    let (_, citizen) = house.signed_in(1).await;
    let staff: Vec<String> = [
        Role::Officer,
        Role::Operator,
        Role::Administrator,
        Role::Reviewer,
    ]
    .into_iter()
    .map(|role| house.acting(&Member::of(role, "gd-zhanjiang")))
    .collect();
    let [edge, xuanctl, selection] =
        ["edge", "xuanctl", "selection"].map(|name| house.channel(name));
    let mut runner = TestRunner::new(Config::default());
    let before = rows(&house).await;
    let (rpcs, mut refused) = (rpcs(), BTreeMap::<String, usize>::new());
    assert!(rpcs.len() >= 35, "{}", rpcs.len());
    for round in 0..ROUNDS {
        for (path, description) in &rpcs {
            let mut message = Vec::new();
            // The last round is in the wrong order of fields, which must not matter.
            let mut fields: Vec<&FieldDescriptorProto> = description.field.iter().collect();
            if round + 1 == ROUNDS {
                fields.reverse();
            }
            for field in fields {
                let value = filling(field).new_tree(&mut runner).unwrap().current();
                let number = u64::try_from(field.number()).unwrap();
                let known_id = field.name() == "request_id" && round % 2 == 0;
                let value = if known_id {
                    Filling::Text(uuid())
                } else {
                    value
                };
                put(&mut message, number, &value);
            }
            let staff = &staff[round % staff.len()];
            for (channel, principal) in [
                (&edge, None),
                (&edge, Some(&citizen)),
                (&xuanctl, Some(staff)),
                (&selection, None),
            ] {
                let principal = principal.map(String::as_str);
                match send(channel, path, principal, message.clone()).await {
                    Ok(_) => {}
                    Err(status) => {
                        assert_typed(path, &message, &status);
                        *refused.entry(path.clone()).or_default() += 1;
                    }
                }
            }
        }
    }
    for (path, _) in &rpcs {
        assert!(refused.contains_key(path), "{path} refused nothing");
    }
    assert_eq!(rows(&house).await, before);
}

/// What is larger than any document is not read; the connection lives on.
#[tokio::test]
async fn an_absurdly_large_message_is_not_read() {
    let house = House::new().await;
    let (_, citizen) = house.signed_in(1).await;
    let (before, edge) = (rows(&house).await, house.channel("edge"));
    let mut message = Vec::new();
    put(&mut message, 1, &Filling::Text(uuid()));
    put(&mut message, 2, &Filling::Number(6));
    put(&mut message, 3, &Filling::Bytes(vec![0xff; 12 << 20]));
    let path = "/xuanhao.identity.v1.DocumentService/AddDocument";
    let refused = send(&edge, path, Some(&citizen), message).await;
    assert!(refused.is_err());
    let sane = send(&edge, path, Some(&citizen), Vec::new()).await;
    assert_typed(path, &[], &sane.unwrap_err());
    assert_eq!(rows(&house).await, before);
}
