//! P6 with the runtime: process managers, whose commands take effect once.

use std::future::IntoFuture;
use std::time::Duration;

use cqrs_core::domain::event_handler::{Delivery, EventHandler};
use cqrs_core::runtime::app::Cqrs;
use cqrs_core::runtime::read_view::ReadError;
use cqrs_core::words::event::Recorded;
use cqrs_core::words::processor::ProcessorName;
use cqrs_core::words::start::StartFrom;

use super::application::{PATIENCE, bank, built, idle, node, rough_node, through_crashes, until};
use super::bank::{
    AccountEvent, AccountId, Close, Deposit, MOVING, Moving, MovingByTimers, MovingCommand,
    balance, open, outcomes, request,
};
use super::harness::ReadSideHarness;
use super::reads::let_others_come_in_between;
use crate::manual_clock::ManualClock;

const ACCOUNTS: u64 = 6;

/// Requests so many transfers of 1, each from an account to the next.
async fn requests(cqrs: &Cqrs, transfers: u64) {
    for transfer in 0..transfers {
        request(
            cqrs,
            transfer,
            transfer % ACCOUNTS,
            (transfer + 1) % ACCOUNTS,
            1,
        )
        .await;
        let_others_come_in_between(transfer).await;
    }
}

/// Until each transfer is settled.
async fn settled(cqrs: &Cqrs, transfers: u64) {
    for transfer in 0..transfers {
        let what = format!("transfer {transfer} is settled");
        let is_settled = || async move { !outcomes(cqrs, transfer).await.is_empty() };
        until(&what, is_settled).await;
    }
}

/// Each transfer was settled once, and each account has what it had.
async fn settled_once(cqrs: &Cqrs, transfers: u64) {
    for transfer in 0..transfers {
        assert_eq!(
            outcomes(cqrs, transfer).await,
            ["done"],
            "transfer {transfer}"
        );
    }
    for account in 0..ACCOUNTS {
        assert_eq!(balance(cqrs, account).await, 1_000, "account {account}");
    }
}

async fn accounts(cqrs: &Cqrs) {
    for account in 0..ACCOUNTS {
        open(cqrs, account, 1_000).await;
    }
}

/// Catches a store, or a runner, that loses or doubles commands when it is cut off.
pub async fn p6_transfers_are_settled_once_through_crashes<H: ReadSideHarness>(harness: &H) {
    through(harness, &[harness.read_side()]).await;
}

/// Catches a store whose nodes send each other's commands.
pub async fn p6_transfers_are_settled_once_through_crashes_across_handles<H: ReadSideHarness>(
    harness: &H,
) {
    through(
        harness,
        &[harness.read_side(), harness.second_read_side().await],
    )
    .await;
}

async fn through<H: ReadSideHarness>(
    harness: &H,
    stores: &[cqrs_core::ports::read_side::SharedReadSide],
) {
    const TRANSFERS: u64 = 120;
    let writer = node::<H>(&stores[0]).await;
    accounts(&writer).await;
    let work = async {
        requests(&writer, TRANSFERS).await;
        settled(&writer, TRANSFERS).await;
    };
    through_crashes(harness, stores, work).await;
    harness.pass(H::LEASE * 2).await;
    idle(&node::<H>(&stores[0]).await).await;
    settled_once(&writer, TRANSFERS).await;
}

/// Catches a runner that sends again what was sent, or forgets what was not, when the reply of a step is lost.
pub async fn p6_transfers_are_settled_once_through_lost_replies<H: ReadSideHarness>(harness: &H) {
    const TRANSFERS: u64 = 24;
    let cqrs = rough_node::<H>(&harness.read_side()).await;
    accounts(&cqrs).await;
    let runners = cqrs.start_runners();
    requests(&cqrs, TRANSFERS).await;
    settled(&cqrs, TRANSFERS).await;
    runners.stop(Duration::from_secs(5)).await;
    settled_once(&cqrs, TRANSFERS).await;
}

/// Catches a process manager that is not told that a command was refused, or told more than once.
pub async fn p6_what_is_refused_is_compensated_once<H: ReadSideHarness>(harness: &H) {
    let cqrs = node::<H>(&harness.read_side()).await;
    open(&cqrs, 1, 100).await;
    open(&cqrs, 2, 0).await;
    let closed = cqrs
        .send(Close {
            account: AccountId(2),
        })
        .await;
    let _ = closed.expect("an account is closed");
    request(&cqrs, 7, 1, 2, 30).await;
    request(&cqrs, 8, 1, 3, 30).await;
    request(&cqrs, 9, 1, 2, 500).await;
    idle(&cqrs).await;
    assert_eq!(
        outcomes(&cqrs, 7).await,
        ["given back"],
        "account 2 is closed"
    );
    assert_eq!(
        outcomes(&cqrs, 8).await,
        ["given back"],
        "account 3 does not exist"
    );
    let refused = outcomes(&cqrs, 9).await;
    assert!(
        refused.len() == 1 && refused[0].starts_with("refused: balance"),
        "{refused:?}"
    );
    assert_eq!((balance(&cqrs, 1).await, balance(&cqrs, 2).await), (100, 0));
}

