//! Event handlers: in order per key, at least once, with a stable delivery id, and staged commands once.

use std::sync::{Arc, Mutex};

use cqrs_core::domain::event_handler::{Delivery, EventHandler};
use cqrs_core::runtime::app::Cqrs;
use cqrs_core::words::event::Recorded;
use cqrs_core::words::processor::ProcessorName;
use cqrs_core::words::staged::DeliveryId;
use cqrs_core::words::start::StartFrom;
use cqrs_memory::Memory;
use cqrs_testing::manual_clock::ManualClock;

use super::domain::{
    Account, AccountEvent, AccountId, Checked, Deposit, MovingCommand, balance, deposit, open,
};

/// Gives a bonus for each deposit of 100, and notes what it was told; fails as often as it is told to.
#[derive(Clone, Default)]
struct Bonus {
    seen: Arc<Mutex<Vec<(String, u64, DeliveryId)>>>,
    fails: Arc<Mutex<u32>>,
}

impl EventHandler for Bonus {
    const NAME: ProcessorName = ProcessorName::from_static("bonus");
    const START: StartFrom = StartFrom::Beginning;
    type Event = AccountEvent;
    type Command = MovingCommand;
    type Error = String;

    async fn handle(
        &self,
        event: &Recorded<AccountEvent>,
        delivery: &mut Delivery<MovingCommand>,
    ) -> Result<(), String> {
        let key = delivery.key().to_string();
        self.seen
            .lock()
            .unwrap()
            .push((key, event.version.get(), delivery.id()));
        tokio::task::yield_now().await;
        if let AccountEvent::Deposited { amount: 100, .. } = event.event {
            delivery.stage(MovingCommand::Deposit(Deposit {
                account: event.id::<AccountId>().ok_or("no account")?,
                amount: 1,
                transfer: None,
            }));
        }
        let mut fails = self.fails.lock().unwrap();
        if *fails > 0 {
            *fails -= 1;
            return Err("the mail server is away".into());
        }
        Ok(())
    }
}

async fn bank(
    store: &Memory,
    handler: &Bonus,
    clock: &ManualClock,
) -> Result<Cqrs, Box<dyn std::error::Error + Send + Sync>> {
    Ok(Cqrs::builder(store.clone())
        .aggregate::<Account>()
        .event_handler(handler.clone())
        .clock(clock.clone())
        .build()
        .await?)
}

#[tokio::test]
async fn handles_each_event_in_order_per_stream() -> Checked {
    let (handler, clock) = (Bonus::default(), ManualClock::default());
    let cqrs = bank(&Memory::new(), &handler, &clock).await?;
    for account in 0..10 {
        open(&cqrs, account, 1).await?;
    }
    cqrs.run_until_idle().await?;
    cqrs.run_until_idle().await?;
    let seen = handler.seen.lock().unwrap().clone();
    assert_eq!(seen.len(), 20);
    for account in 0..10 {
        let own = seen
            .iter()
            .filter(|(key, ..)| *key == format!("account-{account}"));
        let versions: Vec<_> = own.map(|(_, version, _)| *version).collect();
        assert_eq!(versions, [1, 2]);
    }
    Ok(())
}

#[tokio::test]
async fn a_staged_command_takes_effect_once_although_the_handler_runs_twice() -> Checked {
    let (handler, clock) = (Bonus::default(), ManualClock::default());
    let cqrs = bank(&Memory::new(), &handler, &clock).await?;
    open(&cqrs, 1, 0).await?;
    cqrs.run_until_idle().await?;
    *handler.fails.lock().unwrap() = 1;
    deposit(&cqrs, 1, 100).await?;
    cqrs.run_until_idle().await?;
    assert_eq!(
        balance(&cqrs, 1).await?,
        100,
        "nothing is staged by a failure"
    );
    clock.advance(std::time::Duration::from_mins(1));
    cqrs.run_until_idle().await?;
    assert_eq!(balance(&cqrs, 1).await?, 101);
    let seen = handler.seen.lock().unwrap().clone();
    let third: Vec<_> = seen
        .iter()
        .filter(|(_, version, _)| *version == 3)
        .collect();
    assert_eq!(third.len(), 2, "the third event was delivered twice");
    assert_eq!(third[0].2, third[1].2, "under the same delivery id");
    Ok(())
}

#[tokio::test]
async fn from_now_on_means_nothing_of_the_past() -> Checked {
    #[derive(Default, Clone)]
    struct Late(Arc<Mutex<u32>>);
    impl EventHandler for Late {
        const NAME: ProcessorName = ProcessorName::from_static("late");
        const START: StartFrom = StartFrom::Now;
        type Event = AccountEvent;
        type Command = cqrs_core::domain::event_handler::NoCommands;
        type Error = std::convert::Infallible;
        async fn handle(
            &self,
            _: &Recorded<AccountEvent>,
            _: &mut Delivery<Self::Command>,
        ) -> Result<(), Self::Error> {
            *self.0.lock().unwrap() += 1;
            Ok(())
        }
    }
    let store = Memory::new();
    let before = Cqrs::builder(store.clone())
        .aggregate::<Account>()
        .build()
        .await?;
    open(&before, 1, 1).await?;
    let handler = Late::default();
    let cqrs = Cqrs::builder(store)
        .aggregate::<Account>()
        .event_handler(handler.clone())
        .build()
        .await?;
    deposit(&cqrs, 1, 1).await?;
    cqrs.run_until_idle().await?;
    assert_eq!(*handler.0.lock().unwrap(), 1);
    Ok(())
}
