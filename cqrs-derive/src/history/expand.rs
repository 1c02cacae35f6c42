//! From the history of an event to code.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote, quote_spanned};
use syn::LitStr;

use super::History;
use crate::tokens;

/// Where the event with this history is.
pub(crate) enum Owner {
    /// A struct of its own.
    Struct,
    /// A variant of a set.
    Variant,
}

impl History {
    /// The names that it had before, as a list.
    pub(crate) fn aliases(&self, private: &TokenStream) -> TokenStream {
        let aliases = &self.aliases;
        if aliases.is_empty() {
            return quote!(&[]);
        }
        // A constant of its own: names in a place where they could be dropped are no constants for the compiler.
        quote!({
            const ALIASES: &[#private::EventName] =
                &[#(#private::EventName::from_static(#aliases)),*];
            ALIASES
        })
    }

    /// Its upcasters, as a list.
    pub(crate) fn upcasters(&self, private: &TokenStream) -> TokenStream {
        let upcasters = &self.upcasters;
        if upcasters.is_empty() {
            return quote!(&[]);
        }
        quote!({
            const UPCASTERS: &[#private::Upcaster] = &[#(#upcasters),*];
            UPCASTERS
        })
    }

    pub(crate) fn has_aliases(&self) -> bool {
        !self.aliases.is_empty()
    }

    pub(crate) fn has_upcasters(&self) -> bool {
        !self.upcasters.is_empty()
    }

    /// What reads an event of an older version, as an expression over `stored`; `None` where nothing does.
    pub(crate) fn decode_older(&self, private: &TokenStream) -> Option<TokenStream> {
        let previous = self.previous.as_ref()?;
        let span = tokens::at(previous);
        let from =
            quote_spanned!(span=> <Self as #private::FromPrevious<#previous>>::from_previous);
        let decode = quote_spanned!(span=> #private::codec::decode_event::<#previous>(stored));
        Some(quote_spanned!(span=> ::core::result::Result::map(#decode, #from)))
    }

    /// What describes the version before, as a path of a function.
    pub(crate) fn previous_description(&self, private: &TokenStream) -> Option<TokenStream> {
        let previous = self.previous.as_ref()?;
        Some(quote_spanned! {tokens::at(previous)=>
            #private::EventDescription::of::<#previous>
        })
    }

    /// The oldest version that is read, where there is no `previous`.
    pub(crate) fn end_of_chain(&self) -> u32 {
        self.version()
    }

    /// `Event::encode_event`, where it is not the usual one.
    pub(crate) fn encode_event(&self, private: &TokenStream) -> Option<TokenStream> {
        let writes = self.writes_previous.as_ref()?;
        let previous = self.previous.as_ref()?;
        let span = tokens::at(previous);
        let from = quote_spanned! {span=>
            <#previous as #private::WrittenFor<Self>>::written_for(self)
        };
        let encode = quote!(#private::codec::encode_previous::<Self, #previous>(self, #from));
        let body = match &writes.while_true {
            None => encode,
            Some(function) => {
                let asked = quote_spanned! {tokens::at(function)=> {
                    let ask: fn() -> bool = #function;
                    ask()
                }};
                quote! {
                    if #asked { #encode } else { #private::codec::encode_event(self) }
                }
            }
        };
        Some(quote! {
            fn encode_event(
                &self,
            ) -> ::core::result::Result<#private::EncodedEvent, #private::EncodeError> {
                #body
            }
        })
    }

    /// Assertions of the compiler: that no version is left out, and no name is lost.
    pub(crate) fn assertions(
        &self,
        name: &LitStr,
        owner: &Owner,
        private: &TokenStream,
    ) -> TokenStream {
        let own_names = {
            let aliases = &self.aliases;
            quote! {
                const NAMES: &[#private::EventName] = &[
                    #private::EventName::from_static(#name),
                    #(#private::EventName::from_static(#aliases)),*
                ];
            }
        };
        let mut assertions = TokenStream::new();
        if self.previous.is_some() {
            assertions.extend(self.assert_previous(owner, private));
        }
        if self.has_upcasters() {
            assertions.extend(self.assert_upcasters(private));
        }
        if assertions.is_empty() {
            return assertions;
        }
        quote!(const _: () = { #own_names #assertions };)
    }

    fn assert_previous(&self, owner: &Owner, private: &TokenStream) -> TokenStream {
        let Some(previous) = &self.previous else {
            return TokenStream::new();
        };
        let (version, before) = (self.version(), self.version().saturating_sub(1));
        let text = previous.to_token_stream().to_string().replace(' ', "");
        let what = match owner {
            Owner::Struct => "this event",
            Owner::Variant => "this variant",
        };
        let hole = format!(
            "there is a hole in the chain: version {version} of {what} follows on version {before}, and `{text}` is of another version"
        );
        let renamed = format!(
            "`{text}` has a name that {what} never had: add it with `alias = \"…\"`, so that events of that name are still read"
        );
        let span = tokens::at(previous);
        quote_spanned! {span=>
            ::core::assert!(
                <#previous as #private::Event>::SCHEMA_VERSION.get() == #before,
                #hole
            );
            const PREVIOUS: &#private::EventName = &<#previous as #private::Event>::NAME;
            ::core::assert!(
                PREVIOUS.is_one_of(NAMES)
                    && #private::codec::are_all_among(
                        <#previous as #private::Event>::ALIASES,
                        NAMES,
                    ),
                #renamed
            );
        }
    }

    fn assert_upcasters(&self, private: &TokenStream) -> TokenStream {
        let version = self.version();
        let upcasters = self.upcasters(private);
        let mut assertions = quote!(const UPCASTERS: &[#private::Upcaster] = #upcasters;);
        for path in &self.upcasters {
            let text = path.to_token_stream().to_string().replace(' ', "");
            let never = format!(
                "`{text}` reads a version of this event that is not older than version {version}, so it would stand in the way of today's events"
            );
            assertions.extend(quote_spanned! {tokens::at(path)=>
                const _: () = {
                    const UPCASTER: &#private::Upcaster = &#path;
                    ::core::assert!(
                        !UPCASTER.name().is_one_of(NAMES) || UPCASTER.version().get() < #version,
                        #never
                    );
                };
            });
        }
        // The chain of types goes on from `previous` by itself.
        if self.previous.is_none()
            && let Some((_, at)) = self.version
        {
            // Who leaves out more than that is told about the first of them.
            for missing in (self.oldest()..version).take(100) {
                let hole = format!(
                    "there is a hole in the history: no upcaster of this event reads version {missing}"
                );
                let span = proc_macro2::Span::call_site().located_at(at);
                assertions.extend(quote_spanned! {span=>
                    ::core::assert!(
                        #private::codec::reads_version(UPCASTERS, NAMES, #missing),
                        #hole
                    );
                });
            }
        }
        assertions
    }
}
