//! Which advisory locks an append takes before it looks at anything.
//!
//! Two appends wait for each other exactly when one could see what the other records: appends to one stream, requests
//! with one idempotency key, and an append whose condition could match the events of another. Each of these is a key,
//! hashed to 64 bits with the schema's name. Keys that collide only make somebody wait.
//!
//! | who | key | mode |
//! |---|---|---|
//! | each stream of an append | stream | exclusive |
//! | a receipt | idempotency key | exclusive |
//! | each event | its name; the log; for each of its tags (tag) and (tag, name) | shared |
//! | each document of an inline read model | generation and key | exclusive |
//! | a condition's item with tags | of one of them: (tag), or (tag, name) for each of its names | exclusive |
//! | a condition's item without tags | each of its names, or the log | exclusive |
//! | a generation that becomes inline, or ceases to be | the log | shared |
//! | the same | each name that it reads | exclusive |
//!
//! ### Note: part of the schema's format
//! Programs of different versions that write to one log must agree on the hashes: a test pins them.

use std::collections::BTreeMap;

use cqrs_core::ports::append::Append;
use cqrs_core::words::document_key::DocumentKey;
use cqrs_core::words::event::EventName;
use cqrs_core::words::generation::GenerationId;

/// A document of a generation.
pub(crate) type Document = (GenerationId, DocumentKey);

/// Makes the keys of one log.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LockSpace {
    seed: u64,
    most: usize,
}

/// What to lock, sorted by key, each once in its strongest mode.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Locks {
    /// The key, and whether it is locked exclusively.
    keys: BTreeMap<i64, bool>,
}

/// The two halves of a key, and whether it is locked exclusively.
pub(crate) type Lock = (i32, i32, bool);

#[derive(Clone, Copy)]
enum Kind {
    Log = 1,
    Name = 2,
    Tag = 3,
    TagAndName = 4,
    Stream = 5,
    Receipt = 6,
    Document = 7,
}

impl LockSpace {
    /// Keys of the log in this schema; appends that need more than `most` of them lock the log instead.
    pub(crate) fn new(schema: &str, most: usize) -> Self {
        let seed = fnv(FNV_OFFSET, schema.as_bytes());
        Self { seed, most }
    }

