//! `#[derive(Aggregate)]`.

mod events;
mod expand;
mod parse;
mod snapshot;
mod stub;

use proc_macro2::TokenStream;
use syn::{Attribute, Data, DeriveInput, Generics, Ident, LitStr, Path, Type, Visibility};

use crate::mistakes::Mistakes;

/// An aggregate. What is missing is missing only when that is a mistake.
struct Model {
    krate: Option<Path>,
    visibility: Visibility,
    ident: Ident,
    generics: Generics,
    name: Option<LitStr>,
    id: Option<Type>,
    /// `None` for an aggregate that never refuses.
    error: Option<Type>,
    events: Events,
    snapshot: Option<snapshot::Snapshot>,
}

/// What happens to the aggregate.
enum Events {
    /// These, in an enum that the macro generates.
    Generated {
        ident: Ident,
        /// What the enum derives. `None` for the usual.
        derives: Option<Vec<Path>>,
        entries: Vec<Entry>,
    },
    /// What a hand-written enum says.
    Written(Box<Type>),
    /// A mistake.
    Missing,
}

/// One kind of event of a generated enum.
struct Entry {
    cfgs: Vec<Attribute>,
    path: Path,
    variant: Ident,
}

pub(crate) fn derive(input: &DeriveInput) -> TokenStream {
    let mut mistakes = Mistakes::default();
    let model = parse::parse(input, &mut mistakes);
    let code = match input.data {
        Data::Union(_) => TokenStream::new(),
        Data::Struct(_) | Data::Enum(_) if mistakes.is_empty() => expand::expand(&model),
        Data::Struct(_) | Data::Enum(_) => stub::expand(&model),
    };
    let mistakes = mistakes.into_tokens();
    quote::quote!(#mistakes #code)
}
