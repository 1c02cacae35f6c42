//! `#[derive(Command)]`.

mod body;
mod expand;
mod parse;

use proc_macro2::TokenStream;
use syn::{DeriveInput, Generics, Ident, Member, Path, Type};

use crate::mistakes::Mistakes;

/// A command, or an enum of several.
struct Model {
    krate: Option<Path>,
    ident: Ident,
    generics: Generics,
    name: String,
    /// `None` for `()`.
    reply: Option<Type>,
    route: Route,
    /// Whether it is worth looking for `impl Handle`: not beside another mistake.
    sound: bool,
}

/// Who decides.
enum Route {
    Aggregate {
        aggregate: Box<Type>,
        body: Body,
    },
    /// A command handler, which refuses with this error.
    Handler(Box<Type>),
    /// A mistake.
    Unknown,
}

/// The shape of a command that an aggregate decides.
enum Body {
    Struct(Box<Case>),
    Enum(Vec<(Ident, Case)>),
    /// A mistake, or no fields to look at.
    Unknown,
}

/// One command.
struct Case {
    /// The field that says which aggregate. Missing only when that is a mistake.
    id: Option<(Member, Type)>,
    lifecycle: Lifecycle,
}

/// Whether the aggregate must exist already.
#[derive(Clone, Copy, PartialEq)]
enum Lifecycle {
    Creates,
    Exists,
    Any,
}

pub(crate) fn derive(input: &DeriveInput) -> TokenStream {
    let mut mistakes = Mistakes::default();
    let mut model = parse::parse(input, &mut mistakes);
    model.sound = mistakes.is_empty();
    let code = expand::expand(&model);
    let mistakes = mistakes.into_tokens();
    quote::quote!(#mistakes #code)
}
