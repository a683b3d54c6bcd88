//! The log that a stranger needs to derive every draw of a past day again (E6), without persons:
//! neither vehicles nor hashes of requests are in it.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::{Value, json};
use xuanhao_chassis::clock::start_of_day;
use xuanhao_chassis::db;
use xuanhao_chassis::error::Refusal;
use xuanhao_chassis::reason::Reason;
use xuanhao_vocabulary::plate::Energy;
use xuanhao_vocabulary::{Office, PlateKey};

use super::App;
use crate::domain::command::{
    Channel, Command, ConfirmFrom, DrawFrom, Input, OnHit, Operation, Return, UsedNumbers,
};
use crate::domain::hold::HoldSet;
use crate::domain::ids::RowKey;
use crate::domain::rows::{Entry, Outcome};
use crate::domain::rule::ComposeRule;
use crate::error::Error;
use crate::store;
use crate::store::day_key;
use crate::store::log::{self, Span};

/// A page ends once it holds so much text, whatever its rows: imports are big.
const LARGEST_PAGE_BYTES: usize = 1 << 20;

/// A row of the log, as everybody may read it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicRow {
    /// Its place.
    pub key: RowKey,
    /// Its instant.
    pub decided_at: Timestamp,
    /// What was asked.
    pub kind: &'static str,
    /// The application, where one is concerned.
    pub application: Option<uuid::Uuid>,
    /// The operation's number; 0 where it is none.
    pub op_no: u64,
    /// Canonical JSON of input and result: keys in order, no blanks.
    pub content: String,
}

impl App {
    /// A page of a day's log, and whether there are more rows. Only once the day's key is revealed.
    ///
    /// # Errors
    /// `NOT_FOUND` for a day without a key, or whose key is still secret.
    pub async fn draw_log(
        &self,
        office: &'static Office,
        day: Date,
        after: Option<(Timestamp, RowKey)>,
        limit: u16,
    ) -> Result<(Vec<PublicRow>, bool), Error> {
        let mut connection = self.db().pool().acquire().await?;
        let stored = day_key::lookup(&mut connection, office.id, day).await?;
        drop(connection);
        if stored.is_none_or(|stored| stored.revealed_key.is_none()) {
            return Err(Refusal::not_found("draw_day").into());
        }
        let bounds = day
            .tomorrow()
            .and_then(|next| Ok((start_of_day(day)?, start_of_day(next)?)));
        let (begin, end) = bounds.map_err(|source| db::Error::corrupt("day", source))?;
        if after.is_some_and(|(at, _)| !(begin..end).contains(&at)) {
            return Err(Refusal::new(Reason::PageTokenInvalid)
                .on_field("page_token")
                .into());
        }
        let span = Span {
            after: after.unwrap_or((begin, RowKey { epoch: 0, seq: 0 })),
            before: end,
            limit: i64::from(limit) + 1,
        };
        let entries = log::list(self.db().pool(), office.id, span).await?;
        let all = entries.len();
        let now = self.clock().now();
        let (mut page, mut bytes) = (Vec::new(), 0);
        for entry in entries.into_iter().take(usize::from(limit)) {
            let row = public(&entry, now);
            bytes += row.content.len();
            page.push(row);
            if bytes > LARGEST_PAGE_BYTES {
                break;
            }
        }
        let more = page.len() < all;
        Ok((page, more))
    }
}

impl App {
    /// The rows of a day as they were written, for verifiers that run beside the database.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn rows_of(&self, office: &'static Office, day: Date) -> Result<Vec<Entry>, Error> {
        let (begin, before) = bounds(day)?;
        let after = (begin, RowKey { epoch: 0, seq: 0 });
        Ok(log::list(
            self.db().pool(),
            office.id,
            Span {
                after,
                before,
                limit: i64::MAX,
            },
        )
        .await?)
    }
}

/// A day's first instant and the next day's.
fn bounds(day: Date) -> Result<(Timestamp, Timestamp), db::Error> {
    let bounds = day
        .tomorrow()
        .and_then(|next| Ok((start_of_day(day)?, start_of_day(next)?)));
    bounds.map_err(|source| db::Error::corrupt("day", source))
}

