//! Small pieces of the code that the macros generate.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Generics, Ident, Path, Type, parse_quote};

/// What the generated code calls: `::cqrs_core::__private`, or where `crate = …` says that it is.
pub(crate) fn private(krate: Option<&Path>) -> TokenStream {
    krate.map_or_else(
        || quote!(::cqrs_core::__private),
        |krate| quote!(#krate::__private),
    )
}

/// The place of the user's tokens, with the names that the generated code sees.
pub(crate) fn at(tokens: &impl ToTokens) -> Span {
    Span::call_site().located_at(tokens.span())
}

/// The path of a Rust type in this module, for messages.
pub(crate) fn rust_type(ident: &Ident) -> TokenStream {
    let name = format!("::{}", ident.unraw());
    quote!(::core::concat!(::core::module_path!(), #name))
}

/// The generics with `Self: bound` where the type has parameters. Without any, the compiler's own message about the
/// missing `impl` is better.
pub(crate) fn where_self(generics: &Generics, bound: &TokenStream) -> Generics {
    let mut generics = generics.clone();
    if generics.type_params().next().is_some() {
        generics
            .make_where_clause()
            .predicates
            .push(parse_quote!(Self: #bound));
    }
    generics
}

/// The type without the invisible groups and parentheses around it.
pub(crate) fn peel(mut ty: &Type) -> &Type {
    loop {
        match ty {
            Type::Group(group) => ty = &group.elem,
            Type::Paren(paren) => ty = &paren.elem,
            ty => return ty,
        }
    }
}
