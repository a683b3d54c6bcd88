//! A batch by columns, as `unnest` wants it. What can be borrowed from the batch is.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use uuid::Uuid;

use super::super::encoding::Encoded;
use super::super::{channel_word, signed};
use super::{Statement, Told, is_claim};
use crate::domain::rows::{AllocationRow, Batch};

/// Log rows by columns.
#[derive(Debug, Default)]
pub(super) struct Entries {
    pub(super) seq: Vec<i64>,
    pub(super) application: Vec<Option<Uuid>>,
    pub(super) op_no: Vec<i64>,
    /// Whether the row stands or falls with its allocation or endings.
    pub(super) claims: Vec<bool>,
    pub(super) encoded: Encoded,
}

impl Entries {
    pub(super) fn of(batch: &Batch) -> Self {
        let allocations = batch.allocations.iter().filter(|row| is_claim(row));
        let claims: BTreeSet<_> = allocations
            .map(|row| row.key)
            .chain(batch.endings.iter().map(|row| row.key))
            .collect();
        let mut columns = Self::default();
        for entry in &batch.entries {
            columns.seq.push(signed(entry.key.seq));
            columns
                .application
                .push(entry.owner().map(|application| application.0));
            columns.op_no.push(signed(entry.op_no));
            columns.claims.push(claims.contains(&entry.key));
            columns.encoded.add(entry);
        }
        columns
    }
}

/// Allocations by columns.
#[derive(Debug, Default)]
pub(super) struct Allocations<'a> {
    pub(super) id: &'a [Uuid],
    pub(super) seq: Vec<i64>,
    pub(super) plate: Vec<i64>,
    pub(super) application: Vec<Option<Uuid>>,
    pub(super) vehicle: Vec<Option<&'a [u8]>>,
    pub(super) channel: Vec<&'static str>,
    pub(super) op_no: Vec<Option<i64>>,
}

impl<'a> Allocations<'a> {
    pub(super) fn of(statement: &'a Statement) -> Self {
        let mut columns = Self {
            id: &statement.allocation_ids,
            ..Self::default()
        };
        for row in &statement.batch.allocations {
            columns.add(row, &statement.batch);
        }
        columns
    }

    fn add(&mut self, row: &'a AllocationRow, batch: &Batch) {
        self.seq.push(signed(row.key.seq));
        self.plate.push(row.plate.get());
        self.application
            .push(row.application.map(|application| application.0));
        self.vehicle
            .push(row.vehicle.as_ref().map(|vehicle| &vehicle.0[..]));
        self.channel.push(channel_word(row.channel));
        // Entries are by key.
        let entry = batch.entries.binary_search_by_key(&row.key, |one| one.key);
        let op_no = entry.ok().filter(|_| is_claim(row));
        self.op_no
            .push(op_no.map(|index| signed(batch.entries[index].op_no)));
    }
}

/// Facts by columns.
#[derive(Debug, Default)]
pub(super) struct Facts<'a> {
    pub(super) seq: Vec<i64>,
    pub(super) event_id: Vec<Uuid>,
    pub(super) kind: Vec<&'static str>,
    pub(super) aggregate_kind: Vec<&'static str>,
    pub(super) aggregate_id: Vec<String>,
    pub(super) version: Vec<i64>,
    pub(super) payload: Vec<&'a [u8]>,
}

impl<'a> Facts<'a> {
    pub(super) fn of(told: &'a [Told]) -> Self {
        let mut columns = Self::default();
        for fact in told {
            columns.seq.push(signed(fact.seq));
            columns.event_id.push(fact.event_id);
            columns.kind.push(fact.kind);
            columns.aggregate_kind.push(fact.aggregate_kind);
            columns.aggregate_id.push(fact.aggregate_id.to_string());
            columns.version.push(fact.version);
            columns.payload.push(&fact.payload);
        }
        columns
    }
}

pub(super) fn stamp(at: Timestamp) -> jiff_sqlx::Timestamp {
    at.to_sqlx()
}