/// Catches a timer that fires too early, never, twice, or after its instance has ended.
pub async fn p6_timers_fire_once_by_the_applications_clock<H: ReadSideHarness>(harness: &H) {
    let store = harness.read_side();
    let clock = ManualClock::default();
    let with_clock = async || {
        // Another program each time, so that the timers are those of the store.
        harness.pass(H::LEASE * 2).await;
        let builder = bank::<H>(&store)
            .event_handler(Gift)
            .process_manager::<Moving>();
        let cqrs = built(builder.clock(clock.clone())).await;
        idle(&cqrs).await;
        cqrs
    };
    let cqrs = with_clock().await;
    open(&cqrs, 1, 100).await;
    open(&cqrs, 2, 0).await;
    request(&cqrs, 7, 1, 2, 30).await;
    request(&cqrs, 8, 1, 2, 30).await;
    let cqrs = with_clock().await;
    let progress = store.progress(Some(&MOVING)).await;
    let staged = progress.expect("progress can be read")[0].staged_commands;
    assert_eq!(staged, 0, "the timers of what is settled are gone");
    clock.advance(Duration::from_hours(2));
    let cqrs = {
        drop(cqrs);
        with_clock().await
    };
    assert_eq!(outcomes(&cqrs, 7).await, ["done"]);
    assert_eq!(outcomes(&cqrs, 8).await, ["done"]);
    assert_eq!(balance(&cqrs, 1).await, 100 - 60 + 1, "and one gift");
}

/// Catches a store that keeps the state of an instance that has ended, and a runtime that takes one for ended which has not
/// begun, or waits for a timer.
pub async fn p6_the_end_of_an_instance_is_waited_for<H: ReadSideHarness>(harness: &H) {
    const SHORT: Duration = Duration::from_millis(30);
    let clock = ManualClock::default();
    let builder = bank::<H>(&harness.read_side()).process_manager::<MovingByTimers>();
    let cqrs = built(builder.clock(clock.clone())).await;
    open(&cqrs, 1, 100).await;
    open(&cqrs, 2, 0).await;
    let seven = request(&cqrs, 7, 1, 2, 30).await;
    let eight = request(&cqrs, 8, 1, 2, 30).await;
    let ended = |transfer: u64, position, within| {
        let ended = cqrs.wait_until_ended::<MovingByTimers>(transfer, position);
        ended.within(within).into_future()
    };
    let early = ended(7, seven, SHORT).await;
    assert!(matches!(early, Err(ReadError::Timeout { .. })), "{early:?}");
    idle(&cqrs).await;
    let seven = ended(7, seven, Duration::from_secs(2)).await;
    seven.expect("it has ended");
    assert_eq!(balance(&cqrs, 2).await, 30, "what it did was done before");
    // The other one waits for its timer.
    match ended(8, eight, SHORT).await {
        Err(ReadError::NotEnded {
            key, checkpoint, ..
        }) => {
            assert_eq!(key.as_str(), "8");
            assert!(checkpoint >= eight, "{checkpoint}");
        }
        other => panic!("it has not ended: {other:?}"),
    }
    let runners = cqrs.start_runners();
    let (eight, ()) = tokio::join!(ended(8, eight, PATIENCE), async {
        tokio::time::sleep(SHORT).await;
        clock.advance(Duration::from_secs(1));
    });
    eight.expect("it has ended");
    assert_eq!(balance(&cqrs, 2).await, 60);
    runners.stop(Duration::from_secs(5)).await;
}

/// Gives 1 to each account that is opened.
struct Gift;

impl EventHandler for Gift {
    const NAME: ProcessorName = ProcessorName::from_static("gift");
    const START: StartFrom = StartFrom::Beginning;
    type Event = AccountEvent;
    type Command = MovingCommand;
    type Error = std::convert::Infallible;

    async fn handle(
        &self,
        event: &Recorded<AccountEvent>,
        delivery: &mut Delivery<MovingCommand>,
    ) -> Result<(), Self::Error> {
        if let (AccountEvent::Opened { .. }, Some(account)) = (&event.event, event.id()) {
            delivery.stage(MovingCommand::Deposit(Deposit {
                account,
                amount: 1,
                transfer: None,
            }));
        }
        Ok(())
    }
}

/// Catches a runner that sends what an event handler has staged never, or once for each delivery.
pub async fn p6_what_a_handler_stages_takes_effect_once<H: ReadSideHarness>(harness: &H) {
    let store = harness.read_side();
    let writer = built(bank::<H>(&store)).await;
    let work = async {
        for account in 0..30 {
            open(&writer, account, 0).await;
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    let mut work = std::pin::pin!(work);
    loop {
        let cqrs = built(bank::<H>(&store).event_handler(Gift)).await;
        let runners = cqrs.start_runners();
        let moment = Duration::from_micros(fastrand::u64(..8_000));
        let ended = tokio::time::timeout(moment, &mut work).await;
        runners.stop(Duration::ZERO).await;
        if ended.is_ok() {
            idle(&cqrs).await;
            break;
        }
    }
    for account in 0..30 {
        assert_eq!(balance(&writer, account).await, 1, "account {account}");
    }
}
