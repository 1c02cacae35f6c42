//! Given these events, when this command comes, then that happens: tests of decisions, without a store or a runtime.
//!
//! ```
//! use cqrs_core::prelude::*;
//! use cqrs_testing::{events, given};
//! # use serde::{Deserialize, Serialize};
//! # #[derive(AggregateId, Clone, Copy, Debug, PartialEq, Eq, Hash)]
//! # pub struct AccountId(u64);
//! # #[derive(Event, Serialize, Deserialize, Clone, Debug, PartialEq)]
//! # #[event(name = "account.deposited")]
//! # pub struct MoneyDeposited { pub amount: i64 }
//! # #[derive(Event, Serialize, Deserialize, Clone, Debug, PartialEq)]
//! # #[event(name = "account.withdrawn")]
//! # pub struct MoneyWithdrawn { pub amount: i64 }
//! # #[derive(Debug, PartialEq, thiserror::Error)]
//! # pub enum AccountError {
//! #     #[error("balance {balance} is less than {requested}")]
//! #     InsufficientFunds { balance: i64, requested: i64 },
//! # }
//! # #[derive(Aggregate, Default, Debug)]
//! # #[aggregate(name = "account", id = AccountId, error = AccountError, events(MoneyDeposited, MoneyWithdrawn))]
//! # pub struct Account { balance: i64 }
//! # impl Apply<MoneyDeposited> for Account {
//! #     fn apply(&mut self, event: &MoneyDeposited) { self.balance += event.amount; }
//! # }
//! # impl Apply<MoneyWithdrawn> for Account {
//! #     fn apply(&mut self, event: &MoneyWithdrawn) { self.balance -= event.amount; }
//! # }
//! # #[derive(Command, Debug)]
//! # #[command(aggregate = Account, reply = i64)]
//! # pub struct Withdraw { #[id] pub account: AccountId, pub amount: i64 }
//! # impl Handle<Withdraw> for Account {
//! #     fn handle(command: &Withdraw, account: &mut Root<Self>) -> Result<i64, AccountError> {
//! #         let (balance, requested) = (account.balance, command.amount);
//! #         if balance < requested {
//! #             return Err(AccountError::InsufficientFunds { balance, requested });
//! #         }
//! #         account.emit(MoneyWithdrawn { amount: command.amount });
//! #         Ok(account.balance)
//! #     }
//! # }
//! let account = AccountId::from(7);
//! given::<Account>(account)
//!     .events(events![MoneyDeposited { amount: 50 }])
//!     .when(Withdraw { account, amount: 30 })
//!     .then_events(events![MoneyWithdrawn { amount: 30 }])
//!     .then_reply(20)
//!     .then_state(|account| assert_eq!(account.balance, 20));
//!
//! given::<Account>(account)
//!     .events(events![MoneyDeposited { amount: 50 }])
//!     .when(Withdraw { account, amount: 80 })
//!     .then_rejected(AccountError::InsufficientFunds { balance: 50, requested: 80 });
//! ```

#![expect(
    clippy::needless_pass_by_value,
    reason = "a test reads as a sentence when it gives values"
)]
#![expect(
    clippy::return_self_not_must_use,
    reason = "a test may end after any of the `then_…`"
)]

use std::fmt::Debug;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use cqrs_core::domain::aggregate::Aggregate;
use cqrs_core::domain::command::{AggregateCommand, Handle};
use cqrs_core::domain::decide::{Refusal, decide};
use cqrs_core::domain::root::Root;
use cqrs_core::encoding::event::EventSet;
use cqrs_core::words::clock::Clock;
use cqrs_core::words::event::NewEvent;
use cqrs_core::words::position::Position;
use cqrs_core::words::version::StreamVersion;

use crate::difference::difference;
use crate::manual_clock::ManualClock;
use crate::sequential_ids::SequentialIds;

/// A list of events of one aggregate, each converted into its set: `events![AccountOpened { .. }, ..]`.
#[macro_export]
macro_rules! events {
    ($($event:expr),* $(,)?) => {
        ::std::vec![$(::core::convert::Into::into($event)),*]
    };
}

/// Begins with an aggregate that has no events yet.
pub fn given<A: Aggregate>(id: A::Id) -> Given<A> {
    Given {
        id,
        history: Vec::new(),
        clock: ManualClock::default(),
    }
}

/// What has happened to an aggregate.
#[derive(Debug)]
#[must_use = "a test says what comes next: `.when(command)`"]
pub struct Given<A: Aggregate> {
    id: A::Id,
    history: Vec<A::Event>,
    clock: ManualClock,
}

impl<A: Aggregate> Given<A> {
    /// This has happened, after what is given already.
    pub fn events(mut self, events: Vec<A::Event>) -> Self {
        self.history.extend(events);
        self
    }

    /// The decision is made at this moment; 2000-01-01 00:00:00 UTC where nothing is said.
    pub fn at(self, now: DateTime<Utc>) -> Self {
        self.clock.set(now);
        self
    }

    /// Has the aggregate decide about a command. New ids are those of [`SequentialIds`].
    ///
    /// # Panics
    ///
    /// When the command is for another aggregate, or an event does not read back as it was written.
    #[track_caller]
    #[must_use = "a test says what it expects: `.then_events(…)`, `.then_rejected(…)` …"]
    pub fn when<C>(self, command: C) -> Outcome<A, C>
    where
        C: AggregateCommand<Aggregate = A>,
        A: Handle<C>,
        A::Event: Debug + PartialEq,
    {
        assert!(
            self.id == *command.aggregate_id(),
            "the command is for {:?}, given is {:?}",
            command.aggregate_id(),
            self.id
        );
        let ids = Arc::new(SequentialIds::default());
        let mut root = Root::new(self.id, &self.clock, ids);
        let mut version = StreamVersion::NONE;
        for event in &self.history {
            check_reads_back::<A>(&root, event, self.clock.now());
            version = version.after(1);
            root.replay(event, version, Position::START);
        }
        let decided = decide(&command, &mut root);
        for event in root.emitted() {
            check_reads_back::<A>(&root, event, self.clock.now());
        }
        Outcome { root, decided }
    }
}

