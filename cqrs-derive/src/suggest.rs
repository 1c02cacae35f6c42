//! Guesses what was meant by a word that is not known.

/// Says that `word` is no known key, what was probably `meant`, and what is known.
pub(crate) fn unknown_key(word: &str, meant: Option<&str>, known: &[&str]) -> String {
    let known_are = match known {
        [] => "no keys are known here".to_owned(),
        known => format!("known are {}", quoted(known)),
    };
    match meant {
        Some(meant) => format!("unknown key `{word}`, did you mean `{meant}`? {known_are}"),
        None => format!("unknown key `{word}`: {known_are}"),
    }
}

fn quoted(words: &[&str]) -> String {
    let quoted: Vec<_> = words.iter().map(|word| format!("`{word}`")).collect();
    quoted.join(", ")
}

/// The known word that fewest typing mistakes lead away from, if those are at most two and less than half of it.
pub(crate) fn nearest<'a>(word: &str, known: &[&'a str]) -> Option<&'a str> {
    known
        .iter()
        .map(|&candidate| (distance(word, candidate), candidate))
        .filter(|&(distance, candidate)| distance <= 2 && distance * 2 <= candidate.len())
        .min()
        .map(|(_, candidate)| candidate)
}

/// How many letters must be put in, taken out or replaced.
fn distance(from: &str, to: &str) -> usize {
    let mut row: Vec<usize> = (0..=to.chars().count()).collect();
    for (line, left) in from.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = line + 1;
        for (column, right) in to.chars().enumerate() {
            let replaced = diagonal + usize::from(left != right);
            diagonal = row[column + 1];
            row[column + 1] = replaced.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{nearest, unknown_key};

    #[test]
    fn guesses_a_mistyped_key_and_lists_the_known_ones() {
        let known = ["name", "version"];
        let meant = nearest("nmae", &known);
        assert_eq!(
            unknown_key("nmae", meant, &known),
            "unknown key `nmae`, did you mean `name`? known are `name`, `version`"
        );
    }

    #[test]
    fn does_not_guess_when_nothing_is_near() {
        let known = ["id", "any"];
        let meant = nearest("colour", &known);
        assert_eq!(
            unknown_key("colour", meant, &known),
            "unknown key `colour`: known are `id`, `any`"
        );
    }
}
