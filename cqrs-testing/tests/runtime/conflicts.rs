//! What a conflict costs: the store says with it what others have recorded, and the aggregate need not be read again.

use std::num::NonZeroU32;
use std::time::Duration;

use cqrs_core::prelude::*;
use cqrs_core::runtime::app::Cqrs;
use cqrs_core::runtime::command_error::CommandError;
use cqrs_core::runtime::retry::RetryPolicy;
use cqrs_testing::FaultyStore;
use cqrs_testing::faulty_store::AppendFault;

use super::counting_store::CountingStore;
use super::domain::Checked;

#[derive(AggregateId, Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct PotId(u64);

#[derive(EventSet, Serialize, Deserialize, Clone, Debug, PartialEq)]
enum PotEvent {
    #[event(name = "pot.put")]
    Put { by: String },
}

/// A state that can be copied.
#[derive(Aggregate, Default, Clone, Debug)]
#[aggregate(name = "pot", id = PotId, event = PotEvent)]
struct Pot {
    puts: Vec<String>,
}

impl Apply<PotEvent> for Pot {
    fn apply(&mut self, event: &PotEvent) {
        let PotEvent::Put { by } = event;
        self.puts.push(by.clone());
    }
}

/// Says what was in it, itself included.
#[derive(Command, Debug)]
#[command(aggregate = Pot, reply = Vec<String>, any)]
struct PutIn {
    #[id]
    pot: PotId,
    by: String,
}

impl Handle<PutIn> for Pot {
    fn handle(cmd: &PutIn, pot: &mut Root<Self>) -> Result<Vec<String>, std::convert::Infallible> {
        let by = cmd.by.clone();
        pot.emit(PotEvent::Put { by });
        Ok(pot.puts.clone())
    }
}

#[derive(Command, Debug)]
#[command(aggregate = Pot, reply = Vec<String>, creates)]
struct Buy {
    #[id]
    pot: PotId,
    by: String,
}

impl Handle<Buy> for Pot {
    fn handle(cmd: &Buy, pot: &mut Root<Self>) -> Result<Vec<String>, std::convert::Infallible> {
        let by = cmd.by.clone();
        pot.emit(PotEvent::Put { by });
        Ok(pot.puts.clone())
    }
}

const POT: PotId = PotId(1);

fn put(by: &str) -> PutIn {
    let by = by.to_owned();
    PutIn { pot: POT, by }
}

async fn over(
    store: impl cqrs_core::ports::store::EventStore,
) -> Result<Cqrs, Box<dyn std::error::Error + Send + Sync>> {
    let builder = Cqrs::builder(store).aggregate::<Pot>();
    Ok(builder.build().await?)
}

/// At once, so that nobody waits for the other on purpose.
fn at_once() -> RetryPolicy {
    RetryPolicy {
        attempts: NonZeroU32::MAX,
        first_delay: Duration::ZERO,
        longest_delay: Duration::ZERO,
    }
}

#[tokio::test(start_paused = true)]
async fn the_second_conflict_is_decided_again_without_a_read() -> Checked {
    let counting = CountingStore::default();
    let nodes = [over(counting.clone()).await?, over(counting.clone()).await?];
    for node in &nodes {
        let _ = node.send(put("first")).await?;
    }
    counting.asked();
    // Each in turn, on a state that the other has just made old.
    let mut asked = Vec::new();
    for turn in 0..6 {
        let receipt = nodes[turn % 2]
            .send(put(&turn.to_string()))
            .retry(at_once())
            .await?;
        assert_eq!(receipt.reply.len(), turn + 3);
        assert_eq!(receipt.reply.last(), Some(&turn.to_string()));
        assert_eq!(receipt.version.get(), turn as u64 + 3);
        asked.push(counting.asked());
    }
    // The first conflict of each finds no copy: nobody copies a state that nobody else writes to.
    assert_eq!(asked[0], (2, 1, 0), "appends, reads, receipts");
    assert_eq!(asked[2..], [(2, 0, 0); 4], "appends, reads, receipts");
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn what_creates_learns_from_the_conflict_that_it_exists() -> Checked {
    let counting = CountingStore::default();
    let nodes = [over(counting.clone()).await?, over(counting.clone()).await?];
    let _ = nodes[0].send(put("first")).await?;
    counting.asked();
    let buy = Buy {
        pot: POT,
        by: "second".to_owned(),
    };
    let refused = nodes[1].send(buy).await;
    assert!(matches!(refused, Err(CommandError::AlreadyExists { .. })));
    assert_eq!(counting.asked(), (1, 0, 0), "appends, reads, receipts");
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn of_a_long_tail_the_rest_is_read() -> Checked {
    let counting = CountingStore::default();
    let nodes = [over(counting.clone()).await?, over(counting.clone()).await?];
    for _ in 0..2 {
        for node in &nodes {
            let _ = node.send(put("first")).retry(at_once()).await?;
        }
    }
    for _ in 0..250 {
        let _ = nodes[0].send(put("more")).retry(at_once()).await?;
    }
    counting.asked();
    let receipt = nodes[1].send(put("last")).retry(at_once()).await?;
    assert_eq!(receipt.reply.len(), 255);
    assert_eq!(counting.asked(), (2, 1, 0), "appends, reads, receipts");
    Ok(())
}

/// Commands that wait for each other are decided again together.
#[tokio::test(start_paused = true)]
async fn a_batch_is_decided_again_on_the_tail() -> Checked {
    let counting = CountingStore::default();
    let faulty = FaultyStore::new(counting.clone());
    let nodes = [over(faulty.clone()).await?, over(counting.clone()).await?];
    for _ in 0..3 {
        for node in &nodes {
            let _ = node.send(put("first")).retry(at_once()).await?;
        }
    }
    counting.asked();
    faulty.next_append(AppendFault::DelayReply(Duration::from_millis(50)));
    let mut tasks = Vec::new();
    for number in 0..8 {
        let send = nodes[0].send(put(&number.to_string())).retry(at_once());
        tasks.push(tokio::spawn(send.into_future()));
        tokio::task::yield_now().await;
    }
    tokio::time::sleep(Duration::from_millis(10)).await;
    // Between the append that is under way and that of those who wait for it.
    let _ = nodes[1].send(put("other")).retry(at_once()).await?;
    for (number, task) in tasks.into_iter().enumerate() {
        let receipt = task.await??;
        assert_eq!(receipt.reply.last(), Some(&number.to_string()));
        assert_eq!(receipt.reply.len() as u64, receipt.version.get());
    }
    // The first; the other node's, which meets it, and is decided again; that of the seven, which meets that; and theirs again.
    assert_eq!(counting.asked(), (5, 0, 0), "appends, reads, receipts");
    let pot = nodes[0].repository::<Pot>().load(&POT).await?;
    assert_eq!(pot.puts.len(), 6 + 8 + 1);
    Ok(())
}
