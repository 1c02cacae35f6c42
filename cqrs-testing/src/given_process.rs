//! Given these events, when this happens, then these commands are sent: tests of process managers, without a store or a
//! runtime. Timers are fired by moving the clock.
//!
//! ```
//! use std::time::Duration;
//!
//! use cqrs_core::prelude::*;
//! use cqrs_testing::process;
//! # #[derive(AggregateId, Clone, Copy, Debug, PartialEq, Eq, Hash)]
//! # struct FineId(u64);
//! # #[derive(EventSet, Serialize, Deserialize, Clone, Debug, PartialEq)]
//! # enum FineEvent {
//! #     #[event(name = "fine.issued")] Issued,
//! #     #[event(name = "fine.paid")] Paid,
//! # }
//! # #[derive(Command, Serialize, Deserialize, Clone, Debug, PartialEq)]
//! # #[command(error = std::convert::Infallible)]
//! # struct Remind { fine: u64 }
//! # #[derive(CommandSet, Serialize, Deserialize, Clone, Debug, PartialEq)]
//! # enum FineCommand { Remind(Remind) }
//!
//! #[derive(Serialize, Deserialize, Default)]
//! struct Reminder {}
//!
//! const DUE: TimerName = TimerName::from_static("due");
//!
//! impl ProcessManager for Reminder {
//!     const NAME: ProcessorName = ProcessorName::from_static("reminder");
//!     const START: StartFrom = StartFrom::Beginning;
//!     type Event = FineEvent;
//!     type Command = FineCommand;
//!     type Key = u64;
//!
//!     fn correlate(event: &Recorded<FineEvent>) -> Option<u64> {
//!         event.id()
//!     }
//!
//!     fn react(&mut self, event: &Recorded<FineEvent>, reactions: &mut Reactions<FineCommand>) {
//!         match event.event {
//!             FineEvent::Issued => {
//!                 let fine = event.id().unwrap_or_default();
//!                 reactions.set_timer(DUE, Duration::from_hours(48), Remind { fine });
//!             }
//!             FineEvent::Paid => reactions.end(),
//!         }
//!     }
//!
//!     fn rejected(&mut self, _: &FineCommand, _: &Rejection, _: &mut Reactions<FineCommand>) {}
//! }
//!
//! process::<Reminder>()
//!     .given("fine-7", FineEvent::Issued)
//!     .when_time_passes(Duration::from_hours(48))
//!     .then_commands([Remind { fine: 7 }]);
//!
//! process::<Reminder>()
//!     .given("fine-7", FineEvent::Issued)
//!     .when("fine-7", FineEvent::Paid)
//!     .then_nothing()
//!     .then_ended("7")
//!     .when_time_passes(Duration::from_hours(48))
//!     .then_nothing();
//! ```

#![expect(
    clippy::needless_pass_by_value,
    reason = "a test reads as a sentence when it gives values"
)]

use std::collections::BTreeMap;
use std::fmt::{Debug, Display};
use std::time::Duration;

use chrono::{DateTime, Utc};
use cqrs_core::domain::process_manager::{ProcessManager, Reaction, Reactions, Rejection};
use cqrs_core::words::clock::Clock;
use cqrs_core::words::processor::TimerName;

use crate::difference::difference;
use crate::given_view::read_back;
use crate::manual_clock::ManualClock;
use crate::recorded::Log;

/// Begins with a process manager that has no instances yet.
#[must_use = "a test says what it expects"]
pub fn process<P: ProcessManager>() -> GivenProcess<P> {
    GivenProcess {
        log: Log::default(),
        clock: ManualClock::default(),
        instances: BTreeMap::new(),
        timers: Vec::new(),
        sent: Vec::new(),
    }
}

/// A process manager that has reacted to some events.
pub struct GivenProcess<P: ProcessManager> {
    log: Log,
    clock: ManualClock,
    instances: BTreeMap<String, P>,
    timers: Vec<Timer<P::Command>>,
    /// What was sent by what happened last.
    sent: Vec<P::Command>,
}

struct Timer<C> {
    at: DateTime<Utc>,
    key: String,
    name: Option<TimerName>,
    command: C,
}

impl<P: ProcessManager> Debug for GivenProcess<P> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("GivenProcess")
            .field("instances", &self.instances.keys())
            .field("timers", &self.timers.len())
            .finish_non_exhaustive()
    }
}

/// Each fails at the line of the test that calls it.
#[expect(
    clippy::must_use_candidate,
    clippy::return_self_not_must_use,
    reason = "a test ends with an expectation"
)]
impl<P: ProcessManager> GivenProcess<P> {
    /// This event has been recorded in this stream, for instance `account-7`. What is sent is not looked at.
    ///
    /// # Panics
    ///
    /// When the stream is no stream id, or the event or the state does not read back.
    #[must_use = "a test says what it expects"]
    #[track_caller]
    pub fn given(self, stream: &str, event: impl Into<P::Event>) -> Self {
        self.when(stream, event)
    }

