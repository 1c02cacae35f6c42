//! From the enum to the model.

use quote::{ToTokens, quote};
use syn::{Data, DeriveInput, Fields, Type};

use super::{Kind, Model, Variant, serde};
use crate::attribute::{self, Form};
use crate::event::read_name;
use crate::mistakes::Mistakes;
use crate::shape::{Serde, Writer};
use crate::{tag, tokens};

const FORM: Form = Form {
    name: "event_set",
    keys: &["crate"],
    example: "#[event_set(crate = my::path)]",
};

pub(super) fn parse(input: &DeriveInput, mistakes: &mut Mistakes) -> Model {
    let mut krate = None;
    attribute::read(&input.attrs, &FORM, mistakes, |key, input| {
        krate = Some(attribute::crate_path(key, input)?);
        Ok(())
    });
    let why = "each variant is an event with a name of its own: put `#[event(name = \"…\")]` on the variants";
    attribute::refuse(&input.attrs, "event", why, mistakes);
    tag::refuse(&input.attrs, mistakes);
    for lifetime in input.generics.lifetimes() {
        let why = "a set of events owns its data, since it is read back from the log: use `String` instead of `&str`";
        mistakes.at(lifetime, why);
    }
    let private = tokens::private(krate.as_ref());
    let set = Set {
        serde: Serde::read(&input.attrs),
        writer: Writer {
            private: &private,
            generics: None,
        },
    };
    set.serde.refuse_to_deny(mistakes);
    let variants = match &input.data {
        Data::Enum(data) => {
            if data.variants.is_empty() {
                mistakes.at(&input.ident, "a set of events has at least one variant");
            }
            let variants = || data.variants.iter();
            let read = (0..)
                .zip(variants())
                .filter_map(|(index, variant)| parse_variant(variant, index, &set, mistakes))
                .collect();
            if variants().any(|variant| variant.attrs.iter().any(|a| a.path().is_ident("event"))) {
                serde::check(input, data, mistakes);
            }
            read
        }
        Data::Struct(_) => {
            let why = "`EventSet` is derived for an enum; for one kind of event, a struct, derive `Event`";
            mistakes.at(&input.ident, why);
            Vec::new()
        }
        Data::Union(_) => {
            mistakes.at(&input.ident, "a set of events is an enum, not a union");
            Vec::new()
        }
    };
    let variants = without_repeated(variants, mistakes);
    Model {
        krate,
        ident: input.ident.clone(),
        generics: input.generics.clone(),
        variants,
    }
}

/// What is known about the whole enum when a variant is read.
struct Set<'a> {
    serde: Serde,
    writer: Writer<'a>,
}

fn parse_variant(
    variant: &syn::Variant,
    index: u32,
    set: &Set<'_>,
    mistakes: &mut Mistakes,
) -> Option<Variant> {
    tag::refuse(&variant.attrs, mistakes);
    let kind = match read_name(&variant.attrs, true, mistakes) {
        Some(event) => {
            let tags = tag::parse(&variant.fields, mistakes);
            let own = Serde::read(&variant.attrs);
            own.refuse_to_deny(mistakes);
            let case = own.field_case().or(set.serde.fields_case());
            let shape = match &variant.fields {
                Fields::Unit => {
                    let private = set.writer.private;
                    quote!(#private::Shape::Fields(::std::vec![]))
                }
                fields => set.writer.content(fields, &own, case, mistakes),
            };
            Kind::Own {
                name: event.name?,
                history: Box::new(event.history),
                index,
                tags,
                shape,
            }
        }
        None => Kind::Event(Box::new(inner(variant, mistakes)?)),
    };
    Some(Variant {
        cfgs: Vec::new(),
        ident: variant.ident.clone(),
        kind,
    })
}

/// The event that a variant without a name of its own holds.
fn inner(variant: &syn::Variant, mistakes: &mut Mistakes) -> Option<Type> {
    match &variant.fields {
        Fields::Unnamed(fields) if fields.unnamed.len() == 1 => {
            let field = &fields.unnamed[0];
            let why = "the event in this variant says itself what its tags are: put `#[tag(\"…\")]` there, or name the variant with `#[event(name = \"…\")]`";
            attribute::refuse(&field.attrs, "tag", why, mistakes);
            Some(field.ty.clone())
        }
        _ => {
            let why = "this event has no durable name: write `#[event(name = \"…\")]` above the variant, or let it hold one type that derives `Event`";
            mistakes.at(&variant.ident, why);
            None
        }
    }
}

/// Leaves out names and types that stand in the enum already. What only the compiler can compare is compared in
/// `unique`.
fn without_repeated(variants: Vec<Variant>, mistakes: &mut Mistakes) -> Vec<Variant> {
    let key = |variant: &Variant| match &variant.kind {
        Kind::Own { name, .. } => format!("{:?}", name.value()),
        Kind::Event(ty) => ty.to_token_stream().to_string(),
    };
    let mut kept: Vec<Variant> = Vec::new();
    for variant in variants {
        let Some(first) = kept.iter().find(|first| key(first) == key(&variant)) else {
            kept.push(variant);
            continue;
        };
        let first = &first.ident;
        match &variant.kind {
            Kind::Own { name, .. } => {
                let why =
                    format!("`{first}` has this name already: each event needs a name of its own");
                mistakes.at(name, why);
            }
            Kind::Event(ty) => {
                let why = format!("`{first}` holds this event already: a set has each event once");
                mistakes.at(ty, why);
            }
        }
    }
    kept
}
