//! The schema in which a log lives, as it stands in SQL.

use cqrs_core::words::error::InvalidWord;

/// A checked schema name: the only text that is ever put into a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Schema(String);

impl Schema {
    /// Checks the rule: 1 to 63 ASCII letters, digits and `_`, no digit first, not `pg_…`.
    pub(crate) fn new(name: &str) -> Result<Self, InvalidWord> {
        let rule = if name.is_empty() || name.len() > 63 {
            "it must have 1 to 63 characters"
        } else if !name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
            || name.as_bytes()[0].is_ascii_digit()
        {
            "it must have only ASCII letters, digits and `_`, and not begin with a digit"
        } else if name.to_ascii_lowercase().starts_with("pg_") {
            "names that begin with `pg_` belong to PostgreSQL"
        } else {
            return Ok(Self(name.to_owned()));
        };
        Err(InvalidWord::new("schema name", name, rule))
    }

    pub(crate) fn name(&self) -> &str {
        &self.0
    }

    /// The statement with the quoted name in place of `{schema}`.
    pub(crate) fn fill(&self, sql: &str) -> String {
        sql.replace("{schema}", &format!("\"{}\"", self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::Schema;

    #[test]
    fn takes_plain_names_and_quotes_them() {
        for name in ["cqrs", "_a", "Tenant_7", &"a".repeat(63)] {
            let schema = Schema::new(name).unwrap();
            assert_eq!(schema.fill("{schema}.events"), format!("\"{name}\".events"));
        }
    }

    #[test]
    fn refuses_what_could_leave_its_quotes() {
        for name in [
            "",
            "7a",
            "a\"b",
            "a'b",
            "a b",
            "a;b",
            "a$b",
            "ä",
            "a\0",
            "pg_cqrs",
            "PG_x",
            &"a".repeat(64),
        ] {
            assert!(Schema::new(name).is_err(), "{name:?}");
        }
    }
}
