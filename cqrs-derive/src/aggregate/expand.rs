//! From the model to the code.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::ext::IdentExt;
use syn::{Generics, Ident, Path, parse_quote};

use super::{Entry, Events, Model};
use crate::{event_set, tokens};

/// All of it: `parse` has found no mistake.
pub(super) fn expand(model: &Model) -> TokenStream {
    let private = tokens::private(model.krate.as_ref());
    let (name, id) = (&model.name, &model.id);
    let event = match &model.events {
        Events::Generated { ident, .. } => quote!(#ident),
        Events::Written(event) => quote!(#event),
        Events::Missing => TokenStream::new(),
    };
    let apply = apply(&model.events, &private);
    let generated = generated(model);
    let snapshots = model
        .snapshot
        .as_ref()
        .map(|snapshot| snapshot.expand(model, &event));
    let parts = Parts {
        name: quote!(#name),
        id: quote!(#id),
        event,
        apply,
        snapshots: snapshots.unwrap_or_default(),
    };
    let aggregate = aggregate(model, &parts);
    quote!(#generated #aggregate)
}

/// What the `impl` consists of.
pub(super) struct Parts {
    pub(super) name: TokenStream,
    pub(super) id: TokenStream,
    pub(super) event: TokenStream,
    /// The body of `apply_event`.
    pub(super) apply: TokenStream,
    /// The constant that says when they are taken, or nothing.
    pub(super) snapshots: TokenStream,
}

/// The `impl` with these parts.
pub(super) fn aggregate(model: &Model, parts: &Parts) -> TokenStream {
    let Parts {
        name,
        id,
        event,
        apply,
        snapshots,
    } = parts;
    let private = tokens::private(model.krate.as_ref());
    let ident = &model.ident;
    let mut bound = quote! {
        ::core::default::Default + ::core::marker::Send + ::core::marker::Sync + 'static
    };
    if !snapshots.is_empty() {
        bound.extend(quote!(+ #private::SnapshotState));
    }
    let generics = tokens::where_self(&model.generics, &bound);
    let (impl_generics, type_generics, where_clause) = generics.split_for_impl();
    let error = model.error.as_ref().map_or_else(
        || quote!(::core::convert::Infallible),
        |error| quote!(#error),
    );
    quote! {
        #[automatically_derived]
        impl #impl_generics #private::Aggregate for #ident #type_generics #where_clause {
            const CATEGORY: #private::Category = #private::Category::from_static(#name);
            type Id = #id;
            type Event = #event;
            type Error = #error;
            #snapshots

            fn apply_event(&mut self, event: &#event) {
                #apply
            }

            fn copied(&self) -> ::core::option::Option<Self> {
                #[allow(unused_imports)]
                use #private::{Cloned as _, NotCloned as _};
                (&#private::Copying(self)).copied()
            }
        }
    }
}

/// The body of `Aggregate::apply_event`.
fn apply(events: &Events, private: &TokenStream) -> TokenStream {
    match events {
        Events::Missing => TokenStream::new(),
        Events::Written(event) => {
            quote_spanned!(tokens::at(&**event)=> <Self as #private::Apply<#event>>::apply(self, event))
        }
        Events::Generated { ident, entries, .. } => {
            let arms = entries.iter().map(
                |Entry {
                     cfgs,
                     path,
                     variant,
                 }| {
                    let apply = quote_spanned! {tokens::at(path)=>
                        <Self as #private::Apply<#path>>::apply(self, event)
                    };
                    quote! {
                        #(#cfgs)*
                        #ident::#variant(ref event) => #apply,
                    }
                },
            );
            quote! {
                match *event {
                    #(#arms)*
                }
            }
        }
    }
}

/// The enum of the events, where it is not written by hand.
pub(super) fn generated(model: &Model) -> TokenStream {
    let Events::Generated {
        ident,
        derives,
        entries,
    } = &model.events
    else {
        return TokenStream::new();
    };
    let visibility = &model.visibility;
    let docs = format!("What happens to `{}`.", model.ident.unraw());
    let usual = || -> Vec<Path> {
        vec![
            parse_quote!(::core::clone::Clone),
            parse_quote!(::core::fmt::Debug),
            parse_quote!(::core::cmp::PartialEq),
        ]
    };
    let derives = derives.clone().unwrap_or_else(usual);
    let variants = entries.iter().map(variant);
    let set = event_set::expand(&set(model, ident, entries));
    quote! {
        #[doc = #docs]
        #[derive(#(#derives),*)]
        #[allow(
            dead_code,
            clippy::enum_variant_names,
            clippy::large_enum_variant,
            clippy::derive_partial_eq_without_eq
        )]
        #visibility enum #ident {
            #(#variants)*
        }
        #set
    }
}

fn variant(entry: &Entry) -> TokenStream {
    let Entry {
        cfgs,
        path,
        variant,
    } = entry;
    let docs = format!("It is `{}`.", quote!(#path).to_string().replace(' ', ""));
    quote! {
        #(#cfgs)*
        #[doc = #docs]
        #variant(#path),
    }
}

fn set(model: &Model, ident: &Ident, entries: &[Entry]) -> event_set::Model {
    event_set::Model {
        krate: model.krate.clone(),
        ident: ident.clone(),
        generics: Generics::default(),
        variants: entries
            .iter()
            .map(
                |Entry {
                     cfgs,
                     path,
                     variant,
                 }| event_set::Variant {
                    cfgs: cfgs.clone(),
                    ident: variant.clone(),
                    kind: event_set::Kind::Event(Box::new(parse_quote!(#path))),
                },
            )
            .collect(),
    }
}
