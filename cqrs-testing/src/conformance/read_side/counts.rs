//! F4: what is behind is counted in the store.

use cqrs_core::ports::append::Append;
use cqrs_core::ports::count_log::LogCount;
use cqrs_core::ports::read_log::LogRead;
use cqrs_core::ports::read_side::SharedReadSide;
use cqrs_core::words::position::Position;
use proptest::collection::vec;
use proptest::prelude::Strategy;

use super::harness::ReadSideHarness;
use super::sample::at;
use crate::conformance::sample::{ANY, account, some};
use crate::conformance::{ask, expect, random};

async fn counted(store: &SharedReadSide, request: LogRead) -> LogCount {
    let counted = store.count_log(request).await;
    counted.expect("the log can be counted")
}

/// The count of what is read, however short the pages are that the store makes of it, so that nothing but counting can be wrong.
async fn read(store: &SharedReadSide, request: LogRead) -> LogCount {
    let limit = request.limit;
    let (mut events, end) = ask::whole(&**store, request).await;
    let is_last = events.len() <= limit;
    events.truncate(limit);
    LogCount {
        events: events.len() as u64,
        first_recorded_at: events.first().map(|first| first.recorded_at),
        through: match events.last() {
            Some(last) if !is_last => last.position,
            _ => end,
        },
        is_last,
    }
}

/// Catches a store that counts something else than it reads: other events, too many, or past the end.
pub async fn f4_a_count_says_what_the_page_would<H: ReadSideHarness>(harness: &H) {
    let store = harness.read_side();
    let nothing = counted(&store, LogRead::after(Position::START)).await;
    assert_eq!((nothing.events, nothing.first_recorded_at), (0, None));
    assert!(nothing.is_last, "there are no more than none");
    let events = vec(random::ordinary(), 60).prop_map(|events| {
        let appends = events.into_iter();
        appends
            .map(|(stream, event)| Append::to(stream, ANY, vec![event]))
            .collect::<Vec<_>>()
    });
    random::check(1, events, async |batch| {
        for outcome in store.append_batch(batch).await {
            expect::recorded(outcome);
        }
    });
    let requests = (random::filter(), 0..70_u64, 0..70_u64, 1..40_usize);
    random::check(64, requests, async |(filter, after, through, limit)| {
        let all = LogRead::after(at(after)).filter(filter).limit(limit);
        let some = all.clone().through(at(after.max(through)));
        for request in [all, some] {
            let expected = read(&store, request.clone()).await;
            assert_eq!(
                counted(&store, request.clone()).await,
                expected,
                "{request:?}"
            );
        }
    });
}

/// Catches a store that counts at most a page, as it reads at most a page.
pub async fn f4_a_count_is_as_long_as_it_is_asked_to_be<H: ReadSideHarness>(harness: &H) {
    let store = harness.read_side();
    for _ in 0..3 {
        let append = Append::to(account("1"), ANY, some(900));
        expect::recorded(store.append(append).await);
    }
    for (limit, events, is_last) in [(1, 1, false), (2_699, 2_699, false), (2_700, 2_700, true)] {
        let count = counted(&store, LogRead::after(Position::START).limit(limit)).await;
        assert_eq!((count.events, count.is_last), (events, is_last), "{limit}");
    }
}
