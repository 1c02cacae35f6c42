//! A document key: which document of a read model, which instance of a process manager.

use super::stream::StreamKey;
use super::text::{rule, word};

word! {
    /// Which document of a view, which instance of a process manager, or which line of order of an event handler. Events
    /// of one key are processed in order; different keys don't wait for each other.
    ///
    /// Rule: 1 to 200 bytes of UTF-8 without control characters.
    DocumentKey, "document key", check = check
}

fn check(text: &str) -> Option<&'static str> {
    if text.is_empty() {
        Some(rule::EMPTY)
    } else if text.len() > 200 {
        Some("it must have at most 200 bytes")
    } else if text.chars().any(char::is_control) {
        Some("it must not have control characters")
    } else {
        None
    }
}

/// What may be a stream's key may be a document's: the rule of streams is the stricter one. The text is shared.
impl From<&StreamKey> for DocumentKey {
    fn from(key: &StreamKey) -> Self {
        Self(key.text())
    }
}

#[cfg(test)]
mod tests {
    use super::{DocumentKey, StreamKey};

    #[test]
    fn every_key_of_a_stream_is_a_key_of_a_document() {
        for text in [
            "7",
            "Ünïcode/7",
            "\u{200b}",
            &"a".repeat(200),
            &"ü".repeat(100),
        ] {
            let key = StreamKey::new(text).unwrap();
            assert_eq!(DocumentKey::from(&key), DocumentKey::new(text).unwrap());
        }
        for text in ["", "\n", "\u{7f}", &"a".repeat(201)] {
            assert!(StreamKey::new(text).is_err() && DocumentKey::new(text).is_err());
        }
    }
}
