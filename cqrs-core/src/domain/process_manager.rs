//! Process managers: what has happened in several places leads to commands.

use std::fmt::Display;
use std::time::Duration;

use chrono::{DateTime, SubsecRound, Utc};
use serde::{Deserialize, Serialize};

use crate::encoding::event::EventSet;
use crate::words::event::Recorded;
use crate::words::partition::PartitionCount;
use crate::words::processor::{ProcessorName, TimerName};
use crate::words::start::StartFrom;
use crate::words::stream::StreamId;

/// A process that goes over several aggregates: it correlates events to an instance, keeps its state, and sends commands
/// now or later. The type is the state of one instance.
///
/// It is synchronous and pure, as an aggregate is: what it wants to happen goes into the [`Reactions`]. State, commands,
/// timers and checkpoint are recorded in one transaction, and each command takes effect once (P6).
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a process manager",
    label = "this type is not a process manager",
    note = "write `impl ProcessManager for {Self} {{ … }}` on a struct with `#[derive(Serialize, Deserialize, Default)]`"
)]
pub trait ProcessManager:
    Serialize + for<'de> Deserialize<'de> + Default + Send + Sync + 'static
{
    /// The durable name.
    const NAME: ProcessorName;

    /// Into how many partitions the instances are shared out. Never change it once it has run.
    const PARTITIONS: PartitionCount = PartitionCount::DEFAULT;

    /// From where it starts when it has never run.
    const START: StartFrom;

    /// What it reacts to; any set, also one that mixes the events of several aggregates.
    type Event: EventSet;

    /// What it sends.
    type Command: Send + Sync + 'static;

    /// What names an instance: an id, a text, a number. Its text is the durable key.
    type Key: Display + Send + Sync + 'static;

    /// Which instance the event is for, if any.
    fn correlate(event: &Recorded<Self::Event>) -> Option<Self::Key>;

    /// Takes an event into the instance, and says what shall happen.
    fn react(&mut self, event: &Recorded<Self::Event>, reactions: &mut Reactions<Self::Command>);

    /// Takes note that a command of this instance was refused for good, and says what shall happen instead: what to try
    /// otherwise, or how to take back what was done.
    fn rejected(
        &mut self,
        command: &Self::Command,
        rejection: &Rejection,
        reactions: &mut Reactions<Self::Command>,
    );
}

/// Why a command of a process manager was refused for good.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Rejection {
    /// The domain said no.
    Rejected {
        /// The domain's reason, as text.
        reason: String,
    },
    /// The aggregate does not exist, and the command does not create it.
    NotFound {
        /// The aggregate's stream.
        stream: StreamId,
    },
    /// The aggregate exists already, and the command creates it.
    AlreadyExists {
        /// The aggregate's stream.
        stream: StreamId,
    },
}

impl Display for Rejection {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Rejected { reason } => formatter.write_str(reason),
            Self::NotFound { stream } => write!(formatter, "{stream} does not exist"),
            Self::AlreadyExists { stream } => write!(formatter, "{stream} exists already"),
        }
    }
}

/// What a process manager wants to happen.
#[derive(Debug)]
pub struct Reactions<C> {
    now: DateTime<Utc>,
    reactions: Vec<Reaction<C>>,
}

/// One thing that a process manager wants to happen.
#[derive(Clone, Debug, PartialEq)]
pub enum Reaction<C> {
    /// Send this command now.
    Send(C),
    /// Send this command at this moment.
    SendAt {
        /// When.
        at: DateTime<Utc>,
        /// What the timer is called, if it can be cancelled.
        timer: Option<TimerName>,
        /// The command.
        command: C,
    },
    /// Forget the timer of this name, if there is one.
    Cancel(TimerName),
    /// Forget the instance and its timers. The next event of its key begins a new one.
    End,
}

impl<C> Reactions<C> {
    /// No reactions, at this moment. For the runtime and for tests.
    #[must_use]
    pub fn at(now: DateTime<Utc>) -> Self {
        Self {
            now: now.trunc_subsecs(6),
            reactions: Vec::new(),
        }
    }

    /// The time of the reaction, by the application's clock.
    #[must_use]
    pub const fn now(&self) -> DateTime<Utc> {
        self.now
    }

    /// Sends a command.
    pub fn send(&mut self, command: impl Into<C>) {
        self.reactions.push(Reaction::Send(command.into()));
    }

    /// Sends a command after this time.
    pub fn send_after(&mut self, delay: Duration, command: impl Into<C>) {
        let at = self.after(delay);
        self.send_at(at, command);
    }

    /// Sends a command at this moment.
    pub fn send_at(&mut self, at: DateTime<Utc>, command: impl Into<C>) {
        self.reactions.push(Reaction::SendAt {
            at: at.trunc_subsecs(6),
            timer: None,
            command: command.into(),
        });
    }

    /// Sends a command after this time, unless the timer is cancelled. A timer of the same name that the instance has
    /// already is replaced.
    pub fn set_timer(&mut self, timer: TimerName, delay: Duration, command: impl Into<C>) {
        let at = self.after(delay);
        self.reactions.push(Reaction::SendAt {
            at,
            timer: Some(timer),
            command: command.into(),
        });
    }

    /// Cancels the timer of this name, if the instance has one. A command that is on its way already is not called back.
    pub fn cancel_timer(&mut self, timer: TimerName) {
        self.reactions.push(Reaction::Cancel(timer));
    }

    /// Ends the instance: its state and its timers are forgotten. Commands that it has sent are sent.
    pub fn end(&mut self) {
        self.reactions.push(Reaction::End);
    }

    /// All of it, in order.
    #[must_use]
    pub fn into_vec(self) -> Vec<Reaction<C>> {
        self.reactions
    }

    fn after(&self, delay: Duration) -> DateTime<Utc> {
        chrono::Duration::from_std(delay)
            .ok()
            .and_then(|delay| self.now.checked_add_signed(delay))
            .unwrap_or(DateTime::<Utc>::MAX_UTC)
    }
}
