//! How far something that goes over the log has come.

#[cfg(feature = "progress-bar")]
pub(super) mod bar;

use std::time::Duration;

use tokio::time::Instant;

use crate::words::position::Position;

/// How often progress is told, at most.
pub(super) const LOOK: Duration = Duration::from_millis(100);

/// How far a run over the log has come. Told at most ten times a second, and once at the end.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Progress {
    /// Which time the log is read, from 1. Only [`verify`](super::app::Cqrs::verify) reads it more than once, and only when
    /// there are more aggregates than are folded at the same time.
    pub round: u32,
    /// How many events have been read, in all rounds.
    pub events: u64,
    /// Up to here the log is done.
    pub position: Position,
    /// Up to here it goes; `None` while nobody can know, as when a log is read from a file.
    pub end: Option<Position>,
    /// Events a second.
    pub rate: f64,
    /// How long this round will still take, if anything can be said.
    pub left: Option<Duration>,
}

/// Measures how fast positions go by.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace {
    began: Instant,
    first: Option<Position>,
}

impl Pace {
    /// Begins at the first position that it is told.
    pub(super) fn new() -> Self {
        Self {
            began: Instant::now(),
            first: None,
        }
    }

    /// Positions a second, and how long it takes from here to the end at that rate.
    pub(super) fn at(&mut self, position: Position, end: Position) -> (f64, Option<Duration>) {
        let first = *self.first.get_or_insert(position);
        let rate = self.rate(position.get() - first.get().min(position.get()));
        #[expect(clippy::cast_precision_loss, reason = "what is left is an estimate")]
        let left = (end.get() - position.get().min(end.get())) as f64 / rate;
        (rate, Duration::try_from_secs_f64(left).ok())
    }

    /// So many a second.
    pub(super) fn rate(&self, done: u64) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "a rate is an estimate")]
        let done = done as f64;
        done / self.began.elapsed().as_secs_f64().max(0.001)
    }
}

type Tell = dyn FnMut(&Progress) + Send;

/// What a run tells its progress to.
pub(super) struct Observer {
    tell: Option<Box<Tell>>,
    began: Pace,
    pace: Pace,
    round: u32,
    events: u64,
    told: Option<Instant>,
}

impl Observer {
    pub(super) fn silent() -> Self {
        Self {
            tell: None,
            began: Pace::new(),
            pace: Pace::new(),
            round: 0,
            events: 0,
            told: None,
        }
    }

    pub(super) fn tell(&mut self, tell: impl FnMut(&Progress) + Send + 'static) {
        self.tell = Some(Box::new(tell));
    }

    /// Draws a bar in a terminal.
    #[cfg(feature = "progress-bar")]
    pub(super) fn draw(&mut self, prefix: &'static str) {
        let bar = bar::Bar::new(prefix.to_owned());
        self.tell(move |progress| bar.show_progress(progress));
    }

    /// The log is read from this position on, for the first time or again.
    pub(super) fn begin_round(&mut self, after: Position) {
        (self.round, self.pace) = (self.round.saturating_add(1), Pace::new());
        if self.round == 1 {
            self.began = Pace::new();
        }
        let _ = self.pace.at(after, after);
    }

    /// So many more events are done, and everything up to here.
    pub(super) fn advance(&mut self, events: usize, position: Position, end: Option<Position>) {
        self.events = self.events.saturating_add(events as u64);
        let is_due = self.told.is_none_or(|told| told.elapsed() >= LOOK);
        if self.tell.is_some() && is_due {
            self.say(position, end);
        }
    }

    /// The last word.
    pub(super) fn finish(&mut self, position: Position) {
        self.say(position, Some(position));
    }

    /// How many events are done.
    pub(super) const fn events(&self) -> u64 {
        self.events
    }

    fn say(&mut self, position: Position, end: Option<Position>) {
        self.told = Some(Instant::now());
        let progress = Progress {
            round: self.round,
            events: self.events,
            position,
            end,
            rate: self.began.rate(self.events),
            left: end.and_then(|end| self.pace.at(position, end).1),
        };
        if let Some(tell) = &mut self.tell {
            tell(&progress);
        }
    }
}

impl std::fmt::Debug for Observer {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Observer")
            .field("round", &self.round)
            .field("events", &self.events)
            .finish_non_exhaustive()
    }
}
