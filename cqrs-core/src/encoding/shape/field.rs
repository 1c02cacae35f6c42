//! Types that say what their JSON looks like.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::num::{
    NonZeroI8, NonZeroI16, NonZeroI32, NonZeroI64, NonZeroU8, NonZeroU16, NonZeroU32, NonZeroU64,
};
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;

use chrono::{DateTime, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use uuid::Uuid;

use super::{Leaf, Shape};

/// A type inside of an event that says what its JSON looks like. Derived, or written by hand for types of other crates in
/// a newtype.
///
/// ```
/// use cqrs_core::encoding::shape::{EventField, Shape};
///
/// struct Iban(String);
///
/// impl EventField for Iban {
///     fn shape() -> Shape {
///         Shape::described("IBAN", r#""DE02120300000000202051""#)
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say what its JSON looks like",
    label = "this type is not described",
    note = "write `#[derive(EventField)]` on `{Self}`, or `#[event_field(describe = \"…\", sample = \"…\")]` on the field"
)]
pub trait EventField {
    /// What the JSON looks like.
    fn shape() -> Shape;
}

macro_rules! leaf {
    ($($($ty:ty),+ => $is:literal, $sample:literal, $other:literal;)*) => {
        $($(impl EventField for $ty {
            fn shape() -> Shape {
                Shape::Leaf(Leaf { is: $is, sample: $sample, other: $other })
            }
        })+)*
    };
}

// The samples fit no smaller type, so that narrowing is noticed, and leave room for what an upcaster may compute of them.
leaf! {
    bool => "bool", "true", "false";
    u8 => "u8", "200", "0";
    u16 => "u16", "5007", "0";
    u32 => "u32", "5000007", "0";
    u64 => "u64", "5000000000007", "0";
    usize => "usize", "5000000000007", "0";
    u128 => "u128", "5000000000007", "0";
    i8 => "i8", "100", "-100";
    i16 => "i16", "5007", "-5007";
    i32 => "i32", "5000007", "-5000007";
    i64 => "i64", "5000000000007", "-5000000000007";
    isize => "isize", "5000000000007", "-5000000000007";
    i128 => "i128", "5000000000007", "-5000000000007";
    NonZeroU8 => "u8, not 0", "200", "1";
    NonZeroU16 => "u16, not 0", "5007", "1";
    NonZeroU32 => "u32, not 0", "5000007", "1";
    NonZeroU64 => "u64, not 0", "5000000000007", "1";
    NonZeroI8 => "i8, not 0", "100", "-100";
    NonZeroI16 => "i16, not 0", "5007", "-5007";
    NonZeroI32 => "i32, not 0", "5000007", "-5000007";
    NonZeroI64 => "i64, not 0", "5000000000007", "-5000000000007";
    f32 => "f32", "0.5", "-2.0";
    f64 => "f64", "0.1", "-2.0";
    char => "char", "\"x\"", "\"ß\"";
    String, str, PathBuf => "string", "\"text\"", "\"\"";
    () => "null", "null", "null";
    IpAddr => "IP address", "\"127.0.0.1\"", "\"::1\"";
    Ipv4Addr => "IPv4 address", "\"127.0.0.1\"", "\"0.0.0.0\"";
    Ipv6Addr => "IPv6 address", "\"::1\"", "\"::\"";
    std::time::Duration => "duration", "{\"secs\":5,\"nanos\":7}", "{\"secs\":0,\"nanos\":0}";
    Uuid => "UUID", "\"018f4e5c-7a6b-7c3d-8e9f-0a1b2c3d4e5f\"", "\"00000000-0000-0000-0000-000000000000\"";
    DateTime<Utc> => "moment in UTC", "\"2024-02-29T12:34:56.789Z\"", "\"1970-01-01T00:00:00Z\"";
    DateTime<FixedOffset> => "moment with offset", "\"2024-02-29T12:34:56.789+02:00\"", "\"1970-01-01T00:00:00-01:00\"";
    NaiveDate => "date", "\"2024-02-29\"", "\"1970-01-01\"";
    NaiveTime => "time of day", "\"12:34:56.789\"", "\"00:00:00\"";
    NaiveDateTime => "date and time", "\"2024-02-29T12:34:56.789\"", "\"1970-01-01T00:00:00\"";
    serde_json::Value => "any JSON", "{\"any\":true}", "null";
}

macro_rules! same_as_inner {
    ($($ty:ty),+) => {
        $(impl<T: EventField + ?Sized> EventField for $ty {
            fn shape() -> Shape {
                T::shape()
            }
        })+
    };
}

same_as_inner!(Box<T>, Arc<T>, Rc<T>);

impl<T: EventField + ToOwned + ?Sized> EventField for Cow<'_, T> {
    fn shape() -> Shape {
        T::shape()
    }
}

impl<T: EventField> EventField for Option<T> {
    fn shape() -> Shape {
        Shape::Optional(Box::new(T::shape()))
    }
}

macro_rules! list {
    ($($ty:ty),+) => {
        $(impl<T: EventField> EventField for $ty {
            fn shape() -> Shape {
                Shape::List(Box::new(T::shape()))
            }
        })+
    };
}

list!([T], Vec<T>, VecDeque<T>, BTreeSet<T>);

impl<T: EventField, S> EventField for HashSet<T, S> {
    fn shape() -> Shape {
        Shape::List(Box::new(T::shape()))
    }
}

impl<K: EventField, V: EventField> EventField for BTreeMap<K, V> {
    fn shape() -> Shape {
        Shape::Map(Box::new(K::shape()), Box::new(V::shape()))
    }
}

impl<K: EventField, V: EventField, S> EventField for HashMap<K, V, S> {
    fn shape() -> Shape {
        Shape::Map(Box::new(K::shape()), Box::new(V::shape()))
    }
}

impl<T: EventField, const N: usize> EventField for [T; N] {
    fn shape() -> Shape {
        Shape::Array(Box::new(T::shape()), N)
    }
}

macro_rules! tuple {
    ($(($($name:ident),+))+) => {
        $(impl<$($name: EventField),+> EventField for ($($name,)+) {
            fn shape() -> Shape {
                Shape::Tuple(vec![$($name::shape()),+])
            }
        })+
    };
}

tuple! { (A) (A, B) (A, B, C) (A, B, C, D) (A, B, C, D, E) (A, B, C, D, E, F) }
