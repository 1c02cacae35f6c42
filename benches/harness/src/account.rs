//! The domain: a bank account that is opened once, and to which money is paid in.

use uuid::Uuid;

/// Which account: the name of its aggregate, stream or tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Account(pub Uuid);

impl Account {
    /// The one account that all tasks and all nodes want in the work on one account.
    pub const HOT: Self = Self(Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0001));

    /// How many events an account gets before a task goes on to its next one.
    pub const EVENTS: u32 = 10;

    /// The account of this number among those of one length: the same in each process.
    #[must_use]
    pub fn numbered(number: usize, events: u32) -> Self {
        let place = (u128::from(events) << 32) | number as u128;
        Self(Uuid::from_u128(Self::HOT.0.as_u128() + (place << 8)))
    }

    /// An account that nobody has opened.
    #[must_use]
    #[expect(
        clippy::new_without_default,
        reason = "each call gives another account"
    )]
    pub fn new() -> Self {
        Self(Uuid::now_v7())
    }
}

impl std::fmt::Display for Account {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(formatter)
    }
}

/// One event for the appends without a decision.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// Whose event it is.
    pub account: Account,
    /// How many events the account has already.
    pub version: u32,
    /// How much is paid in.
    pub amount: u32,
}
