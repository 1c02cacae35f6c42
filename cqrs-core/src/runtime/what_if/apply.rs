//! What if events changed the state in another way?

use serde::Serialize;

use super::streams::{EachStream, Streams};
use super::{Differences, OPEN, WhatIf, WhatIfError};
use crate::domain::aggregate::Aggregate;
use crate::encoding::change::{Change, changes};
use crate::runtime::decoded::decoded;
use crate::runtime::events::ReadError;
use crate::runtime::processor::guarded;
use crate::words::event::RecordedEvent;
use crate::words::stream::StreamId;
use crate::words::version::StreamVersion;

/// An aggregate whose state would be another one.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct AppliedCase {
    /// Its stream.
    pub stream: StreamId,
    /// The version of the stream at the end.
    pub version: StreamVersion,
    /// In which way.
    pub outcome: AppliedOutcome,
}

/// In which way a state would be another one.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub enum AppliedOutcome {
    /// These places differ: `before` is today's.
    Changed(Vec<Change>),
    /// The `apply` of one of the two panicked, at this version.
    Panicked {
        /// The version of the event.
        at: StreamVersion,
        /// What it said.
        text: String,
    },
}

impl WhatIf {
    /// Folds each aggregate of kind `A` by its own `apply` and by that of `B`, and tells whose states differ in the end. `B` reads
    /// the streams of `A`, whatever its own category is called; both states derive `Serialize`.
    ///
    /// # Errors
    ///
    /// [`WhatIfError`] when the log can't be read, an event can't be decoded by one of the two, or a state has no JSON form.
    ///
    /// # Examples
    ///
    /// ```
    /// # use cqrs_core::domain::aggregate::Aggregate;
    /// # use cqrs_core::runtime::app::Cqrs;
    /// # use cqrs_core::runtime::what_if::WhatIfError;
    /// # use serde::Serialize;
    /// async fn ask<Account, NewAccount>(cqrs: &Cqrs) -> Result<(), WhatIfError>
    /// where
    ///     Account: Aggregate + Serialize,
    ///     NewAccount: Aggregate + Serialize,
    /// {
    ///     let differences = cqrs.what_if().apply::<Account, NewAccount>().await?;
    ///     println!("{} of {} accounts", differences.differing, differences.compared);
    ///     Ok(())
    /// }
    /// ```
    pub async fn apply<A, B>(mut self) -> Result<Differences<AppliedCase>, WhatIfError>
    where
        A: Aggregate + Serialize,
        B: Aggregate + Serialize,
    {
        let streams = Streams {
            cqrs: &self.cqrs,
            category: A::CATEGORY,
            until: self.until,
            room: OPEN,
        };
        let mut both = Both::<A, B> {
            found: Ok(Differences::none()),
            most: self.cases,
            states: std::marker::PhantomData,
        };
        streams.each(&mut self.observer, &mut both).await?;
        Ok(both.found?)
    }
}

struct Both<A, B> {
    found: Result<Differences<AppliedCase>, serde_json::Error>,
    most: usize,
    states: std::marker::PhantomData<fn() -> (A, B)>,
}

struct Pair<A, B> {
    states: (A, B),
    version: StreamVersion,
    panicked: Option<(StreamVersion, String)>,
}

impl<A: Aggregate + Serialize, B: Aggregate + Serialize> EachStream for Both<A, B> {
    type Open = Pair<A, B>;

    fn begin(&mut self) -> Pair<A, B> {
        Pair {
            states: (A::default(), B::default()),
            version: StreamVersion::NONE,
            panicked: None,
        }
    }

    fn event(&mut self, open: &mut Self::Open, recorded: &RecordedEvent) -> Result<(), ReadError> {
        open.version = recorded.version;
        let ones = decoded::<A::Event>(recorded).map_err(ReadError::Decode)?;
        let others = decoded::<B::Event>(recorded).map_err(ReadError::Decode)?;
        if open.panicked.is_none() {
            let (one, other) = &mut open.states;
            let applied = guarded(|| {
                ones.for_each(|event| one.apply_event(&event));
                others.for_each(|event| other.apply_event(&event));
            });
            open.panicked = applied.err().map(|panic| (recorded.version, panic.error));
        }
        Ok(())
    }

    fn end(&mut self, stream: StreamId, open: Self::Open) {
        let Ok(found) = &mut self.found else {
            return;
        };
        found.compared += 1;
        let outcome = match open.panicked {
            Some((at, text)) => AppliedOutcome::Panicked { at, text },
            None => match changes(&open.states.0, &open.states.1) {
                Ok(changes) if changes.is_empty() => return,
                Ok(changes) => AppliedOutcome::Changed(changes),
                Err(error) => {
                    self.found = Err(error);
                    return;
                }
            },
        };
        let version = open.version;
        let case = AppliedCase {
            stream,
            version,
            outcome,
        };
        found.add(self.most, case);
    }
}
