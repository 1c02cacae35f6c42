//! Fields get other types.

use cqrs_core::prelude::*;

use crate::change::change;

change! { a_number_is_widened,
    before {
        #[derive(EventSet, Serialize, Deserialize)]
        pub(super) enum Set { #[event(name = "paid")] Paid { amount: u32 } }
    },
    after {
        #[derive(EventSet, Serialize, Deserialize)]
        pub(super) enum Set { #[event(name = "paid")] Paid { amount: u64 } }
    },
    |change| {
        change.alters_its_shape("paid", "  - amount: u32
  + amount: u64", &["    amount: u64", r#"  = {"amount":5000000000007}"#]).reads("paid", 1, r#"{"amount":7}"#, &[r#"paid 1 {"amount":7}"#]);
    }
}

change! { a_number_is_narrowed,
    before {
        #[derive(EventSet, Serialize, Deserialize)]
        pub(super) enum Set { #[event(name = "paid")] Paid { amount: i64 } }
    },
    after {
        #[derive(EventSet, Serialize, Deserialize)]
        pub(super) enum Set { #[event(name = "paid")] Paid { amount: i32 } }
    },
    |change| {
        change.breaks_its_shape("paid", "  - amount: i64
  + amount: i32", r#"invalid value: integer `5000000000007`, expected i32 at line 1 column 23
    {"amount":5000000000007}"#);
    }
}

change! { a_number_can_not_be_negative_any_more,
    before {
        #[derive(EventSet, Serialize, Deserialize)]
        pub(super) enum Set { #[event(name = "paid")] Paid { amount: i64 } }
    },
    after {
        #[derive(EventSet, Serialize, Deserialize)]
        pub(super) enum Set { #[event(name = "paid")] Paid { amount: u64 } }
    },
    |change| {
        change.breaks_its_shape("paid", "  - amount: i64
  + amount: u64", r#"invalid value: integer `-5000000000007`, expected u64 at line 1 column 24
    {"amount":-5000000000007}"#);
    }
}

change! { a_text_becomes_a_newtype,
    before {
        #[derive(EventSet, Serialize, Deserialize)]
        pub(super) enum Set { #[event(name = "opened")] Opened { owner: String } }
    },
    after {
        #[derive(EventField, Serialize, Deserialize)]
        pub(super) struct Owner(String);

        #[derive(EventSet, Serialize, Deserialize)]
        pub(super) enum Set { #[event(name = "opened")] Opened { owner: Owner } }
    },
    |change| {
        change.holds();
    }
}

change! { a_field_becomes_optional,
    before {
        #[derive(EventSet, Serialize, Deserialize)]
        pub(super) enum Set { #[event(name = "opened")] Opened { owner: String } }
    },
    after {
        #[derive(EventSet, Serialize, Deserialize)]
        pub(super) enum Set { #[event(name = "opened")] Opened { owner: Option<String> } }
    },
    |change| {
        change.alters_its_shape("opened", "  - owner: string
  + owner: optional string", &["    owner: optional string", r#"  = {"owner":null}"#]).reads("opened", 1, r#"{"owner":"ada"}"#, &[r#"opened 1 {"owner":"ada"}"#]);
    }
}

change! { an_optional_field_becomes_mandatory,
    before {
        #[derive(EventSet, Serialize, Deserialize)]
        pub(super) enum Set { #[event(name = "opened")] Opened { owner: Option<String> } }
    },
    after {
        #[derive(EventSet, Serialize, Deserialize)]
        pub(super) enum Set { #[event(name = "opened")] Opened { owner: String } }
    },
    |change| {
        change.breaks_its_shape("opened", "  - owner: optional string
  + owner: string", r#"invalid type: null, expected a string at line 1 column 13
    {"owner":null}"#);
    }
}

change! { an_enum_gets_a_variant,
    before {
        #[derive(EventField, Serialize, Deserialize)]
        pub(super) enum Kind { Personal }

        #[derive(EventSet, Serialize, Deserialize)]
        pub(super) enum Set { #[event(name = "opened")] Opened { kind: Kind } }
    },
    after {
        #[derive(EventField, Serialize, Deserialize)]
        pub(super) enum Kind { Personal, Business { name: String } }

        #[derive(EventSet, Serialize, Deserialize)]
        pub(super) enum Set { #[event(name = "opened")] Opened { kind: Kind } }
    },
    |change| {
        change.alters_its_shape("opened", "    kind: one of
  +   Business: object
  +     name: string
      Personal", &["      Business: object", "        name: string", r#"  = {"kind":{"Business":{"name":"text"}}}"#]);
    }
}

change! { an_enum_loses_a_variant,
    before {
        #[derive(EventField, Serialize, Deserialize)]
        pub(super) enum Kind { Personal, Business }

        #[derive(EventSet, Serialize, Deserialize)]
        pub(super) enum Set { #[event(name = "opened")] Opened { kind: Kind } }
    },
    after {
        #[derive(EventField, Serialize, Deserialize)]
        pub(super) enum Kind { Personal }

        #[derive(EventSet, Serialize, Deserialize)]
        pub(super) enum Set { #[event(name = "opened")] Opened { kind: Kind } }
    },
    |change| {
        change.breaks_its_shape("opened", "    kind: one of
  -   Business
      Personal", r#"unknown variant `Business`, expected `Personal` at line 1 column 18
    {"kind":"Business"}"#);
    }
}

change! { an_enum_is_tagged_otherwise,
    before {
        #[derive(EventField, Serialize, Deserialize)]
        pub(super) enum Kind { Business { name: String } }

        #[derive(EventSet, Serialize, Deserialize)]
        pub(super) enum Set { #[event(name = "opened")] Opened { kind: Kind } }
    },
    after {
        #[derive(EventField, Serialize, Deserialize)]
        #[serde(tag = "type")]
        pub(super) enum Kind { Business { name: String } }

        #[derive(EventSet, Serialize, Deserialize)]
        pub(super) enum Set { #[event(name = "opened")] Opened { kind: Kind } }
    },
    |change| {
        change.breaks_its_shape("opened", "  - kind: one of
  + kind: one of, by `type`
      Business: object
        name: string", r#"missing field `type` at line 1 column 36
    {"kind":{"Business":{"name":"text"}}}"#);
    }
}

change! { a_type_is_not_described,
    before {
        #[derive(EventSet, Serialize, Deserialize)]
        pub(super) enum Set { #[event(name = "opened")] Opened { owner: String } }
    },
    after {
        #[derive(Serialize, Deserialize)]
        pub(super) struct Owner(String);

        #[derive(EventSet, Serialize, Deserialize)]
        pub(super) enum Set { #[event(name = "opened")] Opened { owner: Owner, #[serde(with = "hours")] hours: u32 } }

        mod hours {
            pub(super) fn serialize<S: serde::Serializer>(hours: &u32, to: S) -> Result<S::Ok, S::Error> {
                to.collect_str(&format_args!("{hours} h"))
            }
            pub(super) fn deserialize<'de, D: serde::Deserializer<'de>>(from: D) -> Result<u32, D::Error> {
                let text = <String as serde::Deserialize>::deserialize(from)?;
                let number = text.strip_suffix(" h").and_then(|number| number.parse().ok());
                number.ok_or_else(|| serde::de::Error::custom("no hours"))
            }
        }
    },
    |change| {
        change.breaks(r#"opened version 1: field `owner`: `Owner` is not described: write `#[derive(EventField)]` on it, or `#[event_field(describe = "…", sample = "…")]` on the field

opened version 1: field `hours`: `u32` is not described: an attribute of serde converts it, so say to what: `#[event_field(describe = "…", sample = "…")]`

opened version 1 is in events.lock, and is not read any more: missing field `hours` at line 1 column 16
    {"owner":"text"}"#);
    }
}

change! { a_type_is_described_in_words,
    before {
        #[derive(EventSet, Serialize, Deserialize)]
        pub(super) enum Set { #[event(name = "rested")] Rested { hours: u32 } }
    },
    after {
        #[derive(Serialize, Deserialize)]
        pub(super) struct Hours(u32);

        #[derive(EventSet, Serialize, Deserialize)]
        pub(super) enum Set {
            #[event(name = "rested")]
            Rested { #[event_field(describe = "u32", sample = "5")] hours: Hours },
        }
    },
    |change| {
        change.holds();
    }
}

change! { a_description_is_not_what_serde_writes,
    before {
        #[derive(EventSet, Serialize, Deserialize)]
        pub(super) enum Set { #[event(name = "rested")] Rested }
    },
    after {
        #[derive(Serialize, Deserialize)]
        pub(super) struct Hours(u32);

        #[derive(EventSet, Serialize, Deserialize)]
        pub(super) enum Set {
            #[event(name = "rested")]
            Rested,
            #[event(name = "slept")]
            Slept { #[event_field(describe = "hours", sample = "\"5 h\"")] hours: Hours },
        }
    },
    |change| {
        change.breaks(r#"slept version 1: a sample made from its description does not read back: invalid type: string "5 h", expected u32 at line 1 column 14
    {"hours":"5 h"}
  Describe the field by `#[event_field(describe = "…", sample = "…")]`."#);
    }
}
