//! `#[derive(EventSet)]`, and the same code for the enum that `#[derive(Aggregate)]` generates.

mod expand;
mod parse;
mod serde;
mod unique;

use proc_macro2::TokenStream;
use syn::{Attribute, DeriveInput, Generics, Ident, LitStr, Path, Type};

use crate::history::History;
use crate::mistakes::Mistakes;
use crate::tag::TaggedField;

pub(crate) use expand::expand;

/// An enum of several kinds of events.
pub(crate) struct Model {
    pub(crate) krate: Option<Path>,
    pub(crate) ident: Ident,
    pub(crate) generics: Generics,
    pub(crate) variants: Vec<Variant>,
}

/// One kind of event in the enum.
pub(crate) struct Variant {
    /// Under which conditions it exists. Only in generated enums: elsewhere the compiler has removed the rest.
    pub(crate) cfgs: Vec<Attribute>,
    pub(crate) ident: Ident,
    pub(crate) kind: Kind,
}

/// Where the name and the content of a variant come from.
pub(crate) enum Kind {
    /// From the variant.
    Own {
        name: LitStr,
        history: Box<History>,
        /// Which variant it is, as serde counts.
        index: u32,
        tags: Vec<TaggedField>,
        /// What its JSON looks like, as an expression.
        shape: TokenStream,
    },
    /// From the event that it holds.
    Event(Box<Type>),
}

pub(crate) fn derive(input: &DeriveInput) -> TokenStream {
    let mut mistakes = Mistakes::default();
    let model = parse::parse(input, &mut mistakes);
    if mistakes.is_empty() {
        expand(&model)
    } else {
        let mistakes = mistakes.into_tokens();
        let stub = expand::stub(&model);
        quote::quote!(#mistakes #stub)
    }
}
