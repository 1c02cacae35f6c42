//! The aggregate of the tests that send commands: it keeps the numbers that were added to it.

use cqrs_core::domain::aggregate::{Aggregate, AggregateId};
use cqrs_core::domain::command::{AggregateCommand, ByAggregate, Command, Handle, Lifecycle};
use cqrs_core::domain::root::Root;
use cqrs_core::encoding::error::{DecodeError, EncodeError};
use cqrs_core::encoding::event::{EncodedEvent, EventSet};
use cqrs_core::encoding::registry::EventDescription;
use cqrs_core::encoding::stored::StoredEvent;
use cqrs_core::words::error::InvalidWord;
use cqrs_core::words::event::{EventName, SchemaVersion};
use cqrs_core::words::payload::Payload;
use cqrs_core::words::stream::{Category, StreamKey};

const ADDED: EventName = EventName::from_static("counter.added");

/// Which counter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct CounterId(pub(super) u32);

impl AggregateId for CounterId {
    fn stream_key(&self) -> Result<StreamKey, InvalidWord> {
        StreamKey::new(self.0.to_string())
    }
}

/// A number was added.
#[derive(Debug)]
pub(super) struct Added(u64);

impl EventSet for Added {
    const EVENTS: &'static [EventDescription] = &[EventDescription::new(
        ADDED,
        SchemaVersion::FIRST,
        module_path!(),
    )];

    fn encode(&self) -> Result<EncodedEvent, EncodeError> {
        let payload = Payload::from_store(self.0.to_string());
        Ok(EncodedEvent::new(
            ADDED,
            SchemaVersion::FIRST,
            payload,
            Vec::new(),
        ))
    }

    fn decode_one(stored: StoredEvent<'_>) -> Result<Option<Self>, DecodeError> {
        let number = stored.payload.parse();
        Ok(Some(Self(
            number.expect("the number of an added event is a number"),
        )))
    }
}

/// The numbers in the order in which they were added.
#[derive(Debug, Default)]
pub(super) struct Counter {
    pub(super) numbers: Vec<u64>,
}

impl Aggregate for Counter {
    const CATEGORY: Category = Category::from_static("counter");
    type Id = CounterId;
    type Event = Added;
    type Error = Full;

    fn apply_event(&mut self, event: &Added) {
        self.numbers.push(event.0);
    }
}

/// No number may be added any more.
#[derive(Debug, PartialEq, thiserror::Error)]
#[error("the counter is full")]
pub(super) struct Full;

/// Adds a number, unless there are `most` already. Replies with how many there are then.
#[derive(Clone, Copy, Debug)]
pub(super) struct Add {
    pub(super) counter: CounterId,
    pub(super) number: u64,
    pub(super) most: usize,
}

impl Add {
    pub(super) const fn new(counter: u32, number: u64) -> Self {
        Self {
            counter: CounterId(counter),
            number,
            most: usize::MAX,
        }
    }
}

impl Command for Add {
    const NAME: &'static str = "Add";
    type Reply = usize;
    type Error = Full;
    type Route = ByAggregate;
}

impl AggregateCommand for Add {
    type Aggregate = Counter;

    fn aggregate_id(&self) -> &CounterId {
        &self.counter
    }

    fn lifecycle(&self) -> Lifecycle {
        Lifecycle::Any
    }
}

impl Handle<Add> for Counter {
    fn handle(command: &Add, counter: &mut Root<Self>) -> Result<usize, Full> {
        if counter.numbers.len() >= command.most {
            return Err(Full);
        }
        counter.emit(Added(command.number));
        Ok(counter.numbers.len())
    }
}
