//! Old events that today's code reads as several, or as none: they count wherever the past is looked at.

use cqrs_core::encoding::upcast::{EventJson, OldEvent, Upcasted, Upcaster};
use cqrs_core::prelude::*;
use cqrs_core::runtime::app::Cqrs;
use cqrs_core::runtime::events::ReadError;
use cqrs_core::runtime::export::ExportError;
use cqrs_core::runtime::import::Import;
use cqrs_core::runtime::subscription::Delivery;
use cqrs_core::words::position::Position;
use cqrs_core::words::stream::Category;
use cqrs_core::words::version::StreamVersion;

use super::backend::{Backend, on_each_backend};
use super::domain::{Checked, Failed, record};

/// Turning the purse over was one event once: so much in, so much out. Nothing happened where nothing went in.
const TURNED: Upcaster = Upcaster::new("purse.turned", 1, turned);

fn turned(old: &mut OldEvent<'_>) -> Upcasted {
    let (put, taken) = (old.get("put")?, old.get("taken")?);
    if put == 0 {
        return Ok(vec![]);
    }
    Ok(vec![
        EventJson::of(&Put { coins: put })?,
        EventJson::of(&Taken { coins: taken })?,
    ])
}

#[derive(AggregateId, Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct PurseId(u64);

const PURSE: PurseId = PurseId(1);

#[derive(Event, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[event(name = "purse.put", upcasters(TURNED))]
struct Put {
    coins: i64,
}

#[derive(Event, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[event(name = "purse.taken", upcasters(TURNED))]
struct Taken {
    coins: i64,
}

#[derive(Aggregate, Serialize, Default, Debug, Clone, PartialEq)]
#[aggregate(name = "purse", id = PurseId)]
#[aggregate(events(Put, Taken))]
struct Purse {
    coins: i64,
}

impl Apply<Put> for Purse {
    fn apply(&mut self, event: &Put) {
        self.coins += event.coins;
    }
}

impl Apply<Taken> for Purse {
    fn apply(&mut self, event: &Taken) {
        self.coins -= event.coins;
    }
}

#[derive(Command, Debug, Clone, PartialEq)]
#[command(aggregate = Purse, any)]
struct Take {
    #[id]
    purse: PurseId,
    coins: i64,
}

impl Handle<Take> for Purse {
    fn handle(command: &Take, purse: &mut Root<Self>) -> Result<(), std::convert::Infallible> {
        if purse.coins >= command.coins {
            purse.emit(Taken {
                coins: command.coins,
            });
        }
        Ok(())
    }
}

