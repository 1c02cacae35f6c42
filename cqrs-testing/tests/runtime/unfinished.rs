//! A command handler that is cut off half-way, and says no when it is asked again.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use cqrs_core::prelude::*;
use cqrs_core::runtime::app::Cqrs;
use cqrs_core::runtime::command_error::CommandError;
use cqrs_core::runtime::command_handler::{CommandContext, CommandHandler};
use cqrs_core::words::idempotency_key::IdempotencyKey;
use cqrs_memory::Memory;

use super::domain::{Checked, Open, Put, TILL, Take, Till, TillEvent, TillId, TooFewCoins};

/// Takes all coins that are asked for, then tells somebody, who may hang.
#[derive(Command, Debug)]
#[command(error = TooFewCoins)]
struct PayOut {
    till: TillId,
    coins: u32,
    /// First a command that is refused, and leaves no receipt.
    asks_too_much: bool,
}

struct Payer {
    hangs: Arc<AtomicBool>,
}

impl CommandHandler<PayOut> for Payer {
    async fn handle(
        &self,
        command: &PayOut,
        context: &CommandContext<PayOut>,
    ) -> Result<(), CommandError<TooFewCoins>> {
        let mut till = context.load::<Till>(&command.till).await?;
        if till.coins < command.coins {
            return Err(TooFewCoins(till.coins).into());
        }
        if command.asks_too_much {
            let coins = 1_000;
            let refused = context
                .send(Take {
                    till: command.till,
                    coins,
                })
                .await;
            assert!(refused.is_err());
        }
        till.emit(TillEvent::CoinsTaken {
            coins: command.coins,
        });
        context.append().root(&till).record().await?;
        if self.hangs.load(Ordering::SeqCst) {
            std::future::pending::<()>().await;
        }
        Ok(())
    }
}

async fn with_coins(
    hangs: &Arc<AtomicBool>,
) -> Result<Cqrs, Box<dyn std::error::Error + Send + Sync>> {
    let cqrs = Cqrs::builder(Memory::new())
        .aggregate::<Till>()
        .command_handler(Payer {
            hangs: Arc::clone(hangs),
        })
        .build()
        .await?;
    let _ = cqrs.send(Open { till: TILL }).await?;
    let _ = cqrs
        .send(Put {
            till: TILL,
            coins: 5,
        })
        .await?;
    Ok(cqrs)
}

#[tokio::test]
async fn a_handler_that_was_cut_off_half_way_does_not_say_no_to_what_it_did() -> Checked {
    for asks_too_much in [false, true] {
        let hangs = Arc::new(AtomicBool::new(true));
        let cqrs = with_coins(&hangs).await?;
        let key = IdempotencyKey::new("pay-7")?;
        let pay_out = |coins| PayOut {
            till: TILL,
            coins,
            asks_too_much,
        };
        let sent = cqrs.send(pay_out(4)).idempotency_key(key.clone());
        let cut = tokio::time::timeout(std::time::Duration::from_millis(50), sent).await;
        assert!(cut.is_err(), "it is cut off after it has paid");
        hangs.store(false, Ordering::SeqCst);
        for _ in 0..2 {
            let again = cqrs.send(pay_out(4)).idempotency_key(key.clone()).await;
            match again {
                Err(CommandError::Unfinished {
                    key: of, reason, ..
                }) => {
                    assert_eq!(of, key);
                    assert_eq!(reason, "only 1 coins are left");
                }
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(
            cqrs.repository::<Till>().load(&TILL).await?.coins,
            1,
            "paid once"
        );
        // Another request is refused as ever, and one that can go on comes to its end, without paying again.
        let other = cqrs
            .send(pay_out(4))
            .idempotency_key(IdempotencyKey::new("pay-8")?)
            .await;
        assert!(matches!(other, Err(CommandError::Rejected(TooFewCoins(1)))));
        let without_key = cqrs.send(pay_out(4)).await;
        assert!(matches!(
            without_key,
            Err(CommandError::Rejected(TooFewCoins(1)))
        ));
        let _ = cqrs
            .send(Put {
                till: TILL,
                coins: 10,
            })
            .await?;
        let _ = cqrs.send(pay_out(4)).idempotency_key(key).await?;
        assert_eq!(cqrs.repository::<Till>().load(&TILL).await?.coins, 11);
    }
    Ok(())
}
