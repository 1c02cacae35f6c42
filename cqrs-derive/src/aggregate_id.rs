//! `#[derive(AggregateId)]`.

mod expand;
mod parse;

use proc_macro2::TokenStream;
use syn::{DeriveInput, Ident, Path, Type, Visibility};

use crate::mistakes::Mistakes;

/// A newtype that identifies an aggregate.
struct Model {
    krate: Option<Path>,
    visibility: Visibility,
    ident: Ident,
    inner: Type,
    kind: Kind,
}

/// What the newtype holds.
enum Kind {
    Uuid,
    /// `String`, `Box<str>` or `Arc<str>`.
    Text,
    /// One of the integers, by its name.
    Integer(Ident),
}

pub(crate) fn derive(input: &DeriveInput) -> TokenStream {
    let mut mistakes = Mistakes::default();
    let (krate, model) = parse::parse(input, &mut mistakes);
    match model {
        Some(model) if mistakes.is_empty() => expand::expand(&model),
        _ => {
            let stub = expand::stub(input, krate.as_ref());
            let mistakes = mistakes.into_tokens();
            quote::quote!(#mistakes #stub)
        }
    }
}
