//! What serde's attributes must not say on a set of events, since the event's name says which variant it is.

use proc_macro2::TokenStream;
use syn::{Attribute, DataEnum, DeriveInput, Expr, Token, parenthesized, token};

use crate::mistakes::Mistakes;

pub(super) fn check(input: &DeriveInput, data: &DataEnum, mistakes: &mut Mistakes) {
    refuse(&input.attrs, mistakes, |key| match key {
        "tag" | "content" | "untagged" => Some(
            "remove this: the log keeps the name of each event beside its content, so the content is written without any tag",
        ),
        "from" | "try_from" | "into" | "remote" => Some(
            "remove this: each variant is written as its own content, so the enum can't be converted as a whole",
        ),
        _ => None,
    });
    for variant in &data.variants {
        refuse(&variant.attrs, mistakes, |key| match key {
            "skip" | "skip_serializing" | "skip_deserializing" => Some(
                "every event of the set must be written and read: remove this, or move the variant to another type",
            ),
            "other" | "untagged" => Some(
                "remove this: which variant an event is, is known by its name and never guessed from its content",
            ),
            _ => None,
        });
    }
}

/// Shows `why` at each key of `#[serde(…)]` that has one. What serde can't read, serde complains about.
fn refuse(
    attributes: &[Attribute],
    mistakes: &mut Mistakes,
    why: impl Fn(&str) -> Option<&'static str>,
) {
    for attribute in attributes.iter().filter(|a| a.path().is_ident("serde")) {
        let read = attribute.parse_nested_meta(|meta| {
            let key = meta.path.get_ident().map(ToString::to_string);
            if let Some(why) = key.as_deref().and_then(&why) {
                mistakes.at(&meta.path, why);
            }
            if meta.input.peek(Token![=]) {
                meta.value()?.parse::<Expr>()?;
            } else if meta.input.peek(token::Paren) {
                let inner;
                parenthesized!(inner in meta.input);
                inner.parse::<TokenStream>()?;
            }
            Ok(())
        });
        drop(read);
    }
}