    /// What these appends lock together.
    pub(crate) fn of<'a>(&self, appends: impl IntoIterator<Item = &'a Append>) -> Locks {
        let mut locks = Locks::default();
        let mut named = None;
        for append in appends {
            self.add_events(&mut locks, append, &mut named);
            self.add_condition(&mut locks, append);
            for receipt in &append.receipts {
                locks.exclusive(self.key(Kind::Receipt, &[receipt.key.as_str()]));
            }
            if locks.keys.len() > self.most {
                return self.whole_log();
            }
        }
        locks
    }

    /// The one lock that stands for all: every append with events takes it at least shared, and the others use it too.
    ///
    /// The server's lock table has room for a limited number of locks. An append of very many keys must not fill it,
    /// and it is rare enough that everybody can wait for it.
    pub(crate) fn whole_log(&self) -> Locks {
        let mut locks = Locks::default();
        locks.exclusive(self.key(Kind::Log, &[]));
        locks
    }

    /// What a generation locks that becomes inline: every append of such an event is over then, or comes later.
    pub(crate) fn of_names<'a>(&self, names: impl IntoIterator<Item = &'a EventName>) -> Locks {
        let mut locks = Locks::default();
        locks.shared(self.key(Kind::Log, &[]));
        for name in names {
            locks.exclusive(self.key(Kind::Name, &[name.as_str()]));
        }
        locks
    }

    /// What an append with read models locks.
    pub(crate) fn with_documents(&self, append: &Append, documents: &[Document]) -> Locks {
        let mut locks = self.of([append]);
        for document in documents {
            locks.exclusive(self.document(document));
        }
        if locks.keys.len() > self.most {
            return self.whole_log();
        }
        locks
    }

    /// The documents alone.
    pub(crate) fn of_documents<'a>(
        &self,
        documents: impl IntoIterator<Item = &'a Document>,
    ) -> Locks {
        let mut locks = Locks::default();
        for document in documents {
            locks.exclusive(self.document(document));
        }
        locks
    }

    fn document(&self, (of, key): &Document) -> i64 {
        let generation = of.to_string();
        self.key(Kind::Document, &[generation.as_str(), key.as_str()])
    }

    /// The pair of that lock.
    pub(crate) fn log(&self) -> (i32, i32) {
        halves(self.key(Kind::Log, &[]))
    }

    /// `named` is the name that was locked last: most appends of a call have the same.
    fn add_events<'a>(
        &self,
        locks: &mut Locks,
        append: &'a Append,
        named: &mut Option<&'a EventName>,
    ) {
        // Also without events: an append that has locked the whole log instead of all its keys relies on it.
        locks.shared(self.key(Kind::Log, &[]));
        for part in &append.streams {
            let (category, key) = (part.stream.category(), part.stream.key());
            locks.exclusive(self.key(Kind::Stream, &[category.as_str(), key.as_str()]));
            for event in &part.events {
                let name = event.name.as_str();
                if *named != Some(&event.name) {
                    locks.shared(self.key(Kind::Name, &[name]));
                    *named = Some(&event.name);
                }
                for tag in &event.tags {
                    locks.shared(self.key(Kind::Tag, &[tag.as_str()]));
                    locks.shared(self.key(Kind::TagAndName, &[tag.as_str(), name]));
                }
            }
        }
    }

    fn add_condition(&self, locks: &mut Locks, append: &Append) {
        let Some(condition) = &append.condition else {
            return;
        };
        if condition.filter.is_all() {
            locks.exclusive(self.key(Kind::Log, &[]));
            return;
        }
        for item in condition.filter.items() {
            let names = item.names().iter().map(AsRef::as_ref);
            match item.tags().first().map(AsRef::as_ref) {
                Some(tag) if item.names().is_empty() => {
                    locks.exclusive(self.key(Kind::Tag, &[tag]));
                }
                Some(tag) => {
                    for name in names {
                        locks.exclusive(self.key(Kind::TagAndName, &[tag, name]));
                    }
                }
                None if item.names().is_empty() => locks.exclusive(self.key(Kind::Log, &[])),
                None => {
                    for name in names {
                        locks.exclusive(self.key(Kind::Name, &[name]));
                    }
                }
            }
        }
    }

    fn key(&self, kind: Kind, parts: &[&str]) -> i64 {
        let mut hash = fnv(self.seed, &[0xff, kind as u8]);
        for part in parts {
            // 0xff is in no UTF-8 text, so that ("ab", "c") and ("a", "bc") differ.
            hash = fnv(fnv(hash, &[0xff]), part.as_bytes());
        }
        mix(hash).cast_signed()
    }
}

impl Locks {
    fn shared(&mut self, key: i64) {
        self.keys.entry(key).or_insert(false);
    }

    fn exclusive(&mut self, key: i64) {
        self.keys.insert(key, true);
    }

    /// The keys as the pairs that the server's functions take, and their modes.
    pub(crate) fn pairs(&self) -> impl Iterator<Item = Lock> {
        self.keys.iter().map(|(key, exclusive)| {
            let (class, object) = halves(*key);
            (class, object, *exclusive)
        })
    }

    /// The same as three columns.
    pub(crate) fn columns(&self) -> (Vec<i32>, Vec<i32>, Vec<bool>) {
        let count = self.keys.len();
        let mut columns = (
            Vec::with_capacity(count),
            Vec::with_capacity(count),
            Vec::with_capacity(count),
        );
        for (class, object, exclusive) in self.pairs() {
            columns.0.push(class);
            columns.1.push(object);
            columns.2.push(exclusive);
        }
        columns
    }

    #[cfg(test)]
    fn conflict_with(&self, other: &Self) -> bool {
        self.keys.iter().any(|(key, exclusive)| {
            other
                .keys
                .get(key)
                .is_some_and(|theirs| *exclusive || *theirs)
        })
    }
}

/// The upper and the lower 32 bits.
fn halves(key: i64) -> (i32, i32) {
    let [upper @ .., _, _, _, _] = key.to_be_bytes();
    let [_, _, _, _, lower @ ..] = key.to_be_bytes();
    (i32::from_be_bytes(upper), i32::from_be_bytes(lower))
}

const FNV_OFFSET: u64 = 0xcbf2_9ce4_8422_2325;