/// The purse ends with an event that means nothing any more.
async fn purse(backend: &impl Backend) -> Result<Cqrs, Failed> {
    let builder = Cqrs::builder(backend.store()).aggregate::<Purse>();
    let cqrs = builder.page(2).build().await?;
    for (name, payload) in [
        ("purse.put", r#"{"coins":5}"#),
        ("purse.turned", r#"{"put":10,"taken":3}"#),
        ("purse.turned", r#"{"put":0,"taken":0}"#),
        ("purse.turned", r#"{"put":0,"taken":0}"#),
        ("purse.turned", r#"{"put":0,"taken":0}"#),
        ("purse.taken", r#"{"coins":4}"#),
        ("purse.turned", r#"{"put":0,"taken":0}"#),
    ] {
        record(&cqrs, "purse-1", name, payload).await?;
    }
    Ok(cqrs)
}

async fn verify_folds_them_and_knows_their_names<B: Backend>() -> Checked {
    let backend = B::fresh().await;
    let verification = purse(&backend).await?.verify().await?;
    assert!(verification.is_clean(), "{verification}");
    assert_eq!((verification.streams, verification.folded), (1, 7));
    Ok(())
}

async fn the_past_has_all_parts_of_an_event_or_none<B: Backend>() -> Checked {
    let backend = B::fresh().await;
    let cqrs = purse(&backend).await?;
    for (version, coins) in [(1, 5), (2, 12), (3, 12), (5, 12), (6, 8), (7, 8)] {
        let version = StreamVersion::new(version)?;
        let then = cqrs.as_of(version).load::<Purse>(&PURSE).await?;
        assert_eq!((then.coins, then.version()), (coins, version));
    }
    let mut timeline = cqrs.repository::<Purse>().timeline(&PURSE)?;
    let mut told = Vec::new();
    while let Some((event, purse)) = timeline.next().await? {
        told.push((event.version.get(), event.part.number(), purse.coins));
    }
    assert_eq!(told, [(1, 1, 5), (2, 1, 15), (2, 2, 12), (6, 1, 8)]);
    Ok(())
}

async fn a_decision_about_a_part_is_compared_with_that_part<B: Backend>() -> Checked {
    let backend = B::fresh().await;
    let cqrs = purse(&backend).await?;
    let taken = |event: &Recorded<PurseEvent>| match &event.event {
        PurseEvent::Taken(taken) => Some(Take {
            purse: event.id()?,
            coins: taken.coins,
        }),
        PurseEvent::Put(_) => None,
    };
    let same = cqrs.what_if().decide(taken).await?;
    assert_eq!((same.compared, same.differing), (2, 0));
    let other = cqrs.what_if().decide::<Take>(|event| {
        let command = taken(event)?;
        let coins = command.coins + 1;
        Some(Take { coins, ..command })
    });
    assert_eq!(other.await?.differing, 2);
    Ok(())
}

async fn a_part_is_repaired_once<B: Backend>() -> Checked {
    let backend = B::fresh().await;
    let cqrs = purse(&backend).await?;
    let repair = cqrs
        .repair::<Purse>("back", "nothing was taken")
        .find(|event| matches!(event.event, PurseEvent::Taken(_)))
        .compensate(|event, purse| {
            if let PurseEvent::Taken(taken) = &event.event {
                purse.emit(Put { coins: taken.coins });
            }
        });
    assert_eq!(repair.run().await?.corrected, 2);
    assert_eq!(cqrs.repository::<Purse>().load(&PURSE).await?.coins, 15);
    let again = repair.run().await?;
    assert_eq!((again.corrected, again.before), (0, 2));
    Ok(())
}

/// Each line without what differs from run to run.
fn shapes(lines: &[u8]) -> Result<Vec<String>, Failed> {
    let told = |line: &str| -> Result<String, Failed> {
        let line: serde_json::Value = serde_json::from_str(line)?;
        let get = |name: &str| {
            line.get(name)
                .map_or(String::new(), |value| format!("{value} "))
        };
        let names = [
            "position",
            "part",
            "of_parts",
            "version",
            "name",
            "schema_version",
        ];
        let fields: String = names.map(get).concat();
        Ok(format!("{fields}{}", line["payload"]))
    };
    std::str::from_utf8(lines)?.lines().map(told).collect()
}

async fn a_decoded_export_has_the_shapes_of_today<B: Backend>() -> Checked {
    let backend = B::fresh().await;
    let cqrs = purse(&backend).await?;
    let mut lines = Vec::new();
    let done = cqrs.export().decoded().write(&mut lines).await?;
    assert_eq!((done.events, done.bytes), (4, lines.len() as u64));
    assert!(done.is_complete);
    let expected = [
        "null",
        r#"1 1 "purse.put" 1 {"coins":5}"#,
        r#"2 1 2 2 "purse.put" 1 {"coins":10}"#,
        r#"2 2 2 2 "purse.taken" 1 {"coins":3}"#,
        r#"6 6 "purse.taken" 1 {"coins":4}"#,
        "null",
    ];
    assert_eq!(shapes(&lines)?, expected);
    let text = std::str::from_utf8(&lines)?;
    assert!(text.starts_with("{\"cqrs_decoded_log\":1}\n"), "{text}");
    assert!(
        text.ends_with("{\"end\":{\"events\":4,\"position\":6}}\n"),
        "{text}"
    );
    let told: Vec<_> = text.lines().collect();
    let recorded = super::backend::log_of(&cqrs).await?;
    for (line, recorded) in [(1, &recorded[0]), (2, &recorded[1]), (3, &recorded[1])] {
        let line: serde_json::Value = serde_json::from_str(told[line])?;
        assert_eq!(line["event_id"], recorded.event_id.to_string());
        assert_eq!(line["stream"], "purse-1");
    }
    // It is no log, and nobody takes it for one.
    let refused = Import::check().read(&lines[..]).await.unwrap_err();
    let expected = "line 1 is no line of an exported log";
    assert_eq!(refused.to_string(), expected);
    // The export of what is recorded is another one.
    let mut raw = Vec::new();
    assert_eq!(cqrs.export().write(&mut raw).await?.events, 7);
    assert!(std::str::from_utf8(&raw)?.contains("purse.turned"));
    Ok(())
}

async fn a_decoded_export_tells_what_nobody_can_read<B: Backend>() -> Checked {
    let backend = B::fresh().await;
    let cqrs = purse(&backend).await?;
    record(&cqrs, "box-1", "box.opened", "{}").await?;
    let decoded = || cqrs.export().decoded();
    let error = decoded().write(Vec::new()).await.unwrap_err();
    assert!(matches!(error, ExportError::Unknown { .. }), "{error}");
    assert_eq!(
        error.to_string(),
        "nobody in the application knows event box.opened at position 8: export only what is known, or a category"
    );
    assert_eq!(decoded().known_only().write(Vec::new()).await?.events, 4);
    let purses = cqrs.export().category(Category::from_static("purse"));
    assert_eq!(purses.decoded().write(Vec::new()).await?.events, 4);
    record(&cqrs, "purse-1", "purse.turned", r#"{"put":1}"#).await?;
    let error = decoded().known_only().write(Vec::new()).await.unwrap_err();
    let expected = "the event at position 9 can't be read with today's code";
    assert_eq!(error.to_string(), expected);
    Ok(())
}

/// Who asks for one of the parts.
#[derive(EventSet, Clone, Debug, PartialEq)]
enum Puts {
    Put(Put),
}

async fn a_typed_subscription_stands_behind_whole_events<B: Backend>() -> Checked {
    let backend = B::fresh().await;
    let cqrs = purse(&backend).await?;
    let mut all = cqrs.subscribe_to::<PurseEvent>(Position::START).page(2);
    let mut told = Vec::new();
    loop {
        match all.next().await? {
            Delivery::Event(event) => {
                told.push((
                    event.position.get(),
                    event.part.number(),
                    all.position().get(),
                ));
            }
            Delivery::CaughtUp(position) => {
                assert_eq!((position, all.position().get()), (position, 7));
                break;
            }
        }
    }
    // Position, part, and from where one goes on: not between the parts.
    assert_eq!(told, [(1, 1, 1), (2, 1, 1), (2, 2, 2), (6, 1, 6)]);
    // Whoever stopped between the parts gets both again, whoever stopped behind them none.
    for (after, parts) in [(1, [1, 2].as_slice()), (2, &[])] {
        let mut again = cqrs.subscribe_to::<PurseEvent>(Position::new(after)?);
        let mut found = Vec::new();
        while let Delivery::Event(event) = again.next().await? {
            if event.position.get() == 2 {
                found.push(event.part.number());
            }
        }
        assert_eq!(found, parts);
    }
    let mut puts = cqrs.subscribe_to::<Puts>(Position::START);
    let mut told = Vec::new();
    while let Delivery::Event(event) = puts.next().await? {
        told.push((event.position.get(), event.part.of(), puts.position().get()));
    }
    assert_eq!(told, [(1, 1, 1), (2, 2, 2)], "all of it that the set has");
    // What comes is delivered, and what can't be read is told and passed over.
    record(&cqrs, "purse-1", "purse.turned", "{}").await?;
    record(&cqrs, "purse-1", "purse.put", r#"{"coins":1}"#).await?;
    assert!(matches!(all.next().await, Err(ReadError::Decode(_))));
    assert_eq!(all.position().get(), 8);
    let Delivery::Event(event) = all.next().await? else {
        return Err("an event comes".into());
    };
    assert_eq!(event.event, PurseEvent::Put(Put { coins: 1 }));
    assert_eq!(event.position, all.position());
    Ok(())
}

on_each_backend!(
    verify_folds_them_and_knows_their_names,
    the_past_has_all_parts_of_an_event_or_none,
    a_decision_about_a_part_is_compared_with_that_part,
    a_part_is_repaired_once,
    a_decoded_export_has_the_shapes_of_today,
    a_decoded_export_tells_what_nobody_can_read,
    a_typed_subscription_stands_behind_whole_events,
);
