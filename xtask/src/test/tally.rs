//! The sum of the `test result:` lines that pass by.

use std::fmt;

/// The start of libtest's closing line.
const RESULT: &[u8] = b"test result: ";

/// Longer lines are no results, and are not kept.
const LONGEST_RESULT: usize = 1024;

/// Counts tests in the output of `cargo test`.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Tally {
    passed: u64,
    failed: u64,
    ignored: u64,
    line: Vec<u8>,
}

impl Tally {
    /// Takes the next piece of output, which may end within a line.
    pub(crate) fn read(&mut self, output: &[u8]) {
        for piece in output.split_inclusive(|byte| *byte == b'\n') {
            let room = LONGEST_RESULT.saturating_sub(self.line.len());
            self.line.extend(piece.iter().take(room));
            if piece.ends_with(b"\n") {
                if self.line.starts_with(RESULT) {
                    let result = String::from_utf8_lossy(&self.line[RESULT.len()..]).into_owned();
                    self.add(&result);
                }
                self.line.clear();
            }
        }
    }

    /// How many tests have failed so far.
    pub(crate) fn failed(&self) -> u64 {
        self.failed
    }

    /// Adds the figures of one line: `ok. 3 passed; 0 failed; 1 ignored; 0 measured; ..`.
    fn add(&mut self, result: &str) {
        for part in result.split(';') {
            let mut words = part.split_whitespace().rev();
            let (Some(what), Some(Ok(count))) = (words.next(), words.next().map(str::parse::<u64>))
            else {
                continue;
            };
            match what {
                "passed" => self.passed += count,
                "failed" => self.failed += count,
                "ignored" => self.ignored += count,
                _ => {}
            }
        }
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{} passed, {} failed, {} ignored",
            self.passed, self.failed, self.ignored
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OUTPUT: &str = "
running 3 tests
test a ... ok
test b ... FAILED
test prints test result: ok. 9 passed; 9 failed; 9 ignored
test result: \u{1b}[31mFAILED\u{1b}[m. 1 passed; 1 failed; 1 ignored; 0 measured; 7 filtered out; finished in 0.00s

running 2 tests
test result: ok. 20 passed; 0 failed; 3 ignored; 0 measured; 0 filtered out; finished in 1.02s
";

    #[test]
    fn sums_the_result_lines_and_nothing_else() {
        let mut tally = Tally::default();
        tally.read(OUTPUT.as_bytes());
        assert_eq!(tally.to_string(), "21 passed, 1 failed, 4 ignored");
    }

    #[test]
    fn does_not_care_where_the_output_is_cut() {
        let mut tally = Tally::default();
        for byte in OUTPUT.as_bytes() {
            tally.read(&[*byte]);
        }
        assert_eq!(tally.to_string(), "21 passed, 1 failed, 4 ignored");
    }

    #[test]
    fn forgets_long_lines() {
        let mut tally = Tally::default();
        tally.read(&vec![b'x'; 10 * LONGEST_RESULT]);
        assert_eq!(tally.line.len(), LONGEST_RESULT);
    }
}
