//! Which changes of the code make the snapshots that are there useless.

use std::collections::BTreeMap;

use cqrs_core::ports::store::EventStore;
use cqrs_core::prelude::*;
use cqrs_core::words::fingerprint::Fingerprint;
use cqrs_memory::Memory;
use cqrs_testing::FaultyStore;

use super::domain::{BoxError, Checked, METER, MeterId, application, kept, kept_version};

#[derive(Event, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[event(name = "meter.units_used")]
struct UnitsUsed {
    units: u64,
}

#[derive(Event, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[event(name = "meter.units_used", version = 2, oldest = 2)]
struct UnitsUsedV2 {
    units: u64,
}

#[derive(Event, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[event(name = "meter.units_taken")]
struct UnitsTaken {
    units: u64,
}

fn fingerprint<A: Aggregate>() -> Result<Fingerprint, BoxError> {
    let policy = A::SNAPSHOTS.ok_or("it has snapshots")?;
    Ok(policy.fingerprint())
}

/// A meter: its module, its name, its manual version, its state, and its only `impl`.
macro_rules! meter {
    ($module:ident, $name:literal, version = $version:literal, $event:ident, { $($state:tt)* }, { $($apply:tt)* }) => {
        mod $module {
            use cqrs_core::prelude::*;
            use super::{MeterId, $event};

            #[derive(Aggregate, Serialize, Deserialize, Default, Debug)]
            #[aggregate(name = $name, id = MeterId, events($event))]
            #[aggregate(snapshot(every = 10, version = $version))]
            pub(super) struct Meter { $($state)* }

            #[apply]
            impl Apply<$event> for Meter { $($apply)* }
        }
    };
}

meter!(plain, "meter", version = 1, UnitsUsed, { pub(super) units: u64 }, {
    fn apply(&mut self, event: &UnitsUsed) {
        self.units += event.units;
    }
});
// Another layout, and words for the reader only.
meter!(laid_out_otherwise, "meter", version = 1, UnitsUsed, {
    /// Since ever.
    pub(super) units:
        u64
}, {
    /// Adds.
    fn apply(&mut self, event: &UnitsUsed) { /* one more */ self.units += event.units; }
});
meter!(another_number, "meter", version = 1, UnitsUsed, { pub(super) units: u64 }, {
    fn apply(&mut self, event: &UnitsUsed) {
        self.units += event.units + 1;
    }
});
meter!(another_operator, "meter", version = 1, UnitsUsed, { pub(super) units: u64 }, {
    fn apply(&mut self, event: &UnitsUsed) {
        self.units |= event.units;
    }
});
meter!(another_name_of_a_variable, "meter", version = 1, UnitsUsed, { pub(super) units: u64 }, {
    fn apply(&mut self, used: &UnitsUsed) {
        self.units += used.units;
    }
});
meter!(another_field, "meter", version = 1, UnitsUsed, { pub(super) units: u64, pub(super) last: u64 }, {
    fn apply(&mut self, event: &UnitsUsed) {
        self.units += event.units;
    }
});
meter!(another_type, "meter", version = 1, UnitsUsed, { pub(super) units: u128 }, {
    fn apply(&mut self, event: &UnitsUsed) {
        self.units += u128::from(event.units);
    }
});
meter!(only_another_type, "meter", version = 1, UnitsUsed, { pub(super) units: usize }, {
    fn apply(&mut self, _: &UnitsUsed) {}
});
meter!(without_another_type, "meter", version = 1, UnitsUsed, { pub(super) units: u64 }, {
    fn apply(&mut self, _: &UnitsUsed) {}
});
meter!(another_attribute, "meter", version = 1, UnitsUsed, { #[serde(rename = "u")] pub(super) units: u64 }, {
    fn apply(&mut self, event: &UnitsUsed) {
        self.units += event.units;
    }
});
meter!(another_manual_version, "meter", version = 2, UnitsUsed, { pub(super) units: u64 }, {
    fn apply(&mut self, event: &UnitsUsed) {
        self.units += event.units;
    }
});
meter!(another_aggregate, "gauge", version = 1, UnitsUsed, { pub(super) units: u64 }, {
    fn apply(&mut self, event: &UnitsUsed) {
        self.units += event.units;
    }
});
// The fingerprint of the `impl` has the name of the type in it; the version of the event is beside it.
meter!(another_version_of_the_event, "meter", version = 1, UnitsUsedV2, { pub(super) units: u64 }, {
    fn apply(&mut self, event: &UnitsUsedV2) {
        self.units += event.units;
    }
});
meter!(another_event, "meter", version = 1, UnitsTaken, { pub(super) units: u64 }, {
    fn apply(&mut self, event: &UnitsTaken) {
        self.units += event.units;
    }
});

