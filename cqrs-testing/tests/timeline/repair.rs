//! Corrections by compensating events: found, made once, and told why.

use cqrs_core::encoding::event::EventSet;
use cqrs_core::runtime::app::Cqrs;
use cqrs_core::runtime::repair::{REASON, REPAIR, Repair, RepairError, RepairedOutcome};
use cqrs_core::words::event::EventName;
use cqrs_core::words::filter::FilterItem;
use cqrs_core::words::metadata::CausationId;
use cqrs_core::words::position::Position;
use cqrs_testing::FaultyStore;
use cqrs_testing::faulty_store::AppendFault;

use super::backend::{Backend, log_of, on_each_backend};
use super::domain::{Checked, Failed, Filling, Jar, JarEvent, JarId, Put, over, record};

/// Coins of eight and more were counted twice.
pub(super) fn too_much(cqrs: &Cqrs) -> Repair<Jar> {
    cqrs.repair::<Jar>("counted-twice", "the coins were counted twice")
        .find(|event| matches!(event.event, JarEvent::Put { coins } if coins >= 8))
        .compensate(|event, jar| {
            if let JarEvent::Put { coins } = event.event {
                // Never more than there is.
                let coins = (coins / 2).min(jar.coins);
                if coins > 0 {
                    jar.emit(JarEvent::Taken { coins });
                }
            }
        })
}

