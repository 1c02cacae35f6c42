//! `snapshot(…)`.

use proc_macro2::{TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::punctuated::Punctuated;
use syn::{DeriveInput, Error, Expr, Ident, LitInt, Result, Token, parenthesized, token};

use super::{Entry, Events, Model};
use crate::mistakes::Mistakes;
use crate::{attribute, fingerprint, suggest, tokens};

const EXAMPLE: &str = "snapshot(every = 500)";
const KEYS: &[&str] = &["every", "slower_than", "at", "version"];

/// When snapshots are taken, and what makes those that are there useless.
pub(super) struct Snapshot {
    key: Ident,
    every: Option<u64>,
    slower_than: Option<Expr>,
    at: Vec<Ident>,
    version: Option<u64>,
    /// Of the state.
    fingerprint: u64,
}

/// Reads what stands behind the key.
pub(super) fn parse(key: &Ident, input: ParseStream) -> Result<Snapshot> {
    let mut snapshot = Snapshot {
        key: key.clone(),
        every: None,
        slower_than: None,
        at: Vec::new(),
        version: None,
        fingerprint: 0,
    };
    if !input.peek(token::Paren) {
        let why = format!("`snapshot` says when they are taken: write `{EXAMPLE}`");
        return Err(Error::new_spanned(key, why));
    }
    let inner;
    parenthesized!(inner in input);
    let read = snapshot.read(&inner);
    if read.is_err() {
        // Read it to the end, or syn complains about the rest as well.
        drop(inner.parse::<TokenStream>());
    }
    read?;
    if snapshot.every.is_none() && snapshot.slower_than.is_none() && snapshot.at.is_empty() {
        let why = "say when snapshots are taken: `every = 500`, `slower_than = Duration::from_millis(50)` or `at(MonthClosed)`";
        return Err(Error::new_spanned(key, why));
    }
    Ok(snapshot)
}

impl Snapshot {
    fn read(&mut self, input: ParseStream) -> Result<()> {
        let mut seen: Vec<Ident> = Vec::new();
        while !input.is_empty() {
            let key = input.call(Ident::parse_any)?;
            if seen.contains(&key) {
                let why = format!("`{key}` is given twice: keep one of them");
                return Err(Error::new_spanned(&key, why));
            }
            self.take(&key, input)?;
            seen.push(key);
            if !input.is_empty() {
                input.parse::<Token![,]>()?;
            }
        }
        Ok(())
    }

    fn take(&mut self, key: &Ident, input: ParseStream) -> Result<()> {
        match key.to_string().as_str() {
            "every" => {
                let number = attribute::number(key, input)?;
                let events = whole(&number)?;
                if events == 0 {
                    let why = "snapshots are at least one event apart: write `every = 500`";
                    return Err(Error::new_spanned(number, why));
                }
                self.every = Some(events);
            }
            "version" => self.version = Some(whole(&attribute::number(key, input)?)?),
            "slower_than" => self.slower_than = Some(attribute::value(key, input)?),
            "at" => {
                if !input.peek(token::Paren) {
                    let why = "`at` is a list of events in parentheses: write `at(MonthClosed)`";
                    return Err(Error::new_spanned(key, why));
                }
                let inner;
                parenthesized!(inner in input);
                let list = Punctuated::<Ident, Token![,]>::parse_terminated(&inner)?;
                if list.is_empty() {
                    let why =
                        "name the events at which a snapshot is taken: write `at(MonthClosed)`";
                    return Err(Error::new_spanned(key, why));
                }
                self.at = list.into_iter().collect();
            }
            word => {
                let why = suggest::unknown_key(word, suggest::nearest(word, KEYS), KEYS);
                return Err(Error::new_spanned(key, why));
            }
        }
        Ok(())
    }

    /// Takes in the shape of the state, and checks what can be checked.
    pub(super) fn complete(
        &mut self,
        input: &DeriveInput,
        events: &Events,
        mistakes: &mut Mistakes,
    ) {
        let serde = input
            .attrs
            .iter()
            .filter(|attribute| attribute.path().is_ident("serde"));
        let shape = match &input.data {
            syn::Data::Struct(data) => data.fields.to_token_stream(),
            syn::Data::Enum(data) => data.variants.to_token_stream(),
            syn::Data::Union(_) => TokenStream::new(),
        };
        self.fingerprint = fingerprint::of(quote!(#(#serde)* #shape));
        for field in fields(&input.data) {
            if let Some(word) = left_out(field) {
                let why = "this field would be lost in a snapshot: keep it, or take no snapshots";
                mistakes.at(&word, why.to_owned());
            }
        }
        let Events::Generated { entries, .. } = events else {
            return;
        };
        for event in &self.at {
            if entries.iter().all(|entry| entry.variant != *event) {
                let names: Vec<_> = entries
                    .iter()
                    .map(|entry| entry.variant.to_string())
                    .collect();
                let why = format!(
                    "`{event}` is no event of this aggregate: it has {}",
                    names.join(", ")
                );
                mistakes.at(event, why);
            }
        }
    }

    /// `const SNAPSHOTS`. It needs each `apply` to be seen.
    pub(super) fn expand(&self, model: &Model, event: &TokenStream) -> TokenStream {
        let private = tokens::private(model.krate.as_ref());
        let (fingerprint, version) = (self.fingerprint, self.version.unwrap_or_default());
        let applies = applies(&model.events);
        let parts = applies.iter().map(|(cfgs, event)| {
            let part = quote_spanned! {tokens::at(event)=>
                fingerprint = fingerprint.and(<Self as #private::Fingerprinted<#event>>::FINGERPRINT);
            };
            quote!(#cfgs { #part })
        });
        let every = self.every.map(|events| {
            let more = events - 1;
            quote!(.every(::core::num::NonZeroU64::MIN.saturating_add(#more)))
        });
        let slower_than = self
            .slower_than
            .as_ref()
            .map(|time| quote!(.slower_than(#time)));
        let at = (!self.at.is_empty()).then(|| {
            let at = &self.at;
            quote!(.at(|event| ::core::matches!(event, #(#event::#at { .. })|*)))
        });
        let new = quote_spanned! {tokens::at(&self.key)=> #private::SnapshotPolicy::<Self>::new(fingerprint) };
        quote! {
            const SNAPSHOTS: ::core::option::Option<#private::SnapshotPolicy<Self>> = {
                #[allow(unused_mut)]
                let mut fingerprint = #private::Fingerprint::new(#fingerprint).and(#version);
                #(#parts)*
                ::core::option::Option::Some(#new #every #slower_than #at)
            };
        }
    }
}

fn fields(data: &syn::Data) -> Vec<&syn::Field> {
    match data {
        syn::Data::Struct(data) => data.fields.iter().collect(),
        syn::Data::Enum(data) => {
            let variants = data.variants.iter();
            variants.flat_map(|variant| &variant.fields).collect()
        }
        syn::Data::Union(_) => Vec::new(),
    }
}

/// The word by which serde leaves the field out, on the way there or back.
fn left_out(field: &syn::Field) -> Option<Ident> {
    let mut words = field
        .attrs
        .iter()
        .filter(|attribute| attribute.path().is_ident("serde"))
        .filter_map(|attribute| attribute.meta.require_list().ok())
        .flat_map(|list| list.tokens.clone());
    words.find_map(|token| match token {
        TokenTree::Ident(word)
            if ["skip", "skip_serializing", "skip_deserializing"]
                .iter()
                .any(|skip| word == skip) =>
        {
            Some(word)
        }
        _ => None,
    })
}

/// What `Apply` is implemented for, with the conditions under which it is.
fn applies(events: &Events) -> Vec<(TokenStream, TokenStream)> {
    match events {
        Events::Missing => Vec::new(),
        Events::Written(event) => vec![(TokenStream::new(), event.to_token_stream())],
        Events::Generated { entries, .. } => entries
            .iter()
            .map(|Entry { cfgs, path, .. }| (quote!(#(#cfgs)*), path.to_token_stream()))
            .collect(),
    }
}

fn whole(number: &LitInt) -> Result<u64> {
    number.base10_parse().map_err(|_| {
        Error::new_spanned(
            number,
            "this is a whole number of at most 18,446,744,073,709,551,615",
        )
    })
}
