//! When snapshots are taken.

use std::time::Duration;

use cqrs_core::ports::snapshots::KeepSnapshots;
use cqrs_core::prelude::*;
use cqrs_core::runtime::app::Cqrs;
use cqrs_core::runtime::command_error::CommandError;
use cqrs_core::runtime::command_handler::{CommandContext, CommandHandler};
use cqrs_core::runtime::snapshots::SnapshotError;
use cqrs_core::words::version::StreamVersion;
use cqrs_memory::Memory;
use cqrs_testing::FaultyStore;
use cqrs_testing::faulty_store::SnapshotWriteFault;

use super::domain::{
    Checked, METER, Meter, MeterId, MonthClosed, Plain, UnitsUsed, Use, application, kept,
    kept_version, same, use_units,
};

#[tokio::test]
async fn one_is_taken_whenever_so_many_events_have_passed() -> Checked {
    let store = Memory::new();
    let cqrs = application::<Meter>(store.clone()).await?;
    for (times, expected) in [(9, 0), (1, 10), (9, 10), (3, 22), (7, 22), (1, 30)] {
        use_units(&cqrs, times).await?;
        assert_eq!(kept_version(&store).await?, expected, "{times} events more");
        same(&cqrs).await?;
    }
    Ok(())
}

#[tokio::test]
async fn one_is_taken_where_a_chapter_ends() -> Checked {
    let store = Memory::new();
    let cqrs = application::<Meter>(store.clone()).await?;
    use_units(&cqrs, 2).await?;
    let close = Use {
        meter: METER,
        times: 1,
        closes: true,
    };
    let _ = cqrs.send(close).await?;
    cqrs.snapshots_taken().await;
    let snapshot = kept(&store).await?.expect("the month is closed");
    assert_eq!(snapshot.version.get(), 4);
    let state: Meter = snapshot.state.decode()?;
    assert_eq!(state.units, 0, "the month is over");
    Ok(())
}

#[tokio::test]
async fn commands_that_are_decided_together_have_theirs() -> Checked {
    let store = Memory::new();
    let cqrs = Cqrs::builder(store.clone())
        .aggregate::<Meter>()
        .build()
        .await?;
    let one = Use {
        meter: METER,
        times: 1,
        closes: false,
    };
    let sends = (0..35).map(|_| cqrs.send(one.clone()).into_future());
    for sent in futures::future::join_all(sends).await {
        let _ = sent?;
    }
    cqrs.snapshots_taken().await;
    let kept = kept_version(&store).await?;
    assert!(kept >= 10, "35 events, and a snapshot of version {kept}");
    assert_eq!(same(&cqrs).await?.version().get(), 35);
    Ok(())
}

/// Uses units of two meters in one append.
#[derive(Command, Debug)]
#[command(error = std::convert::Infallible)]
struct UseOfTwo {
    meters: [MeterId; 2],
}

struct Reader;

impl CommandHandler<UseOfTwo> for Reader {
    async fn handle(
        &self,
        command: &UseOfTwo,
        context: &CommandContext<UseOfTwo>,
    ) -> Result<(), CommandError<std::convert::Infallible>> {
        let [one, other] = &command.meters;
        let mut one = context.load::<Meter>(one).await?;
        let mut other = context.load::<Meter>(other).await?;
        one.emit(MonthClosed {});
        other.emit(UnitsUsed { units: 7 });
        context.append().root(&one).root(&other).record().await?;
        Ok(())
    }
}

#[tokio::test]
async fn what_a_command_handler_appends_has_them_too() -> Checked {
    let store = Memory::new();
    let cqrs = Cqrs::builder(store.clone())
        .aggregate::<Meter>()
        .command_handler(Reader)
        .build()
        .await?;
    let meters = [METER, MeterId(2)];
    let _ = cqrs.send(UseOfTwo { meters }).await?;
    cqrs.snapshots_taken().await;
    assert_eq!(kept_version(&store).await?, 1);
    let other = Meter::stream(&MeterId(2))?;
    let other = store.find_snapshot(&other, StreamVersion::MAX).await?;
    assert_eq!(other, None, "nothing is due of the other");
    Ok(())
}

