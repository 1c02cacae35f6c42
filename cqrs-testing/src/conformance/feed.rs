//! F1 and F2: a reader that follows positions sees every recorded event exactly once, and each stream in its order.

use cqrs_core::ports::append::Append;
use cqrs_core::ports::limits::Limits;
use cqrs_core::ports::read_log::{LogPage, LogRead};
use cqrs_core::ports::store::SharedStore;
use cqrs_core::words::event::NewEvent;
use cqrs_core::words::filter::Filter;
use cqrs_core::words::position::Position;

use super::harness::StoreHarness;
use super::sample::{ANY, account, exact, numbered, one, some};
use super::{ask, expect};

/// Twenty events over five streams, with failed appends in between.
async fn with_twenty_events<H: StoreHarness>(harness: &H) -> (SharedStore, Vec<NewEvent>) {
    let (store, mut given) = (harness.store(), Vec::new());
    for number in 0..10 {
        let (first, second) = (numbered(number), numbered(100 + number));
        given.extend([first.clone(), second.clone()]);
        let append = Append::to(account(number % 5), ANY, vec![first, second]);
        expect::recorded(store.append(append).await);
        expect::conflict(
            store
                .append(one(&account(number % 5), exact(99), number))
                .await,
        );
    }
    (store, given)
}

async fn read(store: &SharedStore, request: LogRead) -> LogPage {
    let page = store.read_log(request).await;
    page.expect("the log can be read")
}

/// Catches a store that loses or doubles events at the edges of pages.
pub async fn f1_the_log_is_read_page_by_page_without_loss_or_doubles<H: StoreHarness>(harness: &H) {
    let (store, given) = with_twenty_events(harness).await;
    for limit in [1, 2, 3, 7, 19, 20, 21, 1_000] {
        let events = ask::filtered(&store, &Filter::all(), limit).await;
        expect::same_content(&events, &given);
    }
}

/// Catches a store that gives two events one position, or uses position 0.
pub async fn f1_positions_rise<H: StoreHarness>(harness: &H) {
    let (store, _) = with_twenty_events(harness).await;
    let events = ask::log(&store).await;
    assert!(
        events[0].position > Position::START,
        "no event is at the start"
    );
    for pair in events.windows(2) {
        assert!(
            pair[0].position < pair[1].position,
            "positions rise: {pair:?}"
        );
    }
    for event in &events {
        let stream = ask::stream(&store, &event.stream).await;
        assert!(
            stream.contains(event),
            "the stream and the log return the same event: {event:?}"
        );
    }
}

/// Catches a store that is one off at the position to begin after.
pub async fn f1_reading_begins_after_any_position<H: StoreHarness>(harness: &H) {
    let (store, _) = with_twenty_events(harness).await;
    let all = ask::log(&store).await;
    for event in &all {
        let page = read(&store, LogRead::after(event.position)).await;
        let expected: Vec<_> = all
            .iter()
            .filter(|other| other.position > event.position)
            .collect();
        assert_eq!(
            page.events.iter().collect::<Vec<_>>(),
            expected,
            "after {}",
            event.position
        );
        assert!(page.is_last, "the page ends where the log ends");
    }
}

/// Catches a store that goes back, or reports an error, at the end of the log.
pub async fn f1_after_the_end_nothing_comes<H: StoreHarness>(harness: &H) {
    let store = harness.store();
    let page = read(&store, LogRead::after(Position::START)).await;
    assert!(
        page.events.is_empty() && page.is_last,
        "an empty log reads as {page:?}"
    );
    let end = expect::recorded(store.append(Append::to(account("1"), ANY, some(3))).await).position;
    let beyond = Position::new(end.get() + 1_000_000).expect("a valid position");
    for after in [end, beyond, Position::MAX] {
        let page = read(&store, LogRead::after(after)).await;
        assert!(
            page.events.is_empty() && page.is_last,
            "after {after}: {page:?}"
        );
        assert!(page.through >= after, "a page never goes back");
    }
}

/// Catches a store that believes the reader where the log ends: what is recorded there later would be missed.
pub async fn f1_a_page_never_goes_past_the_end_of_the_log<H: StoreHarness>(harness: &H) {
    let store = harness.store();
    let nothing = Filter::name(cqrs_core::words::event::EventName::from_static("nothing"));
    let mut end = Position::START;
    for number in 1..=3 {
        let mut through = end;
        for filter in [Filter::all(), nothing.clone()] {
            let request = LogRead::after(Position::START).filter(filter);
            for request in [request.clone().through(Position::MAX), request] {
                let page = read(&store, request).await;
                assert!(page.is_last, "the page is the last");
                assert!(
                    page.through >= end,
                    "the page goes up to the end of the log"
                );
                through = through.max(page.through);
            }
        }
        end = expect::recorded(store.append(one(&account("1"), ANY, number)).await).position;
        assert!(
            end > through,
            "a page was read through {through}, and then an event came at {end}: a reader misses it"
        );
    }
}

