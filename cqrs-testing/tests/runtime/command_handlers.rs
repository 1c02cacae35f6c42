//! Command handlers: services, several aggregates, one append.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use cqrs_core::prelude::*;
use cqrs_core::runtime::app::Cqrs;
use cqrs_core::runtime::builder::BuildError;
use cqrs_core::runtime::command_error::CommandError;
use cqrs_core::runtime::command_handler::{CommandContext, CommandHandler};
use cqrs_memory::Memory;

use super::domain::{Checked, OTHER, Open, Put, TILL, Take, Till, TillEvent, TillId, TooFewCoins};

/// Moves coins from one till to another: both, or neither.
#[derive(Command, Debug)]
#[command(error = TooFewCoins, reply = u32)]
struct Move {
    from: TillId,
    to: TillId,
    coins: u32,
}

#[derive(Debug, Default)]
struct Mover {
    runs: Arc<AtomicU32>,
}

impl CommandHandler<Move> for Mover {
    async fn handle(
        &self,
        command: &Move,
        context: &CommandContext<Move>,
    ) -> Result<u32, CommandError<TooFewCoins>> {
        self.runs.fetch_add(1, Ordering::SeqCst);
        let coins = command.coins;
        let mut from = context.load::<Till>(&command.from).await?;
        let mut to = context.load::<Till>(&command.to).await?;
        if from.coins < coins {
            return Err(TooFewCoins(from.coins).into());
        }
        from.emit(TillEvent::CoinsTaken { coins });
        to.emit(TillEvent::CoinsPut { coins });
        context.append().root(&from).root(&to).record().await?;
        Ok(from.coins)
    }
}

/// Sends two commands, and fails between them as often as it is told.
#[derive(Command, Debug)]
#[command(error = TooFewCoins)]
struct PutTwice {
    till: TillId,
}

struct Putter {
    failures: AtomicU32,
}

impl CommandHandler<PutTwice> for Putter {
    async fn handle(
        &self,
        command: &PutTwice,
        context: &CommandContext<PutTwice>,
    ) -> Result<(), CommandError<TooFewCoins>> {
        let till = command.till;
        let _ = context.send(Put { till, coins: 1 }).await?;
        if self
            .failures
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| {
                left.checked_sub(1)
            })
            .is_ok()
        {
            return Err(CommandError::failed("the price service is away"));
        }
        let _ = context.send(Put { till, coins: 10 }).await?;
        Ok(())
    }
}

async fn with_coins(
    runs: Arc<AtomicU32>,
) -> Result<Cqrs, Box<dyn std::error::Error + Send + Sync>> {
    let cqrs = Cqrs::builder(Memory::new())
        .aggregate::<Till>()
        .command_handler(Mover { runs })
        .command_handler(Putter {
            failures: AtomicU32::new(1),
        })
        .build()
        .await?;
    for till in [TILL, OTHER] {
        let _ = cqrs.send(Open { till }).await?;
        let _ = cqrs.send(Put { till, coins: 5 }).await?;
    }
    Ok(cqrs)
}

#[tokio::test]
async fn appends_to_several_aggregates_together_with_the_metadata_of_the_command() -> Checked {
    let cqrs = with_coins(Arc::default()).await?;
    let receipt = cqrs
        .send(Move {
            from: TILL,
            to: OTHER,
            coins: 3,
        })
        .metadata("user", "ada")
        .await?;
    assert_eq!(
        (receipt.reply, receipt.stream.clone(), receipt.repeated),
        (2, None, false)
    );
    let tills = cqrs.repository::<Till>();
    let (from, to) = (tills.load(&TILL).await?, tills.load(&OTHER).await?);
    assert_eq!((from.coins, to.coins), (2, 8));
    assert_eq!(receipt.position, from.position().max(to.position()));
    let log = cqrs
        .store()
        .read_log(cqrs_core::ports::read_log::LogRead::after(from.position()))
        .await?;
    assert!(
        log.events
            .iter()
            .all(|event| event.metadata.get("user") == Some("ada"))
    );
    Ok(())
}

