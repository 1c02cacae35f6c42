//! Fields come, go, and get other names.

use cqrs_core::prelude::*;

use crate::change::change;

change! { a_field_is_added_without_a_default,
    before {
        #[derive(EventSet, Serialize, Deserialize)]
        pub(super) enum Set { #[event(name = "opened")] Opened { owner: String } }
    },
    after {
        #[derive(EventSet, Serialize, Deserialize)]
        pub(super) enum Set { #[event(name = "opened")] Opened { owner: String, currency: String } }
    },
    |change| {
        change.breaks_its_shape("opened", "  + currency: string
    owner: string", r#"missing field `currency` at line 1 column 16
    {"owner":"text"}"#);
    }
}

change! { an_optional_field_is_added,
    before {
        #[derive(EventSet, Serialize, Deserialize)]
        pub(super) enum Set { #[event(name = "opened")] Opened { owner: String } }
    },
    after {
        #[derive(EventSet, Serialize, Deserialize)]
        pub(super) enum Set { #[event(name = "opened")] Opened { owner: String, note: Option<String> } }
    },
    |change| {
        change.alters_its_shape("opened", "  + note: optional string
    owner: string", &["    note: optional string", r#"  = {"note":"text","owner":"text"}"#, r#"  = {"note":null,"owner":""}"#]).reads("opened", 1, r#"{"owner":"ada"}"#, &[r#"opened 1 {"owner":"ada","note":null}"#]);
    }
}

change! { a_field_with_a_default_is_added,
    before {
        #[derive(EventSet, Serialize, Deserialize)]
        pub(super) enum Set { #[event(name = "opened")] Opened { owner: String } }
    },
    after {
        #[derive(EventSet, Serialize, Deserialize)]
        pub(super) enum Set { #[event(name = "opened")] Opened { owner: String, #[serde(default)] limit: i64 } }
    },
    |change| {
        change.alters_its_shape("opened", "  + limit (default): i64
    owner: string", &["    limit (default): i64", r#"  = {"limit":5000000000007,"owner":"text"}"#, r#"  = {"limit":-5000000000007,"owner":""}"#]).reads("opened", 1, r#"{"owner":"ada"}"#, &[r#"opened 1 {"owner":"ada","limit":0}"#]);
    }
}

change! { a_field_is_added_in_a_new_version,
    before {
        #[derive(EventSet, Serialize, Deserialize)]
        pub(super) enum Set { #[event(name = "opened")] Opened { owner: String } }
    },
    after {
        #[derive(Event, Serialize, Deserialize)]
        #[event(name = "opened")]
        pub(super) struct OpenedV1 { owner: String }

        #[derive(EventSet, Serialize, Deserialize)]
        pub(super) enum Set { #[event(name = "opened", version = 2, previous = OpenedV1)] Opened { owner: String, currency: String } }

        impl From<OpenedV1> for Set {
            fn from(old: OpenedV1) -> Self { Self::Opened { owner: old.owner, currency: "EUR".into() } }
        }
    },
    |change| {
        change.wants("opened version 2 is not in events.lock yet", &["opened version 2", "    currency: string", r#"  = {"currency":"text","owner":"text"}"#, r#"  = {"currency":"","owner":""}"#]).reads("opened", 1, r#"{"owner":"ada"}"#, &[r#"opened 2 {"owner":"ada","currency":"EUR"}"#]);
    }
}

change! { a_field_is_removed,
    before {
        #[derive(EventSet, Serialize, Deserialize)]
        pub(super) enum Set { #[event(name = "opened")] Opened { owner: String, branch: u32 } }
    },
    after {
        #[derive(EventSet, Serialize, Deserialize)]
        pub(super) enum Set { #[event(name = "opened")] Opened { owner: String } }
    },
    |change| {
        change.alters_its_shape("opened", "  - branch: u32
    owner: string", &[r#"  = {"owner":"text"}"#, r#"  = {"owner":""}"#]).reads("opened", 1, r#"{"owner":"ada","branch":7}"#, &[r#"opened 1 {"owner":"ada"}"#]);
    }
}

change! { a_field_gets_another_name,
    before {
        #[derive(EventSet, Serialize, Deserialize)]
        pub(super) enum Set { #[event(name = "opened")] Opened { name: String } }
    },
    after {
        #[derive(EventSet, Serialize, Deserialize)]
        pub(super) enum Set { #[event(name = "opened")] Opened { owner: String } }
    },
    |change| {
        change.breaks_its_shape("opened", "  - name: string
  + owner: string", r#"missing field `owner` at line 1 column 15
    {"name":"text"}"#);
    }
}

change! { a_field_gets_another_name_in_rust_alone,
    before {
        #[derive(EventSet, Serialize, Deserialize)]
        pub(super) enum Set { #[event(name = "opened")] Opened { name: String } }
    },
    after {
        #[derive(EventSet, Serialize, Deserialize)]
        pub(super) enum Set { #[event(name = "opened")] Opened { #[serde(rename = "name")] owner: String } }
    },
    |change| {
        change.holds().reads("opened", 1, r#"{"name":"ada"}"#, &[r#"opened 1 {"name":"ada"}"#]);
    }
}

change! { a_field_keeps_its_old_name_as_an_alias_of_serde,
    before {
        #[derive(EventSet, Serialize, Deserialize)]
        pub(super) enum Set { #[event(name = "opened")] Opened { name: String } }
    },
    after {
        #[derive(EventSet, Serialize, Deserialize)]
        pub(super) enum Set { #[event(name = "opened")] Opened { #[serde(alias = "name")] owner: String } }
    },
    |change| {
        change.alters_its_shape("opened", "  - name: string
  + owner or name: string", &["    owner or name: string", r#"  = {"owner":"text"}"#, r#"  = {"owner":""}"#]).reads("opened", 1, r#"{"name":"ada"}"#, &[r#"opened 1 {"owner":"ada"}"#]);
    }
}

change! { all_fields_get_another_case,
    before {
        #[derive(EventSet, Serialize, Deserialize)]
        pub(super) enum Set { #[event(name = "opened")] Opened { first_owner: String } }
    },
    after {
        #[derive(EventSet, Serialize, Deserialize)]
        #[serde(rename_all_fields = "camelCase")]
        pub(super) enum Set { #[event(name = "opened")] Opened { first_owner: String } }
    },
    |change| {
        change.breaks_its_shape("opened", "  - first_owner: string
  + firstOwner: string", r#"missing field `firstOwner` at line 1 column 22
    {"first_owner":"text"}"#);
    }
}

change! { fields_change_their_order,
    before {
        #[derive(EventSet, Serialize, Deserialize)]
        pub(super) enum Set { #[event(name = "moved")] Moved { from: u32, to: u32 } }
    },
    after {
        #[derive(EventSet, Serialize, Deserialize)]
        pub(super) enum Set { #[event(name = "moved")] Moved { to: u32, from: u32 } }
    },
    |change| {
        change.holds().reads("moved", 1, r#"{"from":1,"to":2}"#, &[r#"moved 1 {"to":2,"from":1}"#]);
    }
}

change! { the_parts_of_a_tuple_change_their_order,
    before {
        #[derive(EventSet, Serialize, Deserialize)]
        pub(super) enum Set { #[event(name = "moved")] Moved(u32, String) }
    },
    after {
        #[derive(EventSet, Serialize, Deserialize)]
        pub(super) enum Set { #[event(name = "moved")] Moved(String, u32) }
    },
    |change| {
        change.breaks_its_shape("moved", "  - (u32, string)
  + (string, u32)", r#"invalid type: integer `5000007`, expected a string at line 1 column 8
    [5000007,"text"]"#);
    }
}

change! { a_field_is_left_out_when_it_is_empty,
    before {
        #[derive(EventSet, Serialize, Deserialize)]
        pub(super) enum Set { #[event(name = "noted")] Noted { note: Option<String> } }
    },
    after {
        #[derive(EventSet, Serialize, Deserialize)]
        pub(super) enum Set { #[event(name = "noted")] Noted { #[serde(skip_serializing_if = "Option::is_none")] note: Option<String> } }
    },
    |change| {
        change.alters_its_shape("noted", "  - note: optional string
  + note (may be left out): optional string", &["    note (may be left out): optional string", "  = {}"]).reads("noted", 1, r#"{"note":null}"#, &["noted 1 {}"]);
    }
}

change! { a_struct_of_fields_is_flattened,
    before {
        #[derive(EventSet, Serialize, Deserialize)]
        pub(super) enum Set { #[event(name = "placed")] Placed { street: String, zip: u32 } }
    },
    after {
        #[derive(EventField, Serialize, Deserialize)]
        pub(super) struct Address { street: String, zip: u32 }

        #[derive(EventSet, Serialize, Deserialize)]
        pub(super) enum Set { #[event(name = "placed")] Placed { #[serde(flatten)] address: Address } }
    },
    |change| {
        change.holds().reads("placed", 1, r#"{"street":"s","zip":1}"#, &[r#"placed 1 {"street":"s","zip":1}"#]);
    }
}
