//! The text inside a word: static for names that the code knows, shared for those that come from a store.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

/// Cheap to clone in both cases. Two texts are equal when their characters are.
#[derive(Clone)]
pub(crate) enum Text {
    Static(&'static str),
    Shared(Arc<str>),
}

impl Text {
    pub(crate) fn as_str(&self) -> &str {
        match self {
            Self::Static(text) => text,
            Self::Shared(text) => text,
        }
    }

    /// The text, where it stands in the code: empty for any other. `as_str` can't be asked in a `const`.
    pub(crate) const fn as_static_str(&self) -> &'static str {
        match self {
            Self::Static(text) => text,
            Self::Shared(_) => "",
        }
    }

    /// Whether both are the same static text. `==` can't be asked in a `const`.
    pub(crate) const fn is_also(&self, other: &Self) -> bool {
        let (Self::Static(one), Self::Static(other)) = (self, other) else {
            return false;
        };
        let (one, other) = (one.as_bytes(), other.as_bytes());
        if one.len() != other.len() {
            return false;
        }
        let mut index = 0;
        while index < one.len() {
            if one[index] != other[index] {
                return false;
            }
            index += 1;
        }
        true
    }
}

impl PartialEq for Text {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for Text {}

impl PartialOrd for Text {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Text {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.as_str().cmp(other.as_str())
    }
}

impl Hash for Text {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_str().hash(state);
    }
}

/// Rules that a text can break; each is checked in a `const fn`, so that a bad name in the code does not compile.
pub(crate) mod rule {
    pub(crate) const EMPTY: &str = "it must not be empty";

    /// An ASCII letter, then ASCII letters, digits and what `extra` allows.
    pub(crate) const fn is_name(text: &str, extra: &[u8]) -> bool {
        let bytes = text.as_bytes();
        let mut index = 0;
        while index < bytes.len() {
            let byte = bytes[index];
            let allowed = byte.is_ascii_alphabetic()
                || (index > 0 && (byte.is_ascii_digit() || contains(extra, byte)));
            if !allowed {
                return false;
            }
            index += 1;
        }
        true
    }

    const fn contains(set: &[u8], byte: u8) -> bool {
        let mut index = 0;
        while index < set.len() {
            if set[index] == byte {
                return true;
            }
            index += 1;
        }
        false
    }

    /// The rule of keys and tags: 1 to 200 bytes, each character one that a person can see and type.
    pub(crate) fn check_key(text: &str) -> Option<&'static str> {
        if text.is_empty() {
            Some(EMPTY)
        } else if text.len() > 200 {
            Some("it must have at most 200 bytes")
        } else if text
            .chars()
            .any(|character| character.is_whitespace() || character.is_control())
        {
            Some("it must not have white space or control characters")
        } else {
            None
        }
    }
}

/// Makes a newtype over [`Text`] with one rule, checked by `Self::check`.
macro_rules! word {
    ($(#[$attribute:meta])* $name:ident, $kind:literal, check = $check:expr) => {
        $(#[$attribute])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name($crate::words::text::Text);

        impl $name {
            /// Checks the rule and keeps the text.
            ///
            /// # Errors
            ///
            /// [`InvalidWord`](crate::words::error::InvalidWord) names the rule that the text breaks.
            pub fn new(text: impl Into<std::sync::Arc<str>>) -> Result<Self, $crate::words::error::InvalidWord> {
                let text = text.into();
                match ($check)(&text) {
                    None => Ok(Self($crate::words::text::Text::Shared(text))),
                    Some(rule) => Err($crate::words::error::InvalidWord::new($kind, &text, rule)),
                }
            }

            /// The text as it was given.
            #[must_use]
            pub fn as_str(&self) -> &str {
                self.0.as_str()
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.pad(self.as_str())
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.debug_tuple(stringify!($name)).field(&self.as_str()).finish()
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                self.as_str()
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::words::error::InvalidWord;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Self::new(text)
            }
        }

        impl TryFrom<&str> for $name {
            type Error = $crate::words::error::InvalidWord;

            fn try_from(text: &str) -> Result<Self, Self::Error> {
                Self::new(text)
            }
        }

        impl TryFrom<String> for $name {
            type Error = $crate::words::error::InvalidWord;

            fn try_from(text: String) -> Result<Self, Self::Error> {
                Self::new(text)
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <String as serde::Deserialize>::deserialize(deserializer)?;
                Self::new(text).map_err(serde::de::Error::custom)
            }
        }
    };
}

/// Adds a constructor for names that stand in the code: a bad one does not compile in a `const`.
macro_rules! static_word {
    ($name:ident, $kind:literal, check = $check:path) => {
        impl $name {
            /// A name that stands in the code.
            ///
            /// # Panics
            ///
            /// When the text breaks the rule. In a `const` that is an error of the compiler.
            #[must_use]
            pub const fn from_static(text: &'static str) -> Self {
                assert!(
                    $check(text).is_none(),
                    concat!("this text is not a valid ", $kind)
                );
                Self($crate::words::text::Text::Static(text))
            }

            /// The text of a name that stands in the code.
            #[allow(dead_code, reason = "asked of event names only")]
            pub(crate) const fn as_static_str(&self) -> &'static str {
                self.0.as_static_str()
            }
        }
    };
}

pub(crate) use {static_word, word};
