//! What of a batch may go to the server in one call.

use std::collections::HashMap;

use cqrs_core::ports::append::Append;
use cqrs_core::words::event::{EventId, NewEvent};
use cqrs_core::words::filter::FilterItem;
use cqrs_core::words::stream::{Category, StreamId};
use cqrs_core::words::tag::Tag;
use foldhash::fast::RandomState;

/// Appends of one call at most, and bytes after which a call takes no more: one slow call is everybody's latency.
pub(super) const MOST_APPENDS: usize = 256;
const MOST_BYTES: usize = 8 << 20;

type HashSet<T> = std::collections::HashSet<T, RandomState>;

/// Cuts a batch into runs of appends that touch nothing in common, so that the server can check all of a run before it
/// records any, and the outcomes are still those of one after the other. The order is kept.
pub(crate) fn runs<'a>(batch: &[&'a Append]) -> Vec<Vec<&'a Append>> {
    let mut runs = Vec::new();
    let mut run = Run::default();
    let room = batch.len().min(MOST_APPENDS);
    run.appends.reserve(room);
    run.streams.reserve(room);
    run.event_ids.reserve(room);
    for append in batch {
        if !run.takes(append) {
            runs.push(std::mem::take(&mut run).appends);
        }
        run.add(append);
    }
    runs.push(run.appends);
    runs.retain(|run| !run.is_empty());
    runs
}

#[derive(Default)]
struct Run<'a> {
    appends: Vec<&'a Append>,
    streams: HashSet<&'a StreamId>,
    event_ids: HashSet<EventId>,
    receipts: HashSet<&'a str>,
    /// The events of each tag: conditions ask by tag, and a run of conditions would ask every event of every one.
    tagged: HashMap<&'a Tag, Vec<(&'a Category, &'a NewEvent)>>,
    bytes: usize,
}

impl<'a> Run<'a> {
    fn takes(&self, append: &Append) -> bool {
        self.appends.is_empty()
            || (self.appends.len() < MOST_APPENDS
                && self.bytes < MOST_BYTES
                && append
                    .streams
                    .iter()
                    .all(|part| !self.streams.contains(&part.stream))
                && append
                    .events()
                    .all(|event| !self.event_ids.contains(&event.event_id))
                && append
                    .receipts
                    .iter()
                    .all(|receipt| !self.receipts.contains(receipt.key.as_str()))
                && !self.fails_condition_of(append))
    }

    /// Whether an earlier append of the run has an event that this one's condition means.
    fn fails_condition_of(&self, append: &Append) -> bool {
        append.condition.as_ref().is_some_and(|condition| {
            let items = condition.filter.items();
            let has_events = || {
                self.appends
                    .iter()
                    .any(|earlier| earlier.events().count() > 0)
            };
            (items.is_empty() && has_events()) || items.iter().any(|item| self.has_match(item))
        })
    }

    fn has_match(&self, item: &FilterItem) -> bool {
        let matches = |category: &Category, event: &NewEvent| {
            item.matches(category, &event.name, &event.tags)
        };
        if let Some(tag) = item.tags().first() {
            let tagged = self.tagged.get(tag).into_iter().flatten();
            return tagged
                .copied()
                .any(|(category, event)| matches(category, event));
        }
        let mut parts = self.appends.iter().flat_map(|earlier| &earlier.streams);
        parts.any(|part| {
            let mut events = part.events.iter();
            events.any(|event| matches(part.stream.category(), event))
        })
    }

