//! Following the log through the application.

use cqrs_core::runtime::subscription::Delivery;
use cqrs_core::words::event::EventName;
use cqrs_core::words::filter::Filter;
use cqrs_core::words::position::Position;

use super::domain::{Checked, OTHER, Put, TILL, two_tills};

#[tokio::test]
async fn what_is_there_comes_first_then_word_of_it_then_what_is_new() -> Checked {
    let cqrs = two_tills().await?;
    let mut opened = cqrs.subscribe(
        Position::START,
        Filter::name(EventName::from_static("till.opened")),
    );
    let mut put = cqrs.subscribe(
        Position::START,
        Filter::name(EventName::from_static("till.coins_put")),
    );

    for expected in ["till-1", "till-2"] {
        let Delivery::Event(event) = opened.next().await? else {
            panic!("an event was expected")
        };
        assert_eq!(event.stream.to_string(), expected);
    }
    assert!(matches!(opened.next().await?, Delivery::CaughtUp(_)));
    assert!(matches!(put.next().await?, Delivery::CaughtUp(_)));

    let receipt = cqrs
        .send(Put {
            till: OTHER,
            coins: 1,
        })
        .await?;
    let Delivery::Event(event) = put.next().await? else {
        panic!("an event was expected")
    };
    assert_eq!(event.position, receipt.position);
    Ok(())
}

#[tokio::test]
async fn pages_of_one_deliver_the_same_and_say_once_that_they_have_caught_up() -> Checked {
    let cqrs = two_tills().await?;
    for _ in 0..20 {
        let _ = cqrs
            .send(Put {
                till: TILL,
                coins: 1,
            })
            .await?;
    }
    let mut log = cqrs.subscribe(Position::START, Filter::all()).page(1);
    let mut positions = Vec::new();
    while let Delivery::Event(event) = log.next().await? {
        positions.push(event.position);
    }
    assert_eq!(positions.len(), 22);
    assert!(positions.is_sorted());
    Ok(())
}
