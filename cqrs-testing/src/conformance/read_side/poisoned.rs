//! P3 with the runtime: what fails is tried again, then its key is parked, and others go on.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use cqrs_core::domain::error_policy::{ErrorDecision, Failure};
use cqrs_core::domain::event_handler::{Delivery, EventHandler, NoCommands};
use cqrs_core::domain::view::View;
use cqrs_core::ports::parked::ParkedEvent;
use cqrs_core::runtime::app::Cqrs;
use cqrs_core::words::event::Recorded;
use cqrs_core::words::processor::ProcessorName;
use cqrs_core::words::start::StartFrom;
use serde::{Deserialize, Serialize};

use super::application::{PARK, bank, built, idle};
use super::ask;
use super::bank::{AccountEvent, AccountId, BALANCE, Balance, deposit, open, poison};
use super::harness::ReadSideHarness;
use super::sample::{generation, key};
use crate::manual_clock::ManualClock;

/// The view of tomorrow, which can stand everything.
#[derive(Serialize, Deserialize, Default, Clone, Debug, PartialEq)]
#[serde(transparent)]
struct Fixed(Balance);

impl View for Fixed {
    const NAME: ProcessorName = BALANCE;
    type Event = AccountEvent;
    type Key = AccountId;

    fn keys(event: &Recorded<AccountEvent>) -> impl IntoIterator<Item = AccountId> {
        event.id()
    }

    fn apply(&mut self, event: &Recorded<AccountEvent>) {
        if matches!(event.event, AccountEvent::Opened { .. }) {
            self.0.events += 1;
        } else {
            self.0.apply(event);
        }
    }
}

async fn parked(cqrs: &Cqrs) -> Vec<ParkedEvent> {
    let parked = cqrs.parked(BALANCE).list(None, 100).await;
    parked.expect("parked events can be listed")
}

/// Accounts 0 to 19, of which the one in the middle is poisoned.
const POISONED: u64 = 10;

async fn with_poison<H: ReadSideHarness>(harness: &H) -> Cqrs {
    let store = harness.read_side();
    let cqrs = built(bank::<H>(&store).view::<Balance>().error_policy(PARK)).await;
    for account in 0..20 {
        if account == POISONED {
            poison(&cqrs, account).await;
            deposit(&cqrs, account, 5).await;
        } else {
            open(&cqrs, account, 1).await;
        }
    }
    idle(&cqrs).await;
    deposit(&cqrs, POISONED, 6).await;
    for account in 0..20 {
        deposit(&cqrs, account, 2).await;
    }
    idle(&cqrs).await;
    cqrs
}

/// Catches a runner that stops at an event which fails, or delivers later ones of its key before it.
pub async fn p3_one_poisoned_key_waits_and_all_others_flow<H: ReadSideHarness>(harness: &H) {
    let cqrs = with_poison(harness).await;
    for account in 0..20 {
        let view = cqrs
            .view::<Balance>(AccountId(account))
            .await
            .expect("the view can be read");
        let balance = view.map(|view| view.amount);
        assert_eq!(
            balance,
            (account != POISONED).then_some(3),
            "account {account}"
        );
    }
    let parked = parked(&cqrs).await;
    assert_eq!(parked.len(), 4, "the culprit and those that wait behind it");
    assert!(
        parked
            .iter()
            .all(|parked| parked.event.key == key(POISONED))
    );
    assert!(parked.is_sorted_by_key(|parked| parked.event.position));
    let failure = parked[0]
        .event
        .failure
        .as_ref()
        .expect("the first has failed");
    assert!(failure.error.contains("can't stand"), "{}", failure.error);
    assert!(
        parked[1..]
            .iter()
            .all(|parked| parked.event.failure.is_none())
    );
}

/// Catches a replay that leaves another read model than a clean build.
pub async fn p3_a_replay_after_the_fix_equals_a_clean_build<H: ReadSideHarness>(harness: &H) {
    let old = with_poison(harness).await;
    let store = harness.read_side();
    let asked = old.parked(BALANCE).replay_all().await;
    assert_eq!(asked.expect("a replay can be asked for"), 1);
    idle(&old).await;
    assert_eq!(
        parked(&old).await.len(),
        4,
        "today's code can't stand it yet"
    );
    harness.pass(H::LEASE * 2).await;
    let cqrs = built(bank::<H>(&store).view::<Fixed>().error_policy(PARK)).await;
    let asked = cqrs.parked(BALANCE).replay(&key(POISONED)).await;
    assert!(asked.expect("a replay can be asked for"));
    idle(&cqrs).await;
    assert_eq!(parked(&cqrs).await, []);
    let replayed = ask::documents(&store, &generation("balance", 1)).await;
    assert_eq!(replayed.len(), 20);
    cqrs.rebuild::<Fixed>().await.expect("a rebuild begins");
    idle(&cqrs).await;
    let built = ask::documents(&store, &generation("balance", 2)).await;
    assert_eq!(replayed, built);
}

