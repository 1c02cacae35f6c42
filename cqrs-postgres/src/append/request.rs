//! A run of appends as the columns of `append_batch.sql`.

use cqrs_core::ports::append::{Append, AppendCondition, StreamAppend};
use cqrs_core::ports::error::StoreError;
use cqrs_core::ports::receipts::NewReceipt;
use cqrs_core::words::event::NewEvent;
use cqrs_core::words::metadata::{CausationId, CorrelationId};
use cqrs_core::words::version::ExpectedVersion;
use uuid::Uuid;

use super::locks::Locks;
use crate::probes::{Probes, list};
use crate::row::metadata_text;
use crate::session::Statement;

/// One field for each parameter. Appends are numbered from 0, streams from 1.
#[derive(Debug, Default)]
pub(crate) struct Request<'a> {
    streams: Streams<'a>,
    events: Events<'a>,
    receipts: Receipts<'a>,
    conditions: Conditions<'a>,
}

#[derive(Debug, Default)]
struct Streams<'a> {
    appends: Vec<i32>,
    categories: Vec<&'a str>,
    keys: Vec<&'a str>,
    expecteds: Vec<i64>,
}

#[derive(Debug, Default)]
struct Events<'a> {
    streams: Vec<i32>,
    numbers: Vec<i32>,
    lasts: Vec<bool>,
    categories: Vec<&'a str>,
    keys: Vec<&'a str>,
    ids: Vec<Uuid>,
    names: Vec<&'a str>,
    schema_versions: Vec<i32>,
    payloads: Vec<&'a str>,
    metadatas: Vec<Option<String>>,
    correlations: Vec<Option<Uuid>>,
    causations: Vec<Option<Uuid>>,
    tags: Vec<Option<String>>,
}

#[derive(Debug, Default)]
struct Receipts<'a> {
    appends: Vec<i32>,
    keys: Vec<&'a str>,
    commands: Vec<&'a str>,
    categories: Vec<Option<&'a str>>,
    stream_keys: Vec<Option<&'a str>>,
    versions: Vec<i64>,
    positions: Vec<i64>,
    replies: Vec<&'a str>,
}

#[derive(Debug, Default)]
struct Conditions<'a> {
    appends: Vec<i32>,
    afters: Vec<i64>,
    kinds: Vec<&'static str>,
    values: Vec<&'a str>,
    categories: Vec<Option<String>>,
    names: Vec<Option<String>>,
    tags: Vec<Option<String>>,
}

impl<'a> Request<'a> {
    pub(crate) fn of(run: &[&'a Append]) -> Result<Self, StoreError> {
        let mut request = Self::default();
        for (append, place) in run.iter().zip(0..) {
            for part in &append.streams {
                request.add_stream(place, part)?;
            }
            for receipt in &append.receipts {
                request.receipts.add(place, receipt);
            }
            if let Some(condition) = &append.condition {
                request.conditions.add(place, condition);
            }
        }
        Ok(request)
    }

    fn add_stream(&mut self, append: i32, part: &'a StreamAppend) -> Result<(), StoreError> {
        self.streams.appends.push(append);
        self.streams
            .categories
            .push(part.stream.category().as_str());
        self.streams.keys.push(part.stream.key().as_str());
        self.streams.expecteds.push(expected_number(part.expected));
        let stream = number(self.streams.appends.len())?;
        let size = number(part.events.len())?;
        for (event, place) in part.events.iter().zip(1..) {
            self.events.place(part, stream, place, place == size);
            self.events.add(event)?;
        }
        Ok(())
    }

    /// The statement with all its parameters, in the order of their numbers. Whoever does not look for ids must be ready to
    /// call again when one is recorded already.
    pub(crate) fn bind<'q>(
        self,
        statement: Statement<'q>,
        locks: &Locks,
        looks_for_ids: bool,
    ) -> Statement<'q>
    where
        'a: 'q,
    {
        let (classes, objects, exclusives) = locks.columns();
        let statement = statement.bind(classes).bind(objects).bind(exclusives);
        let are_single = self.streams.appends.len() == self.events.ids.len();
        let statement = self.streams.bind(statement);
        let statement = self.events.bind(statement, are_single);
        let statement = self.receipts.bind(statement);
        self.conditions.bind(statement).bind(looks_for_ids)
    }
}

/// The expectation as the database knows it.
pub(super) fn expected_number(expected: ExpectedVersion) -> i64 {
    match expected {
        ExpectedVersion::Any => -1,
        ExpectedVersion::StreamExists => -2,
        ExpectedVersion::NoStream => 0,
        ExpectedVersion::Exact(version) => version.as_i64(),
    }
}

