//! What a verification has found.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fmt::Display;
use std::time::Duration;

use crate::encoding::error::{DecodeError, EventPlace};
use crate::runtime::processor::described;
use crate::words::event::{EventName, RecordedEvent, SchemaVersion};
use crate::words::version::StreamVersion;

/// How many kinds of failures are kept apart. What comes beyond is counted in [`Verification::others`].
const MOST: usize = 1_000;

/// What today's code makes of the log.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Verification {
    /// How many events were read.
    pub events: u64,
    /// How many of them were decoded, or tried to: fewer, for a sample.
    pub decoded: u64,
    /// How many aggregates were folded.
    pub streams: u64,
    /// How many events were folded.
    pub folded: u64,
    /// How many events were not folded, since their aggregate could not be folded any more.
    pub unfolded: u64,
    /// How many aggregates could not be folded to their end.
    pub broken_streams: u64,
    /// How often the log, or its later part, was read.
    pub rounds: u32,
    /// How long it took.
    pub elapsed: Duration,
    /// What fails: by event name, schema version and problem.
    pub failing: Vec<Failing>,
    /// How many failures are not in `failing`, since that has 1,000 kinds already.
    pub others: u64,
}

/// Events of one name and schema version that fail in the same way.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Failing {
    /// The durable name.
    pub name: EventName,
    /// The version of the shape that was recorded.
    pub schema_version: SchemaVersion,
    /// In which way they fail.
    pub problem: Problem,
    /// How many.
    pub count: u64,
    /// The one with the lowest position.
    pub first: EventPlace,
    /// What is wrong with that one, with all its causes.
    pub error: String,
}

/// In which way an event fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Problem {
    /// The aggregate of its stream does not have its name; where there is none, nobody in the application has.
    Unknown,
    /// It does not decode.
    Undecodable,
    /// `apply` panicked. Counted once for each aggregate, since it is not folded any further.
    Panicked,
    /// It is not the next of its stream: the log itself is damaged. Counted once for each aggregate.
    OutOfOrder,
}

impl Verification {
    pub(super) fn new(events: u64, rounds: u32) -> Self {
        Self {
            events,
            rounds,
            ..Self::default()
        }
    }

    /// Whether nothing fails.
    #[must_use]
    pub const fn is_clean(&self) -> bool {
        self.failing.is_empty() && self.others == 0
    }

    pub(super) fn add(&mut self, findings: Findings) {
        self.decoded += findings.decoded;
        self.streams += findings.streams;
        self.folded += findings.folded;
        self.unfolded += findings.unfolded;
        self.broken_streams += findings.broken_streams;
        self.others += findings.others;
        for found in findings.failing.into_values() {
            let has_room = self.failing.len() < MOST;
            let same = self.failing.iter_mut().find(|known| {
                (&known.name, known.schema_version, known.problem)
                    == (&found.name, found.schema_version, found.problem)
            });
            match same {
                Some(known) => known.merge(found),
                None if has_room => self.failing.push(found),
                None => self.others += found.count,
            }
        }
        self.failing
            .sort_by_key(|failing| (failing.first.position, failing.problem));
    }
}

impl Failing {
    fn merge(&mut self, other: Self) {
        self.count += other.count;
        if other.first.position < self.first.position {
            (self.first, self.error) = (other.first, other.error);
        }
    }
}

impl Display for Verification {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            events, streams, ..
        } = self;
        let seconds = self.elapsed.as_secs_f64();
        write!(
            formatter,
            "{events} events read, {streams} aggregates folded, in {seconds:.1} s: "
        )?;
        if self.is_clean() {
            return formatter.write_str("nothing fails");
        }
        write!(formatter, "{} kinds of failures", self.failing.len())?;
        for failing in &self.failing {
            write!(formatter, "\n  {failing}")?;
        }
        if self.others > 0 {
            write!(formatter, "\n  and {} events of other kinds", self.others)?;
        }
        Ok(())
    }
}

impl Display for Failing {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            formatter,
            "{} version {}: {} {}, first at position {} (stream {}, version {}): {}",
            self.name,
            self.schema_version,
            self.count,
            match self.problem {
                Problem::Unknown => "of a name that nobody knows",
                Problem::Undecodable => "not decodable",
                Problem::Panicked => "made `apply` panic",
                Problem::OutOfOrder => "not the next of their stream",
            },
            self.first.position,
            self.first.stream,
            self.first.version,
            self.error
        )
    }
}

/// What one share of the streams has shown so far.
#[derive(Default)]
pub(super) struct Findings {
    pub(super) decoded: u64,
    pub(super) streams: u64,
    pub(super) folded: u64,
    pub(super) unfolded: u64,
    pub(super) broken_streams: u64,
    failing: BTreeMap<(EventName, SchemaVersion, Problem), Failing>,
    others: u64,
}

impl Findings {
    pub(super) fn unknown(&mut self, recorded: &RecordedEvent) {
        self.count(recorded, Problem::Unknown, || {
            "no aggregate, view or other processor of the application has this name".to_owned()
        });
    }

    pub(super) fn undecodable(&mut self, recorded: &RecordedEvent, error: &DecodeError) {
        let problem = match error {
            DecodeError::UnknownName { .. } => Problem::Unknown,
            _ => Problem::Undecodable,
        };
        self.count(recorded, problem, || described(error));
    }

    pub(super) fn panicked(&mut self, recorded: &RecordedEvent, text: String) {
        self.count(recorded, Problem::Panicked, || text);
    }

    pub(super) fn out_of_order(&mut self, recorded: &RecordedEvent, last: StreamVersion) {
        let expected = last.after(1);
        self.count(recorded, Problem::OutOfOrder, || {
            format!(
                "version {} of stream {} comes where version {expected} has to",
                recorded.version, recorded.stream
            )
        });
    }

    fn count(
        &mut self,
        recorded: &RecordedEvent,
        problem: Problem,
        error: impl FnOnce() -> String,
    ) {
        let is_full = self.failing.len() >= MOST;
        let key = (recorded.name.clone(), recorded.schema_version, problem);
        match self.failing.entry(key) {
            Entry::Occupied(mut known) => {
                let known = known.get_mut();
                known.count += 1;
                // A later round may come to an earlier event of a kind.
                if recorded.position < known.first.position {
                    (known.first, known.error) = (EventPlace::of(recorded), error());
                }
            }
            Entry::Vacant(_) if is_full => self.others += 1,
            Entry::Vacant(room) => {
                room.insert(Failing {
                    name: recorded.name.clone(),
                    schema_version: recorded.schema_version,
                    problem,
                    count: 1,
                    first: EventPlace::of(recorded),
                    error: error(),
                });
            }
        }
    }
}
