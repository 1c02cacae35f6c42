//! The shape of a type's JSON, from its fields and serde's attributes: what `EventField::shape` and `Event::shape` give.

mod case;
mod serde;

use proc_macro2::{TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::{Attribute, Data, DataEnum, DeriveInput, Field, Fields, Generics, LitStr, Type};

use crate::attribute::{self, Form};
use crate::mistakes::Mistakes;
use crate::tokens;

pub(crate) use serde::Serde;

const FORM: Form = Form {
    name: "event_field",
    keys: &["describe", "sample", "crate"],
    example: "#[event_field(describe = \"IBAN\", sample = \"\\\"DE02120300000000202051\\\"\")]",
};

/// What `#[event_field(…)]` says.
#[derive(Default)]
pub(crate) struct Described {
    describe: Option<LitStr>,
    sample: Option<LitStr>,
    pub(crate) krate: Option<syn::Path>,
}

impl Described {
    pub(crate) fn read(attributes: &[Attribute], mistakes: &mut Mistakes) -> Self {
        let mut described = Self::default();
        let attribute = attribute::read(attributes, &FORM, mistakes, |key, input| {
            match key.to_string().as_str() {
                "describe" => described.describe = Some(attribute::text(key, input)?),
                "sample" => described.sample = Some(attribute::text(key, input)?),
                _ => described.krate = Some(attribute::crate_path(key, input)?),
            }
            Ok(())
        });
        if let Some(attribute) = attribute
            && described.describe.is_some() != described.sample.is_some()
        {
            let why = "what is described in words needs a sample, and a sample needs the words: write `describe = \"…\"` and `sample = \"…\"`, which is JSON";
            mistakes.at(attribute, why);
        }
        described
    }

    fn expand(&self, private: &TokenStream) -> Option<TokenStream> {
        let (describe, sample) = (self.describe.as_ref()?, self.sample.as_ref()?);
        Some(quote!(#private::Shape::described(#describe, #sample)))
    }
}

/// Writes shapes.
pub(crate) struct Writer<'a> {
    pub(crate) private: &'a TokenStream,
    /// Types that depend on these are asked directly: whether they are described, the compiler can't know here.
    pub(crate) generics: Option<&'a Generics>,
}

impl Writer<'_> {
    /// The shape of a whole type.
    pub(crate) fn input(&self, input: &DeriveInput, mistakes: &mut Mistakes) -> TokenStream {
        let private = self.private;
        let described = Described::read(&input.attrs, mistakes);
        let serde = Serde::read(&input.attrs);
        serde.refuse_to_deny(mistakes);
        if let Some(shape) = described.expand(private) {
            return shape;
        }
        if serde.is_converted() {
            let name = input.ident.unraw().to_string();
            return quote!(#private::Shape::unknown(#name, #private::Remedy::Describe));
        }
        match &input.data {
            Data::Struct(data) => self.content(&data.fields, &serde, serde.field_case(), mistakes),
            Data::Enum(data) => self.enumeration(data, &serde, mistakes),
            Data::Union(_) => quote!(#private::Shape::NOTHING),
        }
    }

    /// What stands in a struct or a variant.
    pub(crate) fn content(
        &self,
        fields: &Fields,
        serde: &Serde,
        case: Option<case::Case>,
        mistakes: &mut Mistakes,
    ) -> TokenStream {
        let private = self.private;
        let kept: Vec<(&Field, Serde)> = fields
            .iter()
            .map(|field| (field, Serde::read(&field.attrs)))
            .filter(|(_, serde)| !serde.has("skip") && !serde.has("skip_serializing"))
            .collect();
        match fields {
            Fields::Unit => quote!(#private::Shape::NOTHING),
            // What holds one value is written as that value.
            _ if is_newtype(fields) || serde.has("transparent") => {
                if let [(field, serde)] = kept.as_slice() {
                    self.field_shape(field, serde, mistakes)
                } else {
                    quote!(#private::Shape::NOTHING)
                }
            }
            Fields::Unnamed(_) => {
                let parts = kept
                    .iter()
                    .map(|(field, serde)| self.field_shape(field, serde, mistakes));
                let parts: Vec<_> = parts.collect();
                quote!(#private::Shape::Tuple(::std::vec![#(#parts),*]))
            }
            Fields::Named(_) => {
                let all_default = serde.has("default");
                let fields: Vec<_> = kept
                    .iter()
                    .filter_map(|(field, serde)| {
                        let ident = field.ident.as_ref()?.unraw().to_string();
                        let usual = case.map_or_else(|| ident.clone(), |case| case.field(&ident));
                        let name = serde.name().unwrap_or(usual);
                        let aliases = serde.aliases();
                        let shape = self.field_shape(field, serde, mistakes);
                        let has_default = all_default || serde.has("default");
                        let may_be_left_out = serde.has("skip_serializing_if");
                        let is_flattened = serde.has("flatten");
                        Some(quote! {
                            #private::FieldShape {
                                name: #name,
                                aliases: &[#(#aliases),*],
                                shape: #shape,
                                has_default: #has_default,
                                may_be_left_out: #may_be_left_out,
                                is_flattened: #is_flattened,
                            }
                        })
                    })
                    .collect();
                quote!(#private::Shape::Fields(::std::vec![#(#fields),*]))
            }
        }
    }

    fn enumeration(&self, data: &DataEnum, serde: &Serde, mistakes: &mut Mistakes) -> TokenStream {
        let private = self.private;
        let tagging = match (serde.text("tag"), serde.text("content")) {
            _ if serde.has("untagged") => quote!(#private::Tagging::Untagged),
            (Some(tag), Some(content)) => quote!(#private::Tagging::Adjacent(#tag, #content)),
            (Some(tag), None) => quote!(#private::Tagging::Internal(#tag)),
            (None, _) => quote!(#private::Tagging::External),
        };
        let case = serde.variant_case();
        let mut variants = Vec::new();
        for variant in &data.variants {
            let own = Serde::read(&variant.attrs);
            if own.has("skip") || own.has("skip_serializing") {
                continue;
            }
            let ident = variant.ident.unraw().to_string();
            let usual = case.map_or_else(|| ident.clone(), |case| case.variant(&ident));
            let name = own.name().unwrap_or(usual);
            let aliases = own.aliases();
            let content = match &variant.fields {
                Fields::Unit => quote!(::core::option::Option::None),
                _ if own.is_converted() => {
                    quote!(::core::option::Option::Some(
                        #private::Shape::unknown(#ident, #private::Remedy::Describe)
                    ))
                }
                fields => {
                    let case = own.field_case().or(serde.fields_case());
                    let content = self.content(fields, &own, case, mistakes);
                    quote!(::core::option::Option::Some(#content))
                }
            };
            variants.push(quote! {
                #private::VariantShape {
                    name: #name,
                    aliases: &[#(#aliases),*],
                    content: #content,
                }
            });
        }
        quote!(#private::Shape::OneOf(#tagging, ::std::vec![#(#variants),*]))
    }

    fn field_shape(&self, field: &Field, serde: &Serde, mistakes: &mut Mistakes) -> TokenStream {
        let private = self.private;
        let described = Described::read(&field.attrs, mistakes);
        if let Some(shape) = described.expand(private) {
            return shape;
        }
        let ty = &field.ty;
        let text = written(ty);
        if serde.is_converted() {
            return quote!(#private::Shape::unknown(#text, #private::Remedy::Describe));
        }
        let span = tokens::at(ty);
        if self.generics.is_some_and(|generics| depends(ty, generics)) {
            return quote_spanned!(span=> <#ty as #private::EventField>::shape());
        }
        quote_spanned!(span=> (&#private::Probe::<#ty>::new()).shape(#text))
    }
}

fn is_newtype(fields: &Fields) -> bool {
    matches!(fields, Fields::Unnamed(fields) if fields.unnamed.len() == 1)
}

/// Whether a type parameter stands in the type.
fn depends(ty: &Type, generics: &Generics) -> bool {
    fn any(tokens: TokenStream, generics: &Generics) -> bool {
        tokens.into_iter().any(|token| match token {
            TokenTree::Group(group) => any(group.stream(), generics),
            TokenTree::Ident(ident) => generics.type_params().any(|known| known.ident == ident),
            TokenTree::Punct(_) | TokenTree::Literal(_) => false,
        })
    }
    any(ty.to_token_stream(), generics)
}

/// The type as a person writes it.
fn written(ty: &Type) -> String {
    let mut text = ty.to_token_stream().to_string();
    for (long, short) in [
        (" :: ", "::"),
        (" < ", "<"),
        (" >", ">"),
        ("< ", "<"),
        (" ,", ","),
        ("& ", "&"),
    ] {
        text = text.replace(long, short);
    }
    text
}

/// A body that gives the shape.
pub(crate) fn body(private: &TokenStream, shape: &TokenStream) -> TokenStream {
    quote! {
        #[allow(unused_imports)]
        use #private::{Described as _, NotDescribed as _};
        #shape
    }
}
