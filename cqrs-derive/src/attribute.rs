//! Reads attributes of the form `#[name(key = value, key, key(…))]`.

use proc_macro2::TokenTree;
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::{Attribute, Error, Ident, LitInt, LitStr, Meta, Path, Result, Token, token};

use crate::mistakes::Mistakes;
use crate::suggest;

/// What an attribute looks like.
pub(crate) struct Form {
    /// What it is called.
    pub(crate) name: &'static str,
    /// The keys that it takes, each at most once.
    pub(crate) keys: &'static [&'static str],
    /// How it is written, for messages.
    pub(crate) example: &'static str,
}

/// Calls `take` for each known key, with the input behind the key. Returns the first attribute of this form.
///
/// A mistake in one key does not keep the others from being read, and a mistyped key is read as the one that was meant.
pub(crate) fn read<'a>(
    attributes: &'a [Attribute],
    form: &Form,
    mistakes: &mut Mistakes,
    mut take: impl FnMut(&Ident, ParseStream) -> Result<()>,
) -> Option<&'a Attribute> {
    let mut seen = Vec::new();
    let mut first = None;
    for attribute in attributes.iter().filter(|a| a.path().is_ident(form.name)) {
        first = first.or(Some(attribute));
        if !matches!(attribute.meta, Meta::List(_)) {
            mistakes.at(attribute, format!("write `{}`", form.example));
            continue;
        }
        let read = attribute.parse_args_with(|input: ParseStream| {
            while !input.is_empty() {
                if let Err(error) = entry(input, form, &mut seen, mistakes, &mut take) {
                    mistakes.add(error);
                    skip_entry(input)?;
                }
                if !input.is_empty() {
                    input.parse::<Token![,]>()?;
                }
            }
            Ok(())
        });
        mistakes.check(read);
    }
    first
}

fn entry(
    input: ParseStream,
    form: &Form,
    seen: &mut Vec<Ident>,
    mistakes: &mut Mistakes,
    take: &mut impl FnMut(&Ident, ParseStream) -> Result<()>,
) -> Result<()> {
    if !input.peek(Ident::peek_any) {
        return Err(input.error(format!("a key belongs here: write `{}`", form.example)));
    }
    let mut key = input.call(Ident::parse_any)?;
    if !form.keys.iter().any(|known| key == known) {
        let word = key.to_string();
        let meant = suggest::nearest(&word, form.keys);
        let error = Error::new_spanned(&key, suggest::unknown_key(&word, meant, form.keys));
        let Some(meant) = meant else {
            return Err(error);
        };
        mistakes.add(error);
        key = Ident::new(meant, key.span());
    }
    if seen.contains(&key) {
        return Err(Error::new_spanned(
            &key,
            format!("`{key}` is given twice: keep one of them"),
        ));
    }
    seen.push(key.clone());
    take(&key, input)?;
    if input.peek(Token![=]) || input.peek(token::Paren) {
        return Err(Error::new_spanned(
            &key,
            format!("`{key}` takes no value: write `{key}` alone"),
        ));
    }
    if input.is_empty() || input.peek(Token![,]) {
        Ok(())
    } else {
        Err(input.error("expected `,` here"))
    }
}

fn skip_entry(input: ParseStream) -> Result<()> {
    while !input.is_empty() && !input.peek(Token![,]) {
        input.parse::<TokenTree>()?;
    }
    Ok(())
}

/// Reads `= value`.
pub(crate) fn value<T: Parse>(key: &Ident, input: ParseStream) -> Result<T> {
    if !input.peek(Token![=]) {
        return Err(Error::new_spanned(
            key,
            format!("`{key}` needs a value: write `{key} = …`"),
        ));
    }
    input.parse::<Token![=]>()?;
    input.parse()
}

/// Reads `= "text"`.
pub(crate) fn text(key: &Ident, input: ParseStream) -> Result<LitStr> {
    literal(key, input, "a text in quotes")
}

/// Reads `= 1`.
pub(crate) fn number(key: &Ident, input: ParseStream) -> Result<LitInt> {
    literal(key, input, "a whole number without quotes")
}

fn literal<T: Parse>(key: &Ident, input: ParseStream, what: &str) -> Result<T> {
    let any: TokenTree = value(key, input)?;
    syn::parse2(any.to_token_stream())
        .map_err(|_| Error::new_spanned(any, format!("`{key}` is {what}")))
}

/// Reads `= path`, the way to the crate `cqrs_core` where it has another name.
pub(crate) fn crate_path(key: &Ident, input: ParseStream) -> Result<Path> {
    if input.peek2(LitStr) {
        input.parse::<Token![=]>()?;
        return Err(input.error("write the path without quotes, for instance `crate = my::path`"));
    }
    value::<ModPath>(key, input).map(|path| path.0)
}

struct ModPath(Path);

impl Parse for ModPath {
    fn parse(input: ParseStream) -> Result<Self> {
        Path::parse_mod_style(input).map(Self)
    }
}

/// Says that attributes of this name have no meaning here.
pub(crate) fn refuse(attributes: &[Attribute], name: &str, why: &str, mistakes: &mut Mistakes) {
    for attribute in attributes.iter().filter(|a| a.path().is_ident(name)) {
        mistakes.at(attribute, why);
    }
}
