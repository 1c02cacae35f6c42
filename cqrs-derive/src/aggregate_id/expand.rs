//! From the model to the code.

use proc_macro2::TokenStream;
use quote::quote;
use syn::ext::IdentExt;
use syn::{DeriveInput, Path};

use super::{Kind, Model};
use crate::tokens;

pub(super) fn expand(model: &Model) -> TokenStream {
    let private = tokens::private(model.krate.as_ref());
    let Model { ident, inner, .. } = model;
    let inherent = inherent(model, &private);
    let from_text = from_text(model, &private);
    let stream_key = match model.kind {
        Kind::Text => quote!(#private::StreamKey::new(&*self.0)),
        Kind::Uuid | Kind::Integer(_) => {
            quote!(#private::StreamKey::new(::std::string::ToString::to_string(&self.0)))
        }
    };
    let shape = match model.kind {
        // An id is never empty, as a text may be.
        Kind::Text => quote!(#private::Shape::described("string", "\"text\"")),
        Kind::Uuid | Kind::Integer(_) => quote!(<#inner as #private::EventField>::shape()),
    };
    let serialize = match model.kind {
        Kind::Text => quote!(serializer.serialize_str(&self.0)),
        Kind::Uuid | Kind::Integer(_) => {
            quote!(#private::serde::Serialize::serialize(&self.0, serializer))
        }
    };
    let deserialize = match model.kind {
        Kind::Text => quote! {
            let text = <::std::string::String as #private::serde::Deserialize>::deserialize(deserializer)?;
            Self::new(text).map_err(#private::serde::de::Error::custom)
        },
        Kind::Uuid | Kind::Integer(_) => quote! {
            <#inner as #private::serde::Deserialize>::deserialize(deserializer).map(Self)
        },
    };
    quote! {
        #inherent
        #[automatically_derived]
        impl #private::AggregateId for #ident {
            fn stream_key(&self) -> ::core::result::Result<#private::StreamKey, #private::InvalidWord> {
                #stream_key
            }
        }
        #[automatically_derived]
        impl #private::EventField for #ident {
            fn shape() -> #private::Shape {
                #shape
            }
        }
        #[automatically_derived]
        impl ::core::fmt::Display for #ident {
            fn fmt(&self, formatter: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                ::core::fmt::Display::fmt(&self.0, formatter)
            }
        }
        #[automatically_derived]
        impl ::core::str::FromStr for #ident {
            type Err = #private::InvalidWord;

            fn from_str(text: &str) -> ::core::result::Result<Self, Self::Err> {
                #from_text
            }
        }
        #[automatically_derived]
        impl #private::serde::Serialize for #ident {
            fn serialize<S>(&self, serializer: S) -> ::core::result::Result<S::Ok, S::Error>
            where
                S: #private::serde::Serializer,
            {
                #serialize
            }
        }
        #[automatically_derived]
        impl<'de> #private::serde::Deserialize<'de> for #ident {
            fn deserialize<D>(deserializer: D) -> ::core::result::Result<Self, D::Error>
            where
                D: #private::serde::Deserializer<'de>,
            {
                #deserialize
            }
        }
    }
}

/// How an id is made and what it gives back.
fn inherent(model: &Model, private: &TokenStream) -> TokenStream {
    let Model {
        visibility,
        ident,
        inner,
        ..
    } = model;
    let name = ident.unraw().to_string();
    let from_inner = quote! {
        #[automatically_derived]
        impl ::core::convert::From<#inner> for #ident {
            fn from(id: #inner) -> Self {
                Self(id)
            }
        }
    };
    let (methods, from_inner) = match model.kind {
        Kind::Uuid => (
            quote! {
                /// A new id, ordered by time (UUID version 7).
                #[must_use]
                #visibility fn new() -> Self {
                    Self(#private::Uuid::now_v7())
                }

                /// The id as a UUID.
                #[must_use]
                #visibility const fn as_uuid(&self) -> #inner {
                    self.0
                }
            },
            from_inner,
        ),
        Kind::Text => (
            quote! {
                /// Checks the text and keeps it.
                ///
                /// # Errors
                ///
                /// When the text is no stream key: 1 to 200 bytes of UTF-8 without white space and control characters.
                #visibility fn new(
                    text: impl ::core::convert::Into<::std::string::String>,
                ) -> ::core::result::Result<Self, #private::InvalidWord> {
                    let text: ::std::string::String = ::core::convert::Into::into(text);
                    match #private::StreamKey::new(text.as_str()) {
                        ::core::result::Result::Ok(_) => {
                            ::core::result::Result::Ok(Self(::core::convert::Into::into(text)))
                        }
                        ::core::result::Result::Err(error) => ::core::result::Result::Err(
                            #private::InvalidWord::new(#name, &text, error.rule),
                        ),
                    }
                }

                /// The id as text.
                #[must_use]
                #visibility fn as_str(&self) -> &str {
                    &self.0
                }
            },
            TokenStream::new(),
        ),
        Kind::Integer(_) => (
            quote! {
                /// The id as a number.
                #[must_use]
                #visibility const fn get(&self) -> #inner {
                    self.0
                }
            },
            from_inner,
        ),
    };
    quote! {
        #[automatically_derived]
        #[allow(
            dead_code,
            clippy::new_without_default,
            clippy::trivially_copy_pass_by_ref
        )]
        impl #ident {
            #methods
        }
        #from_inner
    }
}

fn from_text(model: &Model, private: &TokenStream) -> TokenStream {
    let inner = &model.inner;
    let name = model.ident.unraw().to_string();
    let rule = match &model.kind {
        Kind::Text => return quote!(Self::new(text)),
        Kind::Uuid => "it must be a UUID".to_owned(),
        Kind::Integer(ident) => format!("it must be a whole number that fits into {ident}"),
    };
    quote! {
        match <#inner as ::core::str::FromStr>::from_str(text) {
            ::core::result::Result::Ok(id) => ::core::result::Result::Ok(Self(id)),
            ::core::result::Result::Err(_) => {
                ::core::result::Result::Err(#private::InvalidWord::new(#name, text, #rule))
            }
        }
    }
}

/// What the rest of the program needs so that it does not complain about this id too.
pub(super) fn stub(input: &DeriveInput, krate: Option<&Path>) -> TokenStream {
    if !input.generics.params.is_empty() {
        return TokenStream::new();
    }
    let private = tokens::private(krate);
    let ident = &input.ident;
    quote! {
        #[automatically_derived]
        impl #private::AggregateId for #ident {
            fn stream_key(&self) -> ::core::result::Result<#private::StreamKey, #private::InvalidWord> {
                ::core::unreachable!()
            }
        }
        #[automatically_derived]
        impl ::core::fmt::Display for #ident {
            fn fmt(&self, _: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                ::core::unreachable!()
            }
        }
        #[automatically_derived]
        impl ::core::str::FromStr for #ident {
            type Err = #private::InvalidWord;

            fn from_str(_: &str) -> ::core::result::Result<Self, Self::Err> {
                ::core::unreachable!()
            }
        }
        #[automatically_derived]
        impl #private::serde::Serialize for #ident {
            fn serialize<S>(&self, _: S) -> ::core::result::Result<S::Ok, S::Error>
            where
                S: #private::serde::Serializer,
            {
                ::core::unreachable!()
            }
        }
        #[automatically_derived]
        impl<'de> #private::serde::Deserialize<'de> for #ident {
            fn deserialize<D>(_: D) -> ::core::result::Result<Self, D::Error>
            where
                D: #private::serde::Deserializer<'de>,
            {
                ::core::unreachable!()
            }
        }
    }
}
