//! What a repair has done, or would do.

use std::fmt::Display;

use crate::encoding::error::EventPlace;
use crate::encoding::event::EncodedEvent;
use crate::words::generation::GenerationId;
use crate::words::processor::ProcessorName;

/// What a repair has done, or would do.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Repaired {
    /// The name of the repair.
    pub name: String,
    /// Whether nothing was written.
    pub is_dry: bool,
    /// How many events were looked at.
    pub read: u64,
    /// How many of them are wrong.
    pub found: u64,
    /// How many were corrected, or would be.
    pub corrected: u64,
    /// How many were corrected by an earlier run.
    pub before: u64,
    /// For how many the aggregate emitted nothing.
    pub nothing: u64,
    /// The first of those that were found, one by one.
    pub cases: Vec<RepairedCase>,
    /// The views and projections that read what was found.
    pub dependents: Vec<ProcessorName>,
    /// What is being rebuilt now.
    pub rebuilding: Vec<GenerationId>,
}

/// An event that was found, and what becomes of it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RepairedCase {
    /// The event.
    pub found: EventPlace,
    /// What becomes of it.
    pub outcome: RepairedOutcome,
}

/// What becomes of an event that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RepairedOutcome {
    /// These were appended.
    Corrected(Vec<EncodedEvent>),
    /// These would be appended.
    WouldAppend(Vec<EncodedEvent>),
    /// An earlier run has corrected it.
    CorrectedBefore,
    /// The aggregate emitted nothing.
    Nothing,
}

impl Repaired {
    pub(super) const fn new(name: String, is_dry: bool) -> Self {
        Self {
            name,
            is_dry,
            read: 0,
            found: 0,
            corrected: 0,
            before: 0,
            nothing: 0,
            cases: Vec::new(),
            dependents: Vec::new(),
            rebuilding: Vec::new(),
        }
    }

    pub(super) fn add(&mut self, found: EventPlace, outcome: RepairedOutcome, most: usize) {
        self.found += 1;
        match outcome {
            RepairedOutcome::Corrected(_) | RepairedOutcome::WouldAppend(_) => self.corrected += 1,
            RepairedOutcome::CorrectedBefore => self.before += 1,
            RepairedOutcome::Nothing => self.nothing += 1,
        }
        if self.cases.len() < most {
            self.cases.push(RepairedCase { found, outcome });
        }
    }
}

impl Display for Repaired {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            name, read, found, ..
        } = self;
        let verb = if self.is_dry {
            "would correct"
        } else {
            "has corrected"
        };
        write!(
            formatter,
            "repair {name} {verb} {} of {found} events found among {read}; {} were corrected before, {} need nothing",
            self.corrected, self.before, self.nothing
        )?;
        for case in &self.cases {
            write!(formatter, "\n  {}: ", case.found)?;
            match &case.outcome {
                RepairedOutcome::Corrected(events) | RepairedOutcome::WouldAppend(events) => {
                    for (index, event) in events.iter().enumerate() {
                        let comma = if index > 0 { ", " } else { "" };
                        write!(
                            formatter,
                            "{comma}{} {}",
                            event.name,
                            event.payload.as_str()
                        )?;
                    }
                }
                RepairedOutcome::CorrectedBefore => formatter.write_str("corrected before")?,
                RepairedOutcome::Nothing => formatter.write_str("nothing")?,
            }
        }
        Ok(())
    }
}