    fn add(&mut self, append: &'a Append) {
        self.appends.push(append);
        for part in &append.streams {
            self.streams.insert(&part.stream);
            for event in &part.events {
                for tag in &event.tags {
                    let tagged = self.tagged.entry(tag).or_default();
                    tagged.push((part.stream.category(), event));
                }
            }
        }
        for event in append.events() {
            self.event_ids.insert(event.event_id);
            self.bytes += event.payload.size() + event.metadata.size();
        }
        for receipt in &append.receipts {
            self.receipts.insert(receipt.key.as_str());
            self.bytes += receipt.reply.size();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::runs;
    use cqrs_core::ports::append::Append;
    use cqrs_core::ports::receipts::NewReceipt;
    use cqrs_core::words::event::{EventName, NewEvent};
    use cqrs_core::words::filter::{Filter, FilterItem};
    use cqrs_core::words::payload::Payload;
    use cqrs_core::words::position::Position;
    use cqrs_core::words::tag::Tag;
    use cqrs_core::words::version::{ExpectedVersion, StreamVersion};

    const NAME: EventName = EventName::from_static("x");

    fn append(stream: &str) -> Append {
        let event = NewEvent::new(NAME, Payload::from_json("{}").unwrap());
        Append::to(stream.parse().unwrap(), ExpectedVersion::Any, vec![event])
    }

    fn receipt(key: &str) -> NewReceipt {
        NewReceipt {
            key: key.parse().unwrap(),
            command: "c".into(),
            stream: None,
            version: StreamVersion::NONE,
            position: Position::START,
            reply: Payload::from_json("null").unwrap(),
        }
    }

    fn sizes(batch: &[Append]) -> Vec<usize> {
        let batch: Vec<_> = batch.iter().collect();
        runs(&batch).iter().map(Vec::len).collect()
    }

    #[test]
    fn appends_that_touch_nothing_in_common_go_together() {
        assert_eq!(sizes(&[append("a-1"), append("a-2"), append("a-3")]), [3]);
        assert_eq!(sizes(&[]), [0; 0]);
    }

    #[test]
    fn a_stream_an_id_or_a_key_that_comes_again_begins_a_new_run() {
        assert_eq!(
            sizes(&[append("a-1"), append("a-2"), append("a-1"), append("a-3")]),
            [2, 2]
        );
        let mut again = append("a-2");
        let first = append("a-1");
        again.streams[0].events[0].event_id = first.streams[0].events[0].event_id;
        assert_eq!(sizes(&[first, again]), [1, 1]);
        let with_key = |stream| append(stream).with_receipt(receipt("k"));
        assert_eq!(sizes(&[with_key("a-1"), with_key("a-2")]), [1, 1]);
    }

    #[test]
    fn a_condition_sees_the_appends_before_it_and_not_those_after_it() {
        let conditional = |stream| append(stream).unless(Filter::name(NAME), Position::START);
        assert_eq!(sizes(&[append("a-1"), conditional("a-2")]), [1, 1]);
        assert_eq!(sizes(&[conditional("a-2"), append("a-1")]), [2]);
    }

    #[test]
    fn a_condition_by_tag_sees_the_events_of_that_tag_before_it() {
        let tag = |text: &str| Tag::new(text).unwrap();
        let tagged = |stream: &str, tags: &[&str]| {
            let mut append = append(stream);
            let event = append.streams[0].events.remove(0);
            let event = event.with_tags(tags.iter().map(|text| tag(text)));
            append.streams[0].events.push(event);
            append
        };
        let unless = |append: Append, item: FilterItem| append.unless(item.into(), Position::START);
        let item = |tags: &[&str]| {
            tags.iter()
                .fold(FilterItem::new(), |item, text| item.tag(tag(text)))
        };
        let own = |stream: &str, own: &str| unless(tagged(stream, &[own]), item(&[own]));
        assert_eq!(
            sizes(&[own("a-1", "t"), own("a-2", "u"), own("a-3", "v")]),
            [3]
        );
        assert_eq!(
            sizes(&[own("a-1", "t"), own("a-2", "u"), own("a-3", "t")]),
            [2, 1]
        );
        let both = |stream: &str| unless(append(stream), item(&["t", "u"]));
        assert_eq!(sizes(&[tagged("a-1", &["t"]), both("a-2")]), [2]);
        assert_eq!(sizes(&[tagged("a-1", &["t", "u"]), both("a-2")]), [1, 1]);
        let other_name = item(&["t"]).name(EventName::from_static("y"));
        assert_eq!(
            sizes(&[tagged("a-1", &["t"]), unless(append("a-2"), other_name)]),
            [2]
        );
    }

    #[test]
    fn a_run_has_a_most_number_of_appends() {
        let batch: Vec<_> = (0..300).map(|key| append(&format!("a-{key}"))).collect();
        assert_eq!(sizes(&batch), [256, 44]);
    }
}
