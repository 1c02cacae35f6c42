//! What the server says about a run of appends.

use cqrs_core::ports::append::{Append, AppendOutcome, Appended};
use cqrs_core::ports::error::{AppendError, StoreError};
use cqrs_core::words::position::Position;
use cqrs_core::words::version::{StreamVersion, VersionConflict};
use sqlx::Row;
use sqlx::postgres::PgRow;

use super::tail::{self, Tails};

/// How many columns an answer has, wherever it begins.
pub(crate) const COLUMNS: usize = 7 + tail::COLUMNS;

/// The row of `append_batch.sql`.
#[derive(Debug)]
pub(crate) struct Answer {
    refused: Vec<Refusal>,
    recorded: Vec<Recorded>,
    tails: Tails,
}

#[derive(Debug)]
struct Refusal {
    append: i32,
    reason: String,
    stream: i32,
    number: i64,
}

/// A stream of an append that was recorded.
#[derive(Debug)]
struct Recorded {
    stream: i32,
    version: i64,
    position: i64,
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
        let refused_appends: Vec<i32> = row.try_get(0)?;
        let (refused, tails) = if refused_appends.is_empty() {
            (Vec::new(), Tails::default())
        } else {
            let reasons: Vec<String> = row.try_get(1)?;
            let streams: Vec<i32> = row.try_get(2)?;
            let numbers: Vec<i64> = row.try_get(3)?;
            let refused = refused_appends
                .into_iter()
                .zip(reasons)
                .zip(streams.into_iter().zip(numbers))
                .map(|((append, reason), (stream, number))| Refusal {
                    append,
                    reason,
                    stream,
                    number,
                });
            (refused.collect(), Tails::read(row, 7)?)
        };
        let recorded_streams: Option<Vec<i32>> = row.try_get(4)?;
        let recorded_versions: Option<Vec<i64>> = row.try_get(5)?;
        let recorded_positions: Option<Vec<i64>> = row.try_get(6)?;
        let mut recorded: Vec<_> = recorded_streams
            .unwrap_or_default()
            .into_iter()
            .zip(recorded_versions.unwrap_or_default())
            .zip(recorded_positions.unwrap_or_default())
            .map(|((stream, version), position)| Recorded {
                stream,
                version,
                position,
            })
            .collect();
        recorded.sort_unstable_by_key(|recorded| recorded.stream);
        Ok(Self {
            refused,
            recorded,
            tails,
        })
    }

    /// Whether there are new events.
    pub(crate) fn has_recorded(&self) -> bool {
        !self.recorded.is_empty()
    }

    /// One for each append of the run, in its order.
    pub(crate) fn outcomes<'a>(self, run: &'a [&Append]) -> impl Iterator<Item = Outcome> + 'a {
        let mut before = 0;
        run.iter().zip(0..).map(move |(append, place)| {
            let first = before;
            before += append.streams.len();
            match self.refused.iter().find(|refusal| refusal.append == place) {
                Some(refusal) => self.refused(append, refusal, first),
                None => Outcome::Done(self.recorded(append, first).map_err(Into::into)),
            }
        })
    }

    /// `before` streams of the run are those of earlier appends.
    fn recorded(&self, append: &Append, before: usize) -> Result<AppendOutcome, StoreError> {
        let mut last = Position::START;
        let mut streams = Vec::with_capacity(append.streams.len());
        for (number, part) in (before + 1..).zip(&append.streams) {
            let number = i32::try_from(number).map_err(StoreError::other)?;
            let found = self
                .recorded
                .binary_search_by_key(&number, |recorded| recorded.stream)
                .map_err(|_| StoreError::other("the server did not say where a stream is now"))?;
            let recorded = &self.recorded[found];
            let version = StreamVersion::try_from(recorded.version).map_err(StoreError::other)?;
            last = last.max(Position::try_from(recorded.position).map_err(StoreError::other)?);
            streams.push((part.stream.clone(), version));
        }
        Ok(AppendOutcome::Recorded(Appended::new(last, streams)))
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
            tail: self.tails.of(refusal.stream, &part.stream),
        }
    }
}

fn condition_failed(number: i64) -> AppendError {
    match Position::try_from(number) {
        Ok(position) => AppendError::ConditionFailed { position },
        Err(error) => StoreError::other(error).into(),
    }
}
