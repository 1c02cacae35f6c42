//! From the model to the code.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::{Ident, Type};

use super::{Body, Lifecycle, Model, Route};
use crate::tokens;

pub(super) fn expand(model: &Model) -> TokenStream {
    if model.generics.lifetimes().next().is_some() {
        return TokenStream::new();
    }
    let private = tokens::private(model.krate.as_ref());
    let (error, route) = match &model.route {
        Route::Aggregate { aggregate, .. } => (
            quote_spanned!(tokens::at(&**aggregate)=> <#aggregate as #private::Aggregate>::Error),
            quote!(ByAggregate),
        ),
        Route::Handler(error) => (quote!(#error), quote!(ByHandler)),
        Route::Unknown => (quote!(::core::convert::Infallible), quote!(ByHandler)),
    };
    let Model { ident, name, .. } = model;
    let bound = quote!(::core::marker::Send + ::core::marker::Sync + 'static);
    let generics = tokens::where_self(&model.generics, &bound);
    let (impl_generics, type_generics, where_clause) = generics.split_for_impl();
    let reply = model
        .reply
        .as_ref()
        .map_or_else(|| quote!(()), |reply| quote!(#reply));
    let by_aggregate = by_aggregate(model, &private);
    quote! {
        #[automatically_derived]
        impl #impl_generics #private::Command for #ident #type_generics #where_clause {
            const NAME: &'static str = #name;
            type Reply = #reply;
            type Error = #error;
            type Route = #private::#route;
        }
        #by_aggregate
    }
}

/// `AggregateCommand`, where an aggregate decides.
fn by_aggregate(model: &Model, private: &TokenStream) -> TokenStream {
    let Route::Aggregate { aggregate, body } = &model.route else {
        return TokenStream::new();
    };
    let ident = &model.ident;
    let bound = quote!(::core::marker::Send + ::core::marker::Sync + 'static);
    let generics = tokens::where_self(&model.generics, &bound);
    let (impl_generics, type_generics, where_clause) = generics.split_for_impl();
    let aggregate_id = if model.sound {
        aggregate_id(body)
    } else {
        quote!(::core::unreachable!())
    };
    let lifecycle = lifecycle(body, private);
    let handled = handled(model, aggregate, private);
    quote! {
        #[automatically_derived]
        impl #impl_generics #private::AggregateCommand for #ident #type_generics #where_clause {
            type Aggregate = #aggregate;

            fn aggregate_id(&self) -> &<Self::Aggregate as #private::Aggregate>::Id {
                #aggregate_id
            }

            fn lifecycle(&self) -> #private::Lifecycle {
                #lifecycle
            }
        }
        #handled
    }
}

fn aggregate_id(body: &Body) -> TokenStream {
    match body {
        Body::Struct(case) => case.id.as_ref().map_or_else(
            TokenStream::new,
            |(member, ty)| quote_spanned!(tokens::at(ty)=> &self.#member),
        ),
        Body::Enum(cases) => {
            let arms = cases.iter().filter_map(|(variant, case)| {
                let (member, ty) = case.id.as_ref()?;
                let id = quote_spanned!(tokens::at(ty)=> id);
                Some(quote!(Self::#variant { #member: ref id, .. } => #id,))
            });
            quote! {
                match *self {
                    #(#arms)*
                }
            }
        }
        Body::Unknown => TokenStream::new(),
    }
}

fn lifecycle(body: &Body, private: &TokenStream) -> TokenStream {
    let value = |lifecycle| match lifecycle {
        Lifecycle::Creates => quote!(#private::Lifecycle::Creates),
        Lifecycle::Exists => quote!(#private::Lifecycle::Exists),
        Lifecycle::Any => quote!(#private::Lifecycle::Any),
    };
    match body {
        Body::Struct(case) => value(case.lifecycle),
        Body::Enum(cases) if !cases.is_empty() => {
            let arms = [Lifecycle::Creates, Lifecycle::Exists, Lifecycle::Any].map(|lifecycle| {
                let of: Vec<&Ident> = cases
                    .iter()
                    .filter(|(_, case)| case.lifecycle == lifecycle)
                    .map(|(variant, _)| variant)
                    .collect();
                let value = value(lifecycle);
                (!of.is_empty()).then(|| quote!(#(Self::#of { .. })|* => #value,))
            });
            quote! {
                match *self {
                    #(#arms)*
                }
            }
        }
        Body::Enum(_) | Body::Unknown => value(Lifecycle::Exists),
    }
}

/// Lets the compiler look for `impl Handle` here, so that a missing one is not found out far away. A command with type
/// parameters may be handled for some of them only, so there the sender finds out.
fn handled(model: &Model, aggregate: &Type, private: &TokenStream) -> TokenStream {
    if !model.sound || !model.generics.params.is_empty() {
        return TokenStream::new();
    }
    let ident = &model.ident;
    let check = quote_spanned!(tokens::at(aggregate)=> handles::<#aggregate>);
    quote! {
        const _: () = {
            const fn handles<A: #private::Handle<#ident>>() {}
            #check();
        };
    }
}
