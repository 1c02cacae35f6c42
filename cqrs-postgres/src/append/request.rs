//! A run of appends as the columns of `append_batch.sql`.

use cqrs_core::ports::append::{Append, AppendCondition, StreamAppend};
use cqrs_core::ports::error::StoreError;
use cqrs_core::ports::receipts::NewReceipt;
use cqrs_core::words::event::NewEvent;
use cqrs_core::words::metadata::{CausationId, CorrelationId};
use cqrs_core::words::version::ExpectedVersion;
use sqlx::Arguments;
use sqlx::postgres::PgArguments;
use uuid::Uuid;

use super::locks::Locks;
use crate::probes::{Probes, TAG, list};
use crate::row::metadata_text;
use crate::session::Statement;

/// Of `append_batch.sql`.
const PARAMETERS: usize = 35;

/// What the server needs of an event besides its texts, in bytes and not more.
const BYTES_OF_AN_EVENT: usize = 192;

/// One field for each parameter. Appends are numbered from 0, streams from 1.
#[derive(Debug, Default)]
pub(crate) struct Request<'a> {
    streams: Streams<'a>,
    events: Events<'a>,
    receipts: Receipts<'a>,
    conditions: Conditions<'a>,
    bytes: usize,
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
    /// Whether each stream has one: then nobody needs to be told which events are whose.
    are_single: bool,
    streams: Vec<i32>,
    numbers: Vec<i32>,
    categories: Vec<&'a str>,
    keys: Vec<&'a str>,
    ids: Vec<Uuid>,
    names: Vec<&'a str>,
    schema_versions: Vec<i32>,
    payloads: Vec<&'a str>,
    metadatas: Sparse<String>,
    correlations: Sparse<Uuid>,
    causations: Sparse<Uuid>,
    tags: Sparse<String>,
}

/// A column that is null itself as long as all in it is.
#[derive(Debug)]
struct Sparse<T> {
    nulls: usize,
    values: Option<Vec<Option<T>>>,
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
    categories: Sparse<String>,
    names: Sparse<String>,
    tags: Sparse<String>,
}

impl<'a> Request<'a> {
    pub(crate) fn of(run: &[&'a Append]) -> Result<Self, StoreError> {
        let mut request = Self::default();
        request.make_room(run);
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

    fn make_room(&mut self, run: &[&Append]) {
        let parts = || run.iter().flat_map(|append| &append.streams);
        let streams = parts().count();
        self.streams.appends.reserve_exact(streams);
        self.streams.categories.reserve_exact(streams);
        self.streams.keys.reserve_exact(streams);
        self.streams.expecteds.reserve_exact(streams);
        let events = parts().map(|part| part.events.len()).sum();
        self.events.are_single = parts().all(|part| part.events.len() == 1);
        self.events.ids.reserve_exact(events);
        self.events.names.reserve_exact(events);
        self.events.schema_versions.reserve_exact(events);
        self.events.payloads.reserve_exact(events);
        self.bytes = BYTES_OF_AN_EVENT * (events + 1);
        for part in parts() {
            self.bytes += part.stream.key().as_str().len();
            for event in &part.events {
                self.bytes += event.payload.size() + event.metadata.size();
            }
        }
    }

    /// Where the parameters are written, with room for all of them.
    pub(crate) fn room(&self) -> PgArguments {
        let mut arguments = PgArguments::default();
        arguments.reserve(PARAMETERS, self.bytes);
        arguments
    }

    fn add_stream(&mut self, append: i32, part: &'a StreamAppend) -> Result<(), StoreError> {
        self.streams.appends.push(append);
        self.streams
            .categories
            .push(part.stream.category().as_str());
        self.streams.keys.push(part.stream.key().as_str());
        self.streams.expecteds.push(expected_number(part.expected));
        let stream = number(self.streams.appends.len())?;
        for (event, place) in part.events.iter().zip(1..) {
            if !self.events.are_single {
                self.events.place(part, stream, place);
            }
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
        let statement = self.streams.bind(statement);
        let statement = self.events.bind(statement);
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
    fn place(&mut self, part: &'a StreamAppend, stream: i32, number: i32) {
        self.streams.push(stream);
        self.numbers.push(number);
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

    fn bind<'q>(self, statement: Statement<'q>) -> Statement<'q>
    where
        'a: 'q,
    {
        let are_single = self.are_single;
        let are_first = self.schema_versions.iter().all(|version| *version == 1);
        statement
            .bind((!are_single).then_some(self.streams))
            .bind((!are_single).then_some(self.numbers))
            .bind((!are_single).then_some(self.categories))
            .bind((!are_single).then_some(self.keys))
            .bind(self.ids)
            .bind(self.names)
            .bind((!are_first).then_some(self.schema_versions))
            .bind(self.payloads)
            .bind(self.metadatas.values)
            .bind(self.correlations.values)
            .bind(self.causations.values)
            .bind(self.tags.values)
    }
}

impl<T> Default for Sparse<T> {
    fn default() -> Self {
        Self {
            nulls: 0,
            values: None,
        }
    }
}

impl<T> Sparse<T> {
    fn push(&mut self, value: Option<T>) {
        if self.values.is_none() && value.is_none() {
            self.nulls += 1;
            return;
        }
        let nulls = self.nulls;
        let values = self.values.get_or_insert_with(|| {
            let mut values = Vec::new();
            values.resize_with(nulls, || None);
            values
        });
        values.push(value);
    }

    fn extend(&mut self, values: Vec<Option<T>>) {
        for value in values {
            self.push(value);
        }
    }
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
        let are_tags = self.kinds.iter().all(|kind| *kind == TAG);
        statement
            .bind(some.then_some(self.appends))
            .bind(some.then_some(self.afters))
            .bind((!are_tags).then_some(self.kinds))
            .bind(some.then_some(self.values))
            .bind(self.categories.values)
            .bind(self.names.values)
            .bind(self.tags.values)
    }
}

fn number(count: usize) -> Result<i32, StoreError> {
    i32::try_from(count).map_err(StoreError::other)
}
