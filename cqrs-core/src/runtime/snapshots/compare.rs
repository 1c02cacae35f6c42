//! Whether two states are the same.

use serde_json::Value;

use crate::words::payload::Payload;

/// How two states differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Difference {
    /// Not at all: the order of an object's fields and the layout do not count.
    None,
    /// In the order of arrays only, as two hash sets with the same elements do.
    Order,
    Content,
}

pub(super) fn compare(one: &Payload, other: &Payload) -> Difference {
    if one == other {
        return Difference::None;
    }
    let (Ok(one), Ok(other)) = (one.decode::<Value>(), other.decode::<Value>()) else {
        return Difference::Content;
    };
    if one == other {
        Difference::None
    } else if sorted(one) == sorted(other) {
        Difference::Order
    } else {
        Difference::Content
    }
}

/// With the elements of each array in the order of their texts.
fn sorted(value: Value) -> Value {
    match value {
        Value::Array(elements) => {
            let mut elements: Vec<_> = elements.into_iter().map(sorted).collect();
            elements.sort_by_cached_key(Value::to_string);
            Value::Array(elements)
        }
        Value::Object(fields) => {
            let fields = fields.into_iter();
            Value::Object(fields.map(|(name, value)| (name, sorted(value))).collect())
        }
        value => value,
    }
}

#[cfg(test)]
mod tests {
    use super::{Difference, compare};
    use crate::words::payload::Payload;

    fn of(one: &str, other: &str) -> Difference {
        compare(&Payload::from_store(one), &Payload::from_store(other))
    }

    #[test]
    fn neither_layout_nor_the_order_of_fields_counts() {
        assert_eq!(
            of(r#"{"a":1,"b":[2]}"#, r#"{ "b":[2], "a":1 }"#),
            Difference::None
        );
    }

    #[test]
    fn the_order_of_arrays_counts_for_itself_however_deep() {
        let one = r#"{"a":[[1,2],[{"x":1},{"y":2}]]}"#;
        let other = r#"{"a":[[{"y":2},{"x":1}],[2,1]]}"#;
        assert_eq!(of(one, other), Difference::Order);
    }

    #[test]
    fn everything_else_counts() {
        for (one, other) in [
            ("[1,1,2]", "[1,2,2]"),
            ("[1]", "[1,1]"),
            ("{\"a\":1}", "{\"a\":2}"),
            ("1", "1.0"),
            ("[1", "[1]"),
        ] {
            assert_eq!(of(one, other), Difference::Content, "{one} and {other}");
        }
    }
}
