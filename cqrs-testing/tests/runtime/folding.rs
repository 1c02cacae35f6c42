//! Aggregates are folded from as little as folding needs, and from whole events where that is not enough.

use cqrs_core::encoding::error::DecodeError;
use cqrs_core::encoding::upcast::{OldEvent, Upcasted, Upcaster};
use cqrs_core::ports::append::{Append, AppendEvents};
use cqrs_core::ports::error::BoxError;
use cqrs_core::ports::fold_stream::Detail;
use cqrs_core::prelude::*;
use cqrs_core::runtime::app::Cqrs;
use cqrs_core::runtime::repository::LoadError;
use cqrs_core::words::event::{EventName, NewEvent};
use cqrs_core::words::metadata::Metadata;
use cqrs_core::words::payload::Payload;
use cqrs_core::words::version::{ExpectedVersion, StreamVersion};

use super::bare_store::BareStore;
use super::domain::{Checked, TILL, Till};

/// A till with so many coins, each put by one event, by pages of three.
async fn till_with(store: &BareStore, coins: usize) -> Result<Cqrs, BoxError> {
    let coins = (0..coins).map(|_| {
        let payload = Payload::from_store(r#"{"coins":1}"#);
        NewEvent::new(EventName::from_static("till.coins_put"), payload)
    });
    record(store, coins.collect()).await?;
    let built = Cqrs::builder(store.clone()).aggregate::<Till>().page(3);
    Ok(built.build().await?)
}

async fn record(store: &BareStore, events: Vec<NewEvent>) -> Result<(), BoxError> {
    let append = Append::to(Till::stream(&TILL)?, ExpectedVersion::Any, events);
    store.append(append).await?;
    Ok(())
}

#[tokio::test]
async fn bare_events_are_enough_where_all_is_well() -> Checked {
    let store = BareStore::default();
    let cqrs = till_with(&store, 7).await?;
    let till = cqrs.repository::<Till>().load(&TILL).await?;
    assert_eq!((till.coins, till.version().get()), (7, 7));
    assert_ne!(till.position().get(), 0);
    let bare = [1, 4, 7].map(|from| (from, Detail::Bare));
    assert_eq!(store.asked(), bare);

    let version = StreamVersion::new(5)?;
    let till = cqrs.repository::<Till>().load_at(&TILL, version).await?;
    assert_eq!((till.coins, till.version().get()), (5, 5));
    let bare = [1, 4].map(|from| (from, Detail::Bare));
    assert_eq!(store.asked(), bare);
    Ok(())
}

#[tokio::test]
async fn an_event_that_cannot_be_read_is_named_with_its_id() -> Checked {
    let (unknown, broken) = (EventName::from_static("till.stolen"), "till.coins_put");
    let unknown = NewEvent::new(unknown, Payload::from_store("{}"));
    let broken = NewEvent::new(EventName::from_static(broken), Payload::from_store("{"));
    for event in [unknown, broken] {
        let store = BareStore::default();
        let cqrs = till_with(&store, 4).await?;
        let (id, name) = (event.event_id, event.name.clone());
        record(&store, vec![event]).await?;
        let loaded = cqrs.repository::<Till>().load(&TILL).await;
        let error = match loaded {
            Err(LoadError::Decode(error)) => error,
            other => panic!("it can't be decoded: {other:?}"),
        };
        assert!(
            matches!(
                &error,
                DecodeError::UnknownName { .. } | DecodeError::Payload { .. }
            ),
            "{error}"
        );
        let place = error.place();
        assert_eq!((place.event_id, &place.name), (id, &name));
        assert_eq!(
            (place.version.get(), &place.stream),
            (5, &Till::stream(&TILL)?)
        );
        assert_eq!(
            store.asked(),
            [(1, Detail::Bare), (4, Detail::Bare), (5, Detail::Whole)],
            "read again from where it can't go on"
        );
    }
    Ok(())
}

#[tokio::test]
async fn no_event_is_taken_in_twice() -> Checked {
    let store = BareStore::stuttering();
    let cqrs = till_with(&store, 7).await?;
    let till = cqrs.repository::<Till>().load(&TILL).await?;
    assert_eq!((till.coins, till.version().get()), (7, 7));
    let asked = store.asked();
    assert_eq!(asked[..2], [(1, Detail::Bare), (2, Detail::Whole)]);
    Ok(())
}

/// A default from the metadata.
const SAVED: Upcaster = Upcaster::new("box.saved", 1, saved);

fn saved(old: &mut OldEvent<'_>) -> Upcasted {
    let by = old.recorded().metadata.get("user").unwrap_or("nobody");
    old.set("by", by)?;
    old.as_next_version()
}

#[derive(Event, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[event(name = "box.saved", version = 2, upcasters(SAVED))]
struct Saved {
    by: String,
}

#[derive(AggregateId, Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct BoxId(u64);

#[derive(Aggregate, Default, Debug)]
#[aggregate(name = "box", id = BoxId, events(Saved))]
struct MoneyBox {
    savers: Vec<String>,
}

impl Apply<Saved> for MoneyBox {
    fn apply(&mut self, event: &Saved) {
        self.savers.push(event.by.clone());
    }
}

#[tokio::test]
async fn upcasters_see_all_of_an_event() -> Checked {
    let store = BareStore::default();
    let mut metadata = Metadata::new();
    metadata.insert("user", "ada")?;
    let event = NewEvent::new(
        EventName::from_static("box.saved"),
        Payload::from_store("{}"),
    );
    let append = Append::to(
        MoneyBox::stream(&BoxId(1))?,
        ExpectedVersion::Any,
        vec![event.with_metadata(metadata)],
    );
    store.append(append).await?;
    let built = Cqrs::builder(store.clone()).aggregate::<MoneyBox>();
    let cqrs = built.build().await?;
    let savings = cqrs.repository::<MoneyBox>().load(&BoxId(1)).await?;
    assert_eq!(savings.savers, ["ada"]);
    assert_eq!(store.asked(), [(1, Detail::Whole)]);
    Ok(())
}
