//! What `tracing` is told of a command. Alone in its program, since whether a span is wanted is remembered by all
//! threads of one.

#[path = "runtime/domain.rs"]
#[allow(dead_code, reason = "the domain of more tests")]
mod domain;

use std::fmt::Debug;
use std::sync::{Arc, Mutex, PoisonError};

use cqrs_testing::SequentialIds;
use domain::{Checked, Open, Put, TILL, in_memory};
use tracing::field::{Field, Visit};
use tracing::span::Attributes;
use tracing_subscriber::layer::{Context, SubscriberExt};
use tracing_subscriber::{Layer, Registry};

/// Keeps the spans that begin, each as its name and its fields.
#[derive(Clone, Default)]
struct Spans(Arc<Mutex<Vec<String>>>);

impl<S: tracing::Subscriber> Layer<S> for Spans {
    fn on_new_span(&self, span: &Attributes<'_>, _: &tracing::span::Id, _: Context<'_, S>) {
        let mut text = Text(span.metadata().name().to_owned());
        span.record(&mut text);
        let mut spans = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        spans.push(text.0);
    }
}

struct Text(String);

impl Visit for Text {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.0 = format!("{} {field}={value:?}", self.0);
    }
}

#[tokio::test]
async fn a_span_names_the_command_its_conversation_its_cause_and_its_key() -> Checked {
    let spans = Spans::default();
    tracing::subscriber::set_global_default(Registry::default().with(spans.clone()))?;
    let cqrs = in_memory().await?;
    let _ = cqrs.send(Open { till: TILL }).await?;
    let _ = cqrs
        .send(Put {
            till: TILL,
            coins: 1,
        })
        .correlation_id(SequentialIds::id(8))
        .causation_id(SequentialIds::id(9))
        .idempotency_key("once")
        .await?;

    let spans = spans.0.lock().unwrap_or_else(PoisonError::into_inner);
    let sends: Vec<_> = spans
        .iter()
        .filter(|span| span.starts_with("cqrs.send "))
        .collect();
    assert_eq!(sends.len(), 2, "{spans:?}");
    let begun = r#"cqrs.send command="Open" correlation_id="#;
    assert!(sends[0].starts_with(begun), "{}", sends[0]);
    assert!(
        !sends[0].contains("causation_id"),
        "nobody said what caused it: {}",
        sends[0]
    );
    assert_eq!(
        sends[1],
        "cqrs.send command=\"Put\" correlation_id=00000000-0000-0000-0000-000000000008 \
         causation_id=00000000-0000-0000-0000-000000000009 idempotency_key=once"
    );
    Ok(())
}
