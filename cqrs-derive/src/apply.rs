//! `#[apply]`.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::{Error, ImplItem, ItemImpl, Result, parse_quote};

use crate::fingerprint;

/// The same `impl`, with the fingerprint of its tokens.
pub(crate) fn attribute(arguments: &TokenStream, item: &TokenStream) -> TokenStream {
    match expand(arguments, item) {
        Ok(tokens) => tokens,
        // The `impl` stays, so that it is not missed as well.
        Err(error) => {
            let error = error.into_compile_error();
            quote!(#error #item)
        }
    }
}

fn expand(arguments: &TokenStream, tokens: &TokenStream) -> Result<TokenStream> {
    const WHERE: &str =
        "`#[apply]` stands on an `impl Apply<…> for …`, so that snapshots notice when it changes";
    if !arguments.is_empty() {
        return Err(Error::new_spanned(
            arguments,
            "`#[apply]` takes nothing: write it alone",
        ));
    }
    let hash = fingerprint::of(tokens.clone());
    let parsed = syn::parse2(tokens.clone());
    let mut item: ItemImpl = parsed.map_err(|_| Error::new_spanned(tokens, WHERE))?;
    let is_apply = item.trait_.as_ref().is_some_and(|(path, _)| {
        path.segments
            .last()
            .is_some_and(|last| last.ident == "Apply")
    });
    if !is_apply {
        return Err(Error::new_spanned(item.self_ty, WHERE));
    }
    let is_there = |item: &ImplItem| matches!(item, ImplItem::Const(constant) if constant.ident == "FINGERPRINT");
    if item.items.iter().any(is_there) {
        return Err(Error::new_spanned(
            item.self_ty,
            "`#[apply]` stands here twice: keep one of them",
        ));
    }
    item.items.insert(
        0,
        parse_quote!(#[doc(hidden)] const FINGERPRINT: u64 = #hash;),
    );
    Ok(item.into_token_stream())
}
