//! Checks in the compiler that no two events of a set have the same name: their names stand at other types.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};

use super::{Kind, Model, Variant};
use crate::tokens;

/// One assertion for each pair of which the macro can't compare the names itself.
pub(super) fn expand(model: &Model, private: &TokenStream) -> TokenStream {
    if !model.generics.params.is_empty() {
        return TokenStream::new();
    }
    let mut assertions = TokenStream::new();
    for (index, later) in model.variants.iter().enumerate() {
        for earlier in &model.variants[..index] {
            if let Some(span) = other_names(later).or_else(|| other_names(earlier)) {
                assertions.extend(assertion(earlier, later, span, private));
            }
        }
    }
    assertions
}

/// Where the variant has names that only the compiler can compare.
fn other_names(variant: &Variant) -> Option<Span> {
    match &variant.kind {
        Kind::Own { name, history, .. } => history.has_aliases().then(|| tokens::at(name)),
        Kind::Event(ty) => Some(tokens::at(ty)),
    }
}

fn assertion(earlier: &Variant, later: &Variant, span: Span, private: &TokenStream) -> TokenStream {
    let message = format!(
        "`{}` and `{}` have the same event name: give one of them another",
        described(earlier),
        described(later)
    );
    let cfgs = earlier.cfgs.iter().chain(&later.cfgs);
    let (earlier, later) = (names(earlier, private), names(later, private));
    let assert = quote_spanned! {span=>
        ::core::assert!(!#private::codec::are_any_among(EARLIER, LATER), #message);
    };
    quote! {
        #(#cfgs)*
        const _: () = {
            const EARLIER: &[&[#private::EventName]] = &#earlier;
            const LATER: &[&[#private::EventName]] = &#later;
            #assert
        };
    }
}

fn described(variant: &Variant) -> String {
    match &variant.kind {
        Kind::Own { .. } => variant.ident.to_string(),
        Kind::Event(ty) => ty.to_token_stream().to_string().replace(' ', ""),
    }
}

/// The names that a variant's event has and had, as an expression of the compiler.
fn names(variant: &Variant, private: &TokenStream) -> TokenStream {
    let name = name(variant, private);
    let aliases = match &variant.kind {
        Kind::Own { history, .. } => history.aliases(private),
        Kind::Event(ty) => quote_spanned!(tokens::at(ty)=> <#ty as #private::Event>::ALIASES),
    };
    quote!([&[#name], #aliases])
}

/// The name of a variant's event, as an expression of the compiler.
pub(super) fn name(variant: &Variant, private: &TokenStream) -> TokenStream {
    match &variant.kind {
        Kind::Own { name, .. } => quote!(#private::EventName::from_static(#name)),
        Kind::Event(ty) => {
            quote_spanned!(tokens::at(ty)=> <#ty as #private::Event>::NAME)
        }
    }
}
