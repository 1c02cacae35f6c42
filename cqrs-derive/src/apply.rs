//! `#[apply]`.

use proc_macro2::TokenStream;
use quote::quote;
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::{Error, Ident, ItemImpl, Path, PathSegment, Result};

use crate::{attribute, fingerprint, tokens};

/// The same `impl`, and beside it the number of its tokens.
pub(crate) fn attribute(arguments: &TokenStream, item: &TokenStream) -> TokenStream {
    match expand(arguments, item) {
        Ok(fingerprinted) => quote!(#item #fingerprinted),
        // The `impl` stays, so that it is not missed as well.
        Err(error) => {
            let error = error.into_compile_error();
            quote!(#error #item)
        }
    }
}

const WHERE: &str =
    "`#[apply]` stands on an `impl Apply<…> for …`, so that snapshots notice when it changes";

fn expand(arguments: &TokenStream, tokens: &TokenStream) -> Result<TokenStream> {
    let krate = krate(arguments)?;
    let hash = fingerprint::of(tokens.clone());
    let parsed = syn::parse2(tokens.clone());
    let item: ItemImpl = parsed.map_err(|_| Error::new_spanned(tokens, WHERE))?;
    let Some(PathSegment {
        arguments: event, ..
    }) = apply(&item)
    else {
        return Err(Error::new_spanned(item.self_ty, WHERE));
    };
    if item.attrs.iter().any(|twice| is_apply(twice.path())) {
        return Err(Error::new_spanned(
            item.self_ty,
            "`#[apply]` stands here twice: keep one of them",
        ));
    }
    let private = tokens::private(krate.as_ref());
    let conditions = item.attrs.iter().filter(|one| one.path().is_ident("cfg"));
    let (state, generics) = (&item.self_ty, &item.generics);
    let (impl_generics, _, where_clause) = generics.split_for_impl();
    Ok(quote! {
        #(#conditions)*
        #[automatically_derived]
        impl #impl_generics #private::Fingerprinted #event for #state #where_clause {
            const FINGERPRINT: u64 = #hash;
        }
    })
}

/// The `Apply<…>` of the `impl`.
fn apply(item: &ItemImpl) -> Option<&PathSegment> {
    let (path, _) = item.trait_.as_ref()?;
    path.segments.last().filter(|last| last.ident == "Apply")
}

fn is_apply(path: &Path) -> bool {
    path.segments
        .last()
        .is_some_and(|last| last.ident == "apply")
}

/// Nothing, or `crate = …`.
fn krate(arguments: &TokenStream) -> Result<Option<Path>> {
    if arguments.is_empty() {
        return Ok(None);
    }
    let read = |input: ParseStream| {
        let key = input.call(Ident::parse_any)?;
        if key != "crate" {
            return Err(Error::new_spanned(
                arguments,
                "`#[apply]` takes nothing: write it alone",
            ));
        }
        attribute::crate_path(&key, input)
    };
    read.parse2(arguments.clone()).map(Some)
}
