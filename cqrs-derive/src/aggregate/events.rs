//! The entries of `events(…)`.

use proc_macro2::{TokenStream, TokenTree};
use quote::{ToTokens, format_ident};
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::{Attribute, DeriveInput, Error, Ident, Path, Result, Token, Type};

use super::Entry;
use crate::mistakes::Mistakes;
use crate::tokens;

/// `#[cfg(…)] path::to::Event as Variant`
impl Parse for Entry {
    fn parse(input: ParseStream) -> Result<Self> {
        let cfgs = input.call(Attribute::parse_outer)?;
        if let Some(other) = cfgs.iter().find(|a| !a.path().is_ident("cfg")) {
            let why = "only `#[cfg(…)]` can stand before an event of this list";
            return Err(Error::new_spanned(other, why));
        }
        let path: Path = input.parse()?;
        let variant = if input.peek(Token![as]) {
            input.parse::<Token![as]>()?;
            input.parse()?
        } else {
            let last = path.segments.last().map(|last| last.ident.clone());
            last.ok_or_else(|| input.error("the name of an event belongs here"))?
        };
        Ok(Self {
            cfgs,
            path,
            variant,
        })
    }
}

/// The name of the generated enum.
pub(super) fn enum_name(
    input: &DeriveInput,
    given: Option<Type>,
    mistakes: &mut Mistakes,
) -> Ident {
    let usual = format_ident!("{}Event", input.ident.unraw(), span = input.ident.span());
    let Some(given) = given else {
        return usual;
    };
    if let Type::Path(path) = tokens::peel(&given)
        && let Some(ident) = path.path.get_ident()
    {
        return ident.clone();
    }
    let why = "beside `events(…)`, which generates an enum, `event = …` is the enum's name: write one word, or leave `events(…)` out for a hand-written enum";
    mistakes.at(&given, why);
    usual
}

/// Leaves out what can't become a variant, and says why.
pub(super) fn check(
    input: &DeriveInput,
    entries: Vec<Entry>,
    mistakes: &mut Mistakes,
) -> Vec<Entry> {
    let mut checked: Vec<Entry> = Vec::new();
    for entry in entries {
        let text = |path: &Path| path.to_token_stream().to_string();
        if let Some(parameter) = parameter_in(input, entry.path.to_token_stream()) {
            let why = format!(
                "the enum that is generated has no parameters, so an event can't depend on `{parameter}`: write the enum by hand, derive `EventSet` for it and name it with `event = …`"
            );
            mistakes.at(&entry.path, why);
        } else if checked.iter().any(|c| text(&c.path) == text(&entry.path)) {
            let why = "this event stands in the list already: remove it here";
            mistakes.at(&entry.path, why);
        } else if let Some(first) = checked.iter().find(|c| c.variant == entry.variant) {
            let why = format!(
                "`{}` has this name too: give one of them another with `… as OtherName`",
                text(&first.path).replace(' ', "")
            );
            mistakes.at(&entry.path, why);
        } else {
            checked.push(entry);
        }
    }
    checked
}

/// The type parameter of the aggregate that stands in these tokens.
fn parameter_in(input: &DeriveInput, tokens: TokenStream) -> Option<Ident> {
    tokens.into_iter().find_map(|token| match token {
        TokenTree::Group(group) => parameter_in(input, group.stream()),
        TokenTree::Ident(ident) => {
            let is_parameter = input.generics.type_params().any(|p| p.ident == ident);
            is_parameter.then_some(ident)
        }
        TokenTree::Punct(_) | TokenTree::Literal(_) => None,
    })
}