/// Catches a store that ignores where the reader asked to end, or then forgets to say that it came there.
pub async fn f1_a_page_ends_where_it_is_asked_to<H: StoreHarness>(harness: &H) {
    let (store, _) = with_twenty_events(harness).await;
    let all = ask::log(&store).await;
    for count in [0_usize, 1, 5, 19, 20] {
        let through = count
            .checked_sub(1)
            .map_or(Position::START, |last| all[last].position);
        let page = read(&store, LogRead::after(Position::START).through(through)).await;
        assert_eq!(
            page.events,
            all[..count],
            "through the position of event {count}"
        );
        assert_eq!((page.through, page.is_last), (through, true));
    }
    let (third, tenth) = (all[2].position, all[9].position);
    let page = read(&store, LogRead::after(third).through(tenth).limit(4)).await;
    assert_eq!(
        (page.events.len(), page.is_last),
        (4, false),
        "a page before it"
    );
    assert!(
        page.through < tenth,
        "a page that is full does not go through to the end"
    );
    let page = read(&store, LogRead::after(tenth).through(third)).await;
    assert!(
        page.events.is_empty(),
        "an end before the beginning: {page:?}"
    );
    assert_eq!(page.through, tenth, "a page never goes back");
}

/// Catches a store that takes a full page for an unfinished one and leaves the reader behind, or the other way.
pub async fn f1_a_page_says_whether_it_is_the_last<H: StoreHarness>(harness: &H) {
    let (store, _) = with_twenty_events(harness).await;
    let all = ask::log(&store).await;
    for (limit, last) in [(1, false), (19, false), (20, true), (21, true)] {
        let page = read(&store, LogRead::after(Position::START).limit(limit)).await;
        assert_eq!(page.events, all[..limit.min(20)], "pages of {limit}");
        assert_eq!(page.is_last, last, "20 events, pages of {limit}");
    }
}

/// Catches a store that takes more into memory than it is configured to.
pub async fn f1_a_page_is_cut_to_the_limit_of_the_store<H: StoreHarness>(harness: &H) {
    let (_, given) = with_twenty_events(harness).await;
    let mut limits = Limits::default();
    limits.events_per_page = 6;
    let store = harness.store_with_limits(limits).await;
    let page = read(&store, LogRead::after(Position::START)).await;
    assert_eq!(
        (page.events.len(), page.is_last),
        (6, false),
        "a page of at most 6 events"
    );
    expect::same_content(&ask::log(&store).await, &given);
}

/// Catches a store that gives events new positions.
pub async fn f1_the_log_is_the_same_after_a_restart<H: StoreHarness>(harness: &H) {
    let (store, _) = with_twenty_events(harness).await;
    let before = ask::log(&store).await;
    let store = harness.restart().await;
    assert_eq!(ask::log(&store).await, before, "the log after a restart");
    let next = expect::recorded(store.append(one(&account("1"), ANY, 1)).await).position;
    let end = before.last().map(|event| event.position);
    assert!(Some(next) > end, "positions go on after a restart");
}

/// Catches a store that sorts the log by something else than what streams are sorted by.
pub async fn f2_events_of_an_append_keep_their_order<H: StoreHarness>(harness: &H) {
    let store = harness.store();
    let (first, second) = (account("9"), account("1"));
    for _ in 0..5 {
        let append = Append::to(first.clone(), ANY, some(4)).and_to(second.clone(), ANY, some(3));
        expect::recorded(store.append(append).await);
    }
    let log = ask::log(&store).await;
    for stream in [first, second] {
        let of_log: Vec<_> = log
            .iter()
            .filter(|event| event.stream == stream)
            .cloned()
            .collect();
        expect::no_gaps(&of_log);
        assert_eq!(
            of_log,
            ask::stream(&store, &stream).await,
            "the order of stream {stream}"
        );
    }
}

/// Catches a store whose readers skip what is still in flight behind them.
pub async fn f1_a_reader_at_the_end_misses_nothing_that_comes<H: StoreHarness>(harness: &H) {
    let store = harness.store();
    let (mut after, mut seen) = (Position::START, Vec::new());
    for number in 0..30 {
        expect::recorded(store.append(one(&account(number % 3), ANY, number)).await);
        let page = read(&store, LogRead::after(after)).await;
        assert_eq!(page.events.len(), 1, "the one event that came since");
        after = page.through;
        seen.extend(page.events);
    }
    assert_eq!(seen, ask::log(&store).await);
}
