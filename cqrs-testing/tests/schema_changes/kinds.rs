//! One event becomes another, none, or several.

use cqrs_core::encoding::upcast::{EventJson, OldEvent, Upcasted, Upcaster};
use cqrs_core::prelude::*;

use crate::change::change;

change! { a_field_moves_into_an_object_by_an_upcaster,
    before {
        #[derive(EventSet, Serialize, Deserialize)]
        pub(super) enum Set { #[event(name = "placed")] Placed { street: String, zip: u32 } }
    },
    after {
        const PLACED_V1: Upcaster = Upcaster::new("placed", 1, address);

        fn address(old: &mut OldEvent<'_>) -> Upcasted {
            let (street, zip): (String, u32) = (old.take("street")?, old.take("zip")?);
            old.set("address", serde_json::json!({ "street": street, "zip": zip }))?;
            old.as_next_version()
        }

        #[derive(EventField, Serialize, Deserialize)]
        pub(super) struct Address { street: String, zip: u32 }

        #[derive(EventSet, Serialize, Deserialize)]
        pub(super) enum Set { #[event(name = "placed", version = 2, upcasters(PLACED_V1))] Placed { address: Address } }
    },
    |change| {
        change.wants("placed version 2 is not in events.lock yet", &["placed version 2", "    address: object", "      street: string", "      zip: u32", r#"  = {"address":{"street":"text","zip":5000007}}"#, r#"  = {"address":{"street":"","zip":0}}"#]).reads("placed", 1, r#"{"street":"s","zip":1}"#, &[r#"placed 2 {"address":{"street":"s","zip":1}}"#]);
    }
}

change! { an_upcaster_does_not_fit_what_was_recorded,
    before {
        #[derive(EventSet, Serialize, Deserialize)]
        pub(super) enum Set { #[event(name = "opened")] Opened { name: String } }
    },
    after {
        const OPENED_V1: Upcaster = Upcaster::new("opened", 1, owner);

        fn owner(old: &mut OldEvent<'_>) -> Upcasted {
            old.rename("nmae", "owner")?;
            old.as_next_version()
        }

        #[derive(EventSet, Serialize, Deserialize)]
        pub(super) enum Set { #[event(name = "opened", version = 2, upcasters(OPENED_V1))] Opened { owner: String } }
    },
    |change| {
        change.breaks(r#"opened version 1 is in events.lock, and is not read any more: the upcaster finds no field `nmae` in the payload
    {"name":"text"}"#).refuses("opened", 1, r#"{"name":"ada"}"#, "event opened at position 0 (stream a-1, version 1) can't be upcasted from version 1: the upcaster finds no field `nmae` in the payload");
    }
}

change! { one_event_becomes_two,
    before {
        #[derive(EventSet, Serialize, Deserialize)]
        pub(super) enum Set { #[event(name = "moved")] Moved { from: u32, to: u32 } }
    },
    after {
        const MOVED: Upcaster = Upcaster::new("moved", 1, two);

        fn two(old: &mut OldEvent<'_>) -> Upcasted {
            let (left, entered) = (Left { from: old.get("from")? }, Entered { to: old.get("to")? });
            Ok(vec![EventJson::of(&left)?, EventJson::of(&entered)?])
        }

        #[derive(Event, Serialize, Deserialize)]
        #[event(name = "left", upcasters(MOVED))]
        pub(super) struct Left { from: u32 }

        #[derive(Event, Serialize, Deserialize)]
        #[event(name = "entered", upcasters(MOVED))]
        pub(super) struct Entered { to: u32 }

        #[derive(EventSet)]
        pub(super) enum Set { Left(Left), Entered(Entered) }
    },
    |change| {
        change.wants("entered version 1 is not in events.lock yet

left version 1 is not in events.lock yet", &["entered version 1", r#"  = {"to":5000007}"#, r#"  = {"to":0}"#, "left version 1", r#"  = {"from":5000007}"#, r#"  = {"from":0}"#]).reads("moved", 1, r#"{"from":1,"to":2}"#, &[r#"left 1 {"from":1}"#, r#"entered 1 {"to":2}"#]);
    }
}

change! { one_event_becomes_two_of_which_the_set_has_one,
    before {
        #[derive(EventSet, Serialize, Deserialize)]
        pub(super) enum Set { #[event(name = "moved")] Moved }
    },
    after {
        const MOVED: Upcaster = Upcaster::new("moved", 1, two);

        fn two(_: &mut OldEvent<'_>) -> Upcasted {
            Ok(vec![EventJson::of(&Left)?, EventJson::of(&Entered)?])
        }

        #[derive(Event, Serialize, Deserialize)]
        #[event(name = "left", upcasters(MOVED))]
        pub(super) struct Left;

        #[derive(Event, Serialize, Deserialize)]
        #[event(name = "entered", upcasters(MOVED))]
        pub(super) struct Entered;

        #[derive(EventSet)]
        pub(super) enum Set { Left(Left) }
    },
    |change| {
        change.breaks("moved version 1 is in events.lock, and is not read any more: event entered has a name that is not known here; known are left
    {}");
    }
}

change! { one_event_has_no_meaning_any_more,
    before {
        #[derive(EventSet, Serialize, Deserialize)]
        pub(super) enum Set {
            #[event(name = "opened")]
            Opened { owner: String },
            #[event(name = "looked-at")]
            LookedAt,
        }
    },
    after {
        const LOOKED_AT: Upcaster = Upcaster::new("looked-at", 1, |_| Ok(vec![]));

        #[derive(EventSet, Serialize, Deserialize)]
        pub(super) enum Set { #[event(name = "opened", upcasters(LOOKED_AT))] Opened { owner: String } }
    },
    |change| {
        change.holds().reads("looked-at", 1, "{}", &[]);
    }
}

change! { upcasters_run_in_a_circle,
    before {
        #[derive(EventSet, Serialize, Deserialize)]
        pub(super) enum Set { #[event(name = "left")] Left }
    },
    after {
        const LEFT: Upcaster = Upcaster::new("left", 1, |old| {
            let name = cqrs_core::words::event::EventName::from_static("gone");
            let version = cqrs_core::words::event::SchemaVersion::FIRST;
            Ok(vec![EventJson::new(name, version, old.payload_mut().take())])
        });
        const GONE: Upcaster = Upcaster::new("gone", 1, |old| {
            let name = cqrs_core::words::event::EventName::from_static("left");
            let version = cqrs_core::words::event::SchemaVersion::FIRST;
            Ok(vec![EventJson::new(name, version, old.payload_mut().take())])
        });

        #[derive(EventSet, Serialize, Deserialize)]
        pub(super) enum Set { #[event(name = "entered", upcasters(LEFT, GONE))] Entered }
    },
    |change| {
        change.breaks("left version 1 is in events.lock, and is not read any more: upcasters lead back to what they began with
    {}");
    }
}

change! { a_chain_of_types_goes_on_from_an_upcaster,
    before {
        #[derive(EventSet, Serialize, Deserialize)]
        pub(super) enum Set { #[event(name = "opened")] Opened { name: String } }
    },
    after {
        const OPENED_V1: Upcaster = Upcaster::new("opened", 1, |old| {
            old.rename("name", "owner")?;
            old.as_next_version()
        });

        #[derive(Event, Serialize, Deserialize)]
        #[event(name = "opened", version = 2, oldest = 2)]
        pub(super) struct OpenedV2 { owner: String }

        #[derive(Event, Serialize, Deserialize)]
        #[event(name = "opened", version = 3, previous = OpenedV2, upcasters(OPENED_V1))]
        pub(super) struct Opened { owner: String, currency: String }

        impl From<OpenedV2> for Opened {
            fn from(old: OpenedV2) -> Self { Self { owner: old.owner, currency: "EUR".into() } }
        }

        #[derive(EventSet)]
        pub(super) enum Set { Opened(Opened) }
    },
    |change| {
        change.wants("opened version 2 is not in events.lock yet

opened version 3 is not in events.lock yet", &["opened version 2", "    owner: string", r#"  = {"owner":"text"}"#, r#"  = {"owner":""}"#, "opened version 3", "    currency: string", "    owner: string", r#"  = {"currency":"text","owner":"text"}"#, r#"  = {"currency":"","owner":""}"#]).reads("opened", 1, r#"{"name":"ada"}"#, &[r#"opened 3 {"owner":"ada","currency":"EUR"}"#]);
    }
}