    /// This event is recorded in this stream.
    ///
    /// # Panics
    ///
    /// As [`given`](GivenProcess::given).
    #[must_use = "a test says what it expects"]
    #[track_caller]
    pub fn when(mut self, stream: &str, event: impl Into<P::Event>) -> Self {
        self.sent.clear();
        let recorded = self
            .log
            .record::<P::Event>(stream, &event.into(), self.clock.now());
        if let Some(key) = P::correlate(&recorded) {
            self.react(&key.to_string(), |instance, reactions| {
                instance.react(&recorded, reactions);
            });
        }
        self
    }

    /// This command of the instance with this key is refused for good.
    ///
    /// # Panics
    ///
    /// When there is no such instance, or its state does not read back.
    #[must_use = "a test says what it expects"]
    #[track_caller]
    pub fn when_rejected(
        mut self,
        key: impl Display,
        command: impl Into<P::Command>,
        rejection: Rejection,
    ) -> Self {
        self.sent.clear();
        let key = key.to_string();
        assert!(
            self.instances.contains_key(&key),
            "there is no instance {key}, only {:?}",
            self.instances.keys()
        );
        let command = command.into();
        self.react(&key, |instance, reactions| {
            instance.rejected(&command, &rejection, reactions);
        });
        self
    }

    /// This time passes, and timers that are due send their commands.
    ///
    /// # Panics
    ///
    /// When the clock goes past what `chrono` can say.
    #[must_use = "a test says what it expects"]
    pub fn when_time_passes(mut self, time: Duration) -> Self {
        self.clock.advance(time);
        let now = self.clock.now();
        self.timers.sort_by_key(|timer| timer.at);
        let due = self.timers.partition_point(|timer| timer.at <= now);
        self.sent = self
            .timers
            .drain(..due)
            .map(|timer| timer.command)
            .collect();
        self
    }

    /// What happened last sent these commands, no others, in this order.
    ///
    /// # Panics
    ///
    /// When it was not so.
    #[track_caller]
    pub fn then_commands<C: Into<P::Command>>(self, expected: impl IntoIterator<Item = C>) -> Self
    where
        P::Command: Debug + PartialEq,
    {
        let expected: Vec<P::Command> = expected.into_iter().map(Into::into).collect();
        assert!(
            self.sent == expected,
            "other commands were sent{}",
            difference(&expected, &self.sent)
        );
        self
    }

    /// What happened last sent no command.
    ///
    /// # Panics
    ///
    /// When it did.
    #[track_caller]
    pub fn then_nothing(self) -> Self
    where
        P::Command: Debug + PartialEq,
    {
        self.then_commands(Vec::<P::Command>::new())
    }

    /// This holds for the instance with this key.
    ///
    /// # Panics
    ///
    /// When there is no such instance, or `check` does.
    #[track_caller]
    pub fn then_state(self, key: impl Display, check: impl FnOnce(&P)) -> Self {
        match self.instances.get(&key.to_string()) {
            Some(instance) => check(instance),
            None => panic!(
                "there is no instance {key}, only {:?}",
                self.instances.keys()
            ),
        }
        self
    }

    /// There is no instance with this key, or none any more.
    ///
    /// # Panics
    ///
    /// When there is one.
    #[track_caller]
    pub fn then_ended(self, key: impl Display) -> Self {
        assert!(
            !self.instances.contains_key(&key.to_string()),
            "instance {key} has not ended"
        );
        self
    }

    #[track_caller]
    fn react(&mut self, key: &str, run: impl FnOnce(&mut P, &mut Reactions<P::Command>)) {
        let mut instance = self.instances.remove(key).unwrap_or_default();
        let mut reactions = Reactions::at(self.clock.now());
        run(&mut instance, &mut reactions);
        let mut has_ended = false;
        for reaction in reactions.into_vec() {
            match reaction {
                Reaction::Send(command) => self.sent.push(command),
                Reaction::SendAt { at, timer, command } => {
                    self.forget(key, timer.as_ref());
                    self.timers.push(Timer {
                        at,
                        key: key.to_owned(),
                        name: timer,
                        command,
                    });
                }
                Reaction::Cancel(timer) => self.forget(key, Some(&timer)),
                Reaction::End => {
                    has_ended = true;
                    self.timers.retain(|timer| timer.key != key);
                }
            }
        }
        if !has_ended {
            self.instances.insert(key.to_owned(), read_back(&instance));
        }
    }

    fn forget(&mut self, key: &str, name: Option<&TimerName>) {
        if name.is_some() {
            self.timers
                .retain(|timer| timer.key != key || timer.name.as_ref() != name);
        }
    }
}
