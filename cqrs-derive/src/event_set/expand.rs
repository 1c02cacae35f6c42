//! From the model to the code.

use proc_macro2::TokenStream;
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::{Ident, Type};

use super::{Kind, Model, Variant, unique};
use crate::history::Owner;
use crate::{shape, tag, tokens};

pub(crate) fn expand(model: &Model) -> TokenStream {
    let private = tokens::private(model.krate.as_ref());
    let ident = &model.ident;
    let generics = generics(model, &private);
    let (impl_generics, type_generics, where_clause) = generics.split_for_impl();
    let descriptions = model
        .variants
        .iter()
        .map(|v| description(ident, v, &private));
    let encodes = model
        .variants
        .iter()
        .map(|v| encode(v, Form::Recorded, &private));
    let encode_today = encode_today(model, &private);
    let decodes = model.variants.iter().map(|v| decode(v, &private));
    let froms = froms(model);
    let unique = unique::expand(model, &private);
    let assertions = assertions(model, &private);
    quote! {
        #[automatically_derived]
        impl #impl_generics #private::EventSet for #ident #type_generics #where_clause {
            const EVENTS: &'static [#private::EventDescription] = &[#(#descriptions),*];

            fn encode(
                &self,
            ) -> ::core::result::Result<#private::EncodedEvent, #private::EncodeError> {
                match *self {
                    #(#encodes)*
                }
            }

            #encode_today

            fn decode_one(
                stored: #private::StoredEvent<'_>,
            ) -> ::core::result::Result<
                ::core::option::Option<Self>,
                #private::DecodeError
            > {
                #(#decodes)*
                ::core::result::Result::Ok(::core::option::Option::None)
            }
        }
        #assertions
        #froms
        #unique
    }
}

