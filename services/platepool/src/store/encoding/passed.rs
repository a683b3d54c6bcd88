//! Parts of rows by themselves, as replicas pass them on to one another.

use jiff::Timestamp;
use prost::Message;
use xuanhao_chassis::db;

use super::{input, result, set};
use crate::domain::command::Command;
use crate::domain::hold::HoldSet;
use crate::domain::ids::ApplicationId;
use crate::domain::rows::Outcome;

/// Without a row there is no instant to count from but the first.
const AT: Timestamp = Timestamp::UNIX_EPOCH;

/// A command's kind and its full input.
pub(crate) fn command_bytes(command: &Command) -> (&'static str, Vec<u8>) {
    let (kind, input) = input::of(command, AT);
    (kind, input.encode_to_vec())
}

/// The command of a kind, an input and what stands beside them in a row.
///
/// # Errors
/// When they are not of the form the program writes.
pub(crate) fn command_from(
    kind: &str,
    application: Option<ApplicationId>,
    op_no: u64,
    input: &[u8],
) -> Result<Command, db::Error> {
    let input =
        input::Input::decode(input).map_err(|source| db::Error::corrupt("input", source))?;
    input
        .command(kind, application, op_no, AT)
        .map_err(|malformed| db::Error::corrupt("input", malformed))
}

/// An outcome's word and the rest of it.
pub(crate) fn outcome_bytes(outcome: &Outcome) -> (&'static str, Vec<u8>) {
    let (word, result) = result::of(outcome, AT);
    (word, result.encode_to_vec())
}

/// The outcome again.
///
/// # Errors
/// As [`command_from`].
pub(crate) fn outcome_from(word: &str, result: &[u8]) -> Result<Outcome, db::Error> {
    let result =
        result::Result::decode(result).map_err(|source| db::Error::corrupt("result", source))?;
    result
        .outcome(word, AT, None)
        .map_err(|malformed| db::Error::corrupt("result", malformed))
}

/// A set.
pub(crate) fn set_bytes(set: &HoldSet) -> Vec<u8> {
    let mut bytes = Vec::new();
    set::write(set, AT, &mut bytes);
    bytes
}

/// The set again.
///
/// # Errors
/// As [`command_from`].
pub(crate) fn set_from(stored: &[u8]) -> Result<HoldSet, db::Error> {
    set::read(stored, AT).map_err(|malformed| db::Error::corrupt("set", malformed))
}