impl<'a> Streams<'a> {
    fn bind<'q>(self, statement: Statement<'q>) -> Statement<'q>
    where
        'a: 'q,
    {
        statement
            .bind(self.appends)
            .bind(self.categories)
            .bind(self.keys)
            .bind(self.expecteds)
    }
}

impl<'a> Events<'a> {
    fn place(&mut self, part: &'a StreamAppend, stream: i32, number: i32, is_last: bool) {
        self.streams.push(stream);
        self.numbers.push(number);
        self.lasts.push(is_last);
        self.categories.push(part.stream.category().as_str());
        self.keys.push(part.stream.key().as_str());
    }

    fn add(&mut self, event: &'a NewEvent) -> Result<(), StoreError> {
        self.ids.push(event.event_id.as_uuid());
        self.names.push(event.name.as_str());
        self.schema_versions
            .push(i32::try_from(event.schema_version.get()).map_err(StoreError::other)?);
        self.payloads.push(event.payload.as_str());
        self.metadatas.push(metadata_text(&event.metadata)?);
        let (correlation, causation) = (event.metadata.correlation_id, event.metadata.causation_id);
        self.correlations
            .push(correlation.map(CorrelationId::as_uuid));
        self.causations.push(causation.map(CausationId::as_uuid));
        self.tags.push(list(&event.tags));
        Ok(())
    }

    fn bind<'q>(self, statement: Statement<'q>, are_single: bool) -> Statement<'q>
    where
        'a: 'q,
    {
        let are_first = self.schema_versions.iter().all(|version| *version == 1);
        statement
            .bind((!are_single).then_some(self.streams))
            .bind((!are_single).then_some(self.numbers))
            .bind((!are_single).then_some(self.lasts))
            .bind((!are_single).then_some(self.categories))
            .bind((!are_single).then_some(self.keys))
            .bind(self.ids)
            .bind(self.names)
            .bind((!are_first).then_some(self.schema_versions))
            .bind(self.payloads)
            .bind(some(self.metadatas))
            .bind(some(self.correlations))
            .bind(some(self.causations))
            .bind(some(self.tags))
    }
}

/// The column, unless all of it is null.
fn some<T>(column: Vec<Option<T>>) -> Option<Vec<Option<T>>> {
    column.iter().any(Option::is_some).then_some(column)
}

impl<'a> Receipts<'a> {
    fn add(&mut self, append: i32, receipt: &'a NewReceipt) {
        let stream = receipt.stream.as_ref();
        self.appends.push(append);
        self.keys.push(receipt.key.as_str());
        self.commands.push(receipt.command.as_str());
        self.categories
            .push(stream.map(|stream| stream.category().as_str()));
        self.stream_keys
            .push(stream.map(|stream| stream.key().as_str()));
        self.versions.push(receipt.version.as_i64());
        self.positions.push(receipt.position.as_i64());
        self.replies.push(receipt.reply.as_str());
    }

    fn bind<'q>(self, statement: Statement<'q>) -> Statement<'q>
    where
        'a: 'q,
    {
        let some = !self.appends.is_empty();
        statement
            .bind(some.then_some(self.appends))
            .bind(some.then_some(self.keys))
            .bind(some.then_some(self.commands))
            .bind(some.then_some(self.categories))
            .bind(some.then_some(self.stream_keys))
            .bind(some.then_some(self.versions))
            .bind(some.then_some(self.positions))
            .bind(some.then_some(self.replies))
    }
}

impl<'a> Conditions<'a> {
    fn add(&mut self, append: i32, condition: &'a AppendCondition) {
        let probes = Probes::of(&condition.filter);
        let count = probes.len();
        self.appends.extend(std::iter::repeat_n(append, count));
        self.afters
            .extend(std::iter::repeat_n(condition.after.as_i64(), count));
        self.kinds.extend(probes.kinds);
        self.values.extend(probes.values);
        self.categories.extend(probes.categories);
        self.names.extend(probes.names);
        self.tags.extend(probes.tags);
    }

    fn bind<'q>(self, statement: Statement<'q>) -> Statement<'q>
    where
        'a: 'q,
    {
        let some = !self.appends.is_empty();
        statement
            .bind(some.then_some(self.appends))
            .bind(some.then_some(self.afters))
            .bind(some.then_some(self.kinds))
            .bind(some.then_some(self.values))
            .bind(some.then_some(self.categories))
            .bind(some.then_some(self.names))
            .bind(some.then_some(self.tags))
    }
}

fn number(count: usize) -> Result<i32, StoreError> {
    i32::try_from(count).map_err(StoreError::other)
}
