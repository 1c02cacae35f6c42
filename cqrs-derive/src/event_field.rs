//! `#[derive(EventField)]`.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Data, DeriveInput, parse_quote};

use crate::mistakes::Mistakes;
use crate::shape::{self, Described, Writer};
use crate::tokens;

pub(crate) fn derive(input: &DeriveInput) -> TokenStream {
    let mut mistakes = Mistakes::default();
    // Its mistakes are found again below.
    let krate = Described::read(&input.attrs, &mut Mistakes::default()).krate;
    let private = tokens::private(krate.as_ref());
    if let Data::Union(_) = input.data {
        mistakes.at(
            &input.ident,
            "what stands in an event is a struct or an enum, not a union",
        );
        return mistakes.into_tokens();
    }
    let writer = Writer {
        private: &private,
        generics: Some(&input.generics),
    };
    let shape = shape::body(&private, &writer.input(input, &mut mistakes));
    let ident = &input.ident;
    let mut generics = input.generics.clone();
    for parameter in input.generics.type_params() {
        let parameter = &parameter.ident;
        let bound = parse_quote!(#parameter: #private::EventField);
        generics.make_where_clause().predicates.push(bound);
    }
    let (impl_generics, type_generics, where_clause) = generics.split_for_impl();
    let mistakes = mistakes.into_tokens();
    quote! {
        #mistakes
        #[automatically_derived]
        impl #impl_generics #private::EventField for #ident #type_generics #where_clause {
            fn shape() -> #private::Shape {
                #private::Shape::Named(::core::any::type_name::<Self>(), || { #shape })
            }
        }
    }
}
