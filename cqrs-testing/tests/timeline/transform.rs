//! Copies of a log, and of a stream, that change on the way.

use std::sync::{Arc, Mutex, PoisonError};

use cqrs_core::ports::read_stream::StreamRead;
use cqrs_core::runtime::app::Cqrs;
use cqrs_core::runtime::transform::{TransformError, TransformedEvent};
use cqrs_core::words::event::{EventName, RecordedEvent, SchemaVersion};
use cqrs_core::words::payload::Payload;
use cqrs_core::words::position::Position;

use super::backend::{Backend, log_of, on_each_backend};
use super::domain::{Checked, Failed, Jar, JarId, over, record};

async fn jars(backend: &impl Backend) -> Result<Cqrs, Failed> {
    let cqrs = over(backend.store()).await?;
    for (stream, name, payload) in [
        ("jar-1", "jar.put", r#"{"coins":6}"#),
        ("jar-2", "jar.put", r#"{"coins":2}"#),
        ("jar-1", "jar.polished", "{}"),
        ("jar-2", "jar.taken", r#"{"coins":1}"#),
        ("jar-1", "jar.taken", r#"{"coins":4}"#),
    ] {
        record(&cqrs, stream, name, payload).await?;
    }
    Ok(cqrs)
}

fn told(log: &[RecordedEvent]) -> Vec<String> {
    let each = log.iter().map(|event| {
        let (stream, version, name) = (&event.stream, event.version, &event.name);
        format!(
            "{} {stream} {version} {name} {}",
            event.position,
            event.payload.as_str()
        )
    });
    each.collect()
}

/// Old positions with their new ones.
type Mapped = Arc<Mutex<Vec<(u64, Vec<u64>)>>>;

/// Merges all jars into one, drops polishing, and splits what is taken into coins one by one.
fn into_one(event: &RecordedEvent) -> Vec<TransformedEvent> {
    let merged = TransformedEvent::same(event).in_stream("jar-9".parse().expect("a stream"));
    match event.name.as_str() {
        "jar.polished" => Vec::new(),
        "jar.taken" => {
            let coins =
                event.payload.decode::<serde_json::Value>().expect("JSON")["coins"].as_u64();
            let one = Payload::from_json(r#"{"coins":1}"#).expect("JSON");
            let each = (0..coins.unwrap_or_default())
                .map(|_| merged.clone().shaped(SchemaVersion::FIRST, one.clone()));
            each.collect()
        }
        _ => vec![merged],
    }
}

async fn a_log_is_split_merged_thinned_and_reshaped_into_a_new_one<B: Backend>() -> Checked {
    let backend = B::fresh().await;
    let cqrs = jars(&backend).await?;
    let old = log_of(&cqrs).await?;
    let mapped: Mapped = Arc::default();
    let tell = Arc::clone(&mapped);
    let target = B::fresh().await;
    let new = target.store();
    let transform = cqrs.transform(into_one).mapping(move |from, to| {
        let to = to.iter().copied().map(Position::get).collect();
        let mut mapped = tell.lock().unwrap_or_else(PoisonError::into_inner);
        mapped.push((from.get(), to));
    });
    let report = transform.write(&new).await?;
    assert_eq!(
        report.to_string(),
        "5 events became 7 in 1 streams: 1 dropped, 1 split, 7 moved, 4 reshaped"
    );
    let new = over(new).await?;
    let log = log_of(&new).await?;
    let expected = [
        r#"1 jar-9 1 jar.put {"coins":6}"#,
        r#"2 jar-9 2 jar.put {"coins":2}"#,
        r#"3 jar-9 3 jar.taken {"coins":1}"#,
        r#"4 jar-9 4 jar.taken {"coins":1}"#,
        r#"5 jar-9 5 jar.taken {"coins":1}"#,
        r#"6 jar-9 6 jar.taken {"coins":1}"#,
        r#"7 jar-9 7 jar.taken {"coins":1}"#,
    ];
    assert_eq!(told(&log), expected);
    let mapped = mapped
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .clone();
    let expected = [
        (1, vec![1]),
        (2, vec![2]),
        (3, vec![]),
        (4, vec![3]),
        (5, vec![4, 5, 6, 7]),
    ];
    assert_eq!(mapped, expected);
    for (from, to) in mapped {
        let from = &old[usize::try_from(from)? - 1];
        for (index, to) in to.iter().enumerate() {
            let to = &log[usize::try_from(*to)? - 1];
            assert_eq!(to.recorded_at, from.recorded_at);
            assert_eq!(to.event_id == from.event_id, index == 0);
        }
    }
    assert_eq!(new.repository::<Jar>().load(&JarId(9)).await?.coins, 3);
    assert_eq!(log_of(&cqrs).await?, old, "the old log stays as it is");
    Ok(())
}

async fn a_dry_run_tells_what_would_become_of_it<B: Backend>() -> Checked {
    let backend = B::fresh().await;
    let cqrs = jars(&backend).await?;
    let mapped: Arc<Mutex<u64>> = Arc::default();
    let tell = Arc::clone(&mapped);
    let transform = cqrs.transform(into_one).mapping(move |_, to| {
        *tell.lock().unwrap_or_else(PoisonError::into_inner) += to.len() as u64;
    });
    let report = transform.dry_run().await?;
    assert!(report.is_dry);
    assert_eq!((report.read, report.written), (5, 7));
    assert!(report.to_string().contains("would become 7"));
    assert_eq!(*mapped.lock().unwrap_or_else(PoisonError::into_inner), 7);
    Ok(())
}

async fn the_same_transformation_again_goes_on<B: Backend>() -> Checked {
    let backend = B::fresh().await;
    let cqrs = jars(&backend).await?;
    let target = B::fresh().await;
    let new = target.store();
    cqrs.transform(into_one).write(&new).await?;
    let before = log_of(&over(new.clone()).await?).await?;
    record(&cqrs, "jar-1", "jar.put", r#"{"coins":50}"#).await?;
    cqrs.transform(into_one).write(&new).await?;
    let after = log_of(&over(new.clone()).await?).await?;
    assert_eq!(after[..7], before);
    assert_eq!(after.len(), 8);
    // Another one is not mixed with it.
    let same = cqrs.transform(|event| vec![TransformedEvent::same(event)]);
    let error = same.write(&new).await.unwrap_err();
    assert!(matches!(error, TransformError::Import { .. }), "{error}");
    Ok(())
}

async fn a_stream_is_copied_into_new_ones_of_the_same_log<B: Backend>() -> Checked {
    let backend = B::fresh().await;
    let cqrs = jars(&backend).await?;
    let old = log_of(&cqrs).await?;
    let apart = |event: &RecordedEvent| match event.name.as_str() {
        "jar.polished" => vec![],
        "jar.taken" => vec![
            TransformedEvent::same(event)
                .in_stream("spent-1".parse().expect("a stream"))
                .named(EventName::from_static("spent.noted")),
            TransformedEvent::same(event).in_stream("jar-7".parse().expect("a stream")),
        ],
        _ => vec![TransformedEvent::same(event).in_stream("jar-7".parse().expect("a stream"))],
    };
    let stream = || "jar-1".parse();
    let plan = cqrs.transform_stream(stream()?, apart).dry_run().await?;
    assert_eq!(log_of(&cqrs).await?, old, "a dry run writes nothing");
    let places: Arc<Mutex<Vec<String>>> = Arc::default();
    let tell = Arc::clone(&places);
    let transform = cqrs
        .transform_stream(stream()?, apart)
        .mapping(move |from, to| {
            let mut places = tell.lock().unwrap_or_else(PoisonError::into_inner);
            let to: Vec<_> = to
                .iter()
                .map(|(stream, version)| format!("{stream}/{version}"))
                .collect();
            places.push(format!("{from} {}", to.join(" ")));
        });
    let done = transform.run().await?;
    assert_eq!((plan.written, plan.streams), (done.written, done.streams));
    assert_eq!(
        (
            done.read,
            done.written,
            done.dropped,
            done.split,
            done.streams
        ),
        (3, 3, 1, 1, 2)
    );
    let places = places
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .clone();
    assert_eq!(places, ["1 jar-7/1", "2 ", "3 spent-1/1 jar-7/2"]);

    let log = log_of(&cqrs).await?;
    assert_eq!(log[..5], old, "the old stream stays as it is");
    assert_eq!(log.len(), 8);
    for copy in &log[5..] {
        let cause = copy.metadata.causation_id.ok_or("no causation")?;
        assert!(
            old.iter()
                .any(|event| event.event_id.as_uuid() == cause.as_uuid())
        );
    }
    assert_eq!(cqrs.repository::<Jar>().load(&JarId(7)).await?.coins, 2);

    // Again: nothing is there twice.
    cqrs.transform_stream(stream()?, apart).run().await?;
    assert_eq!(log_of(&cqrs).await?.len(), 8);
    Ok(())
}

async fn a_copy_never_mixes_with_other_events<B: Backend>() -> Checked {
    let backend = B::fresh().await;
    let cqrs = jars(&backend).await?;
    let into_another = |event: &RecordedEvent| {
        vec![TransformedEvent::same(event).in_stream("jar-2".parse().expect("a stream"))]
    };
    let error = cqrs
        .transform_stream("jar-1".parse()?, into_another)
        .run()
        .await
        .unwrap_err();
    assert!(matches!(error, TransformError::Append { .. }), "{error}");
    let into_itself = |event: &RecordedEvent| vec![TransformedEvent::same(event)];
    let error = cqrs
        .transform_stream("jar-1".parse()?, into_itself)
        .dry_run()
        .await
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "stream jar-1 can't be copied into itself"
    );
    assert_eq!(log_of(&cqrs).await?.len(), 5);
    Ok(())
}

/// More events than fit into one append.
async fn a_long_stream_is_copied_in_portions<B: Backend>() -> Checked {
    let backend = B::fresh().await;
    let cqrs = over(backend.store()).await?;
    for _ in 0..1_203 {
        record(&cqrs, "jar-1", "jar.put", r#"{"coins":1}"#).await?;
    }
    let copy = |event: &RecordedEvent| {
        let key = event.version.get() % 3;
        vec![
            TransformedEvent::same(event)
                .in_stream(format!("jar-1{key}").parse().expect("a stream")),
        ]
    };
    let done = cqrs.transform_stream("jar-1".parse()?, copy).run().await?;
    assert_eq!((done.written, done.streams), (1_203, 3));
    for key in 0..3 {
        let read = StreamRead::forward(format!("jar-1{key}").parse()?).limit(10_000);
        assert_eq!(cqrs.store().read_stream(read).await?.events.len(), 401);
    }
    Ok(())
}

on_each_backend!(
    a_log_is_split_merged_thinned_and_reshaped_into_a_new_one,
    a_dry_run_tells_what_would_become_of_it,
    the_same_transformation_again_goes_on,
    a_stream_is_copied_into_new_ones_of_the_same_log,
    a_copy_never_mixes_with_other_events,
    a_long_stream_is_copied_in_portions,
);
