//! From the struct to the model.

use syn::{Attribute, Data, DeriveInput, LitStr, Path};

use super::Model;
use crate::attribute::{self, Form};
use crate::history::History;
use crate::mistakes::Mistakes;
use crate::{rules, tag};

const FORM: Form = Form {
    name: "event",
    keys: &[
        "name",
        "version",
        "previous",
        "alias",
        "upcasters",
        "oldest",
        "writes_previous",
        "crate",
    ],
    example: "#[event(name = \"account.opened\")]",
};

const VARIANT_FORM: Form = Form {
    keys: &[
        "name",
        "version",
        "previous",
        "alias",
        "upcasters",
        "oldest",
    ],
    ..FORM
};

/// What `#[event(…)]` says.
pub(crate) struct EventName {
    pub(crate) name: Option<LitStr>,
    pub(crate) history: History,
    pub(crate) krate: Option<Path>,
}

/// Reads the `#[event(…)]` of a struct or of a variant. `None` when there is none.
pub(crate) fn read_name(
    attributes: &[Attribute],
    on_variant: bool,
    mistakes: &mut Mistakes,
) -> Option<EventName> {
    let form = if on_variant { &VARIANT_FORM } else { &FORM };
    let mut event = EventName {
        name: None,
        history: History::default(),
        krate: None,
    };
    let mut own = Mistakes::default();
    let attribute = attribute::read(attributes, form, &mut own, |key, input| {
        match key.to_string().as_str() {
            "name" => {
                event.name = Some(rules::event_name(attribute::text(key, input)?)?);
            }
            key_of_history if event.history.takes(key_of_history) => {
                event.history.read(key, input)?;
            }
            _ => event.krate = Some(attribute::crate_path(key, input)?),
        }
        Ok(())
    })?;
    let is_read = own.is_empty();
    if event.name.is_none() && is_read {
        let why = "the event has no durable name: write `#[event(name = \"…\")]`, for instance `#[event(name = \"account.opened\")]`";
        own.at(attribute, why);
    }
    if is_read {
        event.history.check(event.name.as_ref(), &mut own);
    }
    mistakes.extend(own);
    Some(event)
}

pub(super) fn parse(input: &DeriveInput, mistakes: &mut Mistakes) -> Model {
    let tags = match &input.data {
        Data::Struct(data) => tag::parse(&data.fields, mistakes),
        Data::Enum(_) => {
            let why = "`Event` is derived for one kind of event, which is a struct; for an enum of events derive `EventSet`";
            mistakes.at(&input.ident, why);
            Vec::new()
        }
        Data::Union(_) => {
            mistakes.at(&input.ident, "an event is a struct, not a union");
            Vec::new()
        }
    };
    tag::refuse(&input.attrs, mistakes);
    for lifetime in input.generics.lifetimes() {
        let why = "an event owns its data, since it is read back from the log: use `String` instead of `&str`";
        mistakes.at(lifetime, why);
    }
    let is_struct = matches!(input.data, Data::Struct(_));
    let event = read_name(&input.attrs, false, mistakes);
    if event.is_none() && is_struct {
        let why = "the event has no durable name: write `#[event(name = \"…\")]` above it, for instance `#[event(name = \"account.opened\")]`";
        mistakes.at(&input.ident, why);
    }
    let (name, history, krate) = event.map_or_else(Default::default, |event| {
        (event.name, event.history, event.krate)
    });
    Model {
        krate,
        ident: input.ident.clone(),
        generics: input.generics.clone(),
        name,
        history,
        tags,
    }
}
