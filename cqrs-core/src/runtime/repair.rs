//! Corrects what went wrong by further events. The history stays as it is.

mod correct;
mod report;

use std::str::FromStr;

use super::app::Cqrs;
use super::as_of::{Moment, UpTo};
use super::decoded::known;
use super::events::ReadError;
use super::read_view::ReadError as RebuildError;
use super::scan::Scan;
use crate::domain::aggregate::Aggregate;
use crate::domain::root::Root;
use crate::encoding::error::{EncodeError, EventPlace};
use crate::ports::error::AppendError;
use crate::words::error::InvalidWord;
use crate::words::event::{Recorded, RecordedEvent};
use crate::words::filter::{Filter, FilterItem};
use crate::words::processor::ProcessorName;
use crate::words::stream::StreamId;

pub use report::{Repaired, RepairedCase, RepairedOutcome};

/// The metadata key under which compensating events have the name of the repair.
pub const REPAIR: &str = "repair";

/// The metadata key under which compensating events have the reason for the repair.
pub const REASON: &str = "reason";

type Find<E> = Box<dyn Fn(&Recorded<E>) -> bool + Send + Sync>;
type Compensate<A> = Box<dyn Fn(&Recorded<<A as Aggregate>::Event>, &mut Root<A>) + Send + Sync>;

/// A correction of aggregates by compensating events, about to be tried or made: see [`Cqrs::repair`].
#[must_use = "nothing is read until `.dry_run().await` or `.run().await`"]
pub struct Repair<A: Aggregate> {
    cqrs: Cqrs,
    name: String,
    reason: String,
    filter: FilterItem,
    until: Option<Moment>,
    find: Find<A::Event>,
    compensate: Compensate<A>,
    rebuilds: bool,
    cases: usize,
}

