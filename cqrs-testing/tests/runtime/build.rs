//! An application that contradicts itself is not built.

use cqrs_core::prelude::*;
use cqrs_core::runtime::app::Cqrs;
use cqrs_core::runtime::builder::BuildError;
use cqrs_memory::Memory;

use super::domain::{Checked, Till, TillId, TooFewCoins};

#[derive(EventSet, Serialize, Deserialize, Clone, Debug, PartialEq)]
enum DrawerEvent {
    #[event(name = "till.opened")]
    Opened,
}

#[derive(Aggregate, Default, Debug)]
#[aggregate(name = "drawer", id = TillId, error = TooFewCoins, event = DrawerEvent)]
struct Drawer {}

impl Apply<DrawerEvent> for Drawer {}

#[derive(EventSet, Serialize, Deserialize, Clone, Debug, PartialEq)]
enum SecondTillEvent {
    #[event(name = "second_till.opened")]
    Opened,
}

#[derive(Aggregate, Default, Debug)]
#[aggregate(name = "till", id = TillId, error = TooFewCoins, event = SecondTillEvent)]
struct SecondTill {}

impl Apply<SecondTillEvent> for SecondTill {}

#[tokio::test]
async fn an_event_name_that_two_types_claim() {
    let error = Cqrs::builder(Memory::new())
        .aggregate::<Till>()
        .aggregate::<Drawer>()
        .build()
        .await
        .unwrap_err();
    assert!(
        matches!(&error, BuildError::EventName(taken) if taken.name.as_str() == "till.opened"),
        "{error}"
    );
    let text = error.to_string();
    assert!(
        text.contains("TillEvent::Opened and") && text.contains("DrawerEvent::Opened"),
        "{text}"
    );
}

#[tokio::test]
async fn a_name_that_two_aggregates_have() {
    let error = Cqrs::builder(Memory::new())
        .aggregate::<Till>()
        .aggregate::<SecondTill>()
        .build()
        .await
        .unwrap_err();
    assert!(
        matches!(&error, BuildError::Category { category, .. } if category.as_str() == "till"),
        "{error}"
    );
}

#[tokio::test]
async fn the_same_aggregate_twice_is_no_contradiction() -> Checked {
    let cqrs = Cqrs::builder(Memory::new())
        .aggregate::<Till>()
        .aggregate::<Till>()
        .build()
        .await?;
    let names: Vec<_> = cqrs
        .registry()
        .events()
        .map(|event| event.name.to_string())
        .collect();
    assert_eq!(names, ["till.coins_put", "till.coins_taken", "till.opened"]);
    Ok(())
}
