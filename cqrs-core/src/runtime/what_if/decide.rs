//! What if commands had been decided in another way?

use std::collections::VecDeque;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::streams::{EachStream, Streams};
use super::{Differences, OPEN, WhatIf, WhatIfError};
use crate::domain::aggregate::Aggregate;
use crate::domain::command::{AggregateCommand, Handle};
use crate::domain::decide::{Refusal, decide};
use crate::domain::root::Root;
use crate::encoding::error::EventPlace;
use crate::encoding::event::{EncodedEvent, EventSet};
use crate::runtime::as_of::Moment;
use crate::runtime::events::ReadError;
use crate::runtime::processor::{described, guarded};
use crate::words::clock::{Clock, IdSource, System};
use crate::words::event::{Recorded, RecordedEvent};
use crate::words::position::Position;
use crate::words::stream::StreamId;
use crate::words::version::StreamVersion;

/// A decision that would be another one.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct DecidedCase<C: AggregateCommand> {
    /// The event of the decision as it was.
    pub event: EventPlace,
    /// When it was recorded.
    pub recorded_at: DateTime<Utc>,
    /// What was asked.
    pub command: C,
    /// What the answer would be.
    pub answer: Answer<C::Error>,
}

/// What a decision would be.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Answer<E> {
    /// The command would be refused.
    Refused(Refusal<E>),
    /// Other events would be emitted: these.
    Emits(Vec<EncodedEvent>),
    /// `handle` or `apply` panicked, or an event has no encoded form: this is what it said.
    Failed(String),
}

type EventOf<C> = <<C as AggregateCommand>::Aggregate as Aggregate>::Event;

impl WhatIf {
    /// Decides again what was decided: `command_of` says which command has led to an event, and [`Handle`] decides it on the state
    /// before that event, as the command's aggregate folds it. The log keeps no commands, so an event must say enough to make one of.
    ///
    /// A decision is the same when it emits the events that were recorded, from this one on: their names and the values of
    /// their payloads, as today's code would record them. Events that belong to it are not asked about again. [`Root::now`] is when the event was recorded. New ids are
    /// new: a decision that draws one differs.
    ///
    /// # Errors
    ///
    /// [`WhatIfError`] when the log can't be read, or an event can't be decoded.
    ///
    /// # Examples
    ///
    /// Which payments would a lower limit have refused?
    ///
    /// ```
    /// # #[cfg(feature = "derive")] {
    /// # use cqrs_core::prelude::*;
    /// # use cqrs_core::runtime::app::Cqrs;
    /// # use cqrs_core::runtime::what_if::{Answer, WhatIfError};
    /// # use cqrs_core::words::position::Position;
    /// # #[derive(AggregateId, Clone, Copy, Debug, PartialEq, Eq, Hash)]
    /// # pub struct CardId(u64);
    /// # #[derive(EventSet, Serialize, Deserialize, Clone, Debug, PartialEq)]
    /// # pub enum CardEvent { #[event(name = "card.paid")] Paid { amount: u32 } }
    /// # #[derive(Debug, PartialEq, thiserror::Error)]
    /// # #[error("too much")]
    /// # pub struct TooMuch;
    /// # #[derive(Aggregate, Default, Debug, Clone)]
    /// # #[aggregate(name = "card", id = CardId, error = TooMuch, event = CardEvent)]
    /// # pub struct Card;
    /// # impl Apply<CardEvent> for Card {}
    /// # #[derive(Command, Debug)]
    /// # #[command(aggregate = Card, any)]
    /// # pub struct Pay { #[id] pub card: CardId, pub amount: u32 }
    /// impl Handle<Pay> for Card {
    ///     fn handle(command: &Pay, card: &mut Root<Self>) -> Result<(), TooMuch> {
    ///         if command.amount > 500 {
    ///             return Err(TooMuch); // the new rule
    ///         }
    ///         card.emit(CardEvent::Paid { amount: command.amount });
    ///         Ok(())
    ///     }
    /// }
    ///
    /// async fn ask(cqrs: &Cqrs) -> Result<(), WhatIfError> {
    ///     let differences = cqrs.what_if().decide::<Pay>(|event| {
    ///         let CardEvent::Paid { amount } = event.event;
    ///         Some(Pay { card: event.id()?, amount })
    ///     }).await?;
    ///     println!("{} payments would have been refused", differences.differing);
    ///     Ok(())
    /// }
    /// # }
    /// ```
    pub async fn decide<C>(
        mut self,
        command_of: impl Fn(&Recorded<EventOf<C>>) -> Option<C> + Send,
    ) -> Result<Differences<DecidedCase<C>>, WhatIfError>
    where
        C: AggregateCommand,
        C::Aggregate: Handle<C> + Clone,
    {
        let streams = Streams {
            cqrs: &self.cqrs,
            category: C::Aggregate::CATEGORY,
            until: self.until,
            room: OPEN,
        };
        let mut again = Again {
            command_of,
            after: self.after,
            most: self.cases,
            found: Differences::none(),
        };
        streams.each(&mut self.observer, &mut again).await?;
        Ok(again.found)
    }
}

