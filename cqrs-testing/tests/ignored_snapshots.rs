//! What `tracing` is told of snapshots that are not used. Alone in its program, since whether a span is wanted is remembered by
//! all threads of one.

#[path = "snapshots/domain.rs"]
#[allow(dead_code, reason = "the domain of more tests")]
mod domain;

use std::fmt::Debug;
use std::sync::{Arc, Mutex, PoisonError};

use cqrs_core::words::payload::Payload;
use cqrs_memory::Memory;
use cqrs_testing::FaultyStore;
use cqrs_testing::faulty_store::SnapshotFault;
use domain::{Checked, Meter, application, same, use_units};
use tracing::Level;
use tracing::field::{Field, Visit};
use tracing::span::Attributes;
use tracing_subscriber::layer::{Context, SubscriberExt};
use tracing_subscriber::{Layer, Registry};

/// Keeps the spans of ignored snapshots, each as its level and its fields.
#[derive(Clone, Default)]
struct Ignored(Arc<Mutex<Vec<(Level, String)>>>);

impl<S: tracing::Subscriber> Layer<S> for Ignored {
    fn on_new_span(&self, span: &Attributes<'_>, _: &tracing::span::Id, _: Context<'_, S>) {
        if span.metadata().name() == "cqrs.snapshot.ignored" {
            let mut text = Text(String::new());
            span.record(&mut text);
            let mut spans = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            spans.push((*span.metadata().level(), text.0));
        }
    }
}

impl Ignored {
    fn taken(&self) -> Vec<(Level, String)> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

struct Text(String);

impl Visit for Text {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.0 = format!("{} {field}={value:?}", self.0);
    }
}

#[tokio::test]
async fn a_snapshot_that_is_damaged_or_foreign_is_ignored_with_a_warning_span() -> Checked {
    let ignored = Ignored::default();
    tracing::subscriber::set_global_default(Registry::default().with(ignored.clone()))?;
    let store = FaultyStore::new(Memory::new());
    let cqrs = application::<Meter>(store.clone()).await?;
    use_units(&cqrs, 10).await?;
    use_units(&cqrs, 1).await?;
    same(&cqrs).await?;
    assert_eq!(ignored.taken(), [], "the snapshot is used");
    for (fault, reason) in [
        (SnapshotFault::Corrupt, "unreadable"),
        (SnapshotFault::Unavailable, "unreadable"),
        (SnapshotFault::TruncateState, "undecodable"),
        (
            SnapshotFault::OtherState(Payload::from_json("[]")?),
            "undecodable",
        ),
        (SnapshotFault::OtherEvent, "foreign"),
        (SnapshotFault::Future(1_000), "future"),
    ] {
        store.next_snapshot(fault.clone());
        assert_eq!(same(&cqrs).await?.version().get(), 11);
        let expected = format!(" stream=meter-1 reason={reason:?}");
        assert_eq!(ignored.taken(), [(Level::WARN, expected)], "{fault:?}");
        cqrs.snapshots_taken().await;
        assert_eq!(ignored.taken(), [], "the next one is used, after {fault:?}");
    }
    store.next_snapshot(SnapshotFault::OtherCode);
    same(&cqrs).await?;
    assert_eq!(ignored.taken(), [], "usual after a deploy");
    Ok(())
}
