//! What `tracing` is told of a command.

#[path = "runtime/domain.rs"]
#[allow(dead_code, reason = "the domain of more tests")]
mod domain;
#[path = "support/spans.rs"]
mod spans;

use cqrs_testing::SequentialIds;
use domain::{Checked, Open, Put, TILL, in_memory};
use spans::Spans;

#[tokio::test]
async fn a_span_names_the_command_its_conversation_its_cause_and_its_key() -> Checked {
    let spans = Spans::alone().await;
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

    let sends = spans.named("cqrs.send");
    assert_eq!(sends.len(), 2, "{sends:?}");
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