fn public(entry: &Entry, now: Timestamp) -> PublicRow {
    let input = match &entry.command {
        Command::Operate(operation) => with_channel(operation),
        command => command_input(command, now),
    };
    let content = object([
        ("input", input),
        ("outcome", outcome(&entry.outcome)),
        ("set", set(&entry.set)),
    ]);
    PublicRow {
        key: entry.key,
        decided_at: entry.decided_at,
        kind: store::kind(&entry.command),
        application: entry.command.application().map(|application| application.0),
        op_no: entry.op_no,
        content: content.to_string(),
    }
}

/// Keys in the order of their bytes, however the library keeps its maps.
fn object<const N: usize>(fields: [(&'static str, Value); N]) -> Value {
    let sorted: BTreeMap<_, _> = fields
        .into_iter()
        .filter(|(_, value)| !value.is_null())
        .collect();
    sorted
        .into_iter()
        .map(|(key, value)| (key.to_owned(), value))
        .collect()
}

fn plate(plate: PlateKey) -> Value {
    let (class, number) = plate.unpack();
    Value::String(format!("{} {number}", class.code()))
}

fn plates(all: &[PlateKey]) -> Value {
    all.iter().map(|one| plate(*one)).collect()
}

/// Always with microseconds, so that there is one spelling.
fn instant(at: Timestamp) -> Value {
    Value::String(format!("{at:.6}"))
}

fn operation_input(input: &Input) -> Value {
    match input {
        Input::Draw(draw) => object([
            ("class", json!(draw.class.code())),
            ("count", json!(draw.count)),
            ("without_four", json!(draw.from == DrawFrom::WithoutFour)),
            ("energy_group", energy(draw.energy)),
            ("column_ttl_ms", millis(draw.column_ttl)),
            ("basket_ttl_ms", millis(draw.basket_ttl)),
        ]),
        Input::Keep(keep) => object([
            ("plate", plate(keep.plate)),
            ("basket_ttl_ms", millis(keep.basket_ttl)),
        ]),
        Input::Compose(compose) => {
            let hold = match compose.on_hit {
                OnHit::Allocate(_) => Value::Null,
                OnHit::Hold { ttl } => millis(ttl),
            };
            object([
                ("wishes", plates(&compose.wishes)),
                ("energy_group", energy(compose.energy)),
                ("hold_ttl_ms", hold),
            ])
        }
        Input::Confirm(confirm) => {
            let from_column = confirm.from == ConfirmFrom::ColumnOrBasket;
            object([
                ("plate", plate(confirm.plate)),
                ("from_column", json!(from_column)),
            ])
        }
        Input::Choose(choose) => object([
            ("plate", plate(choose.plate)),
            ("ttl_ms", millis(choose.ttl)),
        ]),
        Input::GiveUp => object([]),
    }
}

/// Which numbers of a new-energy class the operation sees; absent where it sees all.
fn energy(energy: Option<Energy>) -> Value {
    match energy {
        None => Value::Null,
        Some(Energy::Battery) => json!("battery"),
        Some(Energy::NotPurelyBattery) => json!("not_purely_battery"),
    }
}

/// Only what was not made on the internet says where it was.
fn with_channel(operation: &Operation) -> Value {
    let mut input = operation_input(&operation.input);
    if operation.channel != Channel::Internet {
        input["channel"] = json!(store::channel_word(operation.channel));
    }
    input
}

/// When a number comes back is told only afterwards: nobody shall wait for it. Until when it is then
/// drawn only follows the same rule by itself, so that the draws between can be derived.
fn way_back(back: &Return, now: Timestamp) -> Value {
    object([
        ("plate", plate(back.plate)),
        ("available_at", once_it_has_come(back.available_at, now)),
        (
            "random_only_until",
            once_it_has_come(back.random_only_until, now),
        ),
    ])
}

fn once_it_has_come(at: Timestamp, now: Timestamp) -> Value {
    if at > now {
        json!("withheld")
    } else {
        instant(at)
    }
}

fn millis(duration: jiff::SignedDuration) -> Value {
    json!(i64::try_from(duration.as_millis()).unwrap_or(i64::MAX))
}

fn command_input(command: &Command, now: Timestamp) -> Value {
    match command {
        Command::Operate(_) | Command::Resolve(_) | Command::Close(_) => object([]),
        Command::Release(release) => {
            let segment = |one: &crate::domain::command::NewSegment| {
                let used = match one.used {
                    UsedNumbers::Open => Value::Null,
                    UsedNumbers::Closed { count } => json!(count),
                };
                object([
                    ("segment", json!(one.id.0.to_string())),
                    ("issuing_code", json!(one.code.to_string())),
                    ("class", json!(one.class.code())),
                    ("mask", json!(one.mask.to_string())),
                    ("used", used),
                    // So is the day by lot on which composing opens.
                    (
                        "random_only_until",
                        one.random_only_until
                            .map_or(Value::Null, |until| once_it_has_come(until, now)),
                    ),
                    ("opens_at", one.opens_at.map_or(Value::Null, instant)),
                ])
            };
            let segments = release.segments.iter().map(segment).collect();
            object([
                ("batch", json!(release.batch.0.to_string())),
                ("segments", segments),
            ])
        }
        Command::Import(import) => object([
            ("channel", json!(store::channel_word(import.channel))),
            ("reason", json!(import.reason)),
            ("plates", plates(&import.plates)),
        ]),
        Command::SetRules(rules) => {
            let rule = |one: &ComposeRule| match one {
                ComposeRule::EqualDigits { at_least } => {
                    object([("equal_digits", json!(at_least))])
                }
                ComposeRule::AllZero => object([("all_zero", json!(true))]),
                ComposeRule::Withheld { code, mask } => object([
                    ("issuing_code", json!(code.to_string())),
                    ("mask", json!(mask.to_string())),
                ]),
            };
            let all = rules.rules.iter().map(rule).collect();
            object([("class", json!(rules.class.code())), ("rules", all)])
        }
        Command::Lapse(lapse) => object([("plate", plate(lapse.plate))]),
        Command::Return(back) => way_back(back, now),
        Command::Withdraw(withdraw) => {
            let segments = withdraw.segments.iter();
            object([
                ("batch", json!(withdraw.batch.0.to_string())),
                (
                    "segments",
                    segments.map(|id| json!(id.0.to_string())).collect(),
                ),
            ])
        }
        Command::Withhold(withhold) => object([
            ("withholding", json!(withhold.id.0.to_string())),
            ("reason", json!(withhold.reason)),
            ("plates", plates(&withhold.plates)),
        ]),
        Command::EndWithholding(end) => {
            let returns = end.returns.iter();
            object([
                ("withholding", json!(end.id.0.to_string())),
                ("returns", returns.map(|back| way_back(back, now)).collect()),
            ])
        }
    }
}

fn outcome(outcome: &Outcome) -> Value {
    let word = ("is", json!(store::outcome(outcome)));
    match outcome {
        Outcome::Held { until } => object([word, ("until", instant(*until))]),
        Outcome::Allocated { plate: taken } => object([word, ("plate", plate(*taken))]),
        Outcome::Closed { allocation } => {
            object([word, ("plate", allocation.map_or(Value::Null, plate))])
        }
        Outcome::Released { numbers } | Outcome::Withheld { numbers } => {
            object([word, ("numbers", json!(numbers))])
        }
        Outcome::Imported { taken, known, held } => object([
            word,
            ("taken", json!(taken)),
            ("known", json!(known)),
            ("held", plates(held)),
        ]),
        Outcome::AllMissed
        | Outcome::GivenUp
        | Outcome::Refused
        | Outcome::Dropped
        | Outcome::RulesSet
        | Outcome::Lapsed
        | Outcome::Returning
        | Outcome::Withdrawn => object([word]),
    }
}

fn set(set: &HoldSet) -> Value {
    let column = set.column.as_ref().map(|column| {
        object([
            ("plates", plates(&column.plates)),
            ("until", instant(column.until)),
            ("chosen", json!(column.chosen)),
        ])
    });
    let basket = set.basket.as_ref().map(|basket| {
        object([
            ("plates", plates(&basket.plates)),
            ("until", instant(basket.until)),
        ])
    });
    object([
        ("column", column.unwrap_or_default()),
        ("basket", basket.unwrap_or_default()),
    ])
}