/// Decides again.
struct Again<C: AggregateCommand, F> {
    command_of: F,
    after: Option<Moment>,
    most: usize,
    found: Differences<DecidedCase<C>>,
}

struct Open<C: AggregateCommand> {
    state: C::Aggregate,
    version: StreamVersion,
    position: Position,
    /// `apply` panicked: there is no state any more.
    is_broken: bool,
    expected: Option<Expected<C>>,
}

/// A decision whose events are to come.
struct Expected<C: AggregateCommand> {
    case: DecidedCase<C>,
    left: VecDeque<EncodedEvent>,
}

impl<C, F> EachStream for Again<C, F>
where
    C: AggregateCommand,
    C::Aggregate: Handle<C> + Clone,
    F: Fn(&Recorded<EventOf<C>>) -> Option<C>,
{
    type Open = Open<C>;

    fn begin(&mut self) -> Open<C> {
        Open {
            state: C::Aggregate::default(),
            version: StreamVersion::NONE,
            position: Position::START,
            is_broken: false,
            expected: None,
        }
    }

    fn event(&mut self, open: &mut Open<C>, recorded: &RecordedEvent) -> Result<(), ReadError> {
        let parts = EventOf::<C>::decode(recorded).map_err(ReadError::Decode)?;
        for event in parts.recorded(recorded.clone()) {
            if open.expected.is_none() && !open.is_broken {
                self.ask(open, &event, recorded);
            }
            self.compare(open, &event.event);
            let applied = guarded(|| open.state.apply_event(&event.event));
            open.is_broken |= applied.is_err();
        }
        (open.version, open.position) = (recorded.version, recorded.position);
        Ok(())
    }

    fn end(&mut self, _: StreamId, open: Open<C>) {
        if let Some(expected) = open.expected {
            self.found.add(self.most, expected.case);
        }
    }
}

impl<C, F> Again<C, F>
where
    C: AggregateCommand,
    C::Aggregate: Handle<C> + Clone,
    F: Fn(&Recorded<EventOf<C>>) -> Option<C>,
{
    fn ask(&mut self, open: &mut Open<C>, event: &Recorded<EventOf<C>>, recorded: &RecordedEvent) {
        if self.after.is_some_and(|moment| moment.has(recorded)) {
            return;
        }
        let Some(command) = (self.command_of)(event) else {
            return;
        };
        self.found.compared += 1;
        let answer = guarded(|| answer(&command, open, recorded.recorded_at));
        let answer = answer.unwrap_or_else(|panic| Answer::Failed(panic.error));
        let left = match &answer {
            Answer::Emits(events) => events.iter().cloned().collect(),
            _ => VecDeque::new(),
        };
        let case = DecidedCase {
            event: EventPlace::of(recorded),
            recorded_at: recorded.recorded_at,
            command,
            answer,
        };
        if left.is_empty() {
            self.found.add(self.most, case);
        } else {
            open.expected = Some(Expected { case, left });
        }
    }

    /// Whether what was recorded is what the decision emits now.
    fn compare(&mut self, open: &mut Open<C>, recorded: &EventOf<C>) {
        let Some(mut expected) = open.expected.take() else {
            return;
        };
        let next = expected.left.pop_front();
        if !next.is_some_and(|emitted| is_same(&emitted, recorded)) {
            self.found.add(self.most, expected.case);
        } else if !expected.left.is_empty() {
            open.expected = Some(expected);
        }
    }
}

fn answer<C>(command: &C, open: &Open<C>, now: DateTime<Utc>) -> Answer<C::Error>
where
    C: AggregateCommand,
    C::Aggregate: Handle<C> + Clone,
{
    let (id, state) = (command.aggregate_id().clone(), open.state.clone());
    let ids: Arc<dyn IdSource> = Arc::new(System);
    let mut root = Root::at(id, &At(now), ids, state, open.version, open.position);
    if let Err(refusal) = decide(command, &mut root) {
        return Answer::Refused(refusal);
    }
    let encoded = root.emitted().iter().map(EventSet::encode).collect();
    match encoded {
        Ok(events) => Answer::Emits(events),
        Err(error) => {
            let error: crate::encoding::error::EncodeError = error;
            Answer::Failed(described(&error))
        }
    }
}

/// As today's code would record both: what was recorded may have an older shape.
fn is_same<E: EventSet>(emitted: &EncodedEvent, recorded: &E) -> bool {
    let value = |event: &EncodedEvent| event.payload.decode::<serde_json::Value>();
    recorded.encode().is_ok_and(|recorded| {
        emitted.name == recorded.name
            && matches!((value(emitted), value(&recorded)), (Ok(one), Ok(other)) if one == other)
    })
}

/// A clock that stands.
#[derive(Debug)]
struct At(DateTime<Utc>);

impl Clock for At {
    fn now(&self) -> DateTime<Utc> {
        self.0
    }
}
