//! A jar: coins go in and out. Its `apply` panics when more goes out than is in it.

use cqrs_core::ports::append::Append;
use cqrs_core::ports::read_side::ReadSide;
use cqrs_core::prelude::*;
use cqrs_core::runtime::app::Cqrs;
use cqrs_core::words::event::{EventName, NewEvent};
use cqrs_core::words::payload::Payload;
use cqrs_core::words::version::ExpectedVersion;

pub(super) type Failed = Box<dyn std::error::Error + Send + Sync>;
pub(super) type Checked = Result<(), Failed>;

#[derive(AggregateId, Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct JarId(pub u64);

#[derive(EventSet, Serialize, Deserialize, Clone, Debug, PartialEq)]
pub(super) enum JarEvent {
    #[event(name = "jar.made")]
    Made { owner: String },
    #[event(name = "jar.put")]
    Put { coins: u32 },
    #[event(name = "jar.taken")]
    Taken { coins: u32 },
}

#[derive(Debug, PartialEq, thiserror::Error)]
#[error("only {0} coins are left")]
pub(super) struct TooFewCoins(pub u32);

#[derive(Aggregate, Serialize, Default, Debug, Clone, PartialEq)]
#[aggregate(name = "jar", id = JarId, error = TooFewCoins, event = JarEvent)]
pub(super) struct Jar {
    pub(super) owner: String,
    pub(super) coins: u32,
}

impl Apply<JarEvent> for Jar {
    fn apply(&mut self, event: &JarEvent) {
        match event {
            JarEvent::Made { owner } => self.owner.clone_from(owner),
            JarEvent::Put { coins } => self.coins += coins,
            JarEvent::Taken { coins } => {
                self.coins = self
                    .coins
                    .checked_sub(*coins)
                    .expect("nobody takes what is not there");
            }
        }
    }
}

#[derive(Command, Debug)]
#[command(aggregate = Jar, any)]
pub(super) struct Put {
    #[id]
    pub(super) jar: JarId,
    pub(super) coins: u32,
}

impl Handle<Put> for Jar {
    fn handle(command: &Put, jar: &mut Root<Self>) -> Result<(), TooFewCoins> {
        let coins = command.coins;
        jar.emit(JarEvent::Put { coins });
        Ok(())
    }
}

#[derive(Command, Debug)]
#[command(aggregate = Jar)]
pub(super) struct Take {
    #[id]
    pub(super) jar: JarId,
    pub(super) coins: u32,
}

impl Handle<Take> for Jar {
    fn handle(command: &Take, jar: &mut Root<Self>) -> Result<(), TooFewCoins> {
        let coins = command.coins;
        if jar.coins < coins {
            return Err(TooFewCoins(jar.coins));
        }
        jar.emit(JarEvent::Taken { coins });
        Ok(())
    }
}

/// What is in each jar, and how often something happened to it.
#[derive(Serialize, Deserialize, Default, Debug, Clone, PartialEq)]
pub(super) struct Filling {
    pub(super) coins: i64,
    pub(super) events: u32,
}

impl View for Filling {
    const NAME: ProcessorName = ProcessorName::from_static("filling");
    type Event = JarEvent;
    type Key = JarId;

    fn keys(event: &Recorded<JarEvent>) -> impl IntoIterator<Item = JarId> {
        event.id()
    }

    fn apply(&mut self, event: &Recorded<JarEvent>) {
        self.events += 1;
        match event.event {
            JarEvent::Made { .. } => {}
            JarEvent::Put { coins } => self.coins += i64::from(coins),
            JarEvent::Taken { coins } => self.coins -= i64::from(coins),
        }
    }
}

/// An application over this store.
pub(super) async fn over(store: impl ReadSide) -> Result<Cqrs, Failed> {
    let builder = Cqrs::builder(store).aggregate::<Jar>().view::<Filling>();
    Ok(builder.build().await?)
}

pub(super) fn event(name: &str, payload: &str) -> Result<NewEvent, Failed> {
    Ok(NewEvent::new(
        EventName::new(name.to_owned())?,
        Payload::from_store(payload),
    ))
}

/// Appends one event as it is, whatever it is.
pub(super) async fn record(cqrs: &Cqrs, stream: &str, name: &str, payload: &str) -> Checked {
    let events = vec![event(name, payload)?];
    let append = Append::to(stream.parse()?, ExpectedVersion::Any, events);
    cqrs.store().append(append).await?;
    Ok(())
}
