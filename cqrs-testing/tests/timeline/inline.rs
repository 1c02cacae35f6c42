//! What is appended beside the commands is in the read models that are written with each append, too.

use cqrs_core::ports::processors::{GenerationState, ProcessorKind};
use cqrs_core::prelude::*;
use cqrs_core::runtime::app::Cqrs;
use cqrs_core::runtime::transform::TransformedEvent;
use cqrs_core::words::event::RecordedEvent;

use super::backend::{Backend, on_each_backend};
use super::domain::{Checked, Failed, Filling, Jar, JarEvent, JarId, Put};
use super::repair::too_much;

/// [`Filling`], written together with each append.
#[derive(Serialize, Deserialize, Default, Debug, PartialEq)]
struct InlineFilling(Filling);

impl View for InlineFilling {
    const NAME: ProcessorName = ProcessorName::from_static("inline-filling");
    const RUN: Run = Run::Inline;
    type Event = JarEvent;
    type Key = JarId;

    fn keys(event: &Recorded<JarEvent>) -> impl IntoIterator<Item = JarId> {
        event.id()
    }

    fn apply(&mut self, event: &Recorded<JarEvent>) {
        self.0.apply(event);
    }
}

async fn inline_state(cqrs: &Cqrs) -> Result<GenerationState, Failed> {
    let all = cqrs.processors().await?;
    let own = all.iter().find(|status| status.kind == ProcessorKind::View);
    Ok(own.ok_or("no view")?.generation_state)
}

/// No runner runs here: what is in the view was written by the appends.
async fn repairs_and_copies_are_in_inline_views_at_once<B: Backend>() -> Checked {
    let backend = B::fresh().await;
    let builder = Cqrs::builder(backend.store()).aggregate::<Jar>();
    let cqrs = builder.view::<InlineFilling>().build().await?;
    assert_eq!(inline_state(&cqrs).await?, GenerationState::Inline);
    let put = |coins| Put {
        jar: JarId(1),
        coins,
    };
    let _ = cqrs.send(put(8)).await?;
    let _ = cqrs.send(put(20)).await?;
    let filling = async |jar: u64| -> Result<Option<InlineFilling>, Failed> {
        Ok(cqrs.view::<InlineFilling>(JarId(jar)).await?)
    };
    let of = |coins, events| Some(InlineFilling(Filling { coins, events }));
    assert_eq!(filling(1).await?, of(28, 2));
    too_much(&cqrs).dry_run().await?;
    assert_eq!(filling(1).await?, of(28, 2));
    assert_eq!(too_much(&cqrs).run().await?.corrected, 2);
    assert_eq!(filling(1).await?, of(14, 4));
    assert_eq!(
        inline_state(&cqrs).await?,
        GenerationState::Inline,
        "nothing is left to the runners"
    );
    let copy = |event: &RecordedEvent| {
        vec![TransformedEvent::same(event).in_stream("jar-9".parse().expect("a stream"))]
    };
    cqrs.transform_stream("jar-1".parse()?, copy).run().await?;
    assert_eq!(filling(9).await?, of(14, 4));
    assert_eq!(inline_state(&cqrs).await?, GenerationState::Inline);
    Ok(())
}

on_each_backend!(repairs_and_copies_are_in_inline_views_at_once,);
