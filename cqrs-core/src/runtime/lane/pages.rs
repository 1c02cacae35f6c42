//! The last pages of a generation that is being built, which its lanes on this node share.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, OnceCell};

use super::page::Page;
use crate::words::position::Position;

/// How many pages are kept for lanes that are behind.
const KEPT: usize = 4;

/// How long a lane waits for one that is behind. Whoever has stood still for so long is not waited for until it comes on.
const PATIENCE: Duration = Duration::from_millis(250);

/// The last pages, by the position that they begin after.
///
/// A page is read and decoded once for all lanes, as long as they come on together. The lane ahead of the others waits before a page
/// is given up that another has still to see: once apart, each would read the whole log by itself, and never meet again.
#[derive(Default)]
pub(super) struct Pages {
    kept: Mutex<Kept>,
    /// A lane has asked for a page.
    asked: Notify,
}

#[derive(Default)]
struct Kept {
    pages: BTreeMap<Position, SharedPage>,
    /// After which position each lane has last asked for a page, and whether the others wait for it.
    lanes: BTreeMap<usize, (Position, bool)>,
}

type SharedPage = Arc<OnceCell<Arc<Page>>>;

impl Pages {
    /// The page after this position, for this lane. Can be dropped at any time.
    pub(super) async fn after(&self, position: Position, lane: usize) -> SharedPage {
        self.lock().lanes.insert(lane, (position, true));
        self.asked.notify_waiters();
        let mut until = None;
        loop {
            let asked = self.asked.notified();
            tokio::pin!(asked);
            // Before the look: what is said between the two is heard.
            asked.as_mut().enable();
            {
                let mut kept = self.lock();
                if !kept.has_to_wait(position) {
                    return kept.take(position);
                }
            }
            let until = *until.get_or_insert_with(|| tokio::time::Instant::now() + PATIENCE);
            if tokio::time::timeout_at(until, asked).await.is_err() {
                let mut kept = self.lock();
                kept.give_up();
                return kept.take(position);
            }
        }
    }

    pub(super) fn forget(&self, position: Position) {
        self.lock().pages.remove(&position);
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    /// Whether the page would take the place of one that a lane has still to see.
    fn has_to_wait(&self, position: Position) -> bool {
        let first = self.pages.keys().next();
        let Some(first) = first.filter(|first| **first < position) else {
            return false;
        };
        self.pages.len() >= KEPT
            && !self.pages.contains_key(&position)
            && self.waited_for().any(|at| at < *first)
    }

    /// Where the lanes are that others wait for.
    fn waited_for(&self) -> impl Iterator<Item = Position> {
        let lanes = self.lanes.values();
        lanes.filter_map(|(at, is_waited_for)| is_waited_for.then_some(*at))
    }

    /// Those that are furthest behind are not waited for any more.
    fn give_up(&mut self) {
        let hindmost = self.waited_for().min();
        for (at, is_waited_for) in self.lanes.values_mut() {
            *is_waited_for &= Some(*at) != hindmost;
        }
    }

    fn take(&mut self, position: Position) -> SharedPage {
        let page = Arc::clone(self.pages.entry(position).or_default());
        while self.pages.len() > KEPT {
            self.pages.pop_first();
        }
        page
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::{KEPT, Page, Pages, Position, SharedPage};

    fn at(number: usize) -> Position {
        Position::new(number as u64).unwrap()
    }

    async fn read(pages: &Pages, lane: usize, number: usize) -> SharedPage {
        let page = pages.after(at(number), lane).await;
        let read = async || Page::empty(at(number)).into();
        page.get_or_init(read).await;
        page
    }

    fn is_read(page: &SharedPage) -> bool {
        page.initialized()
    }

    /// Two lanes that begin together; the first comes on as far as it can without waiting.
    async fn apart() -> Pages {
        let pages = Pages::default();
        read(&pages, 0, 0).await;
        read(&pages, 1, 0).await;
        for number in 1..=KEPT {
            read(&pages, 0, number).await;
        }
        pages
    }

    #[tokio::test]
    async fn the_lane_ahead_waits_for_the_one_behind_which_finds_all_pages() {
        let pages = apart().await;
        let mut ahead = std::pin::pin!(pages.after(at(KEPT + 1), 0));
        assert!(ahead.as_mut().now_or_never().is_none());
        assert!(is_read(&pages.after(at(1), 1).await));
        ahead.await;
        for number in 2..=KEPT {
            assert!(is_read(&pages.after(at(number), 1).await), "page {number}");
        }
    }

    #[tokio::test]
    async fn one_that_stands_still_is_waited_for_once() {
        let pages = apart().await;
        let began = std::time::Instant::now();
        read(&pages, 0, KEPT + 1).await;
        assert!(began.elapsed() >= super::PATIENCE);
        for number in KEPT + 2..3 * KEPT {
            assert!(pages.after(at(number), 0).now_or_never().is_some());
        }
        // It reads by itself what is gone, and is waited for again.
        assert!(!is_read(&pages.after(at(1), 1).await));
        let ahead = pages.after(at(3 * KEPT), 0);
        assert!(ahead.now_or_never().is_none());
    }

    #[tokio::test]
    async fn a_lane_alone_and_one_that_goes_back_wait_for_nobody() {
        let pages = Pages::default();
        for number in (0..3 * KEPT).chain(0..3 * KEPT) {
            assert!(pages.after(at(number), 0).now_or_never().is_some());
        }
    }
}
