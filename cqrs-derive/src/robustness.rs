//! No input makes a macro panic, and what it generates can always be parsed.

use proc_macro2::{Group, TokenStream, TokenTree};
use syn::DeriveInput;

type Derive = fn(&DeriveInput) -> TokenStream;

const DERIVES: [Derive; 7] = [
    crate::aggregate_id::derive,
    crate::event::derive,
    crate::event_field::derive,
    crate::event_set::derive,
    crate::aggregate::derive,
    crate::command::derive,
    crate::command_set::derive,
];

const INPUTS: [&str; 11] = [
    "#[aggregate_id(crate = a::b)] struct Id(std::sync::Arc<str>);",
    r#"#[event(name = "a.b", version = 3, previous = a::B<u8>, alias("c", "d"), upcasters(a::E, F), oldest = 2, writes_previous = a::f)]
       #[serde(rename_all = "camelCase", deny_unknown_fields)] struct E { #[serde(rename(serialize = "a", deserialize = "b"), alias = "c", default)] t: Option<u8> }"#,
    r#"#[event_field(describe = "a", sample = "1", crate = a)] #[serde(tag = "t", content = "c", rename_all_fields = "kebab-case")]
       enum F<T> { #[serde(rename = "x")] A, B(T, #[serde(skip)] u8), C { #[event_field(describe = "b", sample = "2")] #[serde(flatten, with = "m")] d: T } }"#,
    r#"#[event(name = "a.b", version = 2, crate = a)] struct E<T: Clone> where T: Copy { #[tag("a")] #[tag("b")] t: Option<T>, u: u8 }"#,
    r#"#[event_set(crate = a)] #[serde(rename_all = "kebab-case", bound(serialize = "T: X"))]
       enum S<T> { #[event(name = "a", version = 1)] #[serde(alias = "x")] A { #[tag("b")] b: T }, B(#[tag("c")] C), D(a::D<T>), #[event(name = "e")] E }"#,
    r#"#[aggregate(name = "a", id = Id, error = E<T, U>, crate = a)]
       #[aggregate(events(#[cfg(feature = "x")] A, b::B as C,), event = Own, derive(Clone, a::Debug))] struct A<P: X>(P);"#,
    r#"#[aggregate(name = "a", id = Id, event = b::E<u8>)] enum A { #[default] B, C { d: u8 } }"#,
    r#"#[command(aggregate = A<B, C>, creates, reply = Map<K, V>, name = "a.b")] struct C { #[id] id: Id, by: i64 }"#,
    "#[command(aggregate = A)] enum C { #[command(any)] A(#[id] Id), #[command(creates)] B { #[id] id: Id }, C(u8, #[id] Id) }",
    "#[command(error = E<A, B>, reply = u8)] union C { a: u8 }",
    "#[command_set(crate = a)] enum S<T: X> where T: Y { A(a::B), C(D<T>), E { f: G }, H }",
];

/// The tokens with each one left out, doubled or replaced, at every depth.
fn damaged(tokens: &TokenStream) -> Vec<TokenStream> {
    let tokens: Vec<TokenTree> = tokens.clone().into_iter().collect();
    let with = |index: usize, instead: &[TokenTree]| -> TokenStream {
        let (before, after) = (&tokens[..index], &tokens[index + 1..]);
        [before, instead, after].concat().into_iter().collect()
    };
    let mut all = Vec::new();
    for (index, token) in tokens.iter().enumerate() {
        all.push(with(index, &[]));
        all.push(with(index, &[token.clone(), token.clone()]));
        for other in ["\"\"", "0", "=", ",", "r#type", "()"] {
            let other: TokenStream = other.parse().expect("it is a token");
            all.push(with(index, &other.into_iter().collect::<Vec<_>>()));
        }
        if let TokenTree::Group(group) = token {
            for inner in damaged(&group.stream()) {
                let group = Group::new(group.delimiter(), inner);
                all.push(with(index, &[group.into()]));
            }
        }
    }
    all
}

#[test]
fn damaged_inputs_give_code_or_messages_but_no_panic() {
    let mut tried = 0;
    for input in INPUTS {
        let whole: TokenStream = input.parse().expect("it is Rust");
        for tokens in damaged(&whole).into_iter().chain([whole]) {
            // What is not even an item never reaches a macro.
            let Ok(input) = syn::parse2::<DeriveInput>(tokens) else {
                continue;
            };
            for derive in DERIVES {
                let code = derive(&input).to_string();
                assert!(syn::parse_file(&code).is_ok(), "{code}");
                tried += 1;
            }
        }
    }
    assert!(tried > 5_000, "only {tried} were tried");
}
