//! What differs between two values, told by their JSON.

use std::collections::BTreeSet;
use std::fmt::Display;

use serde::Serialize;
use serde_json::Value;

/// One place where two values differ.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Change {
    /// Where: a JSON pointer (RFC 6901), for instance `/lines/0/amount`; empty for the whole.
    pub path: String,
    /// What was there before; `None` when nothing was.
    pub before: Option<Value>,
    /// What is there after; `None` when nothing is.
    pub after: Option<Value>,
}

/// What differs between two values, field by field and element by element.
///
/// They may be of different types, for instance two versions of an aggregate's state. Elements of arrays are compared by their
/// place.
///
/// ```
/// use cqrs_core::encoding::change::changes;
/// use serde_json::json;
///
/// let (before, after) = (json!({"owner": "ada", "coins": [1, 2]}), json!({"owner": "ada", "coins": [1, 3]}));
/// let changes = changes(&before, &after)?;
/// assert_eq!(changes[0].to_string(), "/coins/1: 2 → 3");
/// assert_eq!(changes.len(), 1);
/// # Ok::<(), serde_json::Error>(())
/// ```
///
/// # Errors
///
/// [`serde_json::Error`] when one of them has no JSON form.
pub fn changes<B, A>(before: &B, after: &A) -> Result<Vec<Change>, serde_json::Error>
where
    B: Serialize + ?Sized,
    A: Serialize + ?Sized,
{
    let (before, after) = (serde_json::to_value(before)?, serde_json::to_value(after)?);
    let mut found = Vec::new();
    compare("", Some(&before), Some(&after), &mut found);
    Ok(found)
}

fn compare(path: &str, before: Option<&Value>, after: Option<&Value>, found: &mut Vec<Change>) {
    match (before, after) {
        (Some(Value::Object(before)), Some(Value::Object(after))) => {
            let names: BTreeSet<_> = before.keys().chain(after.keys()).collect();
            for name in names {
                let path = format!("{path}/{}", name.replace('~', "~0").replace('/', "~1"));
                compare(&path, before.get(name), after.get(name), found);
            }
        }
        (Some(Value::Array(before)), Some(Value::Array(after))) => {
            for index in 0..before.len().max(after.len()) {
                let path = format!("{path}/{index}");
                compare(&path, before.get(index), after.get(index), found);
            }
        }
        (before, after) if before == after => {}
        (before, after) => found.push(Change {
            path: path.to_owned(),
            before: before.cloned(),
            after: after.cloned(),
        }),
    }
}

impl Display for Change {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let shown = |value: &Option<Value>| match value {
            None => "nothing".to_owned(),
            Some(value) => value.to_string(),
        };
        let (before, after) = (shown(&self.before), shown(&self.after));
        if self.path.is_empty() {
            return write!(formatter, "{before} → {after}");
        }
        write!(formatter, "{}: {before} → {after}", self.path)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::changes;

    #[test]
    fn tells_what_came_what_went_and_what_is_another_kind() {
        let before = json!({"a/b": 1, "gone": null, "list": [1, {"x": 2}], "kind": {}});
        let after = json!({"a/b": 2, "list": [1, {"x": 3}, 4], "kind": []});
        let told: Vec<_> = changes(&before, &after)
            .unwrap()
            .iter()
            .map(ToString::to_string)
            .collect();
        let expected = [
            "/a~1b: 1 → 2",
            "/gone: null → nothing",
            "/kind: {} → []",
            "/list/1/x: 2 → 3",
            "/list/2: nothing → 4",
        ];
        assert_eq!(told, expected);
    }

    #[test]
    fn equal_values_have_no_changes_and_others_one_at_the_root() {
        assert!(changes(&json!([1, 2]), &json!([1, 2])).unwrap().is_empty());
        let whole = changes(&1, &"x").unwrap();
        assert_eq!(whole[0].to_string(), r#"1 → "x""#);
    }
}
