//! Lines of a CSV file, one row each, so that a bad line spoils no other.
//!
//! No field of the log spans lines. So each line is read as CSV by itself: a quote that is never closed costs its own line
//! and not the rest of the file, and a line without an end is not kept in memory.

use std::io::{self, BufRead, Read};

use super::error::RowError;

/// How many bytes a line has at most. The longest of the published log has 130.
pub const LONGEST: usize = 64 << 10;

/// The fields of one line of the file, and which line it is, from 1.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// Which line it is, from 1.
    pub number: u64,
    /// Its fields, or why it has none.
    pub fields: Result<csv::ByteRecord, RowError>,
}

/// Reads lines that are not blank. Lines end with LF or CRLF. A byte order mark before a line is left
/// out: it stands in the middle where files were put together.
#[derive(Debug)]
pub struct Lines<R> {
    input: R,
    number: u64,
    line: Vec<u8>,
}

impl<R: BufRead> Lines<R> {
    /// The lines of this input.
    pub const fn new(input: R) -> Self {
        Self {
            input,
            number: 0,
            line: Vec::new(),
        }
    }

    /// Reads one line, blank or not; `None` at the end of the input.
    fn advance(&mut self) -> io::Result<Option<Line>> {
        self.line.clear();
        let most = LONGEST as u64 + 1;
        let read = Read::take(&mut self.input, most).read_until(b'\n', &mut self.line)?;
        if read == 0 {
            return Ok(None);
        }
        self.number += 1;
        let number = self.number;
        if self.line.last() != Some(&b'\n') && read > LONGEST {
            skip_line(&mut self.input)?;
            let fields = Err(RowError::LineTooLong);
            return Ok(Some(Line { number, fields }));
        }
        let fields = split(self.text());
        Ok(Some(Line { number, fields }))
    }

    /// The line without what ends it.
    fn text(&self) -> &[u8] {
        let text = &self.line[..];
        let text = text.strip_suffix(b"\n").unwrap_or(text);
        text.strip_suffix(b"\r").unwrap_or(text)
    }
}

impl<R: BufRead> Iterator for Lines<R> {
    type Item = io::Result<Line>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let line = self.advance().transpose()?;
            let blank = matches!(&line, Ok(Line { fields: Ok(fields), .. }) if fields.is_empty());
            if !blank {
                return Some(line);
            }
        }
    }
}

/// Goes on to the end of the line and keeps nothing of it.
fn skip_line(input: &mut impl BufRead) -> io::Result<()> {
    loop {
        let (used, ended) = {
            let buffer = match input.fill_buf() {
                Ok(buffer) => buffer,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            match buffer.iter().position(|byte| *byte == b'\n') {
                Some(end) => (end + 1, true),
                None => (buffer.len(), buffer.is_empty()),
            }
        };
        input.consume(used);
        if ended {
            return Ok(());
        }
    }
}

/// Splits a line, as CSV. A quote that is open at its end would take in the line end that is added here.
fn split(line: &[u8]) -> Result<csv::ByteRecord, RowError> {
    let mut record = csv::ByteRecord::new();
    if line.iter().all(u8::is_ascii_whitespace) {
        return Ok(record);
    }
    csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .terminator(csv::Terminator::Any(b'\n'))
        .buffer_capacity(line.len() + 1)
        .from_reader(line.chain(&b"\n"[..]))
        .read_byte_record(&mut record)
        .map_err(|_| RowError::QuoteNotClosed)?;
    if record.iter().any(|field| field.contains(&b'\n')) {
        return Err(RowError::QuoteNotClosed);
    }
    Ok(record)
}

#[cfg(test)]
mod tests {
    use super::{LONGEST, Line, Lines};
    use crate::row::error::RowError;

    fn lines(input: &[u8]) -> Vec<(u64, Result<Vec<String>, RowError>)> {
        Lines::new(input)
            .map(|line| {
                let Line { number, fields } = line.unwrap();
                let texts = |fields: csv::ByteRecord| {
                    fields
                        .iter()
                        .map(|field| String::from_utf8_lossy(field).into_owned())
                        .collect()
                };
                (number, fields.map(texts))
            })
            .collect()
    }

    fn fields(texts: &[&str]) -> Vec<String> {
        texts.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn marks_line_ends_and_blank_lines_are_no_content() {
        assert_eq!(
            lines(b"\xef\xbb\xbfa,b\r\n\r\n\n  \n\xef\xbb\xbfc,\"d \"\"e\"\"\"\n,"),
            [
                (1, Ok(fields(&["a", "b"]))),
                (5, Ok(fields(&["c", "d \"e\""]))),
                (6, Ok(fields(&["", ""]))),
            ]
        );
        assert_eq!(lines(b""), []);
    }

    #[test]
    fn a_quote_that_is_not_closed_costs_its_own_line_only() {
        assert_eq!(
            lines(b"a,\"b\nc,d\n\"e"),
            [
                (1, Err(RowError::QuoteNotClosed)),
                (2, Ok(fields(&["c", "d"]))),
                (3, Err(RowError::QuoteNotClosed)),
            ]
        );
    }

    #[test]
    fn a_line_of_the_greatest_length_is_read_and_a_longer_one_is_not() {
        for (more, end) in [(0, ""), (0, "\n"), (1, ""), (1, "\n"), (10 << 20, "\nz")] {
            let line = "x".repeat(LONGEST + more);
            let read = lines(format!("{line}{end}").as_bytes());
            let refused = read[0].1 == Err(RowError::LineTooLong);
            assert_eq!(refused, more > 0, "{more} {end:?}");
            assert_eq!(read.len(), if end.contains('z') { 2 } else { 1 });
        }
    }

    #[test]
    fn a_carriage_return_within_a_line_stays_in_its_field() {
        assert_eq!(lines(b"a\rb,c\n"), [(1, Ok(fields(&["a\rb", "c"])))]);
    }
}
