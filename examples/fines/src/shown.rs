//! Text from outside, made safe to show on a terminal.

const LONGEST: usize = 40;

/// The text in quotes, with control characters escaped, and cut where it is long.
#[must_use]
pub fn shown(text: &str) -> String {
    let mut shown = String::from("`");
    for (index, character) in text.chars().enumerate() {
        if index == LONGEST {
            shown.push('…');
            break;
        }
        match character {
            '"' | '\'' | '\\' => shown.push(character),
            _ => shown.extend(character.escape_debug()),
        }
    }
    shown.push('`');
    shown
}

#[cfg(test)]
mod tests {
    use super::shown;

    #[test]
    fn nothing_that_steers_a_terminal_gets_through() {
        assert_eq!(shown("a\u{1b}[31m\0\u{202e}b"), r"`a\u{1b}[31m\0\u{202e}b`");
        assert_eq!(shown("it's"), "`it's`");
        assert_eq!(shown(&"x".repeat(50)), format!("`{}…`", "x".repeat(40)));
    }
}
