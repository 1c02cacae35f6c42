//! What a store decides about processors, and in which order: the whole read side of a backend without its I/O.

mod advance;
mod due;
mod generation;
mod inline;
mod leases;
mod parked;

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use cqrs_core::ports::error::StoreError;
use cqrs_core::ports::parked::ParkedRequest;
use cqrs_core::ports::processors::{
    Declare, DeclareError, GenerationProgress, GenerationRow, GenerationState, Generations,
    ProcessorKind,
};
use cqrs_core::words::document_key::DocumentKey;
use cqrs_core::words::generation::{Generation, GenerationId};
use cqrs_core::words::partition::PartitionCount;
use cqrs_core::words::position::Position;
use cqrs_core::words::processor::ProcessorName;
use cqrs_core::words::staged::StagedId;
use cqrs_core::words::start::StartFrom;

use crate::log::Log;
use crate::memory::Rows;
use generation::GenerationEntry;

/// All processors, and their generations by name and number.
#[derive(Debug, Default)]
pub(crate) struct Processors {
    known: BTreeMap<ProcessorName, Known>,
    generations: BTreeMap<GenerationId, GenerationEntry>,
}

/// What is kept of a processor beside its generations.
#[derive(Debug)]
struct Known {
    kind: ProcessorKind,
    /// The last generation that ever began. Its number is not used again, though it may be dropped.
    last: Option<Generation>,
    /// What [`StartFrom::Now`] was when it was said first.
    now: Option<Position>,
}

/// A generation to begin.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Begin {
    pub(crate) version: u32,
    pub(crate) partitions: PartitionCount,
    pub(crate) start: StartFrom,
}

impl Processors {
    /// Decides about one declaration. `end` is the end of the log.
    pub(crate) fn declare(
        &mut self,
        declare: &Declare,
        end: Position,
        now: DateTime<Utc>,
    ) -> Result<Generations, DeclareError> {
        let begin = Begin {
            version: declare.version,
            partitions: declare.partitions,
            start: declare.start,
        };
        let Some(kind) = self.kind(&declare.processor) else {
            let known = Known {
                kind: declare.kind,
                last: None,
                now: None,
            };
            self.known.insert(declare.processor.clone(), known);
            let first = self.begin(&declare.processor, declare.kind, begin, end, now);
            // P4: readers must not see part of a read model, so it is built first where there is something to build from.
            if (!declare.kind.can_be_rebuilt() || first.start >= end)
                && let Some(entry) = self.generations.get_mut(&first.of)
            {
                entry.row.state = GenerationState::Live;
            }
            return Ok(self.running(&declare.processor));
        };
        if kind != declare.kind {
            return Err(DeclareError::KindChanged {
                processor: declare.processor.clone(),
                known: kind,
                declared: declare.kind,
            });
        }
        let running = self.running(&declare.processor);
        let rows = || running.live.iter().chain(&running.building);
        let newest = rows().map(|row| row.version).max().unwrap_or_default();
        if newest < declare.version && kind.can_be_rebuilt() {
            self.begin(&declare.processor, kind, begin, end, now);
            return Ok(self.running(&declare.processor));
        }
        let changed = rows()
            .find(|row| row.version == declare.version && row.partitions != declare.partitions);
        match changed {
            Some(row) => Err(DeclareError::PartitionsChanged {
                generation: row.of.clone(),
                known: row.partitions,
                declared: declare.partitions,
            }),
            None => Ok(running),
        }
    }

    pub(crate) fn begin_generation(
        &mut self,
        processor: &ProcessorName,
        begin: Begin,
        end: Position,
        now: DateTime<Utc>,
    ) -> Result<GenerationRow, StoreError> {
        let Some(kind) = self.kind(processor) else {
            return Err(StoreError::other(format!(
                "processor {processor} is not known"
            )));
        };
        match self.running(processor).building {
            Some(row) if row.version == begin.version && row.partitions == begin.partitions => {
                Ok(row)
            }
            _ => Ok(self.begin(processor, kind, begin, end, now)),
        }
    }

