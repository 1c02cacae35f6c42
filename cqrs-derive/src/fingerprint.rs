//! Hashes tokens, so that a change of the code is noticed.

use proc_macro2::{Spacing, TokenStream, TokenTree};

/// The number of these tokens, never 0: what they are and how they are grouped counts, neither comments nor layout.
///
/// FNV-1a with 64 bits (Fowler, Noll, Vo), which stays the same from one compiler to the next.
pub(crate) fn of(tokens: TokenStream) -> u64 {
    let mut hash = Hash(0xcbf2_9ce4_8422_2325);
    hash.tokens(tokens);
    hash.0 | 1
}

struct Hash(u64);

impl Hash {
    fn tokens(&mut self, tokens: TokenStream) {
        let mut tokens = tokens.into_iter().peekable();
        while let Some(token) = tokens.next() {
            match token {
                TokenTree::Punct(hash)
                    if hash.as_char() == '#' && tokens.peek().is_some_and(is_doc) =>
                {
                    tokens.next();
                }
                TokenTree::Group(group) => {
                    self.text(&format!("{:?}", group.delimiter()));
                    self.tokens(group.stream());
                    self.text("end");
                }
                // `a && b` and `a & &b` are not the same.
                TokenTree::Punct(punct) if punct.spacing() == Spacing::Joint => {
                    self.text(&format!("{} joint", punct.as_char()));
                }
                other => self.text(&other.to_string()),
            }
        }
    }

    fn text(&mut self, text: &str) {
        // No token has a byte 0xff in it: it ends each.
        for byte in text.bytes().chain([0xff]) {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }
}

/// Whether this is the `[doc = …]` of a comment.
fn is_doc(token: &TokenTree) -> bool {
    let TokenTree::Group(group) = token else {
        return false;
    };
    matches!(group.stream().into_iter().next(), Some(TokenTree::Ident(first)) if first == "doc")
}

#[cfg(test)]
mod tests {
    use super::of;
    use quote::quote;

    #[test]
    fn neither_comments_nor_layout_count() {
        let plain = quote!(
            fn apply(&mut self) {
                self.sum += 1;
            }
        );
        let commented =
            "/// Adds.\nfn apply(&mut self) {\n  // one more\n self . sum\n+= 1;}".parse();
        assert_eq!(Some(of(plain)), commented.ok().map(of));
    }

    #[test]
    fn each_token_counts() {
        let tokens = [
            quote!(self.sum += 1),
            quote!(self.sum -= 1),
            quote!(self.sum += 2),
            quote!(self.sums += 1),
            quote!((self.sum += 1)),
            quote!({ self.sum += 1 }),
            quote!(self.sum += "1"),
            quote!(self.sum += 1 & &one),
            quote!(self.sum += 1 && one),
        ];
        let numbers: std::collections::HashSet<_> = tokens.iter().cloned().map(of).collect();
        assert_eq!(numbers.len(), tokens.len());
    }
}
