//! Names of events, checked once.

use cqrs_core::words::error::InvalidWord;
use cqrs_core::words::event::EventName;

/// How many names are remembered: more than a stream has, and few enough to look through.
const MOST: usize = 32;

/// The names of the events of one page.
#[derive(Debug, Default)]
pub(crate) struct Names {
    known: Vec<EventName>,
    /// Where the last one is: the next event often has the same.
    last: usize,
}

impl Names {
    /// The name with this text.
    pub(crate) fn get(&mut self, text: &str) -> Result<&EventName, InvalidWord> {
        let is_it = |name: &EventName| name.as_str() == text;
        if !self.known.get(self.last).is_some_and(is_it) {
            let place = self.known.iter().position(is_it);
            self.last = match place {
                Some(place) => place,
                None => self.add(EventName::new(text)?),
            };
        }
        Ok(&self.known[self.last])
    }

    /// In the place of the last one of many: so many names are no stream's.
    fn add(&mut self, name: EventName) -> usize {
        if self.known.len() >= MOST {
            self.known.pop();
        }
        self.known.push(name);
        self.known.len() - 1
    }
}

#[cfg(test)]
mod tests {
    use super::Names;

    #[test]
    fn each_text_gives_its_name_also_beyond_those_that_are_remembered() {
        let mut names = Names::default();
        for round in 0..3 {
            for number in (0..100).chain(20..60).chain([7, 7, 99, 0]) {
                let text = format!("n{number}");
                assert_eq!(names.get(&text).unwrap().as_str(), text, "round {round}");
            }
        }
        assert!(names.get("not a name").is_err());
        assert_eq!(names.get("n0").unwrap().as_str(), "n0");
    }
}