#[test]
fn each_change_of_the_code_is_another_fingerprint() -> Checked {
    let all = [
        ("plain", fingerprint::<plain::Meter>()?),
        ("number", fingerprint::<another_number::Meter>()?),
        ("operator", fingerprint::<another_operator::Meter>()?),
        (
            "variable",
            fingerprint::<another_name_of_a_variable::Meter>()?,
        ),
        ("field", fingerprint::<another_field::Meter>()?),
        ("type", fingerprint::<another_type::Meter>()?),
        ("only type", fingerprint::<only_another_type::Meter>()?),
        ("not type", fingerprint::<without_another_type::Meter>()?),
        ("attribute", fingerprint::<another_attribute::Meter>()?),
        (
            "manual version",
            fingerprint::<another_manual_version::Meter>()?,
        ),
        ("aggregate", fingerprint::<another_aggregate::Meter>()?),
        (
            "version of the event",
            fingerprint::<another_version_of_the_event::Meter>()?,
        ),
        ("event", fingerprint::<another_event::Meter>()?),
    ];
    let mut seen = BTreeMap::new();
    for (change, fingerprint) in all {
        let before = seen.insert(fingerprint.get(), change);
        assert_eq!(before, None, "{change} is no change");
    }
    assert_eq!(seen.len(), all.len());
    Ok(())
}

#[test]
fn neither_layout_nor_comments_are_a_change() -> Checked {
    assert_eq!(
        fingerprint::<plain::Meter>()?,
        fingerprint::<laid_out_otherwise::Meter>()?
    );
    Ok(())
}

/// Records ten events and their snapshot by the plain code, and loads with this code: how many reads, and the number.
async fn load_after_change<A: Aggregate<Id = MeterId>>(
    units: impl Fn(&A) -> u64,
) -> Result<(usize, u64, Memory), BoxError> {
    let memory = Memory::new();
    let store = FaultyStore::new(memory.clone());
    let before = application::<plain::Meter>(store.clone()).await?;
    record(&store).await?;
    before.take_snapshot::<plain::Meter>(&METER).await?;
    assert_eq!(kept_version(&memory).await?, 10);

    let cqrs = application::<A>(store.clone()).await?;
    let reads = store.reads();
    let meter = cqrs.repository::<A>().load(&METER).await?;
    let reads = store.reads() - reads;
    cqrs.snapshots_taken().await;
    Ok((reads, units(&meter), memory))
}

async fn record(store: &impl EventStore) -> Checked {
    use cqrs_core::encoding::event::EventSet;
    use cqrs_core::ports::append::Append;
    use cqrs_core::words::event::NewEvent;
    use cqrs_core::words::version::ExpectedVersion;
    let mut events = Vec::new();
    for units in 1..=10 {
        let encoded = plain::MeterEvent::from(UnitsUsed { units }).encode()?;
        events.push(NewEvent::new(encoded.name, encoded.payload));
    }
    let stream = plain::Meter::stream(&METER)?;
    let append = Append::to(stream, ExpectedVersion::NoStream, events);
    store.append(append).await?;
    Ok(())
}

#[tokio::test]
async fn snapshots_of_other_code_are_not_used_and_are_replaced() -> Checked {
    let (reads, units, _) = load_after_change::<plain::Meter>(|meter| meter.units).await?;
    assert_eq!((reads, units), (1, 55), "the code is the same");
    let (reads, units, _) =
        load_after_change::<laid_out_otherwise::Meter>(|meter| meter.units).await?;
    assert_eq!((reads, units), (1, 55), "the code is the same");

    let (reads, units, store) =
        load_after_change::<another_number::Meter>(|meter| meter.units).await?;
    assert_eq!((reads, units), (4, 65), "ten events, three at a time");
    let now = kept(&store).await?.ok_or("it was replaced")?;
    assert_eq!(now.fingerprint, fingerprint::<another_number::Meter>()?);

    let (reads, units, _) =
        load_after_change::<another_field::Meter>(|meter| meter.units + meter.last).await?;
    assert_eq!((reads, units), (4, 55), "another field");
    let (reads, units, _) =
        load_after_change::<another_manual_version::Meter>(|meter| meter.units).await?;
    assert_eq!((reads, units), (4, 55), "another manual version");
    Ok(())
}
