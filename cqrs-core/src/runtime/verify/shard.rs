//! A share of the streams: decodes their events and folds them, as many streams at a time as there is room for.

use std::collections::HashMap;
use std::sync::Arc;

use super::failing::Findings;
use crate::runtime::known::{Fold, Known, KnownAggregate, Stopped};
use crate::words::event::RecordedEvent;
use crate::words::position::Position;
use crate::words::stream::StreamId;
use crate::words::version::StreamVersion;

/// A share of the streams.
///
/// A round folds the streams that begin after `begins_after`, up to where there is no more room; the next round folds those that
/// begin there. So nothing has to be remembered of a stream but while it is folded. Each event is decoded for the
/// report in the first round alone.
pub(super) struct Shard {
    known: Arc<Known>,
    room: usize,
    round: u32,
    begins_after: Position,
    full_at: Option<Position>,
    open: HashMap<StreamId, Open>,
    findings: Findings,
}

/// A stream that is being folded.
struct Open {
    version: StreamVersion,
    /// `None` when it can't be folded any further.
    fold: Option<Box<dyn Fold>>,
}

impl Shard {
    pub(super) fn new(known: &Arc<Known>, room: usize) -> Self {
        Self {
            known: Arc::clone(known),
            room,
            round: 1,
            begins_after: Position::START,
            full_at: None,
            open: HashMap::new(),
            findings: Findings::default(),
        }
    }

    /// From where the log must be read once more, if it must.
    pub(super) fn next_round(&mut self) -> Option<Position> {
        self.close();
        self.round = self.round.saturating_add(1);
        // What is done keeps its place: a next round of the others finds nothing here.
        self.begins_after = self.full_at.unwrap_or(Position::MAX);
        self.full_at.take()
    }

    pub(super) fn into_findings(mut self) -> Findings {
        self.close();
        self.findings
    }

    pub(super) fn take(&mut self, recorded: &RecordedEvent) {
        let Some(aggregate) = self.known.aggregate(recorded.stream.category()).cloned() else {
            if self.is_first_round() {
                self.decode_by_others(recorded, None);
            }
            return;
        };
        if self.is_first_round() {
            self.decode_by_others(recorded, Some(&*aggregate));
        }
        if !self.fold(&*aggregate, recorded)
            && self.is_first_round()
            && let Err(error) = aggregate.decode(recorded)
        {
            self.findings.undecodable(recorded, &error);
        }
    }

    const fn is_first_round(&self) -> bool {
        self.round == 1
    }

    /// Decodes it for all but the aggregate of its stream, which does so when it folds.
    fn decode_by_others(&mut self, recorded: &RecordedEvent, own: Option<&dyn KnownAggregate>) {
        self.findings.decoded += 1;
        let asked = own.and_then(|aggregate| aggregate.rust_type(&recorded.name));
        match self.known.decode(recorded, asked) {
            Some(Ok(())) => {}
            Some(Err(error)) => self.findings.undecodable(recorded, &error),
            None if own.is_some() => {} // The aggregate will say so.
            None => self.findings.unknown(recorded),
        }
    }

    /// Folds it, if its stream is one of this round's. `false` when nobody has decoded it.
    fn fold(&mut self, aggregate: &dyn KnownAggregate, recorded: &RecordedEvent) -> bool {
        if !self.open.contains_key(&recorded.stream) && !self.begin(aggregate, recorded) {
            return false;
        }
        let Some(open) = self.open.get_mut(&recorded.stream) else {
            return false;
        };
        if recorded.version != open.version.after(1) {
            if open.fold.take().is_some() {
                self.findings.broken_streams += 1;
                self.findings.out_of_order(recorded, open.version);
            }
            open.version = recorded.version;
            return false;
        }
        open.version = recorded.version;
        let Some(fold) = &mut open.fold else {
            self.findings.unfolded += 1;
            return false;
        };
        match fold.step(recorded) {
            Ok(()) => {
                self.findings.folded += 1;
                return true;
            }
            Err(Stopped::Panicked(text)) => {
                self.findings.panicked(recorded, text);
            }
            Err(Stopped::Decode(error)) => {
                if self.round == 1 {
                    self.findings.undecodable(recorded, &error);
                }
            }
        }
        open.fold = None;
        self.findings.unfolded += 1;
        self.findings.broken_streams += 1;
        true
    }

    /// Begins to fold the stream whose first event this is. `false` when it is another round's, or has no beginning.
    fn begin(&mut self, aggregate: &dyn KnownAggregate, recorded: &RecordedEvent) -> bool {
        if recorded.position <= self.begins_after || self.full_at.is_some() {
            return false;
        }
        if recorded.version != StreamVersion::FIRST {
            // All that begin before were folded, here or in an earlier round: this one has lost its beginning.
            if self.is_first_round() {
                self.findings.broken_streams += 1;
                self.findings.out_of_order(recorded, StreamVersion::NONE);
                if self.open.len() < self.room {
                    self.open(recorded, None);
                }
            }
            return false;
        }
        if self.open.len() >= self.room {
            let before = recorded.position.get().saturating_sub(1);
            self.full_at = Position::new(before).ok();
            return false;
        }
        let fold = match aggregate.begin() {
            Ok(fold) => Some(fold),
            Err(text) => {
                self.findings.broken_streams += 1;
                self.findings.panicked(recorded, text);
                None
            }
        };
        self.findings.streams += 1;
        self.open(recorded, fold);
        true
    }

    fn open(&mut self, recorded: &RecordedEvent, fold: Option<Box<dyn Fold>>) {
        let version = StreamVersion::NONE;
        self.open
            .insert(recorded.stream.clone(), Open { version, fold });
    }

    fn close(&mut self) {
        // The room is kept for the next round.
        self.open.clear();
    }
}
