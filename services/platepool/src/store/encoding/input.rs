//! What was asked, as it is stored. [`write`] makes it from a command, [`read`] makes the command again.

mod read;
mod write;

use crate::domain::command::Channel;

pub(super) use write::{kind, of};

/// The input of a row. Which parts are there, its kind tells.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Input {
    /// Only read: an instant by itself.
    #[prost(int64, tag = "1")]
    not_after_us: i64,
    /// The first half of what was written before.
    #[prost(bytes = "vec", tag = "2")]
    request_hash: Vec<u8>,
    #[prost(message, optional, tag = "3")]
    draw: Option<DrawInput>,
    #[prost(message, optional, tag = "4")]
    choice: Option<ChoiceInput>,
    #[prost(message, optional, tag = "5")]
    compose: Option<ComposeInput>,
    #[prost(message, optional, tag = "6")]
    release: Option<ReleaseInput>,
    #[prost(message, optional, tag = "7")]
    import: Option<ImportInput>,
    #[prost(message, optional, tag = "8")]
    rules: Option<RulesInput>,
    #[prost(message, optional, tag = "9")]
    lapse: Option<LapseInput>,
    #[prost(message, optional, tag = "10")]
    back: Option<ReturnInput>,
    /// Empty where it was made on the internet.
    #[prost(string, tag = "11")]
    channel: String,
    #[prost(message, optional, tag = "12")]
    withdraw: Option<WithdrawInput>,
    #[prost(message, optional, tag = "13")]
    withhold: Option<WithholdInput>,
    #[prost(message, optional, tag = "14")]
    end_withholding: Option<EndWithholdingInput>,
    /// Counted from the row's instant.
    #[prost(int64, optional, tag = "15")]
    not_after_in_us: Option<i64>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct DrawInput {
    #[prost(uint32, tag = "1")]
    class: u32,
    #[prost(uint32, tag = "2")]
    count: u32,
    #[prost(bool, tag = "3")]
    without_four: bool,
    #[prost(int64, tag = "4")]
    column_ttl_ms: i64,
    #[prost(int64, tag = "5")]
    basket_ttl_ms: i64,
    /// 0 where the class has no groups, 1 battery, 2 not purely battery.
    #[prost(uint32, tag = "6")]
    energy: u32,
}

/// Keep, choose and confirm.
#[derive(Clone, PartialEq, prost::Message)]
struct ChoiceInput {
    #[prost(sfixed64, tag = "1")]
    plate: i64,
    #[prost(int64, tag = "2")]
    basket_ttl_ms: i64,
    #[prost(bytes = "vec", tag = "3")]
    vehicle: Vec<u8>,
    #[prost(bool, tag = "4")]
    from_column: bool,
    /// Of a choice.
    #[prost(int64, tag = "5")]
    ttl_ms: i64,
}

#[derive(Clone, PartialEq, prost::Message)]
struct ComposeInput {
    #[prost(sfixed64, repeated, tag = "1")]
    wishes: Vec<i64>,
    /// Empty where a hit is held.
    #[prost(bytes = "vec", tag = "2")]
    vehicle: Vec<u8>,
    #[prost(int64, tag = "3")]
    hold_ttl_ms: i64,
    /// As of a draw.
    #[prost(uint32, tag = "4")]
    energy: u32,
}

#[derive(Clone, PartialEq, prost::Message)]
struct ReleaseInput {
    #[prost(bytes = "vec", tag = "1")]
    batch: Vec<u8>,
    #[prost(message, repeated, tag = "2")]
    segments: Vec<SegmentInput>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct SegmentInput {
    #[prost(bytes = "vec", tag = "1")]
    id: Vec<u8>,
    #[prost(string, tag = "2")]
    code: String,
    #[prost(uint32, tag = "3")]
    class: u32,
    #[prost(string, tag = "4")]
    mask: String,
    #[prost(uint64, optional, tag = "5")]
    used: Option<u64>,
    #[prost(int64, optional, tag = "6")]
    random_only_until_us: Option<i64>,
    #[prost(int64, optional, tag = "7")]
    opens_at_us: Option<i64>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct WithdrawInput {
    #[prost(bytes = "vec", tag = "1")]
    batch: Vec<u8>,
    #[prost(bytes = "vec", repeated, tag = "2")]
    segments: Vec<Vec<u8>>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct WithholdInput {
    #[prost(bytes = "vec", tag = "1")]
    id: Vec<u8>,
    #[prost(string, tag = "2")]
    reason: String,
    #[prost(sfixed64, repeated, tag = "3")]
    plates: Vec<i64>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct EndWithholdingInput {
    #[prost(bytes = "vec", tag = "1")]
    id: Vec<u8>,
    #[prost(message, repeated, tag = "2")]
    returns: Vec<ReturnInput>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct ImportInput {
    #[prost(string, tag = "1")]
    channel: String,
    #[prost(string, tag = "2")]
    reason: String,
    #[prost(sfixed64, repeated, tag = "3")]
    plates: Vec<i64>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct RulesInput {
    #[prost(uint32, tag = "1")]
    class: u32,
    #[prost(message, repeated, tag = "2")]
    rules: Vec<RuleInput>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct RuleInput {
    /// 0 where it is another rule.
    #[prost(uint32, tag = "1")]
    equal_digits: u32,
    #[prost(string, tag = "2")]
    code: String,
    #[prost(string, tag = "3")]
    mask: String,
    #[prost(bool, tag = "4")]
    all_zero: bool,
}

#[derive(Clone, PartialEq, prost::Message)]
struct LapseInput {
    #[prost(sfixed64, tag = "1")]
    plate: i64,
    #[prost(bytes = "vec", tag = "2")]
    application: Vec<u8>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct ReturnInput {
    #[prost(sfixed64, tag = "1")]
    plate: i64,
    #[prost(int64, tag = "2")]
    available_at_us: i64,
    #[prost(int64, tag = "3")]
    random_only_until_us: i64,
}

/// The word for a channel, in the log and in allocations.
pub(crate) fn channel_word(channel: Channel) -> &'static str {
    match channel {
        Channel::Internet => "internet",
        Channel::Window => "window",
        Channel::Import => "import",
        Channel::Reserve => "reserve",
    }
}

/// The channel of a word.
pub(crate) fn channel(word: &str) -> Option<Channel> {
    let all = [
        Channel::Internet,
        Channel::Window,
        Channel::Import,
        Channel::Reserve,
    ];
    all.into_iter()
        .find(|channel| channel_word(*channel) == word)
}
