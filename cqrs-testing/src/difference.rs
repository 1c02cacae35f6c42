//! What differs between two values, line by line.

use std::fmt::{Debug, Write};

use similar::{ChangeTag, TextDiff};

/// What differs, line by line: `-` was expected, `+` is there instead.
pub(crate) fn difference(expected: &impl Debug, actual: &impl Debug) -> String {
    let (expected, actual) = (format!("{expected:#?}"), format!("{actual:#?}"));
    let mut text = String::from(" (- expected, + actual):\n");
    for change in TextDiff::from_lines(&expected, &actual).iter_all_changes() {
        let sign = match change.tag() {
            ChangeTag::Delete => '-',
            ChangeTag::Insert => '+',
            ChangeTag::Equal => ' ',
        };
        // Writing into a String can't fail.
        let _ = writeln!(text, "{sign} {}", change.value().trim_end_matches('\n'));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::difference;

    #[test]
    fn marks_the_lines_that_differ() {
        let text = difference(&Some(1), &Some(2));
        assert_eq!(
            text,
            " (- expected, + actual):\n  Some(\n-     1,\n+     2,\n  )\n"
        );
    }
}
