//! Ticks of many keys, and a view that counts them.

use std::sync::atomic::{AtomicBool, Ordering};

use cqrs_core::domain::view::View;
use cqrs_core::ports::append::{Append, AppendEvents, AppendOutcome};
use cqrs_core::prelude::*;
use cqrs_core::runtime::app::Cqrs;
use cqrs_core::words::document_key::DocumentKey;
use cqrs_core::words::event::{NewEvent, Recorded};
use cqrs_core::words::position::Position;
use cqrs_core::words::processor::ProcessorName;
use cqrs_core::words::version::ExpectedVersion;

pub(crate) type Failed = Box<dyn std::error::Error + Send + Sync>;

/// What the view can't stand before it is fixed.
pub(crate) const POISON: u64 = u64::MAX;

/// Whether the view's code is fixed.
pub(crate) static IS_FIXED: AtomicBool = AtomicBool::new(false);

#[derive(EventSet, Serialize, Deserialize, Clone, Debug, PartialEq)]
pub(crate) enum Tick {
    #[event(name = "tick.ticked")]
    Ticked { number: u64 },
}

/// How many ticks a key has, and what they are together.
#[derive(Serialize, Deserialize, Default, Clone, Debug, PartialEq)]
pub(crate) struct Count {
    pub(crate) ticks: u64,
    pub(crate) sum: u64,
    pub(crate) last_version: u64,
}

impl View for Count {
    const NAME: ProcessorName = ProcessorName::from_static("count");
    type Event = Tick;
    type Key = String;

    fn keys(event: &Recorded<Tick>) -> impl IntoIterator<Item = String> {
        [event.stream.key().to_string()]
    }

    fn apply(&mut self, event: &Recorded<Tick>) {
        let Tick::Ticked { number } = event.event;
        if number == POISON {
            assert!(IS_FIXED.load(Ordering::SeqCst), "poison");
        } else {
            self.sum += number;
        }
        self.ticks += 1;
        self.last_version = event.version.get();
    }
}

/// The document of this number among all keys.
pub(crate) fn key(number: u64) -> String {
    format!("{number:06}")
}

/// Appends ticks of these numbers, spread over so many keys; says where the last one is.
pub(crate) async fn append(
    store: &impl AppendEvents,
    numbers: std::ops::Range<u64>,
    keys: u64,
) -> Result<Position, Failed> {
    let numbers: Vec<_> = numbers.collect();
    let mut last = Position::default();
    for chunk in numbers.chunks(500) {
        let appends = chunk
            .iter()
            .map(|number| one(number % keys, *number))
            .collect::<Result<Vec<_>, _>>()?;
        for appended in store.append_batch(appends).await {
            last = last.max(position(&appended?)?);
        }
    }
    Ok(last)
}

/// Where what was appended ends.
pub(crate) fn position(outcome: &AppendOutcome) -> Result<Position, Failed> {
    match outcome {
        AppendOutcome::Recorded(appended) => Ok(appended.position),
        other @ AppendOutcome::Repeated(_) => Err(format!("not appended: {other:?}").into()),
    }
}

/// One tick of this key.
pub(crate) fn one(of: u64, number: u64) -> Result<Append, Failed> {
    let encoded = Tick::Ticked { number }.encode()?;
    let event = NewEvent::new(encoded.name, encoded.payload);
    let stream = format!("tick-{}", key(of)).parse()?;
    Ok(Append::to(stream, ExpectedVersion::Any, vec![event]))
}

/// All documents, row by row.
pub(crate) async fn rows(cqrs: &Cqrs) -> Result<Vec<(DocumentKey, Count)>, Failed> {
    let (mut rows, mut after) = (Vec::new(), None);
    loop {
        let mut list = cqrs.views::<Count>().limit(1_000);
        if let Some(after) = after {
            list = list.after(after);
        }
        let page = list.await?;
        rows.extend(page.documents);
        after = page.next;
        if after.is_none() {
            return Ok(rows);
        }
    }
}
