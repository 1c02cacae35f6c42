//! Everything that the macros generate is documented, reachable and used.
#![deny(
    missing_docs,
    unreachable_pub,
    dead_code,
    missing_debug_implementations,
    unused
)]
#![deny(
    unused_qualifications,
    elided_lifetimes_in_paths,
    non_ascii_idents,
    unsafe_code
)]

/// A module that others see.
pub mod account {
    use cqrs_core::prelude::*;

    /// Its id.
    #[derive(AggregateId, Clone, Copy, Debug, PartialEq, Eq, Hash)]
    pub struct AccountId(uuid::Uuid);

    /// It is there.
    #[derive(Event, Serialize, Deserialize, Clone, Debug, PartialEq)]
    #[event(name = "account.opened")]
    pub struct Opened {
        /// Whose it is.
        #[tag("owner")]
        pub owner: String,
    }

    /// It.
    #[derive(Aggregate, Default, Debug)]
    #[aggregate(name = "account", id = AccountId, events(Opened))]
    pub struct Account;

    impl Apply<Opened> for Account {}

    /// Opens it.
    #[derive(Command, Debug)]
    #[command(aggregate = Account, creates)]
    pub struct Open {
        /// Which.
        #[id]
        pub id: AccountId,
    }

    impl Handle<Open> for Account {
        fn handle(_: &Open, root: &mut Root<Self>) -> Result<(), std::convert::Infallible> {
            root.emit(Opened {
                owner: "ada".into(),
            });
            Ok(())
        }
    }
}

fn main() {
    assert!(
        format!(
            "{:?}",
            account::AccountEvent::from(account::Opened { owner: "a".into() })
        )
        .contains('a')
    );
}