/// What an aggregate decided.
pub struct Outcome<A: Aggregate, C: AggregateCommand> {
    root: Root<A>,
    decided: Result<C::Reply, Refusal<C::Error>>,
}

impl<A, C> Debug for Outcome<A, C>
where
    A: Aggregate,
    C: AggregateCommand<Aggregate = A>,
    A::Event: Debug + PartialEq,
{
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.described())
    }
}

/// Each fails at the line of the test that calls it.
impl<A, C> Outcome<A, C>
where
    A: Aggregate,
    A::Event: Debug + PartialEq,
    C: AggregateCommand<Aggregate = A>,
{
    /// The command was done, and these events were emitted, no others, in this order.
    ///
    /// # Panics
    ///
    /// When it was not so.
    #[track_caller]
    pub fn then_events(self, expected: Vec<A::Event>) -> Self {
        self.expect_done();
        assert!(
            self.root.emitted() == expected,
            "other events were emitted{}",
            difference(&expected, &self.root.emitted())
        );
        self
    }

    /// The command was done, and nothing happened.
    ///
    /// # Panics
    ///
    /// When it was not so.
    #[track_caller]
    pub fn then_nothing(self) -> Self {
        self.then_events(Vec::new())
    }

    /// The command was done, with this reply.
    ///
    /// # Panics
    ///
    /// When it was not so.
    #[track_caller]
    pub fn then_reply(self, expected: C::Reply) -> Self
    where
        C::Reply: Debug + PartialEq,
    {
        self.expect_done();
        if let Ok(reply) = &self.decided
            && *reply != expected
        {
            panic!("the reply is another one{}", difference(&expected, reply));
        }
        self
    }

    /// The command was done, and this holds for the state: `.then_state(|account| assert_eq!(account.balance, 20))`.
    ///
    /// # Panics
    ///
    /// When the command was not done, or `check` does.
    #[track_caller]
    pub fn then_state(self, check: impl FnOnce(&A)) -> Self {
        self.expect_done();
        check(&self.root);
        self
    }

    /// The domain said no, for this reason.
    ///
    /// # Panics
    ///
    /// When it was not so.
    #[track_caller]
    pub fn then_rejected(self, expected: C::Error)
    where
        C::Error: PartialEq,
    {
        match &self.decided {
            Err(Refusal::Rejected(error)) if *error == expected => {}
            Err(Refusal::Rejected(error)) => {
                panic!("the reason is another one{}", difference(&expected, error))
            }
            _ => panic!(
                "expected the rejection {expected:?}, but {}",
                self.described()
            ),
        }
    }

    /// The aggregate does not exist, and the command does not create it.
    ///
    /// # Panics
    ///
    /// When it was not so.
    #[track_caller]
    pub fn then_not_found(self) {
        assert!(
            matches!(self.decided, Err(Refusal::NotFound)),
            "expected that the aggregate is not found, but {}",
            self.described()
        );
    }

    /// The aggregate exists, and the command creates it.
    ///
    /// # Panics
    ///
    /// When it was not so.
    #[track_caller]
    pub fn then_already_exists(self) {
        assert!(
            matches!(self.decided, Err(Refusal::AlreadyExists)),
            "expected that the aggregate exists already, but {}",
            self.described()
        );
    }

    #[track_caller]
    fn expect_done(&self) {
        assert!(
            self.decided.is_ok(),
            "expected that the command is done, but {}",
            self.described()
        );
    }

    fn described(&self) -> String {
        match &self.decided {
            Ok(_) => format!(
                "the command was done and emitted {:#?}",
                self.root.emitted()
            ),
            Err(Refusal::Rejected(error)) => format!("it was rejected: {error} ({error:?})"),
            Err(Refusal::NotFound) => "the aggregate has no events and was not found".into(),
            Err(Refusal::AlreadyExists) => "the aggregate has events and exists already".into(),
        }
    }
}

/// An event that a store would not give back as it was is a mistake in its serde attributes.
#[track_caller]
fn check_reads_back<A: Aggregate>(root: &Root<A>, event: &A::Event, now: DateTime<Utc>)
where
    A::Event: Debug + PartialEq,
{
    let encoded = match event.encode() {
        Ok(encoded) => encoded,
        Err(error) => panic!("{event:?} can't be recorded: {}", causes(&error)),
    };
    let stream = match A::stream(root.id()) {
        Ok(stream) => stream,
        Err(error) => panic!("the aggregate can't be addressed: {error}"),
    };
    let recorded = NewEvent::new(encoded.name, encoded.payload.clone())
        .with_schema_version(encoded.schema_version)
        .recorded(stream, StreamVersion::FIRST, Position::START, now);
    match A::Event::decode(&recorded) {
        Ok(parts) => match parts.into_one() {
            Some(back) if back == *event => {}
            Some(back) => panic!(
                "an event does not read back as it was written, as {}{}",
                encoded.payload.as_str(),
                difference(event, &back)
            ),
            None => panic!(
                "an event does not read back as one event, but as none or several: {event:?}, written as {}",
                encoded.payload.as_str(),
            ),
        },
        Err(error) => panic!(
            "an event does not read back from what was written, {}: {}",
            encoded.payload.as_str(),
            causes(&error)
        ),
    }
}

/// An error with all its sources, on one line.
fn causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text.push_str(": ");
        text.push_str(&error.to_string());
        source = error.source();
    }
    text
}
