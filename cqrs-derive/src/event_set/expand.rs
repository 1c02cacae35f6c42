//! From the model to the code.

use proc_macro2::TokenStream;
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::{Ident, Type};

use super::{Kind, Model, Variant, unique};
use crate::{tag, tokens};

pub(crate) fn expand(model: &Model) -> TokenStream {
    let private = tokens::private(model.krate.as_ref());
    let ident = &model.ident;
    let generics = generics(model, &private);
    let (impl_generics, type_generics, where_clause) = generics.split_for_impl();
    let descriptions = model
        .variants
        .iter()
        .map(|v| description(ident, v, &private));
    let encodes = model.variants.iter().map(|v| encode(v, &private));
    let decodes = model.variants.iter().map(|v| decode(v, &private));
    let froms = froms(model);
    let unique = unique::expand(model, &private);
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

            fn decode(
                recorded: &#private::RecordedEvent,
            ) -> ::core::result::Result<Self, #private::DecodeError> {
                #(#decodes)*
                ::core::result::Result::Err(#private::codec::unknown_name(
                    recorded,
                    <Self as #private::EventSet>::EVENTS,
                ))
            }
        }
        #froms
        #unique
    }
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
    let name = unique::name(variant, private);
    let (version, rust_type) = match &variant.kind {
        Kind::Own { version, .. } => {
            let path = format!("::{}::{}", set.unraw(), variant.ident.unraw());
            (
                quote!(#private::SchemaVersion::from_static(#version)),
                quote!(::core::concat!(::core::module_path!(), #path)),
            )
        }
        Kind::Event(ty) => (
            quote_spanned!(tokens::at(&**ty)=> <#ty as #private::Event>::SCHEMA_VERSION),
            quote_spanned!(tokens::at(&**ty)=> <#ty as #private::Event>::RUST_TYPE),
        ),
    };
    quote!(#(#cfgs)* #private::EventDescription::new(#name, #version, #rust_type))
}

fn encode(variant: &Variant, private: &TokenStream) -> TokenStream {
    let Variant { cfgs, ident, kind } = variant;
    match kind {
        Kind::Own {
            name,
            version,
            tags,
            ..
        } => {
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
            let encode =
                quote_spanned!(tokens::at(&**ty)=> #private::codec::encode_event::<#ty>(event));
            quote! {
                #(#cfgs)*
                Self::#ident(ref event) => #encode,
            }
        }
    }
}

fn decode(variant: &Variant, private: &TokenStream) -> TokenStream {
    let Variant { cfgs, ident, kind } = variant;
    let name = unique::name(variant, private);
    let decode = match kind {
        Kind::Own { version, index, .. } => quote! {
            #private::codec::decode_variant(
                recorded,
                #index,
                #private::SchemaVersion::from_static(#version),
            )
        },
        Kind::Event(ty) => {
            let decode =
                quote_spanned!(tokens::at(&**ty)=> #private::codec::decode_event::<#ty>(recorded));
            quote!(#decode.map(Self::#ident))
        }
    };
    quote! {
        #(#cfgs)*
        if recorded.name == #name {
            return #decode;
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

            fn decode(
                _: &#private::RecordedEvent,
            ) -> ::core::result::Result<Self, #private::DecodeError> {
                ::core::unreachable!()
            }
        }
        #froms
    }
}
