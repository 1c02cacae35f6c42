//! A fingerprint: which code a snapshot was taken by.

use std::fmt;

/// What identifies the code that a state was folded by: the shape of the state, each `apply`, and what the user says
/// beside. Two that differ say that the code has changed; two that are equal say only that nothing that was looked at has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Fingerprint(u64);

impl Fingerprint {
    /// The prime of FNV-1a with 64 bits (Fowler, Noll, Vo): no cryptography, since nobody is kept out by it.
    const PRIME: u64 = 0x0000_0100_0000_01b3;

    /// The fingerprint with this number.
    #[must_use]
    pub const fn new(number: u64) -> Self {
        Self(number)
    }

    /// The number.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }

    /// The fingerprint of this and a further part, in this order.
    #[must_use]
    pub const fn and(self, part: u64) -> Self {
        self.and_bytes(&part.to_le_bytes())
    }

    /// The fingerprint of this and a text, in this order.
    #[must_use]
    pub const fn and_text(self, text: &str) -> Self {
        // With the length it says where one text ends and the next begins.
        self.and_bytes(text.as_bytes()).and(text.len() as u64)
    }

    const fn and_bytes(self, bytes: &[u8]) -> Self {
        let (mut hash, mut bytes) = (self.0, bytes);
        while let [first, rest @ ..] = bytes {
            hash = (hash ^ *first as u64).wrapping_mul(Self::PRIME);
            bytes = rest;
        }
        Self(hash)
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:016x}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::Fingerprint;

    #[test]
    fn the_order_of_the_parts_counts() {
        let of = |parts: [u64; 2]| Fingerprint::new(7).and(parts[0]).and(parts[1]);
        assert_ne!(of([1, 2]), of([2, 1]));
    }

    #[test]
    fn where_a_text_ends_counts() {
        let of = |texts: [&str; 2]| Fingerprint::new(7).and_text(texts[0]).and_text(texts[1]);
        assert_ne!(of(["ab", "c"]), of(["a", "bc"]));
    }
}