    fn begin(
        &mut self,
        processor: &ProcessorName,
        kind: ProcessorKind,
        begin: Begin,
        end: Position,
        now: DateTime<Utc>,
    ) -> GenerationRow {
        for entry in self.of_processor(processor) {
            if entry.row.state == GenerationState::Building {
                entry.row.state = GenerationState::Retired;
            }
        }
        let known = self.known.get_mut(processor);
        let (number, start) = known.map_or((Generation::FIRST, end), |known| {
            (known.next(), known.start(begin.start, end))
        });
        let row = GenerationRow {
            of: GenerationId::new(processor.clone(), number),
            kind,
            version: begin.version,
            partitions: begin.partitions,
            state: GenerationState::Building,
            start,
            began_at: now,
        };
        let entry = GenerationEntry::new(row.clone());
        self.generations.insert(row.of.clone(), entry);
        row
    }

    pub(crate) fn switch(&mut self, to: &GenerationId, caught_up_to: Position, log: &Log) -> bool {
        let live = self.running(&to.processor).live.map(|row| row.of);
        let least = live
            .as_ref()
            .and_then(|of| self.generations.get(of))
            .map_or(caught_up_to, |live| live.seen(log).max(caught_up_to));
        let Some(next) = self.generations.get_mut(to) else {
            return false;
        };
        if next.row.state != GenerationState::Building || next.hindmost() < least {
            return false;
        }
        next.row.state = GenerationState::Live;
        if let Some(live) = live.and_then(|of| self.generations.get_mut(&of)) {
            live.leave_inline(log.end());
            live.row.state = GenerationState::Retired;
        }
        true
    }

    pub(crate) fn drop_generation(&mut self, of: &GenerationId) -> bool {
        let retired = self
            .get(of)
            .is_some_and(|entry| entry.row.state == GenerationState::Retired);
        retired && self.generations.remove(of).is_some()
    }

    pub(crate) fn progress(
        &self,
        processor: Option<&ProcessorName>,
        now: DateTime<Utc>,
    ) -> Vec<GenerationProgress> {
        self.generations
            .values()
            .filter(|entry| processor.is_none_or(|name| *name == entry.row.of.processor))
            .map(|entry| entry.progress(now))
            .collect()
    }

    pub(crate) fn get(&self, of: &GenerationId) -> Option<&GenerationEntry> {
        self.generations.get(of)
    }

    pub(crate) fn ask(
        &mut self,
        of: &GenerationId,
        key: Option<&DocumentKey>,
        request: ParkedRequest,
    ) -> u64 {
        let entry = self.generations.get_mut(of);
        entry.map_or(0, |entry| entry.parked.ask(key, request))
    }

    pub(crate) fn ask_unsent(
        &mut self,
        of: &GenerationId,
        id: Option<StagedId>,
        request: ParkedRequest,
        now: DateTime<Utc>,
    ) -> u64 {
        let entry = self.generations.get_mut(of);
        entry.map_or(0, |entry| entry.staged.ask(id, request, now))
    }

    pub(crate) fn write_rows(&mut self, of: &GenerationId, rows: Rows) {
        if let Some(entry) = self.generations.get_mut(of) {
            entry.write_rows(rows);
        }
    }

    fn kind(&self, processor: &ProcessorName) -> Option<ProcessorKind> {
        self.known.get(processor).map(|known| known.kind)
    }

    fn of_processor<'a>(
        &'a mut self,
        processor: &'a ProcessorName,
    ) -> impl Iterator<Item = &'a mut GenerationEntry> {
        let first = GenerationId::new(processor.clone(), Generation::FIRST);
        self.generations
            .range_mut(first..)
            .map(|(_, entry)| entry)
            .take_while(move |entry| entry.row.of.processor == *processor)
    }

    fn running(&self, processor: &ProcessorName) -> Generations {
        let mut running = Generations::default();
        let first = GenerationId::new(processor.clone(), Generation::FIRST);
        for (_, entry) in self
            .generations
            .range(first..)
            .take_while(|(of, _)| of.processor == *processor)
        {
            match entry.row.state {
                GenerationState::Live | GenerationState::Inline => {
                    running.live = Some(entry.row.clone());
                }
                GenerationState::Building => running.building = Some(entry.row.clone()),
                GenerationState::Retired => {}
            }
        }
        running
    }
}

impl Known {
    fn next(&mut self) -> Generation {
        let next = self.last.map_or(Generation::FIRST, Generation::next);
        self.last = Some(next);
        next
    }

    fn start(&mut self, start: StartFrom, end: Position) -> Position {
        match start {
            StartFrom::Beginning => Position::START,
            StartFrom::Now => *self.now.get_or_insert(end),
            StartFrom::After(position) => position,
        }
    }
}
