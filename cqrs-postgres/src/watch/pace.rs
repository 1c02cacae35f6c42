//! How long to wait before asking again.

use std::time::Duration;

use crate::feed::Floor;

/// Grows while nothing happens.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pace {
    slowest: Duration,
    wait: Duration,
}

impl Pace {
    const FASTEST: Duration = Duration::from_millis(1);
    /// While an append in flight holds the feed back, nobody says when it ends.
    const HELD: Duration = Duration::from_millis(8);
    /// Where no notification says that another process has appended. Nobody polls faster while nothing happens.
    const UNTOLD: Duration = Duration::from_millis(50);

    pub(crate) const fn new(slowest: Duration) -> Self {
        Self {
            slowest,
            wait: Self::FASTEST,
        }
    }

    /// The log has moved, or was said to.
    pub(crate) fn hurry(&mut self) {
        self.wait = Self::FASTEST;
    }

    /// How long to wait after this answer.
    pub(crate) fn after(&mut self, floor: Floor, listening: bool) -> Duration {
        let most = if floor.head > floor.settled {
            Self::HELD
        } else if listening {
            self.slowest
        } else {
            self.slowest.min(Self::UNTOLD)
        };
        let wait = self.wait.min(most);
        self.wait = (wait * 2).min(self.slowest);
        wait
    }

    /// How long to wait after an error.
    pub(crate) fn after_error(&mut self) -> Duration {
        let wait = self.wait.max(Duration::from_millis(10));
        self.wait = (wait * 2).min(self.slowest);
        wait
    }
}

#[cfg(test)]
mod tests {
    use super::Pace;
    use crate::feed::Floor;
    use cqrs_core::words::position::Position;
    use std::time::Duration;

    fn waits(settled: u64, head: u64, listening: bool) -> Vec<u128> {
        let mut pace = Pace::new(Duration::from_millis(500));
        let floor = Floor {
            settled: Position::new(settled).unwrap(),
            head: Position::new(head).unwrap(),
        };
        (0..12)
            .map(|_| pace.after(floor, listening).as_millis())
            .collect()
    }

    #[test]
    fn slows_down_while_nothing_happens() {
        assert_eq!(
            waits(7, 7, true),
            [1, 2, 4, 8, 16, 32, 64, 128, 256, 500, 500, 500]
        );
    }

    #[test]
    fn stays_quick_while_an_append_holds_the_feed_or_nobody_tells() {
        assert_eq!(waits(5, 7, true)[3..6], [8, 8, 8]);
        assert_eq!(waits(7, 7, false)[4..8], [16, 32, 50, 50]);
    }
}
