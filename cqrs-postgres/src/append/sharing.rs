//! How what waits is shared out between the writers.
//!
//! A call costs the server as much as some six appends more, so that calls of few appends beside calls of many are a waste; and once
//! there, they stay: who was answered together comes back together, and goes out together again. So what waits is halved when nobody is
//! away, and few wait for many to come back.

use std::time::Duration;

/// How many callers are worth a call of their own while others are away.
const FEW: usize = 4;

/// How long few callers wait for the others to come back at most: what is away may wait for a lock of somebody else.
pub(super) const PATIENCE: Duration = Duration::from_millis(2);

/// What a writer does that could begin a call now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    /// Takes so many of those that wait.
    Take(usize),
    /// Waits for those who are away, or for more to come.
    Wait,
}

impl Turn {
    /// With so many callers waiting, and so many away in the other writers' calls.
    pub(super) const fn of(waiting: usize, away: usize) -> Self {
        if away == 0 && waiting >= 2 * FEW {
            return Self::Take(waiting.div_ceil(2));
        }
        if away <= FEW || waiting >= away.div_ceil(2) {
            return Self::Take(waiting);
        }
        Self::Wait
    }
}

#[cfg(test)]
mod tests {
    use super::Turn::{Take, Wait};
    use super::{FEW, Turn};

    #[test]
    fn few_callers_go_at_once() {
        for waiting in 1..2 * FEW {
            assert_eq!(Turn::of(waiting, 0), Take(waiting));
        }
        assert_eq!(Turn::of(1, 1), Take(1));
        assert_eq!(Turn::of(1, FEW), Take(1));
    }

    #[test]
    fn many_are_halved_when_nobody_is_away() {
        assert_eq!(Turn::of(32, 0), Take(16));
        assert_eq!(Turn::of(33, 0), Take(17));
        assert_eq!(Turn::of(16, 16), Take(16), "and the other half goes too");
    }

    #[test]
    fn few_wait_for_many_to_come_back() {
        assert_eq!(Turn::of(1, 31), Wait);
        assert_eq!(Turn::of(15, 31), Wait);
        assert_eq!(Turn::of(16, 31), Take(16));
        assert_eq!(Turn::of(1, 256), Wait);
    }
}
