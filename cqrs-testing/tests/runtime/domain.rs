//! A till: coins go in and out.

use cqrs_core::prelude::*;
use cqrs_core::runtime::app::Cqrs;
use cqrs_memory::Memory;

pub(crate) type Checked = Result<(), Box<dyn std::error::Error + Send + Sync>>;

#[derive(AggregateId, Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct TillId(u64);

#[derive(EventSet, Serialize, Deserialize, Clone, Debug, PartialEq)]
pub(crate) enum TillEvent {
    #[event(name = "till.opened")]
    Opened,
    #[event(name = "till.coins_put")]
    CoinsPut { coins: u32 },
    #[event(name = "till.coins_taken")]
    CoinsTaken { coins: u32 },
}

#[derive(Debug, PartialEq, thiserror::Error)]
#[error("only {0} coins are left")]
pub(crate) struct TooFewCoins(pub(crate) u32);

#[derive(Aggregate, Default, Debug)]
#[aggregate(name = "till", id = TillId, error = TooFewCoins, event = TillEvent)]
pub(crate) struct Till {
    pub(crate) coins: u32,
}

impl Apply<TillEvent> for Till {
    fn apply(&mut self, event: &TillEvent) {
        match *event {
            TillEvent::Opened => {}
            TillEvent::CoinsPut { coins } => self.coins += coins,
            TillEvent::CoinsTaken { coins } => self.coins -= coins,
        }
    }
}

#[derive(Command, Debug)]
#[command(aggregate = Till, creates)]
pub(crate) struct Open {
    #[id]
    pub(crate) till: TillId,
}

impl Handle<Open> for Till {
    fn handle(_: &Open, till: &mut Root<Self>) -> Result<(), TooFewCoins> {
        till.emit(TillEvent::Opened);
        Ok(())
    }
}

#[derive(Command, Debug)]
#[command(aggregate = Till, reply = u32)]
pub(crate) struct Put {
    #[id]
    pub(crate) till: TillId,
    pub(crate) coins: u32,
}

/// No coins: nothing happens.
impl Handle<Put> for Till {
    fn handle(command: &Put, till: &mut Root<Self>) -> Result<u32, TooFewCoins> {
        if command.coins > 0 {
            till.emit(TillEvent::CoinsPut {
                coins: command.coins,
            });
        }
        Ok(till.coins)
    }
}

#[derive(Command, Debug)]
#[command(aggregate = Till, reply = u32)]
pub(crate) struct Take {
    #[id]
    pub(crate) till: TillId,
    pub(crate) coins: u32,
}

impl Handle<Take> for Till {
    fn handle(command: &Take, till: &mut Root<Self>) -> Result<u32, TooFewCoins> {
        if till.coins < command.coins {
            return Err(TooFewCoins(till.coins));
        }
        till.emit(TillEvent::CoinsTaken {
            coins: command.coins,
        });
        Ok(till.coins)
    }
}

/// Puts coins whether the till is open or not.
#[derive(Command, Debug)]
#[command(aggregate = Till, any)]
pub(crate) struct Find {
    #[id]
    pub(crate) till: TillId,
}

impl Handle<Find> for Till {
    fn handle(_: &Find, till: &mut Root<Self>) -> Result<(), TooFewCoins> {
        till.emit(TillEvent::CoinsPut { coins: 1 });
        Ok(())
    }
}

pub(crate) const TILL: TillId = TillId(1);
pub(crate) const OTHER: TillId = TillId(2);

/// An application in memory, without a till.
pub(crate) async fn in_memory() -> Result<Cqrs, Box<dyn std::error::Error + Send + Sync>> {
    Ok(Cqrs::builder(Memory::new())
        .aggregate::<Till>()
        .build()
        .await?)
}

/// An application in memory, with two open tills.
pub(crate) async fn two_tills() -> Result<Cqrs, Box<dyn std::error::Error + Send + Sync>> {
    let cqrs = in_memory().await?;
    let _ = cqrs.send(Open { till: TILL }).await?;
    let _ = cqrs.send(Open { till: OTHER }).await?;
    Ok(cqrs)
}
