//! What the rest of the program needs of a mistaken aggregate, so that it does not complain about it too.

use proc_macro2::TokenStream;
use quote::quote;

use super::{Events, Model, expand};
use crate::tokens;

/// The `impl` with what was understood, and with a type that does nothing in the place of the rest.
pub(super) fn expand(model: &Model) -> TokenStream {
    if model.generics.lifetimes().next().is_some() {
        return TokenStream::new();
    }
    let mistaken = quote!(Mistaken);
    let id = model
        .id
        .as_ref()
        .map_or_else(|| mistaken.clone(), |id| quote!(#id));
    let event = match &model.events {
        Events::Generated { ident, .. } => quote!(#ident),
        Events::Written(event) => quote!(#event),
        Events::Missing => mistaken,
    };
    let parts = expand::Parts {
        name: quote!("mistaken"),
        id,
        event,
        apply: quote!(let _ = event;),
        snapshots: TokenStream::new(),
    };
    let aggregate = expand::aggregate(model, &parts);
    let generated = expand::generated(model);
    let mistaken = mistaken_type(model);
    quote! {
        #generated
        const _: () = {
            #mistaken
            #aggregate
        };
    }
}

/// An id and a set of events in one.
fn mistaken_type(model: &Model) -> TokenStream {
    let private = tokens::private(model.krate.as_ref());
    quote! {
        #[derive(
            ::core::clone::Clone,
            ::core::fmt::Debug,
            ::core::cmp::PartialEq,
            ::core::cmp::Eq,
            ::core::hash::Hash
        )]
        #[allow(dead_code)]
        pub enum Mistaken {}

        impl #private::AggregateId for Mistaken {
            fn stream_key(&self) -> ::core::result::Result<#private::StreamKey, #private::InvalidWord> {
                match *self {}
            }
        }

        impl #private::EventSet for Mistaken {
            const EVENTS: &'static [#private::EventDescription] = &[];

            fn encode(
                &self,
            ) -> ::core::result::Result<#private::EncodedEvent, #private::EncodeError> {
                match *self {}
            }

            fn decode_one(
                _: #private::StoredEvent<'_>,
            ) -> ::core::result::Result<
                ::core::option::Option<Self>,
                #private::DecodeError
            > {
                ::core::unreachable!()
            }
        }
    }
}
