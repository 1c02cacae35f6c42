//! What the macros generate is clean under the lints that a careful crate denies, clippy's among them.
#![deny(
    missing_docs,
    unreachable_pub,
    missing_debug_implementations,
    unused,
    unsafe_code,
    clippy::all,
    clippy::pedantic,
    clippy::nursery,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::absolute_paths
)]

/// A domain with everything that the macros know.
pub mod domain {
    use std::convert::Infallible;

    use cqrs_core::prelude::*;

    /// Over a UUID.
    #[derive(AggregateId, Clone, Copy, Debug, PartialEq, Eq, Hash)]
    pub struct AccountId(uuid::Uuid);

    /// Over a number.
    #[derive(AggregateId, Clone, Copy, Debug, PartialEq, Eq, Hash)]
    pub struct Number(u32);

    /// Over text.
    #[derive(AggregateId, Clone, Debug, PartialEq, Eq, Hash)]
    pub struct Text(String);

    /// With tags.
    #[derive(Event, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
    #[event(name = "account.opened", version = 2, oldest = 2)]
    pub struct AccountOpened {
        /// Whose.
        #[tag("owner")]
        pub owner: Text,
        /// By whom.
        #[tag("agent")]
        pub agent: Option<Number>,
    }

    /// Large, and called like the other one.
    #[derive(Event, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
    #[event(name = "account.filled")]
    pub struct AccountFilled([u64; 32]);

    /// A set of both, and of two others.
    #[derive(EventSet, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
    #[expect(clippy::large_enum_variant, reason = "it is written by hand")]
    pub enum Seen {
        /// One.
        Opened(AccountOpened),
        /// Another.
        Filled(AccountFilled),
        /// Its own.
        #[event(name = "account.moved")]
        Moved(#[tag("from")] u8, #[tag("to")] Option<u8>),
        /// Its own.
        #[event(name = "account.closed")]
        Closed,
    }

    /// It.
    #[derive(Aggregate, Default, Debug)]
    #[aggregate(name = "account", id = AccountId)]
    #[aggregate(events(AccountOpened, AccountFilled))]
    pub struct Account;

    impl Apply<AccountOpened> for Account {}
    impl Apply<AccountFilled> for Account {}

    /// One command.
    #[derive(Command, Debug)]
    #[command(aggregate = Account, creates)]
    pub struct Open {
        /// Which.
        #[id]
        pub id: AccountId,
    }

    impl Handle<Open> for Account {
        fn handle(_: &Open, _: &mut Root<Self>) -> Result<(), Infallible> {
            Ok(())
        }
    }

    /// Several commands.
    #[derive(Command, Debug)]
    #[command(aggregate = Account, reply = bool)]
    pub enum Change {
        /// One.
        Fill(#[id] AccountId),
        /// Another.
        Move {
            /// Which.
            #[id]
            id: AccountId,
        },
        /// A third.
        #[command(any)]
        Close(#[id] AccountId),
    }

    impl Handle<Change> for Account {
        fn handle(_: &Change, _: &mut Root<Self>) -> Result<bool, Infallible> {
            Ok(true)
        }
    }

    /// For a handler.
    #[derive(Command, Debug)]
    #[command(error = Infallible)]
    pub struct Register;
}

#[test]
fn generated_code_is_clean_under_strict_lints() {
    use cqrs_core::prelude::*;
    assert_eq!(domain::Seen::EVENTS.len(), 4);
}
