//! From the model to the code.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};

use super::Model;
use crate::tokens;

pub(super) fn expand(model: &Model) -> TokenStream {
    let private = tokens::private(model.krate.as_ref());
    let Model {
        ident, generics, ..
    } = model;
    let arms = model.variants.iter().map(|(variant, held)| {
        let send = quote_spanned!(tokens::at(held)=> delivery.send(command).await);
        quote!(Self::#variant(command) => #send,)
    });
    let from = from(model);
    let generics = tokens::where_self(
        generics,
        &quote!(#private::serde::Serialize + #private::serde::de::DeserializeOwned + ::core::marker::Send + ::core::marker::Sync + 'static),
    );
    let (impl_generics, type_generics, where_clause) = generics.split_for_impl();
    quote! {
        #[automatically_derived]
        impl #impl_generics #private::CommandSet for #ident #type_generics #where_clause {
            async fn deliver(self, delivery: #private::CommandDelivery) -> #private::Sent {
                match self {
                    #(#arms)*
                }
            }
        }
        #from
    }
}

/// What the rest of the program needs so that it does not complain about this set too.
pub(super) fn stub(model: &Model) -> TokenStream {
    let private = tokens::private(model.krate.as_ref());
    let Model {
        ident, generics, ..
    } = model;
    let from = from(model);
    let (impl_generics, type_generics, where_clause) = generics.split_for_impl();
    quote! {
        #[automatically_derived]
        impl #impl_generics #private::CommandSet for #ident #type_generics #where_clause {
            async fn deliver(self, _: #private::CommandDelivery) -> #private::Sent {
                ::core::unreachable!()
            }
        }
        #from
    }
}

/// Each command becomes the set by itself.
fn from(model: &Model) -> TokenStream {
    let Model {
        ident, generics, ..
    } = model;
    let (impl_generics, type_generics, where_clause) = generics.split_for_impl();
    let impls = model.variants.iter().map(|(variant, held)| {
        quote! {
            #[automatically_derived]
            impl #impl_generics ::core::convert::From<#held> for #ident #type_generics #where_clause {
                fn from(command: #held) -> Self {
                    Self::#variant(command)
                }
            }
        }
    });
    quote!(#(#impls)*)
}
