//! Writes the content of an enum's variant without the variant's Rust name, and reads it back by the variant's index.
//!
//! The enum derives `Serialize` and `Deserialize` as usual, so that every serde attribute on its fields works. Which
//! variant it is stands in the event's name, not in the payload.

use serde::de::value::U32Deserializer;
use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer as _, EnumAccess, IntoDeserializer,
    VariantAccess, Visitor,
};
use serde::ser::{
    Error as _, Impossible, SerializeStruct, SerializeStructVariant, SerializeTuple,
    SerializeTupleVariant,
};
use serde::{Deserialize, Serialize, Serializer};
use serde_json::Error;
use serde_json::ser::Compound;

use crate::words::payload::{InvalidPayload, Payload};

pub(super) fn encode<T: Serialize>(set: &T) -> Result<Payload, InvalidPayload> {
    Payload::written(|text| set.serialize(Content(&mut serde_json::Serializer::new(text))))
}

pub(super) fn decode<T: DeserializeOwned>(text: &str, index: u32) -> Result<T, Error> {
    T::deserialize(Indexed {
        index,
        json: &mut serde_json::Deserializer::from_str(text),
    })
}

type Json<'a, 'b> = &'a mut serde_json::Serializer<&'b mut Vec<u8>>;
type Parts<'a, 'b> = Compound<'a, &'b mut Vec<u8>, serde_json::ser::CompactFormatter>;

/// Serializes enum variants only: each as its content.
struct Content<'a, 'b>(Json<'a, 'b>);

struct TupleContent<'a, 'b>(Parts<'a, 'b>);

struct StructContent<'a, 'b>(Parts<'a, 'b>);

fn no_variant<T>() -> Result<T, Error> {
    Err(Error::custom(
        "a set of events must serialize as an enum with plain variants, without `tag` or `untagged`",
    ))
}

macro_rules! refuse {
    ($($method:ident($($type:ty)?) -> $result:ty;)*) => {
        $(fn $method(self $(, _: $type)?) -> Result<$result, Error> { no_variant() })*
    };
}

impl<'a, 'b> Serializer for Content<'a, 'b> {
    type Ok = ();
    type Error = Error;
    type SerializeSeq = Impossible<(), Error>;
    type SerializeTuple = Impossible<(), Error>;
    type SerializeTupleStruct = Impossible<(), Error>;
    type SerializeTupleVariant = TupleContent<'a, 'b>;
    type SerializeMap = Impossible<(), Error>;
    type SerializeStruct = Impossible<(), Error>;
    type SerializeStructVariant = StructContent<'a, 'b>;

    fn serialize_unit_variant(self, _: &'static str, _: u32, _: &'static str) -> Result<(), Error> {
        SerializeStruct::end(self.0.serialize_struct("", 0)?)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        value: &T,
    ) -> Result<(), Error> {
        value.serialize(self.0)
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        length: usize,
    ) -> Result<TupleContent<'a, 'b>, Error> {
        self.0.serialize_tuple(length).map(TupleContent)
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        length: usize,
    ) -> Result<StructContent<'a, 'b>, Error> {
        self.0.serialize_struct(variant, length).map(StructContent)
    }

