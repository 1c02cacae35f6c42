//! The two files of the domain stay as short as the project promises: non-blank lines, as rustfmt leaves them.

fn lines(text: &str) -> usize {
    text.lines().filter(|line| !line.trim().is_empty()).count()
}

#[test]
fn the_full_form_takes_at_most_85_lines() {
    let lines = lines(include_str!("../src/account.rs"));
    assert!(lines <= 85, "it takes {lines}");
}

#[test]
fn the_short_dialect_takes_at_most_61_lines() {
    let lines = lines(include_str!("../src/account_short.rs"));
    assert!(lines <= 61, "it takes {lines}");
}