/// A repair that could not be tried or made to its end. What it has appended stays; running it again goes on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RepairError {
    /// The log can't be read, or an event can't be decoded.
    #[error("the history can't be read")]
    Read(#[from] ReadError),
    /// The key of a stream is no id of its aggregate.
    #[error("the key of stream {stream} is no id of its aggregate")]
    Id {
        /// The stream.
        stream: StreamId,
    },
    /// The name or the reason can't be kept as metadata.
    #[error("the repair can't be named so")]
    Name(#[from] InvalidWord),
    /// A compensating event can't be encoded.
    #[error("a compensating event for the one at position {} can't be encoded", of.position)]
    Encode {
        /// The event that was found.
        of: Box<EventPlace>,
        /// Why not.
        #[source]
        source: EncodeError,
    },
    /// Compensating events could not be appended.
    #[error("the compensating events for the one at position {} could not be appended", of.position)]
    Append {
        /// The event that was found.
        of: Box<EventPlace>,
        /// Why not.
        #[source]
        source: Box<AppendError>,
    },
    /// A read model that depends on what was corrected can't be rebuilt.
    #[error("a read model could not be rebuilt")]
    Rebuild(#[from] RebuildError),
}

impl Cqrs {
    /// Corrects aggregates of one kind, by events that say so and why: finds the events that are wrong, lets the aggregate emit
    /// what makes up for each, and appends that to its stream. No event is changed or removed.
    ///
    /// The `name` tells this repair from others for ever: each event that is found is corrected once by a repair of this name,
    /// however often it is run, by however many nodes, and wherever it was interrupted. Compensating events have it in their
    /// metadata as `repair`, with the `reason`; their causation is the event that was found, whose correlation they share.
    ///
    /// # Examples
    ///
    /// ```
    /// # #[cfg(feature = "derive")] {
    /// # use cqrs_core::prelude::*;
    /// # use cqrs_core::runtime::app::Cqrs;
    /// # use cqrs_core::runtime::repair::RepairError;
    /// # #[derive(AggregateId, Clone, Copy, Debug, PartialEq, Eq, Hash)]
    /// # pub struct CardId(u64);
    /// # #[derive(EventSet, Serialize, Deserialize, Clone, Debug, PartialEq)]
    /// # pub enum CardEvent {
    /// #     #[event(name = "card.fee_charged")] FeeCharged { amount: u32 },
    /// #     #[event(name = "card.fee_returned")] FeeReturned { amount: u32 },
    /// # }
    /// # #[derive(Debug, PartialEq, thiserror::Error)]
    /// # #[error("no")]
    /// # pub struct No;
    /// # #[derive(Aggregate, Default, Debug)]
    /// # #[aggregate(name = "card", id = CardId, error = No, event = CardEvent)]
    /// # pub struct Card;
    /// # impl Apply<CardEvent> for Card {}
    /// async fn give_back(cqrs: &Cqrs) -> Result<(), RepairError> {
    ///     let repair = cqrs
    ///         .repair::<Card>("fees-of-march", "the fee of March was charged twice")
    ///         .find(|event| matches!(event.event, CardEvent::FeeCharged { amount } if amount > 100))
    ///         .compensate(|event, card| {
    ///             if let CardEvent::FeeCharged { amount } = event.event {
    ///                 card.emit(CardEvent::FeeReturned { amount: amount / 2 });
    ///             }
    ///         });
    ///     println!("{}", repair.dry_run().await?);
    ///     println!("{}", repair.run().await?);
    ///     Ok(())
    /// }
    /// # }
    /// ```
    pub fn repair<A>(&self, name: impl Into<String>, reason: impl Into<String>) -> Repair<A>
    where
        A: Aggregate,
        A::Id: FromStr,
    {
        Repair {
            cqrs: self.clone(),
            name: name.into(),
            reason: reason.into(),
            filter: FilterItem::new(),
            until: None,
            find: Box::new(|_| true),
            compensate: Box::new(|_, _| {}),
            rebuilds: false,
            cases: 1_000,
        }
    }
}

impl<A> Repair<A>
where
    A: Aggregate,
    A::Id: FromStr,
{
    /// Looks only at events with these names or tags, which the store chooses. Always of the aggregate's category.
    pub fn filter(mut self, filter: FilterItem) -> Self {
        self.filter = filter;
        self
    }

    /// Looks only at events that had happened at this moment.
    pub fn until(mut self, moment: impl Into<Moment>) -> Self {
        self.until = Some(moment.into());
        self
    }

    /// Which events are wrong: all that are looked at, where nothing is said.
    pub fn find(
        mut self,
        is_wrong: impl Fn(&Recorded<A::Event>) -> bool + Send + Sync + 'static,
    ) -> Self {
        self.find = Box::new(is_wrong);
        self
    }

    /// What makes up for an event that is wrong: the aggregate, as it is now, emits it. When it emits nothing, nothing is
    /// appended. It may run again when somebody else was faster.
    pub fn compensate(
        mut self,
        compensate: impl Fn(&Recorded<A::Event>, &mut Root<A>) + Send + Sync + 'static,
    ) -> Self {
        self.compensate = Box::new(compensate);
        self
    }

    /// Begins to rebuild the views and projections that read the events that were found, when anything was corrected.
    /// They get the compensating events anyway, like any others: this is for those that should not show what was wrong in between.
    pub const fn rebuild_dependents(mut self) -> Self {
        self.rebuilds = true;
        self
    }

    /// How many of the events that were found are told one by one, besides being counted: 1,000 where nothing is said.
    pub const fn cases(mut self, most: usize) -> Self {
        self.cases = most;
        self
    }

    /// Says what [`run`](Self::run) would do, and writes nothing. Where several events of one aggregate are found, each is
    /// told as if it was the only one.
    ///
    /// # Errors
    ///
    /// [`RepairError`], as of `run`.
    pub async fn dry_run(&self) -> Result<Repaired, RepairError> {
        self.go(true).await
    }

    /// Corrects what is found in the log as it is when this begins. Can be dropped and run again at any time.
    ///
    /// # Errors
    ///
    /// [`RepairError`]: running it again goes on where it ended.
    pub async fn run(&self) -> Result<Repaired, RepairError> {
        self.go(false).await
    }

    async fn go(&self, is_dry: bool) -> Result<Repaired, RepairError> {
        let filter = Filter::from(self.filter.clone().category(A::CATEGORY));
        let mut scan = Scan::new(&self.cqrs, filter);
        if let Some(Moment::Position(position)) = self.until {
            scan = scan.through(position);
        }
        let mut up_to = self.until.map(UpTo::new);
        let mut report = Repaired::new(self.name.clone(), is_dry);
        while let Some(page) = scan.next().await.map_err(ReadError::Store)? {
            for recorded in page.events {
                let has_happened = up_to.as_mut().is_none_or(|up_to| up_to.has(&recorded));
                // What this repair has appended is right by now.
                let is_ours = recorded.metadata.get(REPAIR) == Some(self.name.as_str());
                if !has_happened || is_ours {
                    continue;
                }
                report.read += 1;
                for event in known::<A::Event>(&recorded).map_err(ReadError::Decode)? {
                    if (self.find)(&event) {
                        self.cqrs.add_dependents(&recorded, &mut report.dependents);
                        let place = EventPlace::of(&recorded);
                        let outcome = self.correct(&event, &place, is_dry).await?;
                        report.add(place, outcome, self.cases);
                    }
                }
            }
        }
        if self.rebuilds && report.corrected > 0 && !is_dry {
            for processor in &report.dependents {
                let rebuild = self.cqrs.rebuild_processor(processor).await?;
                report.rebuilding.push(rebuild.generation().clone());
            }
        }
        Ok(report)
    }
}

impl Cqrs {
    /// Adds the views and projections that read this event.
    fn add_dependents(&self, recorded: &RecordedEvent, dependents: &mut Vec<ProcessorName>) {
        let Some(processing) = self.processing() else {
            return;
        };
        for processor in processing.processors() {
            let spec = processor.spec();
            if spec.kind.can_be_rebuilt()
                && spec.filter.matches(recorded)
                && !dependents.contains(&spec.name)
            {
                dependents.push(spec.name.clone());
            }
        }
    }
}

impl<A: Aggregate> std::fmt::Debug for Repair<A> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Repair")
            .field("name", &self.name)
            .field("reason", &self.reason)
            .field("filter", &self.filter)
            .finish_non_exhaustive()
    }
}
