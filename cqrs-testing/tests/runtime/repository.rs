//! Loading aggregates: now, at a version, by pages, and when the log holds what can't be read.

use cqrs_core::encoding::error::DecodeError;
use cqrs_core::ports::append::Append;
use cqrs_core::runtime::app::Cqrs;
use cqrs_core::runtime::command_error::CommandError;
use cqrs_core::runtime::repository::LoadError;
use cqrs_core::words::event::{EventName, NewEvent, SchemaVersion};
use cqrs_core::words::payload::Payload;
use cqrs_core::words::version::{ExpectedVersion, StreamVersion};
use cqrs_memory::Memory;

use super::domain::{Checked, OTHER, Open, Put, TILL, Till, in_memory, two_tills};

#[tokio::test]
async fn loads_now_and_at_each_version_whatever_the_page() -> Checked {
    for page in [1, 2, 3, 1_000] {
        let cqrs = Cqrs::builder(Memory::new())
            .aggregate::<Till>()
            .page(page)
            .build()
            .await?;
        let _ = cqrs.send(Open { till: TILL }).await?;
        for _ in 0..5 {
            let _ = cqrs
                .send(Put {
                    till: TILL,
                    coins: 1,
                })
                .await?;
        }
        let tills = cqrs.repository::<Till>();
        assert_eq!(tills.load(&TILL).await?.coins, 5);
        for version in 0..=6 {
            let till = tills.load_at(&TILL, StreamVersion::new(version)?).await?;
            assert_eq!(u64::from(till.coins), version.saturating_sub(1));
            assert_eq!(till.version().get(), version);
        }
    }
    Ok(())
}

#[tokio::test]
async fn one_that_nobody_has_created_does_not_exist() -> Checked {
    let till = in_memory().await?.repository::<Till>().load(&TILL).await?;
    assert!(!till.exists());
    Ok(())
}

#[tokio::test]
async fn a_version_that_is_not_reached_is_an_error() -> Checked {
    let tills = two_tills().await?.repository::<Till>();
    let error = tills
        .load_at(&TILL, StreamVersion::new(9)?)
        .await
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "stream till-1 is at version 1, it has not reached version 9 yet"
    );
    Ok(())
}

/// What cannot be decoded is named with its place, and what is beside it goes on.
#[tokio::test]
async fn damaged_unknown_and_future_events_are_typed_errors_and_the_log_stays_usable() -> Checked {
    let coins_put = EventName::from_static("till.coins_put");
    let truncated = NewEvent::new(coins_put.clone(), Payload::from_store(r#"{"coins":"#));
    let wrong_type = NewEvent::new(
        coins_put.clone(),
        Payload::from_json(r#"{"coins":"many"}"#)?,
    );
    let unknown = NewEvent::new(
        EventName::from_static("till.stolen"),
        Payload::from_json("{}")?,
    );
    let future = NewEvent::new(coins_put, Payload::from_json(r#"{"coins":1}"#)?)
        .with_schema_version(SchemaVersion::from_static(7));

    for (event, expected) in [
        (truncated, "has a payload that can't be decoded"),
        (wrong_type, "has a payload that can't be decoded"),
        (
            unknown,
            "is not known here; known are till.opened, till.coins_put, till.coins_taken",
        ),
        (
            future,
            "has schema version 7, this code knows versions up to 1: deploy the newer code",
        ),
    ] {
        let cqrs = two_tills().await?;
        cqrs.store()
            .append(Append::to(
                "till-1".parse()?,
                ExpectedVersion::Any,
                vec![event],
            ))
            .await?;

        let error = cqrs.repository::<Till>().load(&TILL).await.unwrap_err();
        let LoadError::Decode(source) = &error else {
            panic!("{error:?}")
        };
        let text = source.to_string();
        assert!(
            text.contains("at position 3 (stream till-1, version 2)"),
            "{text}"
        );
        assert!(text.contains(expected), "{text}");
        assert_eq!(source.place().version.get(), 2);

        let refused = cqrs
            .send(Put {
                till: TILL,
                coins: 1,
            })
            .await;
        assert!(matches!(
            refused,
            Err(CommandError::Decode(
                DecodeError::Payload { .. }
                    | DecodeError::UnknownName { .. }
                    | DecodeError::FutureSchemaVersion { .. }
            ))
        ));
        assert_eq!(
            cqrs.send(Put {
                till: OTHER,
                coins: 1
            })
            .await?
            .reply,
            1,
            "others go on"
        );
    }
    Ok(())
}
