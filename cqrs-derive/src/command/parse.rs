//! From the struct or enum to the model.

use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::{Data, DeriveInput, Error, Ident, LitStr, Path, Result, Type};

use super::{Lifecycle, Model, Route, body};
use crate::attribute::{self, Form};
use crate::mistakes::Mistakes;
use crate::rules;

pub(super) const FORM: Form = Form {
    name: "command",
    keys: &[
        "aggregate",
        "creates",
        "any",
        "reply",
        "error",
        "name",
        "crate",
    ],
    example: "#[command(aggregate = Account)]",
};

const WHO_DECIDES: &str = "write `#[command(aggregate = …)]` when an aggregate decides about this command, or `#[command(error = …)]` when a command handler does";

/// What the attributes say, before it is put together.
#[derive(Default)]
struct Keys {
    krate: Option<Path>,
    name: Option<LitStr>,
    aggregate: Option<Type>,
    error: Option<(Ident, Type)>,
    reply: Option<Type>,
    lifecycle: Option<(Ident, Lifecycle)>,
}

impl Keys {
    fn take(&mut self, key: &Ident, input: ParseStream) -> Result<()> {
        match key.to_string().as_str() {
            "aggregate" => self.aggregate = Some(attribute::value(key, input)?),
            "reply" => self.reply = Some(attribute::value(key, input)?),
            "error" => self.error = Some((key.clone(), attribute::value(key, input)?)),
            "name" => {
                self.name = Some(rules::command_name(attribute::text(key, input)?)?);
            }
            "crate" => self.krate = Some(attribute::crate_path(key, input)?),
            _ => take_lifecycle(key, &mut self.lifecycle)?,
        }
        Ok(())
    }
}

/// Reads `creates` or `any`.
pub(super) fn take_lifecycle(
    key: &Ident,
    lifecycle: &mut Option<(Ident, Lifecycle)>,
) -> Result<()> {
    if lifecycle.is_some() {
        let why = "`creates` says that the aggregate must not exist yet, `any` that it may: keep one of them";
        return Err(Error::new_spanned(key, why));
    }
    let said = if key == "creates" {
        Lifecycle::Creates
    } else {
        Lifecycle::Any
    };
    *lifecycle = Some((key.clone(), said));
    Ok(())
}

pub(super) fn parse(input: &DeriveInput, mistakes: &mut Mistakes) -> Model {
    for lifetime in input.generics.lifetimes() {
        let why = "a command owns its data, since it may be decided again: use `String` instead of `&str`";
        mistakes.at(lifetime, why);
    }
    let mut keys = Keys::default();
    let mut own = Mistakes::default();
    let attribute = attribute::read(&input.attrs, &FORM, &mut own, |key, input| {
        keys.take(key, input)
    });
    if own.is_empty() && keys.aggregate.is_none() && keys.error.is_none() {
        match attribute {
            Some(attribute) => own.at(attribute, WHO_DECIDES),
            None => own.at(&input.ident, WHO_DECIDES),
        }
    }
    if let (Some(_), Some((error, _))) = (&keys.aggregate, &keys.error) {
        let why = "remove this: a command that an aggregate decides is refused with the aggregate's error";
        own.at(error, why);
    }
    mistakes.extend(own);
    if matches!(input.data, Data::Union(_)) {
        let why = "a command is a struct or an enum, not a union";
        mistakes.at(&input.ident, why);
    }
    let route = route(input, &mut keys, mistakes);
    let name = keys.name.as_ref().map(LitStr::value);
    Model {
        krate: keys.krate,
        ident: input.ident.clone(),
        generics: input.generics.clone(),
        name: name.unwrap_or_else(|| input.ident.unraw().to_string()),
        reply: keys.reply,
        route,
        sound: true,
    }
}

fn route(input: &DeriveInput, keys: &mut Keys, mistakes: &mut Mistakes) -> Route {
    match (keys.aggregate.take(), keys.error.take()) {
        (Some(aggregate), _) => Route::Aggregate {
            aggregate: Box::new(aggregate),
            body: body::parse(input, keys.lifecycle.take(), mistakes),
        },
        (None, Some((_, error))) => {
            if let Some((key, _)) = &keys.lifecycle {
                let why = format!(
                    "`{key}` is about an aggregate, and a command handler decides about this command: remove it"
                );
                mistakes.at(key, why);
            }
            body::refuse(input, mistakes);
            Route::Handler(Box::new(error))
        }
        (None, None) => Route::Unknown,
    }
}