/// What the compiler checks about the histories of variants.
fn assertions(model: &Model, private: &TokenStream) -> TokenStream {
    if !model.generics.params.is_empty() {
        return TokenStream::new();
    }
    let of = |variant: &Variant| match &variant.kind {
        Kind::Own { name, history, .. } => {
            let cfgs = &variant.cfgs;
            let assertions = history.assertions(name, &Owner::Variant, private);
            (!assertions.is_empty()).then(|| quote!(#(#cfgs)* #assertions))
        }
        Kind::Event(_) => None,
    };
    model.variants.iter().filter_map(of).collect()
}

/// Variants of their own go through serde's derives on the enum; events that are held bring their own.
fn generics(model: &Model, private: &TokenStream) -> syn::Generics {
    let own = |variant: &Variant| matches!(variant.kind, Kind::Own { .. });
    let serde = model
        .variants
        .iter()
        .any(own)
        .then(|| quote!(#private::serde::Serialize + #private::serde::de::DeserializeOwned +));
    let bound = quote!(#serde ::core::marker::Send + ::core::marker::Sync + 'static);
    tokens::where_self(&model.generics, &bound)
}

fn description(set: &Ident, variant: &Variant, private: &TokenStream) -> TokenStream {
    let cfgs = &variant.cfgs;
    let description = match &variant.kind {
        Kind::Own {
            name,
            history,
            shape,
            ..
        } => {
            let version = history.version();
            let path = format!("::{}::{}", set.unraw(), variant.ident.unraw());
            let aliases = history.aliases(private);
            let upcasters = history.upcasters(private);
            let shape = shape::body(private, shape);
            let previous = history
                .previous_description(private)
                .map(|previous| quote!(.with_previous(#previous)));
            quote! {
                #private::EventDescription::new(
                    #private::EventName::from_static(#name),
                    #private::SchemaVersion::from_static(#version),
                    ::core::concat!(::core::module_path!(), #path),
                )
                .with_aliases(#aliases)
                .with_upcasters(#upcasters)
                .with_shape(|| { #shape })
                #previous
            }
        }
        Kind::Event(ty) => {
            quote_spanned!(tokens::at(&**ty)=> #private::EventDescription::of::<#ty>())
        }
    };
    quote!(#(#cfgs)* #description)
}

/// In which form an event is encoded.
#[derive(Clone, Copy)]
enum Form {
    /// As it is recorded, which may be that of its previous version.
    Recorded,
    /// That of the code.
    Today,
}

/// Only where the two forms can differ: a variant of its own has one.
fn encode_today(model: &Model, private: &TokenStream) -> Option<TokenStream> {
    let holds_events = |variant: &Variant| matches!(variant.kind, Kind::Event(_));
    let mut variants = model.variants.iter();
    variants.any(holds_events).then(|| {
        let encodes = model
            .variants
            .iter()
            .map(|v| encode(v, Form::Today, private));
        quote! {
            fn encode_today(
                &self,
            ) -> ::core::result::Result<#private::EncodedEvent, #private::EncodeError> {
                match *self {
                    #(#encodes)*
                }
            }
        }
    })
}

fn encode(variant: &Variant, form: Form, private: &TokenStream) -> TokenStream {
    let Variant { cfgs, ident, kind } = variant;
    match kind {
        Kind::Own {
            name,
            history,
            tags,
            ..
        } => {
            let version = history.version();
            let member = tags.iter().map(|tag| &tag.member);
            let field = (0..tags.len()).map(|index| format_ident!("tag_{index}"));
            let tags = tag::expand(private, tags, |index, tag| {
                format_ident!("tag_{index}", span = tokens::at(&tag.ty)).into_token_stream()
            });
            quote! {
                #(#cfgs)*
                Self::#ident { #(#member: ref #field,)* .. } => #private::codec::encode_variant(
                    self,
                    #private::EventName::from_static(#name),
                    #private::SchemaVersion::from_static(#version),
                    #tags,
                ),
            }
        }
        Kind::Event(ty) => {
            let span = tokens::at(&**ty);
            let encode = match form {
                Form::Recorded => {
                    quote_spanned!(span=> <#ty as #private::Event>::encode_event(event))
                }
                Form::Today => quote_spanned!(span=> #private::codec::encode_event::<#ty>(event)),
            };
            quote! {
                #(#cfgs)*
                Self::#ident(ref event) => #encode,
            }
        }
    }
}

fn decode(variant: &Variant, private: &TokenStream) -> TokenStream {
    let Variant { cfgs, ident, kind } = variant;
    let (is_called, decode) = match kind {
        Kind::Own {
            name,
            history,
            index,
            ..
        } => {
            let version = history.version();
            let end = history.end_of_chain();
            let older = history.decode_older(private).unwrap_or_else(|| {
                quote! {
                    #private::codec::too_old(
                        stored,
                        #private::SchemaVersion::from_static(#end),
                    )
                }
            });
            let decode = quote! {
                #private::codec::decode_variant(
                    stored,
                    #index,
                    #private::SchemaVersion::from_static(#version),
                    |stored| #older,
                )
            };
            let is_alias = history.has_aliases().then(|| {
                let aliases = history.aliases(private);
                quote!(|| #aliases.contains(stored.name))
            });
            (
                quote!(*stored.name == #private::EventName::from_static(#name) #is_alias),
                decode,
            )
        }
        Kind::Event(ty) => {
            let span = tokens::at(&**ty);
            let decode = quote_spanned!(span=> #private::codec::decode_event::<#ty>(stored));
            (
                quote_spanned!(span=> #private::codec::is_called::<#ty>(stored.name)),
                quote!(::core::result::Result::map(#decode, Self::#ident)),
            )
        }
    };
    quote! {
        #(#cfgs)*
        if #is_called {
            return ::core::result::Result::map(#decode, ::core::option::Option::Some);
        }
    }
}

/// From each event that is held to the set.
fn froms(model: &Model) -> TokenStream {
    let ident = &model.ident;
    let (impl_generics, type_generics, where_clause) = model.generics.split_for_impl();
    let from = |variant: &Variant, ty: &Type| {
        let Variant {
            cfgs,
            ident: variant,
            ..
        } = variant;
        quote! {
            #(#cfgs)*
            #[automatically_derived]
            impl #impl_generics ::core::convert::From<#ty> for #ident #type_generics #where_clause {
                fn from(event: #ty) -> Self {
                    Self::#variant(event)
                }
            }
        }
    };
    model
        .variants
        .iter()
        .filter_map(|variant| match &variant.kind {
            Kind::Own { .. } => None,
            Kind::Event(ty) => Some(from(variant, ty)),
        })
        .collect()
}

/// What the rest of the program needs so that it does not complain about this set too.
pub(super) fn stub(model: &Model) -> TokenStream {
    if model.generics.lifetimes().next().is_some() {
        return TokenStream::new();
    }
    let private = tokens::private(model.krate.as_ref());
    let ident = &model.ident;
    let bound = quote!(::core::marker::Send + ::core::marker::Sync + 'static);
    let generics = tokens::where_self(&model.generics, &bound);
    let (impl_generics, type_generics, where_clause) = generics.split_for_impl();
    let froms = froms(model);
    quote! {
        #[automatically_derived]
        impl #impl_generics #private::EventSet for #ident #type_generics #where_clause {
            const EVENTS: &'static [#private::EventDescription] = &[];

            fn encode(
                &self,
            ) -> ::core::result::Result<#private::EncodedEvent, #private::EncodeError> {
                ::core::unreachable!()
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
        #froms
    }
}
