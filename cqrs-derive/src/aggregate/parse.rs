//! From the struct to the model.

use proc_macro2::TokenStream;
use syn::parse::ParseStream;
use syn::punctuated::Punctuated;
use syn::{
    Data, DeriveInput, Error, Ident, LitStr, Path, Result, Token, Type, parenthesized, token,
};

use super::{Entry, Events, Model, events, snapshot};
use crate::attribute::{self, Form};
use crate::mistakes::Mistakes;
use crate::rules;

const FORM: Form = Form {
    name: "aggregate",
    keys: &[
        "name", "id", "error", "events", "event", "derive", "snapshot", "crate",
    ],
    example: "#[aggregate(name = \"account\", id = AccountId, error = AccountError, events(AccountOpened, …))]",
};

/// What the attributes say, before it is put together.
#[derive(Default)]
struct Keys {
    krate: Option<Path>,
    name: Option<LitStr>,
    id: Option<Type>,
    error: Option<Type>,
    events: Option<Vec<Entry>>,
    event: Option<Type>,
    derives: Option<(Ident, Vec<Path>)>,
    snapshot: Option<snapshot::Snapshot>,
}

pub(super) fn parse(input: &DeriveInput, mistakes: &mut Mistakes) -> Model {
    if matches!(input.data, Data::Union(_)) {
        let why = "the state of an aggregate is a struct or an enum, not a union";
        mistakes.at(&input.ident, why);
    }
    for lifetime in input.generics.lifetimes() {
        let why = "an aggregate owns its state: use `String` instead of `&str`";
        mistakes.at(lifetime, why);
    }
    let mut keys = Keys::default();
    let mut own = Mistakes::default();
    let attribute = attribute::read(&input.attrs, &FORM, &mut own, |key, input| {
        keys.take(key, input)
    });
    if own.is_empty() {
        missing(input, &keys, attribute.is_some(), &mut own);
    }
    let events = events(input, &mut keys, &mut own);
    let mut snapshot = keys.snapshot;
    if let Some(snapshot) = &mut snapshot {
        snapshot.complete(input, &events, &mut own);
    }
    mistakes.extend(own);
    Model {
        krate: keys.krate,
        visibility: input.vis.clone(),
        ident: input.ident.clone(),
        generics: input.generics.clone(),
        name: keys.name,
        id: keys.id,
        error: keys.error,
        events,
        snapshot,
    }
}

impl Keys {
    fn take(&mut self, key: &Ident, input: ParseStream) -> Result<()> {
        match key.to_string().as_str() {
            "name" => self.name = Some(rules::category(attribute::text(key, input)?)?),
            "id" => self.id = Some(attribute::value(key, input)?),
            "error" => self.error = Some(attribute::value(key, input)?),
            "event" if input.peek(token::Paren) => {
                let why = "write `events(…)` for a list of events, whose enum is generated, or `event = …` for a hand-written enum";
                return Err(Error::new_spanned(key, why));
            }
            "event" => self.event = Some(attribute::value(key, input)?),
            "events" => {
                let list = list(key, input, "events(AccountOpened, …)", |list| {
                    Punctuated::<Entry, Token![,]>::parse_terminated(list)
                })?;
                if list.is_empty() {
                    let why =
                        "an aggregate has at least one event: write `events(AccountOpened, …)`";
                    return Err(Error::new_spanned(key, why));
                }
                self.events = Some(list.into_iter().collect());
            }
            "derive" => {
                let list = list(key, input, "derive(Clone, Debug, PartialEq)", |list| {
                    Punctuated::<Path, Token![,]>::parse_terminated(list)
                })?;
                self.derives = Some((key.clone(), list.into_iter().collect()));
            }
            "snapshot" => self.snapshot = Some(snapshot::parse(key, input)?),
            _ => self.krate = Some(attribute::crate_path(key, input)?),
        }
        Ok(())
    }
}

fn list<T>(
    key: &Ident,
    input: ParseStream,
    example: &str,
    read: impl FnOnce(ParseStream) -> Result<T>,
) -> Result<T> {
    if !input.peek(token::Paren) {
        let why = format!("`{key}` is a list in parentheses: write `{example}`");
        return Err(Error::new_spanned(key, why));
    }
    let inner;
    parenthesized!(inner in input);
    read(&inner).inspect_err(|_| {
        // Read it to the end, or syn complains about the rest as well.
        drop(inner.parse::<TokenStream>());
    })
}

/// Says in one message what is missing, and what to write.
fn missing(input: &DeriveInput, keys: &Keys, any: bool, mistakes: &mut Mistakes) {
    let mut write = Vec::new();
    if keys.name.is_none() {
        write.push(r#"`name = "…"`, which its streams are called by for ever"#);
    }
    if keys.id.is_none() {
        write.push("`id = …`, the type that identifies it");
    }
    if keys.events.is_none() && keys.event.is_none() {
        write.push("`events(…)`, its events, or `event = …`, a hand-written enum of them");
    }
    if write.is_empty() {
        return;
    }
    let ident = &input.ident;
    let why = if any {
        let write = write.join("; ");
        format!("`#[aggregate(…)]` on `{ident}` lacks {write}")
    } else {
        format!(
            "`{ident}` says nothing about itself: write `{}` above it",
            FORM.example
        )
    };
    mistakes.at(ident, why);
}

/// Puts `events(…)`, `event = …` and `derive(…)` together.
fn events(input: &DeriveInput, keys: &mut Keys, mistakes: &mut Mistakes) -> Events {
    let derives = keys.derives.take();
    match (keys.events.take(), keys.event.take()) {
        (Some(entries), event) => Events::Generated {
            ident: events::enum_name(input, event, mistakes),
            derives: derives.map(|(_, derives)| derives),
            entries: events::check(input, entries, mistakes),
        },
        (None, event) => {
            if let (Some((key, _)), Some(_)) = (derives, &event) {
                let why = "`derive(…)` is for the enum that `events(…)` generates: derive on the hand-written enum itself";
                mistakes.at(key, why);
            }
            event.map_or(Events::Missing, |event| Events::Written(Box::new(event)))
        }
    }
}