/// FNV-1a: <http://www.isthe.com/chongo/tech/comp/fnv/>.
fn fnv(hash: u64, bytes: &[u8]) -> u64 {
    bytes.iter().fold(hash, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// Spreads what FNV leaves alike in the upper bits: the finalizer of `MurmurHash3`.
fn mix(mut hash: u64) -> u64 {
    hash = (hash ^ (hash >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    hash = (hash ^ (hash >> 33)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    hash ^ (hash >> 33)
}

#[cfg(test)]
mod tests {
    use super::{Kind, LockSpace, Locks};
    use cqrs_core::ports::append::Append;
    use cqrs_core::words::event::{EventName, NewEvent};
    use cqrs_core::words::filter::{Filter, FilterItem};
    use cqrs_core::words::payload::Payload;
    use cqrs_core::words::position::Position;
    use cqrs_core::words::tag::Tag;
    use cqrs_core::words::version::ExpectedVersion;

    const SPACE: fn() -> LockSpace = || LockSpace::new("cqrs", 1_000);

    fn append(stream: &str, name: &'static str, tags: &[&str]) -> Append {
        let event = NewEvent::new(
            EventName::from_static(name),
            Payload::from_json("{}").unwrap(),
        )
        .with_tags(tags.iter().map(|tag| Tag::new(*tag).unwrap()));
        Append::to(stream.parse().unwrap(), ExpectedVersion::Any, vec![event])
    }

    fn item(names: &[&'static str], tags: &[&str]) -> FilterItem {
        let item = names.iter().fold(FilterItem::new(), |item, name| {
            item.name(EventName::from_static(name))
        });
        tags.iter()
            .fold(item, |item, tag| item.tag(Tag::new(*tag).unwrap()))
    }

    fn of(append: &Append) -> Locks {
        SPACE().of([append])
    }

    #[test]
    fn the_hashes_are_part_of_the_format() {
        let key = |kind, parts: &[&str]| SPACE().key(kind, parts);
        assert_eq!(
            [
                key(Kind::Log, &[]),
                key(Kind::Name, &["account.opened"]),
                key(Kind::TagAndName, &["owner:ada", "account.opened"]),
            ],
            PINNED
        );
        assert_ne!(
            key(Kind::Stream, &["ab", "c"]),
            key(Kind::Stream, &["a", "bc"])
        );
        assert_ne!(
            LockSpace::new("other", 1).key(Kind::Log, &[]),
            key(Kind::Log, &[])
        );
    }

    const PINNED: [i64; 3] = [
        -4_734_368_947_003_149_125,
        7_366_908_099_561_159_385,
        -305_042_521_674_077_018,
    ];

    #[test]
    fn appends_without_conditions_wait_only_for_their_streams() {
        let first = append("a-1", "x", &["t", "u"]);
        assert!(!of(&first).conflict_with(&of(&append("a-2", "x", &["t", "u"]))));
        assert!(of(&first).conflict_with(&of(&append("a-1", "y", &[]))));
    }

    #[test]
    fn a_condition_waits_exactly_for_what_its_tags_and_names_could_match() {
        let condition = |items: Vec<FilterItem>| {
            of(&append("a-0", "w", &[]).unless(Filter::any_of(items), Position::START))
        };
        let event = of(&append("a-1", "x", &["t", "u"]));
        for (conflict, items) in [
            (true, vec![]),
            (true, vec![FilterItem::new()]),
            (true, vec![item(&["x"], &[])]),
            (false, vec![item(&["y"], &[])]),
            (true, vec![item(&[], &["t"])]),
            (true, vec![item(&[], &["u", "t"])]),
            (false, vec![item(&[], &["v"])]),
            (true, vec![item(&["y", "x"], &["t"])]),
            (false, vec![item(&["y"], &["t"])]),
            (true, vec![item(&["y"], &["t"]), item(&[], &["u"])]),
        ] {
            assert_eq!(
                condition(items.clone()).conflict_with(&event),
                conflict,
                "{items:?}"
            );
        }
    }

    #[test]
    fn too_many_keys_become_the_whole_log_which_everybody_waits_for() {
        let tags: Vec<_> = (0..60).map(|tag| format!("t:{tag}")).collect();
        let tags: Vec<_> = tags.iter().map(String::as_str).collect();
        let many = LockSpace::new("cqrs", 100).of([&append("a-1", "x", &tags)]);
        assert_eq!(many.keys.len(), 1);
        assert!(many.conflict_with(&of(&append("b-1", "y", &[]))));
        let receipt_only = Append::new();
        assert!(many.conflict_with(&of(&receipt_only)));
    }
}
