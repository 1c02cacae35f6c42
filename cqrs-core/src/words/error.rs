//! What is wrong with a word that breaks its rule.

/// A name, key, tag or number that breaks the rule of its type.
///
/// The text is safe to show: the value is cut after 80 characters and control characters are escaped.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{kind} {shown} is not valid: {rule}")]
#[non_exhaustive]
pub struct InvalidWord {
    /// Which word it should have been, for instance `stream key`.
    pub kind: &'static str,
    /// The rule that it breaks, for instance `it must not be empty`.
    pub rule: &'static str,
    shown: String,
}

impl InvalidWord {
    /// Says that `value` is no `kind`, since it breaks `rule`.
    #[must_use]
    pub fn new(kind: &'static str, value: &str, rule: &'static str) -> Self {
        const MOST: usize = 80;
        let mut shown: String = value.chars().take(MOST).collect();
        if shown.len() < value.len() {
            shown.push('…');
        }
        Self {
            kind,
            rule,
            shown: format!("{shown:?}"),
        }
    }
}

/// For what takes a word or a text: a word breaks no rule any more.
impl From<std::convert::Infallible> for InvalidWord {
    fn from(never: std::convert::Infallible) -> Self {
        match never {}
    }
}

#[cfg(test)]
mod tests {
    use super::InvalidWord;

    #[test]
    fn shows_a_long_hostile_value_short_and_escaped() {
        let value = format!("\0{}", "x".repeat(10_000));
        let text = InvalidWord::new("stream key", &value, "it must not be empty").to_string();
        assert!(text.starts_with(r#"stream key "\0xxx"#), "{text}");
        assert!(text.len() < 200, "{text}");
    }
}
