//! What was measured, as a table: a row for each question, a column for each size of the log.

use std::collections::HashMap;

#[derive(Default)]
pub(crate) struct Table {
    sizes: Vec<u64>,
    questions: Vec<String>,
    answers: HashMap<(usize, String), String>,
}

impl Table {
    /// What comes now was measured at this size.
    pub(crate) fn begin(&mut self, size: u64) {
        self.sizes.push(size);
    }

    pub(crate) fn row(&mut self, question: impl Into<String>, answer: impl Into<String>) {
        let question = question.into();
        if !self.questions.contains(&question) {
            self.questions.push(question.clone());
        }
        self.answers
            .insert((self.sizes.len(), question), answer.into());
    }
}

impl std::fmt::Display for Table {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "| events in the log |")?;
        for size in &self.sizes {
            write!(formatter, " {size} |")?;
        }
        writeln!(formatter, "\n|---|{}", "---|".repeat(self.sizes.len()))?;
        for question in &self.questions {
            write!(formatter, "| {question} |")?;
            for column in 1..=self.sizes.len() {
                let answer = self.answers.get(&(column, question.clone()));
                write!(formatter, " {} |", answer.map_or("", String::as_str))?;
            }
            writeln!(formatter)?;
        }
        Ok(())
    }
}