#[tokio::test]
async fn streams_that_were_long_before_get_one_when_they_are_loaded() -> Checked {
    let store = Memory::new();
    let before = application::<Plain>(store.clone()).await?;
    let events = (0..25).map(|units| UnitsUsed { units });
    append(&before, events.map(Into::into).collect()).await?;

    let cqrs = application::<Meter>(store.clone()).await?;
    same(&cqrs).await?;
    cqrs.snapshots_taken().await;
    assert_eq!(kept_version(&store).await?, 25);
    same(&cqrs).await?;
    Ok(())
}

#[tokio::test]
async fn streams_whose_last_chapter_has_none_get_one_when_they_are_loaded() -> Checked {
    let store = Memory::new();
    let before = application::<Plain>(store.clone()).await?;
    let events = vec![
        UnitsUsed { units: 1 }.into(),
        MonthClosed {}.into(),
        UnitsUsed { units: 2 }.into(),
        MonthClosed {}.into(),
        UnitsUsed { units: 3 }.into(),
    ];
    append(&before, events).await?;

    let cqrs = application::<Meter>(store.clone()).await?;
    same(&cqrs).await?;
    cqrs.snapshots_taken().await;
    assert_eq!(kept_version(&store).await?, 4, "where the last month ends");
    assert_eq!(same(&cqrs).await?.units, 3);
    Ok(())
}

async fn append(cqrs: &Cqrs, events: Vec<super::domain::PlainEvent>) -> Checked {
    use cqrs_core::encoding::event::EventSet;
    use cqrs_core::ports::append::Append;
    use cqrs_core::words::event::NewEvent;
    use cqrs_core::words::version::ExpectedVersion;
    let encode = |event: super::domain::PlainEvent| {
        let encoded = event.encode()?;
        Ok::<_, super::domain::BoxError>(NewEvent::new(encoded.name, encoded.payload))
    };
    let events: Result<Vec<_>, _> = events.into_iter().map(encode).collect();
    let stream = Meter::stream(&METER)?;
    let append = Append::to(stream, ExpectedVersion::NoStream, events?);
    cqrs.store().append(append).await?;
    Ok(())
}

/// A meter that is thought to be slow at once.
#[derive(Aggregate, Serialize, Deserialize, Default, Debug)]
#[aggregate(name = "meter", id = MeterId, events(UnitsUsed, MonthClosed))]
#[aggregate(snapshot(slower_than = Duration::ZERO))]
struct Slow {
    units: u64,
}

#[apply]
impl Apply<UnitsUsed> for Slow {
    fn apply(&mut self, event: &UnitsUsed) {
        self.units += event.units;
    }
}

#[apply]
impl Apply<MonthClosed> for Slow {}

#[derive(Command, Debug)]
#[command(aggregate = Slow, any, reply = u64)]
struct UseSlowly {
    #[id]
    meter: MeterId,
}

impl Handle<UseSlowly> for Slow {
    fn handle(_: &UseSlowly, meter: &mut Root<Self>) -> Result<u64, std::convert::Infallible> {
        meter.emit(UnitsUsed { units: 1 });
        Ok(meter.units)
    }
}

#[tokio::test]
async fn one_is_taken_after_a_command_that_was_slow_to_load() -> Checked {
    let store = Memory::new();
    let cqrs = application::<Slow>(store.clone()).await?;
    for _ in 0..16 {
        let _ = cqrs.send(UseSlowly { meter: METER }).await?;
    }
    cqrs.snapshots_taken().await;
    assert_eq!(kept_version(&store).await?, 0, "few events are no reason");
    let sent = cqrs.send(UseSlowly { meter: METER }).await?;
    cqrs.snapshots_taken().await;
    assert_eq!((sent.reply, kept_version(&store).await?), (17, 16));
    Ok(())
}

