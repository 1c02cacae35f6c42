//! Folds all streams of a category, a bounded number of them at the same time.

use std::collections::HashMap;

use crate::runtime::app::Cqrs;
use crate::runtime::as_of::{Moment, UpTo};
use crate::runtime::events::ReadError;
use crate::runtime::progress::Observer;
use crate::runtime::scan::Scan;
use crate::words::event::RecordedEvent;
use crate::words::filter::Filter;
use crate::words::position::Position;
use crate::words::stream::{Category, StreamId};
use crate::words::version::StreamVersion;

/// What is done with each stream.
pub(super) trait EachStream {
    /// A stream on its way.
    type Open;

    /// Begins a stream.
    fn begin(&mut self) -> Self::Open;

    /// Takes the next event of a stream.
    fn event(&mut self, open: &mut Self::Open, recorded: &RecordedEvent) -> Result<(), ReadError>;

    /// Ends a stream.
    fn end(&mut self, stream: StreamId, open: Self::Open);
}

/// Which streams, and how.
pub(super) struct Streams<'a> {
    pub(super) cqrs: &'a Cqrs,
    pub(super) category: Category,
    pub(super) until: Option<Moment>,
    /// How many are open at the same time.
    pub(super) room: usize,
}

impl Streams<'_> {
    /// Goes through all of them. As [`verify`](Cqrs::verify) does, it reads the log again from where the first stream begins for
    /// which there was no room.
    pub(super) async fn each<E: EachStream>(
        &self,
        observer: &mut Observer,
        each: &mut E,
    ) -> Result<(), ReadError> {
        let (mut after, mut end) = (Some(Position::START), None);
        while let Some(begins_after) = after {
            observer.begin_round(begins_after);
            let mut scan = self.scan(end).after(begins_after);
            let mut up_to = self.until.map(UpTo::new);
            let mut open: HashMap<StreamId, E::Open> = HashMap::new();
            let mut full_at = None;
            while let Some(page) = scan.next().await.map_err(ReadError::Store)? {
                for recorded in &page.events {
                    if up_to.as_mut().is_some_and(|up_to| !up_to.has(recorded)) {
                        continue;
                    }
                    if let Some(open) = open.get_mut(&recorded.stream) {
                        each.event(open, recorded)?;
                    } else if recorded.version != StreamVersion::FIRST || full_at.is_some() {
                        // Another round's.
                    } else if open.len() < self.room {
                        let mut begun = each.begin();
                        each.event(&mut begun, recorded)?;
                        open.insert(recorded.stream.clone(), begun);
                    } else {
                        full_at = Position::new(recorded.position.get().saturating_sub(1)).ok();
                    }
                }
                let known_end = scan.end();
                observer.advance(page.events.len(), scan.position(), Some(known_end));
            }
            // In their order, so that a report is the same each time.
            let mut ended: Vec<_> = open.into_iter().collect();
            ended.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
            for (stream, open) in ended {
                each.end(stream, open);
            }
            end = Some(scan.position());
            after = full_at;
        }
        observer.finish(end.unwrap_or_default());
        Ok(())
    }

    fn scan(&self, end: Option<Position>) -> Scan {
        let scan = Scan::new(self.cqrs, Filter::category(self.category.clone()));
        let asked = match self.until {
            Some(Moment::Position(position)) => Some(position),
            _ => None,
        };
        match end.or(asked) {
            Some(end) => scan.through(end),
            None => scan,
        }
    }
}