async fn jars(backend: &impl Backend) -> Result<Cqrs, Failed> {
    let cqrs = over(backend.store()).await?;
    for (jar, coins) in [(1, 8), (1, 3), (2, 10), (3, 1), (1, 20), (4, 9)] {
        let jar = JarId(jar);
        let _ = cqrs
            .send(Put { jar, coins })
            .metadata("user", "ada")
            .await?;
    }
    record(&cqrs, "jar-4", "jar.taken", r#"{"coins":9}"#).await?;
    record(&cqrs, "box-1", "box.opened", "{}").await?;
    Ok(cqrs)
}

async fn what_is_wrong_is_corrected_by_events_that_say_why<B: Backend>() -> Checked {
    let backend = B::fresh().await;
    let cqrs = jars(&backend).await?;
    let before = log_of(&cqrs).await?;
    let done = too_much(&cqrs).run().await?;
    let counted = (done.found, done.corrected, done.before, done.nothing);
    assert_eq!(counted, (4, 3, 0, 1));

    let after = log_of(&cqrs).await?;
    assert_eq!(after[..before.len()], before, "history stays as it is");
    let appended = &after[before.len()..];
    let told: Vec<_> = appended
        .iter()
        .map(|event| (event.stream.to_string(), event.payload.as_str()))
        .collect();
    let expected = [
        ("jar-1".to_owned(), r#"{"coins":4}"#),
        ("jar-2".to_owned(), r#"{"coins":5}"#),
        ("jar-1".to_owned(), r#"{"coins":10}"#),
    ];
    assert_eq!(told, expected);
    for (event, cause) in appended.iter().zip([&before[0], &before[2], &before[4]]) {
        let metadata = &event.metadata;
        assert_eq!(metadata.get(REPAIR), Some("counted-twice"));
        assert_eq!(metadata.get(REASON), Some("the coins were counted twice"));
        assert_eq!(metadata.get("user"), None, "ada has not done this");
        let caused_by = metadata.causation_id.map(CausationId::as_uuid);
        assert_eq!(caused_by, Some(cause.event_id.as_uuid()));
        assert!(cause.metadata.correlation_id.is_some());
        assert_eq!(metadata.correlation_id, cause.metadata.correlation_id);
    }
    assert_eq!(cqrs.repository::<Jar>().load(&JarId(1)).await?.coins, 17);
    Ok(())
}

async fn a_dry_run_tells_the_same_and_writes_nothing<B: Backend>() -> Checked {
    let backend = B::fresh().await;
    let cqrs = jars(&backend).await?;
    let before = log_of(&cqrs).await?;
    let plan = too_much(&cqrs).dry_run().await?;
    assert_eq!(log_of(&cqrs).await?, before);
    assert_eq!((plan.found, plan.corrected, plan.nothing), (4, 3, 1));
    let RepairedOutcome::WouldAppend(events) = &plan.cases[1].outcome else {
        panic!("{plan:?}");
    };
    assert_eq!(*events, [JarEvent::Taken { coins: 5 }.encode()?]);
    let text = plan.to_string();
    assert!(
        text.starts_with("repair counted-twice would correct 3 of 4 events found among 7;"),
        "{text}"
    );
    assert!(
        text.contains(r#"position 3 (stream jar-2, version 1): jar.taken {"coins":5}"#),
        "{text}"
    );
    let filling = "filling".parse()?;
    assert_eq!(plan.dependents, [filling]);
    assert!(plan.rebuilding.is_empty());
    Ok(())
}

async fn running_it_again_corrects_nothing_twice<B: Backend>() -> Checked {
    let backend = B::fresh().await;
    let cqrs = jars(&backend).await?;
    too_much(&cqrs).run().await?;
    let before = log_of(&cqrs).await?;
    for again in [
        too_much(&cqrs).run().await?,
        too_much(&cqrs).dry_run().await?,
    ] {
        assert_eq!(
            (again.found, again.corrected, again.before, again.nothing),
            (4, 0, 3, 1)
        );
    }
    assert_eq!(log_of(&cqrs).await?, before);
    // What is new is found.
    let _ = cqrs
        .send(Put {
            jar: JarId(2),
            coins: 12,
        })
        .await?;
    assert_eq!(too_much(&cqrs).run().await?.corrected, 1);
    // Another repair is another one.
    let other = cqrs
        .repair::<Jar>("once-more", "really")
        .compensate(|_, jar| {
            jar.emit(JarEvent::Put { coins: 1 });
        });
    let done = other.run().await?;
    assert_eq!(
        done.corrected,
        log_of(&cqrs).await?.len() as u64 - done.corrected - 1
    );
    Ok(())
}

/// Two nodes, and a store that loses answers.
async fn racing_repairs_correct_each_event_once<B: Backend>() -> Checked {
    for fault in [
        AppendFault::LoseReply,
        AppendFault::Retryable,
        AppendFault::Unavailable,
    ] {
        let backend = B::fresh().await;
        let faulty = FaultyStore::new(backend.store());
        let builder = Cqrs::builder(faulty.clone()).aggregate::<Jar>();
        let cqrs = builder.build().await?;
        for jar in 0..6 {
            for coins in [8, 20] {
                let jar = JarId(jar);
                let _ = cqrs.send(Put { jar, coins }).await?;
            }
        }
        for lost in 1..4 {
            faulty.next_appends(lost, fault.clone());
        }
        let (one, other) = (too_much(&cqrs), too_much(&cqrs));
        let (one, other) = tokio::join!(one.run(), other.run());
        let (one, other) = (one?, other?);
        assert_eq!((one.found, other.found), (12, 12));
        // Two that append the very same at the same version have both done it (A4).
        assert!(one.corrected + other.corrected >= 12);
        assert_eq!(one.corrected + one.before, 12);
        let taken = log_of(&cqrs).await?;
        let taken = taken
            .iter()
            .filter(|event| event.name.as_str() == "jar.taken");
        assert_eq!(taken.count(), 12);
    }
    Ok(())
}

async fn only_what_is_asked_for_is_looked_at<B: Backend>() -> Checked {
    let backend = B::fresh().await;
    let cqrs = jars(&backend).await?;
    let taken = FilterItem::new().name(EventName::from_static("jar.taken"));
    let plan = cqrs.repair::<Jar>("x", "x").filter(taken).dry_run().await?;
    assert_eq!((plan.read, plan.found, plan.nothing), (1, 1, 1));
    let plan = too_much(&cqrs).until(Position::new(3)?).dry_run().await?;
    assert_eq!((plan.read, plan.found), (3, 2));
    Ok(())
}

async fn what_depends_on_it_is_rebuilt<B: Backend>() -> Checked {
    let backend = B::fresh().await;
    let cqrs = jars(&backend).await?;
    cqrs.run_until_idle().await?;
    let none = cqrs
        .repair::<Jar>("none", "x")
        .find(|_| false)
        .rebuild_dependents();
    assert!(none.run().await?.rebuilding.is_empty());

    let done = too_much(&cqrs).rebuild_dependents().run().await?;
    assert_eq!(done.rebuilding.len(), 1);
    assert_eq!(done.rebuilding[0].processor.as_str(), "filling");
    cqrs.run_until_idle().await?;
    let status = cqrs.view::<Filling>(JarId(1)).await?.ok_or("no view")?;
    assert_eq!((status.coins, status.events), (17, 5));
    Ok(())
}

async fn a_stream_that_is_no_aggregate_is_an_error_that_names_it<B: Backend>() -> Checked {
    let backend = B::fresh().await;
    let cqrs = over(backend.store()).await?;
    record(&cqrs, "jar-lid", "jar.put", r#"{"coins":9}"#).await?;
    let error = too_much(&cqrs).run().await.unwrap_err();
    assert!(matches!(error, RepairError::Id { .. }));
    assert_eq!(
        error.to_string(),
        "the key of stream jar-lid is no id of its aggregate"
    );
    Ok(())
}

on_each_backend!(
    what_is_wrong_is_corrected_by_events_that_say_why,
    a_dry_run_tells_the_same_and_writes_nothing,
    running_it_again_corrects_nothing_twice,
    racing_repairs_correct_each_event_once,
    only_what_is_asked_for_is_looked_at,
    what_depends_on_it_is_rebuilt,
    a_stream_that_is_no_aggregate_is_an_error_that_names_it,
);
