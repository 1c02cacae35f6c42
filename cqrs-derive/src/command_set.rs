//! `#[derive(CommandSet)]`.

mod expand;
mod parse;

use proc_macro2::TokenStream;
use syn::{DeriveInput, Generics, Ident, Path, Type};

use crate::mistakes::Mistakes;

/// An enum of several commands.
struct Model {
    krate: Option<Path>,
    ident: Ident,
    generics: Generics,
    /// Each variant with the command that it holds.
    variants: Vec<(Ident, Type)>,
}

pub(crate) fn derive(input: &DeriveInput) -> TokenStream {
    let mut mistakes = Mistakes::default();
    let model = parse::parse(input, &mut mistakes);
    if mistakes.is_empty() {
        expand::expand(&model)
    } else {
        let mistakes = mistakes.into_tokens();
        let stub = expand::stub(&model);
        quote::quote!(#mistakes #stub)
    }
}
