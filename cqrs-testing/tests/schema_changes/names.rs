//! Events come, go, and get other names.

use cqrs_core::prelude::*;

use crate::change::change;

change! { an_event_is_new,
    before {
        #[derive(EventSet, Serialize, Deserialize)]
        pub(super) enum Set { #[event(name = "opened")] Opened { owner: String } }
    },
    after {
        #[derive(EventSet, Serialize, Deserialize)]
        pub(super) enum Set {
            #[event(name = "opened")]
            Opened { owner: String },
            #[event(name = "closed")]
            Closed,
        }
    },
    |change| {
        change.wants("closed version 1 is not in events.lock yet", &["closed version 1", "  = {}"]);
    }
}

change! { an_event_has_vanished,
    before {
        #[derive(EventSet, Serialize, Deserialize)]
        pub(super) enum Set {
            #[event(name = "opened")]
            Opened { owner: String },
            #[event(name = "closed")]
            Closed,
        }
    },
    after {
        #[derive(EventSet, Serialize, Deserialize)]
        pub(super) enum Set { #[event(name = "opened")] Opened { owner: String } }
    },
    |change| {
        change.breaks(r#"closed version 1 is in events.lock, and no event has this name any more. Where it went, say by `alias = "closed"` or by an upcaster; one that returns nothing says that it means nothing any more"#).refuses("closed", 1, "{}", "event closed at position 0 (stream a-1, version 1) has a name that is not known here; known are opened");
    }
}

change! { an_event_has_another_name_in_rust_alone,
    before {
        #[derive(EventSet, Serialize, Deserialize)]
        pub(super) enum Set { #[event(name = "opened")] Opened { owner: String } }
    },
    after {
        #[derive(Event, Serialize, Deserialize)]
        #[event(name = "opened")]
        pub(super) struct AccountOpened { owner: String }

        #[derive(EventSet)]
        pub(super) enum Set { Begun(AccountOpened) }
    },
    |change| {
        change.holds();
    }
}

change! { an_event_gets_another_name_without_an_alias,
    before {
        #[derive(EventSet, Serialize, Deserialize)]
        pub(super) enum Set { #[event(name = "created")] Opened { owner: String } }
    },
    after {
        #[derive(EventSet, Serialize, Deserialize)]
        pub(super) enum Set { #[event(name = "opened")] Opened { owner: String } }
    },
    |change| {
        change.breaks(r#"created version 1 is in events.lock, and no event has this name any more. Where it went, say by `alias = "created"` or by an upcaster; one that returns nothing says that it means nothing any more"#);
    }
}

change! { an_event_gets_another_name_with_an_alias,
    before {
        #[derive(EventSet, Serialize, Deserialize)]
        pub(super) enum Set { #[event(name = "created")] Opened { owner: String } }
    },
    after {
        #[derive(EventSet, Serialize, Deserialize)]
        pub(super) enum Set { #[event(name = "opened", alias = "created")] Opened { owner: String } }
    },
    |change| {
        change.wants("opened version 1 is not in events.lock yet", &["opened version 1"]).reads("created", 1, r#"{"owner":"ada"}"#, &[r#"opened 1 {"owner":"ada"}"#]);
    }
}

change! { an_event_goes_back_to_an_older_version,
    before {
        #[derive(EventSet, Serialize, Deserialize)]
        pub(super) enum Set { #[event(name = "closed", version = 2, oldest = 2)] Closed }
    },
    after {
        #[derive(EventSet, Serialize, Deserialize)]
        pub(super) enum Set { #[event(name = "closed")] Closed }
    },
    |change| {
        change.breaks("closed version 2 is in events.lock, and is not read any more: event closed has schema version 2, this code knows versions up to 1: deploy the newer code
    {}").refuses("closed", 2, "{}", "event closed at position 0 (stream a-1, version 1) has schema version 2, this code knows versions up to 1: deploy the newer code");
    }
}

change! { an_event_gets_a_version_that_claims_to_be_the_first,
    before {
        #[derive(EventSet, Serialize, Deserialize)]
        pub(super) enum Set { #[event(name = "closed")] Closed }
    },
    after {
        #[derive(EventSet, Serialize, Deserialize)]
        pub(super) enum Set { #[event(name = "closed", version = 2, oldest = 2)] Closed { why: String } }
    },
    |change| {
        change.breaks("closed version 1 is in events.lock, and is not read any more: event closed has schema version 1, this code reads versions from 2 on: give it a `previous`, or an upcaster
    {}").refuses("closed", 1, "{}", "event closed at position 0 (stream a-1, version 1) has schema version 1, this code reads versions from 2 on: give it a `previous`, or an upcaster");
    }
}

change! { a_type_of_a_previous_version_is_changed,
    before {
        #[derive(EventSet, Serialize, Deserialize)]
        pub(super) enum Set { #[event(name = "opened")] Opened { owner: String } }
    },
    after {
        #[derive(Event, Serialize, Deserialize)]
        #[event(name = "opened")]
        pub(super) struct OpenedV1 { name: String }

        #[derive(Event, Serialize, Deserialize)]
        #[event(name = "opened", version = 2, previous = OpenedV1)]
        pub(super) struct Opened { owner: String }

        impl From<OpenedV1> for Opened {
            fn from(old: OpenedV1) -> Self { Self { owner: old.name } }
        }

        #[derive(EventSet)]
        pub(super) enum Set { Opened(Opened) }
    },
    |change| {
        change.breaks_its_shape("opened", "  - owner: string
  + name: string", r#"missing field `name` at line 1 column 16
    {"owner":"text"}"#);
    }
}
