//! A payload: what happened, as JSON text.

use std::cell::Cell;
use std::sync::Arc;

use serde::Serialize;
use serde::de::{DeserializeOwned, IgnoredAny};

thread_local! {
    /// Where the next payload of this thread is written, before it gets memory of just its size.
    static BUFFER: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

/// A buffer that has grown larger is given back.
const LARGEST_BUFFER: usize = 64 << 10;

/// JSON text that is kept byte for byte as it was given (promise A8). Cheap to clone.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Payload(Arc<str>);

/// A text that can't be a [`Payload`].
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidPayload {
    /// It is not JSON.
    #[error("the payload is not JSON")]
    Syntax(#[source] serde_json::Error),
    /// It is nested deeper than can be read back.
    #[error(
        "the payload is nested {depth} levels deep, at most {} can be read back",
        Payload::DEEPEST
    )]
    TooDeep {
        /// How many levels of arrays and objects it has.
        depth: usize,
    },
}

impl Payload {
    /// How many levels of arrays and objects a payload may have: as deep as `serde_json` reads back.
    pub const DEEPEST: usize = 127;

    /// Encodes a value.
    ///
    /// ### Note: a float that is no number
    /// JSON has no NaN and no infinity: `serde_json` writes `null`, which does not read back as a float. The test kit
    /// reads back each event that a test emits, and so finds this.
    ///
    /// # Errors
    ///
    /// [`InvalidPayload`] when the value has no JSON form (a map whose keys are no strings), or is nested too deep.
    pub fn encode<T: Serialize + ?Sized>(value: &T) -> Result<Self, InvalidPayload> {
        Self::written(|text| serde_json::to_writer(text, value))
    }

    /// Takes what a JSON serializer writes.
    pub(crate) fn written(
        write: impl FnOnce(&mut Vec<u8>) -> Result<(), serde_json::Error>,
    ) -> Result<Self, InvalidPayload> {
        // Taken and not borrowed: `write` calls users' code, which may encode something else meanwhile.
        let mut buffer = BUFFER.try_with(Cell::take).unwrap_or_default();
        buffer.clear();
        let written = write(&mut buffer).map_err(InvalidPayload::Syntax);
        let payload = written.and_then(|()| Self::from_serializer(&buffer));
        if buffer.capacity() <= LARGEST_BUFFER {
            // Without it, the thread is at its end.
            let _ = BUFFER.try_with(|kept| kept.set(buffer));
        }
        payload
    }

    /// Takes text that a serializer wrote, which is JSON already.
    fn from_serializer(text: &[u8]) -> Result<Self, InvalidPayload> {
        let text = std::str::from_utf8(text)
            .map_err(|error| InvalidPayload::Syntax(serde::ser::Error::custom(error)))?;
        Self::check_depth(text)?;
        Ok(Self(text.into()))
    }

    /// Takes JSON text from outside.
    ///
    /// # Errors
    ///
    /// [`InvalidPayload`] when it is not JSON, or is nested too deep.
    pub fn from_json(text: impl Into<Arc<str>>) -> Result<Self, InvalidPayload> {
        let text = text.into();
        Self::check_depth(&text)?;
        serde_json::from_str::<IgnoredAny>(&text).map_err(InvalidPayload::Syntax)?;
        Ok(Self(text))
    }

    /// Takes the text that a store holds, as it is. For the authors of stores.
    ///
    /// Nothing is checked: a damaged payload is found, and reported with its position, when the event is decoded.
    #[must_use]
    pub fn from_store(text: impl Into<Arc<str>>) -> Self {
        Self(text.into())
    }

    /// The JSON text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// How many bytes the text has.
    #[must_use]
    pub fn size(&self) -> usize {
        self.0.len()
    }

    /// Decodes the value.
    ///
    /// # Errors
    ///
    /// The error of `serde_json` when the text is not JSON or does not have the shape of `T`.
    pub fn decode<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        serde_json::from_str(&self.0)
    }

    fn check_depth(text: &str) -> Result<(), InvalidPayload> {
        if text.len() <= Self::DEEPEST {
            return Ok(());
        }
        let (mut depth, mut deepest, mut in_string, mut escaped) = (0_usize, 0, false, false);
        for byte in text.bytes() {
            match byte {
                _ if escaped => escaped = false,
                b'\\' if in_string => escaped = true,
                b'"' => in_string = !in_string,
                b'[' | b'{' if !in_string => {
                    depth += 1;
                    deepest = deepest.max(depth);
                }
                b']' | b'}' if !in_string => depth = depth.saturating_sub(1),
                _ => {}
            }
        }
        if deepest > Self::DEEPEST {
            Err(InvalidPayload::TooDeep { depth: deepest })
        } else {
            Ok(())
        }
    }
}

impl std::fmt::Debug for Payload {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_tuple("Payload")
            .field(&self.as_str())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::{InvalidPayload, Payload};

    #[test]
    fn refuses_text_that_is_not_json() {
        for text in ["", "{", "{\"a\":1", "nil", "1 2", "\u{feff}{}"] {
            assert!(
                matches!(Payload::from_json(text), Err(InvalidPayload::Syntax(_))),
                "{text:?}"
            );
        }
    }

    #[test]
    fn takes_exactly_the_depth_that_reads_back() {
        let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
        let deepest = Payload::from_json(nested(Payload::DEEPEST)).unwrap();
        assert!(deepest.decode::<serde_json::Value>().is_ok());
        assert!(matches!(
            Payload::from_json(nested(128)),
            Err(InvalidPayload::TooDeep { depth: 128 })
        ));
        assert!(
            Payload::from_store(nested(128))
                .decode::<serde_json::Value>()
                .is_err()
        );
    }

    #[test]
    fn counts_no_brackets_inside_strings() {
        let text = format!(r#""{}\"{}""#, "[".repeat(500), "{".repeat(500));
        assert_eq!(Payload::from_json(text.as_str()).unwrap().as_str(), text);
    }

    #[test]
    fn keeps_the_bytes_as_they_were_given() {
        let text = "{ \"b\" : 1.0e2, \"a\":\"\\u0000\", \"a\": 18446744073709551615 }";
        assert_eq!(Payload::from_json(text).unwrap().as_str(), text);
    }
}
