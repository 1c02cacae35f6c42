//! From the newtype to the model.

use syn::{Data, DeriveInput, Fields, GenericArgument, Path, PathArguments, Type};

use super::{Kind, Model};
use crate::attribute::{self, Form};
use crate::mistakes::Mistakes;
use crate::tokens;

const FORM: Form = Form {
    name: "aggregate_id",
    keys: &["crate"],
    example: "#[aggregate_id(crate = my::path)]",
};

const NEWTYPE: &str = "`AggregateId` is derived for newtypes, for instance `struct AccountId(Uuid);`; for an id of several parts write `impl AggregateId` by hand";

const INNER: &str = "an aggregate id holds a `Uuid`, a `String` (or `Box<str>`, `Arc<str>`) or an integer; for anything else write `impl AggregateId` by hand";

const INTEGERS: [&str; 12] = [
    "u8", "u16", "u32", "u64", "u128", "usize", "i8", "i16", "i32", "i64", "i128", "isize",
];

pub(super) fn parse(input: &DeriveInput, mistakes: &mut Mistakes) -> (Option<Path>, Option<Model>) {
    let mut krate = None;
    attribute::read(&input.attrs, &FORM, mistakes, |key, input| {
        krate = Some(attribute::crate_path(key, input)?);
        Ok(())
    });
    if !input.generics.params.is_empty() {
        let why = "an aggregate id has no parameters: give each kind of aggregate an id of its own";
        mistakes.at(&input.generics, why);
        return (krate, None);
    }
    let model = newtype(input, mistakes).map(|(inner, kind)| Model {
        krate: krate.clone(),
        visibility: input.vis.clone(),
        ident: input.ident.clone(),
        inner,
        kind,
    });
    (krate, model)
}

fn newtype(input: &DeriveInput, mistakes: &mut Mistakes) -> Option<(Type, Kind)> {
    let inner = match &input.data {
        Data::Struct(data) => match &data.fields {
            Fields::Unnamed(fields) if fields.unnamed.len() == 1 => &fields.unnamed[0].ty,
            _ => {
                mistakes.at(&input.ident, NEWTYPE);
                return None;
            }
        },
        Data::Enum(_) | Data::Union(_) => {
            mistakes.at(&input.ident, NEWTYPE);
            return None;
        }
    };
    let kind = kind(inner);
    if kind.is_none() {
        mistakes.at(inner, INNER);
    }
    Some((inner.clone(), kind?))
}

fn kind(inner: &Type) -> Option<Kind> {
    let Type::Path(path) = tokens::peel(inner) else {
        return None;
    };
    let last = path.path.segments.last()?;
    let name = last.ident.to_string();
    match (name.as_str(), &last.arguments) {
        ("Uuid", PathArguments::None) => Some(Kind::Uuid),
        ("String", PathArguments::None) => Some(Kind::Text),
        ("Box" | "Arc", PathArguments::AngleBracketed(arguments)) => {
            let is_str = matches!(
                arguments.args.first(),
                Some(GenericArgument::Type(Type::Path(of))) if of.path.is_ident("str")
            );
            (is_str && arguments.args.len() == 1).then_some(Kind::Text)
        }
        (name, PathArguments::None) if INTEGERS.contains(&name) => {
            Some(Kind::Integer(last.ident.clone()))
        }
        _ => None,
    }
}
