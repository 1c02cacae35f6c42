//! From the model to the code.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};

use super::Model;
use crate::history::Owner;
use crate::{shape, tag, tokens};

pub(super) fn expand(model: &Model, shape: &TokenStream) -> TokenStream {
    let Model { ident, history, .. } = model;
    let version = history.version();
    if model.generics.lifetimes().next().is_some() {
        return TokenStream::new();
    }
    let private = tokens::private(model.krate.as_ref());
    let bound = quote! {
        #private::serde::Serialize + #private::serde::de::DeserializeOwned
            + ::core::marker::Send + ::core::marker::Sync + 'static
    };
    let generics = tokens::where_self(&model.generics, &bound);
    let (impl_generics, type_generics, where_clause) = generics.split_for_impl();
    let name = model.name.as_ref().map_or_else(
        || {
            // One that no other event has, so that sets of events don't complain too.
            let text = ident
                .to_string()
                .replace(|c: char| !c.is_ascii_alphanumeric(), "-");
            let text = format!("mistaken.{text}");
            quote!(#text)
        },
        |name| quote!(#name),
    );
    let rust_type = tokens::rust_type(ident);
    let tags = (!model.tags.is_empty()).then(|| {
        let tags = tag::expand(&private, &model.tags, |_, tag| {
            let member = &tag.member;
            quote_spanned!(tokens::at(&tag.ty)=> &self.#member)
        });
        quote! {
            fn tags(
                &self,
            ) -> ::core::result::Result<::std::vec::Vec<#private::Tag>, #private::InvalidWord> {
                #tags
            }
        }
    });
    let aliases = history.has_aliases().then(|| {
        let aliases = history.aliases(&private);
        quote!(const ALIASES: &'static [#private::EventName] = #aliases;)
    });
    let upcasters = history.has_upcasters().then(|| {
        let upcasters = history.upcasters(&private);
        quote!(const UPCASTERS: &'static [#private::Upcaster] = #upcasters;)
    });
    let decode_older = history.decode_older(&private).map(|decode| {
        quote! {
            fn decode_older(
                stored: #private::StoredEvent<'_>,
            ) -> ::core::result::Result<Self, #private::DecodeError> {
                #decode
            }
        }
    });
    let previous = history.previous_description(&private).map(|previous| {
        quote! {
            const PREVIOUS: ::core::option::Option<fn() -> #private::EventDescription> =
                ::core::option::Option::Some(#previous);
        }
    });
    let shape = shape::body(&private, shape);
    let encode_event = history.encode_event(&private);
    let assertions = model
        .name
        .as_ref()
        .filter(|_| model.generics.params.is_empty())
        .map(|name| history.assertions(name, &Owner::Struct, &private));
    quote! {
        #assertions
        #[automatically_derived]
        impl #impl_generics #private::Event for #ident #type_generics #where_clause {
            const NAME: #private::EventName = #private::EventName::from_static(#name);
            const SCHEMA_VERSION: #private::SchemaVersion = #private::SchemaVersion::from_static(#version);
            const RUST_TYPE: &'static str = #rust_type;
            #aliases
            #upcasters
            #tags
            #previous
            #decode_older
            #encode_event

            fn shape() -> #private::Shape {
                #shape
            }
        }
    }
}