/// Catches a discard that forgets more, or less, than the culprit.
pub async fn p3_a_discard_forgets_the_culprit_and_delivers_those_behind<H: ReadSideHarness>(
    harness: &H,
) {
    let cqrs = with_poison(harness).await;
    let asked = cqrs.parked(BALANCE).discard(&key(POISONED)).await;
    assert!(asked.expect("a discard can be asked for"));
    idle(&cqrs).await;
    assert_eq!(parked(&cqrs).await, []);
    let view = cqrs
        .view::<Balance>(AccountId(POISONED))
        .await
        .expect("the view can be read");
    let view = view.expect("the events behind it are delivered");
    assert_eq!((view.amount, view.events), (5 + 6 + 2, 3));
}

/// Fails so many times at each event.
struct Fails {
    times: u32,
    calls: Arc<AtomicU32>,
}

impl EventHandler for Fails {
    const NAME: ProcessorName = ProcessorName::from_static("fails");
    const START: StartFrom = StartFrom::Beginning;
    type Event = AccountEvent;
    type Command = NoCommands;
    type Error = std::io::Error;

    async fn handle(
        &self,
        _: &Recorded<AccountEvent>,
        delivery: &mut Delivery<NoCommands>,
    ) -> Result<(), std::io::Error> {
        self.calls.fetch_add(1, Ordering::SeqCst);
        if delivery.attempt() <= self.times {
            return Err(std::io::Error::other("not yet"));
        }
        Ok(())
    }
}

/// Catches a runner that tries again at once, never, or forgets how often it has tried when it is restarted.
pub async fn p3_a_failure_is_tried_again_after_its_delay<H: ReadSideHarness>(harness: &H) {
    let store = harness.read_side();
    let (clock, calls) = (ManualClock::default(), Arc::new(AtomicU32::new(0)));
    let retry = |failure: &Failure| ErrorDecision::Retry {
        after: Duration::from_secs(u64::from(failure.attempts)),
    };
    for (passes, expected) in [(0, 1), (999, 1), (1, 2), (1_999, 2), (1, 3), (60_000, 3)] {
        harness.pass(H::LEASE * 2).await;
        let handler = Fails {
            times: 2,
            calls: Arc::clone(&calls),
        };
        let builder = bank::<H>(&store).event_handler(handler).error_policy(retry);
        let cqrs = built(builder.clock(clock.clone())).await;
        if passes == 0 {
            poison(&cqrs, 1).await;
        }
        clock.advance(Duration::from_millis(passes));
        idle(&cqrs).await;
        assert_eq!(
            calls.load(Ordering::SeqCst),
            expected,
            "after {passes} ms more"
        );
    }
}

/// Catches a runner that does something else than the policy says.
pub async fn p3_the_policy_decides<H: ReadSideHarness>(harness: &H) {
    let store = harness.read_side();
    let stop = |_: &Failure| ErrorDecision::Stop;
    let cqrs = built(bank::<H>(&store).view::<Balance>().error_policy(stop)).await;
    poison(&cqrs, 1).await;
    let last = deposit(&cqrs, 1, 5).await;
    let stopped = cqrs.run_until_idle().await;
    assert!(stopped.is_err(), "the processor stops loudly");
    assert_eq!(parked(&cqrs).await, [], "and nothing is passed over");
    harness.pass(H::LEASE * 2).await;
    let skip = |_: &Failure| ErrorDecision::Skip;
    let cqrs = built(bank::<H>(&store).view::<Balance>().error_policy(skip)).await;
    idle(&cqrs).await;
    let read = cqrs.view::<Balance>(AccountId(1)).at_least(last).await;
    let view = read
        .expect("the view can be read")
        .expect("what came behind is delivered");
    assert_eq!(
        (view.events, view.amount),
        (1, 5),
        "the poisoned event is skipped"
    );
}