    refuse! {
        serialize_bool(bool) -> ();
        serialize_i8(i8) -> ();
        serialize_i16(i16) -> ();
        serialize_i32(i32) -> ();
        serialize_i64(i64) -> ();
        serialize_u8(u8) -> ();
        serialize_u16(u16) -> ();
        serialize_u32(u32) -> ();
        serialize_u64(u64) -> ();
        serialize_f32(f32) -> ();
        serialize_f64(f64) -> ();
        serialize_char(char) -> ();
        serialize_str(&str) -> ();
        serialize_bytes(&[u8]) -> ();
        serialize_none() -> ();
        serialize_unit() -> ();
        serialize_unit_struct(&'static str) -> ();
        serialize_seq(Option<usize>) -> Self::SerializeSeq;
        serialize_tuple(usize) -> Self::SerializeTuple;
        serialize_map(Option<usize>) -> Self::SerializeMap;
    }

    fn serialize_some<T: Serialize + ?Sized>(self, _: &T) -> Result<(), Error> {
        no_variant()
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: &T,
    ) -> Result<(), Error> {
        no_variant()
    }

    fn serialize_tuple_struct(
        self,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleStruct, Error> {
        no_variant()
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Self::SerializeStruct, Error> {
        no_variant()
    }
}

impl SerializeTupleVariant for TupleContent<'_, '_> {
    type Ok = ();
    type Error = Error;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        self.0.serialize_element(value)
    }

    fn end(self) -> Result<(), Error> {
        SerializeTuple::end(self.0)
    }
}

impl SerializeStructVariant for StructContent<'_, '_> {
    type Ok = ();
    type Error = Error;

    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        key: &'static str,
        value: &T,
    ) -> Result<(), Error> {
        SerializeStruct::serialize_field(&mut self.0, key, value)
    }

    fn end(self) -> Result<(), Error> {
        SerializeStruct::end(self.0)
    }
}

/// Deserializes an enum whose variant is known by its index and whose content is the whole text.
struct Indexed<'a, 'de> {
    index: u32,
    json: &'a mut serde_json::Deserializer<serde_json::de::StrRead<'de>>,
}

impl<'de> serde::Deserializer<'de> for Indexed<'_, 'de> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Error> {
        no_variant()
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_enum(self)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}

impl<'de> EnumAccess<'de> for Indexed<'_, 'de> {
    type Error = Error;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self), Error> {
        let index: U32Deserializer<Error> = self.index.into_deserializer();
        Ok((seed.deserialize(index)?, self))
    }
}

impl<'de> VariantAccess<'de> for Indexed<'_, 'de> {
    type Error = Error;

    fn unit_variant(self) -> Result<(), Error> {
        serde::de::IgnoredAny::deserialize(&mut *self.json)?;
        self.json.end()
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Error> {
        let value = seed.deserialize(&mut *self.json)?;
        self.json.end()?;
        Ok(value)
    }

    fn tuple_variant<V: Visitor<'de>>(self, length: usize, visitor: V) -> Result<V::Value, Error> {
        let value = self.json.deserialize_tuple(length, visitor)?;
        self.json.end()?;
        Ok(value)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        let value = self.json.deserialize_struct("", fields, visitor)?;
        self.json.end()?;
        Ok(value)
    }
}

#[cfg(test)]
mod tests {
    use serde::{Deserialize, Serialize};

    use super::{decode, encode};

    #[derive(Serialize, Deserialize, Debug, PartialEq)]
    #[serde(rename_all = "kebab-case")]
    enum Set {
        Closed,
        Renamed(String),
        Moved(i64, i64),
        Opened {
            #[serde(rename = "who")]
            owner: String,
            #[serde(default, skip_serializing_if = "Option::is_none")]
            note: Option<String>,
        },
    }

    #[test]
    fn each_kind_of_variant_is_written_as_its_content_and_read_back() {
        let opened = Set::Opened {
            owner: "\0ada".into(),
            note: None,
        };
        for (index, (event, text)) in [
            (Set::Closed, "{}"),
            (Set::Renamed("x".into()), r#""x""#),
            (Set::Moved(1, i64::MIN), "[1,-9223372036854775808]"),
            (opened, r#"{"who":"\u0000ada"}"#),
        ]
        .into_iter()
        .enumerate()
        {
            assert_eq!(encode(&event).unwrap().as_str(), text);
            assert_eq!(
                decode::<Set>(text, index.try_into().unwrap()).unwrap(),
                event
            );
        }
    }

    #[test]
    fn trailing_text_and_truncated_text_are_errors() {
        for text in [r#"{"who":"a"} x"#, r#"{"who":"a"#, "", "[]x"] {
            assert!(decode::<Set>(text, 3).is_err(), "{text:?}");
        }
    }

    #[test]
    fn what_does_not_serialize_as_a_variant_is_refused() {
        #[derive(Serialize)]
        #[serde(tag = "type")]
        enum Tagged {
            Opened { owner: String },
        }
        let error = encode(&Tagged::Opened {
            owner: "ada".into(),
        })
        .unwrap_err();
        let source = std::error::Error::source(&error).unwrap().to_string();
        assert!(source.contains("plain variants"), "{source}");
    }
}
