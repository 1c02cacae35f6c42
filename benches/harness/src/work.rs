//! The kinds of work that are measured.

use serde::{Deserialize, Serialize};

/// A kind of work.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    clap::ValueEnum,
)]
#[serde(rename_all = "kebab-case")]
pub enum Work {
    /// Commands, each task on accounts of its own: open one, pay in nine times, go on to the next.
    OwnAccounts,
    /// Commands, all tasks on one account.
    OneAccount,
    /// Commands on accounts that are 1,000 events long.
    LongAccounts,
    /// Commands on accounts that this process has not seen yet: each is loaded first.
    ColdAccounts,
    /// Appends of one event without a decision.
    Append,
    /// Appends of one event under the condition that the account has no newer one.
    AppendUnless,
    /// Loading accounts from their events.
    Load,
    /// A view of balances with upserts and an exactly-once checkpoint, over a log that is there.
    Projection,
    /// Reading the whole log and counting.
    Replay,
    /// From the acknowledgement of an append to the event's handler, while all tasks append.
    HandlerDelay,
    /// What the framework adds to each command: time and allocations.
    Overhead,
}

impl Work {
    /// All of them, in the order of the report.
    pub const ALL: [Self; 11] = [
        Self::OwnAccounts,
        Self::OneAccount,
        Self::Append,
        Self::AppendUnless,
        Self::Projection,
        Self::LongAccounts,
        Self::ColdAccounts,
        Self::HandlerDelay,
        Self::Load,
        Self::Replay,
        Self::Overhead,
    ];

    /// The name, as it stands in arguments and in the JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::OwnAccounts => "own-accounts",
            Self::OneAccount => "one-account",
            Self::LongAccounts => "long-accounts",
            Self::ColdAccounts => "cold-accounts",
            Self::Append => "append",
            Self::AppendUnless => "append-unless",
            Self::Load => "load",
            Self::Projection => "projection",
            Self::Replay => "replay",
            Self::HandlerDelay => "handler-delay",
            Self::Overhead => "overhead",
        }
    }

    /// What is counted, for the heading of a table.
    #[must_use]
    pub const fn unit(self) -> &'static str {
        match self {
            Self::OwnAccounts
            | Self::OneAccount
            | Self::LongAccounts
            | Self::ColdAccounts
            | Self::Overhead => "commands/s",
            Self::Append | Self::AppendUnless | Self::HandlerDelay => "appends/s",
            Self::Load => "loads/s",
            Self::Projection | Self::Replay => "events/s",
        }
    }

    /// What it is, in a line.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::OwnAccounts => "commands, own accounts of 10 events",
            Self::OneAccount => "commands, all on one account (accepted ones)",
            Self::LongAccounts => "commands on accounts of 1,000 events",
            Self::ColdAccounts => "commands on accounts of 10 events that are not cached",
            Self::Append => "appends of one event",
            Self::AppendUnless => "appends of one event under a condition over a tag",
            Self::Load => "loading one account",
            Self::Projection => "projection with upserts and an exactly-once checkpoint",
            Self::Replay => "reading the whole log and counting",
            Self::HandlerDelay => {
                "from an append's acknowledgement to the handler (latencies), under load"
            }
            Self::Overhead => "the framework's own cost of a command",
        }
    }
}

impl std::fmt::Display for Work {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(self.name())
    }
}
