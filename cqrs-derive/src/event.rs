//! `#[derive(Event)]`.

mod expand;
mod parse;

use proc_macro2::TokenStream;
use syn::{Data, DeriveInput, Generics, Ident, LitStr, Path};

use crate::history::History;
use crate::mistakes::Mistakes;
use crate::shape::Writer;
use crate::tag::TaggedField;
use crate::tokens;

pub(crate) use parse::read_name;

/// One kind of event, as a struct of its own.
struct Model {
    krate: Option<Path>,
    ident: Ident,
    generics: Generics,
    /// Missing only when that is a mistake.
    name: Option<LitStr>,
    history: History,
    tags: Vec<TaggedField>,
}

pub(crate) fn derive(input: &DeriveInput) -> TokenStream {
    let mut mistakes = Mistakes::default();
    let model = parse::parse(input, &mut mistakes);
    let private = tokens::private(model.krate.as_ref());
    let writer = Writer {
        private: &private,
        generics: None,
    };
    let shape = writer.input(input, &mut mistakes);
    let code = match input.data {
        Data::Union(_) => TokenStream::new(),
        Data::Struct(_) | Data::Enum(_) => expand::expand(&model, &shape),
    };
    let mistakes = mistakes.into_tokens();
    quote::quote!(#mistakes #code)
}
