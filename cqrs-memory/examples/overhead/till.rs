//! The domain, as a user writes it.

use cqrs_core::prelude::*;
use uuid::Uuid;

#[derive(AggregateId, Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct TillId(pub(crate) Uuid);

#[derive(Event, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[event(name = "till.opened")]
pub(crate) struct TillOpened {}

#[derive(Event, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[event(name = "till.coins_put")]
pub(crate) struct CoinsPut {
    pub(crate) coins: u32,
}

#[derive(Debug, PartialEq, thiserror::Error)]
#[error("no coins")]
pub(crate) struct NoCoins;

#[derive(Aggregate, Default, Debug)]
#[aggregate(name = "till", id = TillId, error = NoCoins)]
#[aggregate(events(TillOpened, CoinsPut))]
pub(crate) struct Till {
    coins: u64,
}

impl Apply<TillOpened> for Till {}

impl Apply<CoinsPut> for Till {
    fn apply(&mut self, event: &CoinsPut) {
        self.coins += u64::from(event.coins);
    }
}

#[derive(Command, Debug)]
#[command(aggregate = Till, creates)]
pub(crate) struct Open {
    #[id]
    pub(crate) till: TillId,
}

impl Handle<Open> for Till {
    fn handle(_: &Open, till: &mut Root<Self>) -> Result<(), NoCoins> {
        till.emit(TillOpened {});
        Ok(())
    }
}

#[derive(Command, Debug)]
#[command(aggregate = Till, reply = u64)]
pub(crate) struct Put {
    #[id]
    pub(crate) till: TillId,
    pub(crate) coins: u32,
}

impl Handle<Put> for Till {
    fn handle(command: &Put, till: &mut Root<Self>) -> Result<u64, NoCoins> {
        if command.coins == 0 {
            return Err(NoCoins);
        }
        till.emit(CoinsPut {
            coins: command.coins,
        });
        Ok(till.coins)
    }
}
