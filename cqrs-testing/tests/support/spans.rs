//! What `tracing` is told, in a program that tests nothing else: whether a span is wanted is remembered by all threads of a
//! program, so that a subscriber of one thread misses spans that another thread was not interested in.

use std::fmt::Debug;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use tokio::sync::MutexGuard;
use tracing::field::{Field, Visit};
use tracing::span::Attributes;
use tracing_subscriber::layer::{Context, SubscriberExt};
use tracing_subscriber::{Layer, Registry};

/// Keeps the spans that begin, each as its name and its fields.
#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<String>>>);

impl<S: tracing::Subscriber> Layer<S> for Kept {
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

/// The spans of one test: while it has them, no other test of the program runs.
pub(crate) struct Spans {
    kept: Kept,
    _alone: MutexGuard<'static, ()>,
}

impl Spans {
    pub(crate) async fn alone() -> Self {
        static ALONE: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());
        static KEPT: OnceLock<Kept> = OnceLock::new();
        let alone = ALONE.lock().await;
        let kept = KEPT.get_or_init(|| {
            let kept = Kept::default();
            let subscriber = Registry::default().with(kept.clone());
            tracing::subscriber::set_global_default(subscriber).expect("nobody else sets one");
            kept
        });
        let spans = Self {
            kept: kept.clone(),
            _alone: alone,
        };
        spans.all().clear();
        spans
    }

    fn all(&self) -> std::sync::MutexGuard<'_, Vec<String>> {
        self.kept.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The spans of this name.
    pub(crate) fn named(&self, name: &str) -> Vec<String> {
        let all = self.all();
        let named = all.iter().filter(|span| {
            let rest = span.strip_prefix(name);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
        });
        named.cloned().collect()
    }
}