#[tokio::test]
async fn the_domains_no_is_typed_and_records_nothing() -> Checked {
    let cqrs = with_coins(Arc::default()).await?;
    let refused = cqrs
        .send(Move {
            from: TILL,
            to: OTHER,
            coins: 30,
        })
        .await;
    assert!(matches!(
        refused,
        Err(CommandError::Rejected(TooFewCoins(5)))
    ));
    assert_eq!(cqrs.repository::<Till>().load(&OTHER).await?.coins, 5);
    Ok(())
}

#[tokio::test]
async fn a_repeated_request_does_not_run_the_handler_again() -> Checked {
    let runs = Arc::new(AtomicU32::new(0));
    let cqrs = with_coins(Arc::clone(&runs)).await?;
    let first = cqrs
        .send(Move {
            from: TILL,
            to: OTHER,
            coins: 1,
        })
        .idempotency_key("m")
        .await?;
    let second = cqrs
        .send(Move {
            from: TILL,
            to: OTHER,
            coins: 1,
        })
        .idempotency_key("m")
        .await?;
    assert_eq!((first.reply, second.reply, second.repeated), (4, 4, true));
    assert_eq!(second.position, first.position);
    assert_eq!(runs.load(Ordering::SeqCst), 1);
    Ok(())
}

#[tokio::test]
async fn what_a_handler_did_before_it_failed_is_not_done_again() -> Checked {
    let cqrs = with_coins(Arc::default()).await?;
    let failed = cqrs
        .send(PutTwice { till: TILL })
        .idempotency_key("p")
        .await;
    assert!(matches!(failed, Err(CommandError::Failed(_))));
    let _ = cqrs
        .send(PutTwice { till: TILL })
        .idempotency_key("p")
        .await?;
    let till = cqrs.repository::<Till>().load(&TILL).await?;
    assert_eq!(till.coins, 5 + 1 + 10);
    Ok(())
}

#[tokio::test]
async fn an_aggregate_that_moved_on_meanwhile_is_a_conflict() -> Checked {
    struct Slow;
    impl CommandHandler<Move> for Slow {
        async fn handle(
            &self,
            command: &Move,
            context: &CommandContext<Move>,
        ) -> Result<u32, CommandError<TooFewCoins>> {
            let mut from = context.load::<Till>(&command.from).await?;
            let _ = context
                .cqrs()
                .send(Take {
                    till: command.from,
                    coins: 1,
                })
                .await?;
            from.emit(TillEvent::CoinsTaken {
                coins: command.coins,
            });
            context.append().root(&from).record().await?;
            Ok(0)
        }
    }
    let cqrs = Cqrs::builder(Memory::new())
        .aggregate::<Till>()
        .command_handler(Slow)
        .build()
        .await?;
    let _ = cqrs.send(Open { till: TILL }).await?;
    let _ = cqrs
        .send(Put {
            till: TILL,
            coins: 5,
        })
        .await?;
    let conflict = cqrs
        .send(Move {
            from: TILL,
            to: OTHER,
            coins: 5,
        })
        .await;
    assert!(
        matches!(conflict, Err(CommandError::Conflict(_))),
        "{conflict:?}"
    );
    assert_eq!(cqrs.repository::<Till>().load(&TILL).await?.coins, 4);
    Ok(())
}

#[tokio::test]
async fn a_command_without_a_handler_and_one_with_two_are_named() -> Checked {
    let none = Cqrs::builder(Memory::new()).build().await?;
    let error = none
        .send(Move {
            from: TILL,
            to: OTHER,
            coins: 1,
        })
        .await
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "nothing decides Move: add `.command_handler(…)` with a handler of `Move` to the builder"
    );
    let two = Cqrs::builder(Memory::new())
        .command_handler(Mover::default())
        .command_handler(Mover::default())
        .build()
        .await;
    assert_eq!(
        two.unwrap_err(),
        BuildError::HandlerTwice { command: "Move" }
    );
    Ok(())
}
