//! `#[tag("…")]` on the fields of an event.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::{
    Attribute, Error, Fields, GenericArgument, LitStr, Member, Meta, PathArguments, Result, Type,
};

use crate::mistakes::Mistakes;
use crate::{attribute, rules, tokens};

/// A field whose value is a tag of the event.
pub(crate) struct TaggedField {
    pub(crate) key: LitStr,
    pub(crate) member: Member,
    pub(crate) ty: Type,
}

/// Reads the tags of these fields.
pub(crate) fn parse(fields: &Fields, mistakes: &mut Mistakes) -> Vec<TaggedField> {
    let mut tags: Vec<TaggedField> = Vec::new();
    for (field, member) in fields.iter().zip(fields.members()) {
        let why = "`#[event(…)]` says what a whole event is called, not a field: put it above the event; a tag is written `#[tag(\"…\")]`";
        attribute::refuse(&field.attrs, "event", why, mistakes);
        for attribute in field.attrs.iter().filter(|a| a.path().is_ident("tag")) {
            let Some(key) = mistakes.check(parse_key(attribute)) else {
                continue;
            };
            let again = |tag: &TaggedField| tag.key.value() == key.value() && tag.member == member;
            if tags.iter().any(again) {
                mistakes.at(&key, "this field has this tag already: keep one of them");
                continue;
            }
            tags.push(TaggedField {
                key,
                member: member.clone(),
                ty: field.ty.clone(),
            });
        }
    }
    tags
}

/// Says that a tag belongs on a field.
pub(crate) fn refuse(attributes: &[Attribute], mistakes: &mut Mistakes) {
    let why = "a tag takes its value from a field: put `#[tag(\"…\")]` on the field";
    attribute::refuse(attributes, "tag", why, mistakes);
}

fn parse_key(attribute: &Attribute) -> Result<LitStr> {
    let example = "write the tag's key in quotes, for instance `#[tag(\"customer\")]`";
    if !matches!(attribute.meta, Meta::List(_)) {
        return Err(Error::new_spanned(attribute, example));
    }
    let key = attribute
        .parse_args()
        .map_err(|error| Error::new(error.span(), example))?;
    rules::tag_key(key)
}

/// The tags, as a `Result<Vec<Tag>, InvalidWord>`. `access` gives a reference to the field of a tag.
pub(crate) fn expand(
    private: &TokenStream,
    tags: &[TaggedField],
    access: impl Fn(usize, &TaggedField) -> TokenStream,
) -> TokenStream {
    if tags.is_empty() {
        return quote!(::core::result::Result::Ok(::std::vec::Vec::new()));
    }
    let tags = tags.iter().enumerate().map(|(index, tag)| {
        let (key, access) = (&tag.key, access(index, tag));
        let span = tokens::at(&tag.ty);
        if is_option(&tag.ty) {
            let of = quote_spanned!(span=> #private::Tag::of(#key, value));
            quote!(::core::option::Option::map(::core::option::Option::as_ref(#access), |value| #of))
        } else {
            let of = quote_spanned!(span=> #private::Tag::of(#key, #access));
            quote!(::core::option::Option::Some(#of))
        }
    });
    quote! {
        ::core::iter::Iterator::collect(::core::iter::Iterator::flatten(
            ::core::iter::IntoIterator::into_iter([#(#tags),*])
        ))
    }
}

/// Whether the type is written `Option<…>`.
fn is_option(ty: &Type) -> bool {
    let Type::Path(path) = tokens::peel(ty) else {
        return false;
    };
    let Some(last) = path.path.segments.last() else {
        return false;
    };
    let one_type = matches!(&last.arguments, PathArguments::AngleBracketed(arguments)
        if matches!(arguments.args.first(), Some(GenericArgument::Type(_))));
    last.ident == "Option" && one_type
}
