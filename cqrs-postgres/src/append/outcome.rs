//! What the server says about a run of appends.

use cqrs_core::ports::append::{Append, AppendOutcome, Appended};
use cqrs_core::ports::error::{AppendError, StoreError};
use cqrs_core::words::position::Position;
use cqrs_core::words::version::{StreamVersion, VersionConflict};
use serde::Deserialize;
use sqlx::Row;
use sqlx::postgres::PgRow;

use super::tail::Tails;

/// The first column of `append_batch.sql` and of its like, which `migrations/0003_append.sql` describes.
#[derive(Debug, Deserialize)]
pub(crate) struct Answer {
    /// The version of each stream before.
    before: Option<Vec<i64>>,
    /// Of the events that were recorded, in their order.
    positions: Option<Vec<i64>>,
    refused: Option<Vec<Refusal>>,
    tail: Option<Tails>,
}

#[derive(Debug, Deserialize)]
struct Refusal {
    append: i32,
    reason: String,
    stream: i32,
    number: i64,
}

/// What becomes of one append.
pub(crate) enum Outcome {
    /// This.
    Done(Result<AppendOutcome, AppendError>),
    /// The request was done before: its receipt says with what outcome.
    Receipt,
    /// Read models that are written with its events are others than was said.
    Inline,
    /// An event id is recorded: it depends on whether this append did it.
    EventId,
}

impl Answer {
    pub(crate) fn read(row: &PgRow) -> Result<Self, sqlx::Error> {
        let text: &str = row.try_get(0)?;
        serde_json::from_str(text).map_err(|error| sqlx::Error::Decode(error.into()))
    }

    /// Whether there are new events.
    pub(crate) fn has_recorded(&self) -> bool {
        self.positions.is_some()
    }

    /// One for each append of the run, in its order.
    pub(crate) fn outcomes<'a>(self, run: &'a [&Append]) -> impl Iterator<Item = Outcome> + 'a {
        let (mut streams, mut events) = (0, 0);
        run.iter().zip(0..).map(move |(append, place)| {
            let first = streams;
            streams += append.streams.len();
            let mut refused = self.refused.iter().flatten();
            if let Some(refusal) = refused.find(|refusal| refusal.append == place) {
                return self.refused(append, refusal, first);
            }
            let before = events;
            events += append
                .streams
                .iter()
                .map(|part| part.events.len())
                .sum::<usize>();
            Outcome::Done(self.recorded(append, first, before).map_err(Into::into))
        })
    }

    /// `first` streams of the run, and `events` that were recorded, are those of earlier appends.
    fn recorded(
        &self,
        append: &Append,
        first: usize,
        mut events: usize,
    ) -> Result<AppendOutcome, StoreError> {
        let mut last = Position::START;
        let mut streams = Vec::with_capacity(append.streams.len());
        for (part, place) in append.streams.iter().zip(first..) {
            events += part.events.len();
            let (before, position) = self
                .place(place, events)
                .ok_or_else(|| StoreError::other("the server did not say where a stream is now"))?;
            // Summed up before it is looked at: what somebody has put into the table by force may be no version.
            let count = i64::try_from(part.events.len()).map_err(StoreError::other)?;
            let version = before.saturating_add(count);
            let version = StreamVersion::try_from(version).map_err(StoreError::other)?;
            last = last.max(Position::try_from(position).map_err(StoreError::other)?);
            streams.push((part.stream.clone(), version));
        }
        Ok(AppendOutcome::Recorded(Appended::new(last, streams)))
    }

    /// The version of a stream before, and the position of the last of so many events.
    fn place(&self, stream: usize, events: usize) -> Option<(i64, i64)> {
        let before = self.before.as_ref()?.get(stream)?;
        let position = self.positions.as_ref()?.get(events.checked_sub(1)?)?;
        Some((*before, *position))
    }

    fn refused(&self, append: &Append, refusal: &Refusal, before: usize) -> Outcome {
        match refusal.reason.as_str() {
            "receipt" => Outcome::Receipt,
            "event_id" => Outcome::EventId,
            "inline" => Outcome::Inline,
            "version" => Outcome::Done(Err(self.conflict(append, refusal, before))),
            "condition" => Outcome::Done(Err(condition_failed(refusal.number))),
            other => {
                let what = format!("the server refused an append for an unknown reason: {other}");
                Outcome::Done(Err(StoreError::other(what).into()))
            }
        }
    }

    fn conflict(&self, append: &Append, refusal: &Refusal, before: usize) -> AppendError {
        let part = usize::try_from(refusal.stream)
            .ok()
            .and_then(|number| number.checked_sub(before + 1))
            .and_then(|index| append.streams.get(index));
        let (Some(part), Ok(actual)) = (part, StreamVersion::try_from(refusal.number)) else {
            let what = "the server refused a stream that the append does not have";
            return StoreError::other(what).into();
        };
        AppendError::Conflict {
            conflict: VersionConflict {
                stream: part.stream.clone(),
                expected: part.expected,
                actual,
            },
            tail: self
                .tail
                .as_ref()
                .map(|tail| tail.of(refusal.stream, &part.stream))
                .unwrap_or_default(),
        }
    }
}

fn condition_failed(number: i64) -> AppendError {
    match Position::try_from(number) {
        Ok(position) => AppendError::ConditionFailed { position },
        Err(error) => StoreError::other(error).into(),
    }
}
