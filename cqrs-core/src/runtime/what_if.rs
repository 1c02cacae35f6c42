//! What would have become of the same events with other code: in memory, without writing anything.

mod apply;
mod decide;
mod streams;
mod view;

use serde::Serialize;

use super::app::Cqrs;
use super::as_of::Moment;
use super::events::ReadError;
use super::progress::{Observer, Progress};

pub use apply::{AppliedCase, AppliedOutcome};
pub use decide::{Answer, DecidedCase};
pub use view::ViewCase;

/// How many differences are kept where nothing is said.
const CASES: usize = 1_000;

/// How many aggregates are folded at the same time.
const OPEN: usize = 100_000;

/// Other code about to be run over what has happened: see [`Cqrs::what_if`].
#[derive(Debug)]
#[must_use = "nothing is run until one of its questions is awaited"]
pub struct WhatIf {
    cqrs: Cqrs,
    after: Option<Moment>,
    until: Option<Moment>,
    cases: usize,
    observer: Observer,
}

/// Where the results of two versions differ.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Differences<C> {
    /// How many aggregates, decisions or documents were compared.
    pub compared: u64,
    /// How many of them differ.
    pub differing: u64,
    /// The first of those that differ: at most 1,000 where nothing else is said.
    pub cases: Vec<C>,
}

/// The question can't be answered.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WhatIfError {
    /// The log can't be read, or an event can't be decoded.
    #[error("the history can't be read")]
    Read(#[from] ReadError),
    /// A state has no JSON form, and so can't be compared.
    #[error("a state has no JSON form")]
    State(#[from] serde_json::Error),
}

impl Cqrs {
    /// Runs other versions of the code over what has happened, in memory, and tells where the results differ. Nothing is
    /// written, no command is sent, and neither snapshots nor read models are used.
    pub fn what_if(&self) -> WhatIf {
        WhatIf {
            cqrs: self.clone(),
            after: None,
            until: None,
            cases: CASES,
            observer: Observer::silent(),
        }
    }
}

impl WhatIf {
    /// Asks only about decisions whose events had not happened at this moment. All events are folded, so that each decision has
    /// its state; what is not about decisions is not changed by this.
    pub fn after(mut self, moment: impl Into<Moment>) -> Self {
        self.after = Some(moment.into());
        self
    }

    /// Leaves out what had not happened at this moment.
    pub fn until(mut self, moment: impl Into<Moment>) -> Self {
        self.until = Some(moment.into());
        self
    }

    /// How many differences are kept, besides being counted.
    pub const fn cases(mut self, most: usize) -> Self {
        self.cases = most;
        self
    }

    /// Tells how far it has come, at most ten times a second, and at the end.
    pub fn progress(mut self, tell: impl FnMut(&Progress) + Send + 'static) -> Self {
        self.observer.tell(tell);
        self
    }

    /// Draws how far it has come as a bar on the standard error output, where that is a terminal.
    #[cfg(feature = "progress-bar")]
    pub fn with_bar(mut self) -> Self {
        self.observer.draw("what if");
        self
    }
}

impl<C> Differences<C> {
    const fn none() -> Self {
        Self {
            compared: 0,
            differing: 0,
            cases: Vec::new(),
        }
    }

    fn add(&mut self, most: usize, case: C) {
        self.differing += 1;
        if self.cases.len() < most {
            self.cases.push(case);
        }
    }
}
