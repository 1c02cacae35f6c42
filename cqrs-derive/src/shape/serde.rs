//! What serde's attributes say. What serde can't read, serde complains about.

use proc_macro2::Span;
use syn::{Attribute, Expr, ExprLit, Lit, Token, parenthesized, token};

use super::case::Case;
use crate::mistakes::Mistakes;

/// The entries of all `#[serde(…)]`.
#[derive(Default)]
pub(crate) struct Serde(Vec<Entry>);

struct Entry {
    key: String,
    span: Span,
    text: Option<String>,
    /// The `serialize = "…"` of `rename(serialize = "…", deserialize = "…")`.
    serialize: Option<String>,
    deserialize: Option<String>,
}

impl Serde {
    pub(crate) fn read(attributes: &[Attribute]) -> Self {
        let mut entries = Vec::new();
        for attribute in attributes.iter().filter(|a| a.path().is_ident("serde")) {
            let read = attribute.parse_nested_meta(|meta| {
                let mut entry = Entry {
                    key: meta
                        .path
                        .get_ident()
                        .map(ToString::to_string)
                        .unwrap_or_default(),
                    span: meta
                        .path
                        .segments
                        .first()
                        .map_or_else(Span::call_site, |s| s.ident.span()),
                    text: None,
                    serialize: None,
                    deserialize: None,
                };
                if meta.input.peek(Token![=]) {
                    entry.text = text(&meta.value()?.parse()?);
                } else if meta.input.peek(token::Paren) {
                    let inner;
                    parenthesized!(inner in meta.input);
                    while !inner.is_empty() {
                        let key: syn::Ident = inner.parse()?;
                        inner.parse::<Token![=]>()?;
                        let value = text(&inner.parse()?);
                        if key == "serialize" {
                            entry.serialize = value;
                        } else {
                            entry.deserialize = value;
                        }
                        if !inner.is_empty() {
                            inner.parse::<Token![,]>()?;
                        }
                    }
                }
                entries.push(entry);
                Ok(())
            });
            drop(read);
        }
        Self(entries)
    }

    pub(crate) fn has(&self, key: &str) -> bool {
        self.0.iter().any(|entry| entry.key == key)
    }

    pub(crate) fn text(&self, key: &str) -> Option<&str> {
        let entry = self.0.iter().find(|entry| entry.key == key)?;
        entry.serialize.as_deref().or(entry.text.as_deref())
    }

    /// The name that it is written under.
    pub(super) fn name(&self) -> Option<String> {
        self.text("rename").map(str::to_owned)
    }

    /// Other names that it is read under.
    pub(super) fn aliases(&self) -> Vec<String> {
        let name = self.text("rename");
        let of_rename = self.0.iter().filter(|entry| entry.key == "rename");
        let of_rename = of_rename.filter_map(|entry| entry.deserialize.clone());
        let aliases = self.0.iter().filter(|entry| entry.key == "alias");
        let aliases = aliases.filter_map(|entry| entry.text.clone());
        let all = of_rename.chain(aliases);
        all.filter(|alias| Some(alias.as_str()) != name).collect()
    }

    /// Whether it is written as something else, which only the user knows.
    pub(super) fn is_converted(&self) -> bool {
        [
            "from",
            "try_from",
            "into",
            "remote",
            "with",
            "serialize_with",
            "deserialize_with",
        ]
        .iter()
        .any(|key| self.has(key))
    }

    /// The case of the fields of a struct, or of one variant.
    pub(crate) fn field_case(&self) -> Option<Case> {
        Case::named(self.text("rename_all")?)
    }

    /// The case of the variants of an enum.
    pub(crate) fn variant_case(&self) -> Option<Case> {
        Case::named(self.text("rename_all")?)
    }

    /// The case of the fields of all variants of an enum.
    pub(crate) fn fields_case(&self) -> Option<Case> {
        Case::named(self.text("rename_all_fields")?)
    }

    /// Says that unknown fields must not be an error.
    pub(crate) fn refuse_to_deny(&self, mistakes: &mut Mistakes) {
        for entry in self
            .0
            .iter()
            .filter(|entry| entry.key == "deny_unknown_fields")
        {
            let why = "remove this: an event that has one field more, from newer code or from before, must still be read";
            mistakes.add(syn::Error::new(entry.span, why));
        }
    }
}

fn text(value: &Expr) -> Option<String> {
    match value {
        Expr::Lit(ExprLit {
            lit: Lit::Str(text),
            ..
        }) => Some(text.value()),
        _ => None,
    }
}