#[tokio::test]
async fn a_store_that_keeps_none_now_is_asked_again_later() -> Checked {
    let memory = Memory::new();
    let store = FaultyStore::new(memory.clone());
    let cqrs = application::<Meter>(store.clone()).await?;
    store.next_snapshot_write(SnapshotWriteFault::Unavailable);
    use_units(&cqrs, 10).await?;
    assert_eq!((kept_version(&memory).await?, store.faults_left()), (0, 0));
    use_units(&cqrs, 1).await?;
    assert_eq!(kept_version(&memory).await?, 10, "taken by the next load");
    store.next_snapshot_write(SnapshotWriteFault::LoseReply);
    use_units(&cqrs, 10).await?;
    assert_eq!(kept_version(&memory).await?, 21);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn one_that_is_due_while_an_earlier_one_is_written_follows_it() -> Checked {
    let memory = Memory::new();
    let store = FaultyStore::new(memory.clone());
    let cqrs = application::<Meter>(store.clone()).await?;
    let close = Use {
        meter: METER,
        times: 3,
        closes: true,
    };
    store.next_snapshot_write(SnapshotWriteFault::Delay(Duration::from_secs(1)));
    let _ = cqrs.send(close.clone()).await?;
    while store.faults_left() > 0 {
        tokio::task::yield_now().await;
    }
    let _ = cqrs.send(close).await?;
    assert_eq!(kept_version(&memory).await?, 0, "the first is on its way");
    cqrs.snapshots_taken().await;
    assert_eq!(kept_version(&memory).await?, 8);
    same(&cqrs).await?;
    Ok(())
}

/// A meter whose state does not come back as it was.
#[derive(Aggregate, Serialize, Deserialize, Default, Debug)]
#[aggregate(name = "meter", id = MeterId, events(UnitsUsed, MonthClosed))]
#[aggregate(snapshot(every = 2))]
struct Lossy {
    #[serde(serialize_with = "in_thousands")]
    units: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes it so")]
fn in_thousands<S: serde::Serializer>(units: &u64, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u64(units / 1_000)
}

#[apply]
impl Apply<UnitsUsed> for Lossy {
    fn apply(&mut self, event: &UnitsUsed) {
        self.units += event.units;
    }
}

#[apply]
impl Apply<MonthClosed> for Lossy {}

#[tokio::test]
async fn none_is_taken_of_a_state_that_does_not_come_back_as_it_was() -> Checked {
    let store = Memory::new();
    let cqrs = application::<Lossy>(store.clone()).await?;
    let events = (5_000..5_003).map(|units| UnitsUsed { units });
    append(&cqrs, events.map(Into::into).collect()).await?;
    let taken = cqrs.take_snapshot::<Lossy>(&METER).await;
    assert!(matches!(taken, Err(SnapshotError::Lossy)), "{taken:?}");
    let meter = cqrs.repository::<Lossy>().load(&METER).await?;
    cqrs.snapshots_taken().await;
    let again = cqrs.repository::<Lossy>().load(&METER).await?;
    assert_eq!((meter.units, again.units), (15_003, 15_003));
    assert_eq!(kept_version(&store).await?, 0);
    Ok(())
}

#[tokio::test]
async fn one_can_be_asked_for_where_there_are_any() -> Checked {
    let store = Memory::new();
    let cqrs = application::<Meter>(store.clone()).await?;
    cqrs.take_snapshot::<Meter>(&METER).await?;
    assert_eq!(kept_version(&store).await?, 0, "there is no such meter");
    use_units(&cqrs, 3).await?;
    cqrs.take_snapshot::<Meter>(&METER).await?;
    assert_eq!(kept_version(&store).await?, 3);
    let off = cqrs.take_snapshot::<Plain>(&METER).await;
    assert!(matches!(off, Err(SnapshotError::Off { .. })), "{off:?}");
    assert_eq!(cqrs.drop_snapshots::<Meter>().await?, 1);
    assert_eq!(kept_version(&store).await?, 0);
    Ok(())
}
