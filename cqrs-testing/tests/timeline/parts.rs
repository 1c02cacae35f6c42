//! Old events that today's code reads as several, or as none: they count wherever the past is looked at.

use cqrs_core::encoding::upcast::{EventJson, OldEvent, Upcasted, Upcaster};
use cqrs_core::prelude::*;
use cqrs_core::runtime::app::Cqrs;
use cqrs_core::words::version::StreamVersion;

use super::backend::{Backend, on_each_backend};
use super::domain::{Checked, Failed, record};

/// Turning the purse over was one event once: so much in, so much out. Nothing happened where nothing went in.
const TURNED: Upcaster = Upcaster::new("purse.turned", 1, turned);

fn turned(old: &mut OldEvent<'_>) -> Upcasted {
    let (put, taken) = (old.get("put")?, old.get("taken")?);
    if put == 0 {
        return Ok(vec![]);
    }
    Ok(vec![
        EventJson::of(&Put { coins: put })?,
        EventJson::of(&Taken { coins: taken })?,
    ])
}

#[derive(AggregateId, Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct PurseId(u64);

const PURSE: PurseId = PurseId(1);

#[derive(Event, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[event(name = "purse.put", upcasters(TURNED))]
struct Put {
    coins: i64,
}

#[derive(Event, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[event(name = "purse.taken", upcasters(TURNED))]
struct Taken {
    coins: i64,
}

#[derive(Aggregate, Serialize, Default, Debug, Clone, PartialEq)]
#[aggregate(name = "purse", id = PurseId)]
#[aggregate(events(Put, Taken))]
struct Purse {
    coins: i64,
}

impl Apply<Put> for Purse {
    fn apply(&mut self, event: &Put) {
        self.coins += event.coins;
    }
}

impl Apply<Taken> for Purse {
    fn apply(&mut self, event: &Taken) {
        self.coins -= event.coins;
    }
}

#[derive(Command, Debug, Clone, PartialEq)]
#[command(aggregate = Purse, any)]
struct Take {
    #[id]
    purse: PurseId,
    coins: i64,
}

impl Handle<Take> for Purse {
    fn handle(command: &Take, purse: &mut Root<Self>) -> Result<(), std::convert::Infallible> {
        if purse.coins >= command.coins {
            purse.emit(Taken {
                coins: command.coins,
            });
        }
        Ok(())
    }
}

/// The purse ends with an event that means nothing any more.
async fn purse(backend: &impl Backend) -> Result<Cqrs, Failed> {
    let builder = Cqrs::builder(backend.store()).aggregate::<Purse>();
    let cqrs = builder.page(2).build().await?;
    for (name, payload) in [
        ("purse.put", r#"{"coins":5}"#),
        ("purse.turned", r#"{"put":10,"taken":3}"#),
        ("purse.turned", r#"{"put":0,"taken":0}"#),
        ("purse.turned", r#"{"put":0,"taken":0}"#),
        ("purse.turned", r#"{"put":0,"taken":0}"#),
        ("purse.taken", r#"{"coins":4}"#),
        ("purse.turned", r#"{"put":0,"taken":0}"#),
    ] {
        record(&cqrs, "purse-1", name, payload).await?;
    }
    Ok(cqrs)
}

async fn verify_folds_them_and_knows_their_names<B: Backend>() -> Checked {
    let backend = B::fresh().await;
    let verification = purse(&backend).await?.verify().await?;
    assert!(verification.is_clean(), "{verification}");
    assert_eq!((verification.streams, verification.folded), (1, 7));
    Ok(())
}

async fn the_past_has_all_parts_of_an_event_or_none<B: Backend>() -> Checked {
    let backend = B::fresh().await;
    let cqrs = purse(&backend).await?;
    for (version, coins) in [(1, 5), (2, 12), (3, 12), (5, 12), (6, 8), (7, 8)] {
        let version = StreamVersion::new(version)?;
        let then = cqrs.as_of(version).load::<Purse>(&PURSE).await?;
        assert_eq!((then.coins, then.version()), (coins, version));
    }
    let mut timeline = cqrs.repository::<Purse>().timeline(&PURSE)?;
    let mut told = Vec::new();
    while let Some((event, purse)) = timeline.next().await? {
        told.push((event.version.get(), event.part.number(), purse.coins));
    }
    assert_eq!(told, [(1, 1, 5), (2, 1, 15), (2, 2, 12), (6, 1, 8)]);
    Ok(())
}

async fn a_decision_about_a_part_is_compared_with_that_part<B: Backend>() -> Checked {
    let backend = B::fresh().await;
    let cqrs = purse(&backend).await?;
    let taken = |event: &Recorded<PurseEvent>| match &event.event {
        PurseEvent::Taken(taken) => Some(Take {
            purse: event.id()?,
            coins: taken.coins,
        }),
        PurseEvent::Put(_) => None,
    };
    let same = cqrs.what_if().decide(taken).await?;
    assert_eq!((same.compared, same.differing), (2, 0));
    let other = cqrs.what_if().decide::<Take>(|event| {
        let command = taken(event)?;
        let coins = command.coins + 1;
        Some(Take { coins, ..command })
    });
    assert_eq!(other.await?.differing, 2);
    Ok(())
}

async fn a_part_is_repaired_once<B: Backend>() -> Checked {
    let backend = B::fresh().await;
    let cqrs = purse(&backend).await?;
    let repair = cqrs
        .repair::<Purse>("back", "nothing was taken")
        .find(|event| matches!(event.event, PurseEvent::Taken(_)))
        .compensate(|event, purse| {
            if let PurseEvent::Taken(taken) = &event.event {
                purse.emit(Put { coins: taken.coins });
            }
        });
    assert_eq!(repair.run().await?.corrected, 2);
    assert_eq!(cqrs.repository::<Purse>().load(&PURSE).await?.coins, 15);
    let again = repair.run().await?;
    assert_eq!((again.corrected, again.before), (0, 2));
    Ok(())
}

on_each_backend!(
    verify_folds_them_and_knows_their_names,
    the_past_has_all_parts_of_an_event_or_none,
    a_decision_about_a_part_is_compared_with_that_part,
    a_part_is_repaired_once,
);
