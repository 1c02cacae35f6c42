//! A change: from the events before to the events after.

use cqrs_core::encoding::event::EventSet;
use cqrs_core::words::event::{EventName, NewEvent, RecordedEvent, SchemaVersion};
use cqrs_core::words::payload::Payload;
use cqrs_core::words::position::Position;
use cqrs_core::words::version::StreamVersion;
use cqrs_testing::event_lock::{LockedSet, compare};

/// `change! { name, before { … }, after { … }, |change| … }`: both blocks have a set of events that is called `Set`.
macro_rules! change {
    ($(#[$attribute:meta])* $name:ident,
     before { $($before:item)* },
     after { $($after:item)* },
     $outcome:expr $(,)?) => {
        $(#[$attribute])*
        #[test]
        fn $name() {
            mod before {
                #[allow(unused_imports)]
                use super::*;
                $($before)*
            }
            mod after {
                #[allow(unused_imports)]
                use super::*;
                $($after)*
            }
            let outcome: fn(&$crate::change::Change<after::Set>) = $outcome;
            outcome(&$crate::change::Change::new::<before::Set>());
        }
    };
}
pub(crate) use change;

/// A change: the lock as it was before, and the code after.
pub(crate) struct Change<A> {
    lock: String,
    after: std::marker::PhantomData<A>,
}

impl<A: EventSet> Change<A> {
    pub(crate) fn new<B: EventSet>() -> Self {
        let lock = compare("events.lock", "", &[LockedSet::of::<B>()], true);
        Self {
            lock: lock
                .expect("the events before can be locked")
                .expect("they are new"),
            after: std::marker::PhantomData,
        }
    }

    fn compare(&self, accept: bool) -> Result<Option<String>, String> {
        compare("events.lock", &self.lock, &[LockedSet::of::<A>()], accept)
    }

    /// Nothing has changed for the log.
    #[track_caller]
    pub(crate) fn holds(&self) -> &Self {
        assert_eq!(self.compare(false), Ok(None));
        self
    }

    /// The test fails with this, and accepting does not help: something must be mended.
    #[track_caller]
    pub(crate) fn breaks(&self, message: &str) -> &Self {
        assert_eq!(self.compare(false).unwrap_err(), message);
        assert!(self.compare(true).is_err(), "it can be accepted");
        self
    }

    /// Version 1 of an event has another shape, with these differences, and what was recorded of it is not read, for this
    /// reason.
    #[track_caller]
    pub(crate) fn breaks_its_shape(&self, name: &str, differences: &str, why: &str) -> &Self {
        self.breaks(&format!(
            "{name} version 1 has another shape than events.lock says:\n{differences}\n  \
             Give the new shape version 2, and say by `previous` or an upcaster how version 1 is read.\n\n\
             {name} version 1 is in events.lock, and is not read any more: {why}"
        ))
    }

    /// Version 1 of an event has another shape, with these differences, and what was recorded of it is still read; once this is
    /// accepted, these lines are new in the file.
    #[track_caller]
    pub(crate) fn alters_its_shape(&self, name: &str, differences: &str, new: &[&str]) -> &Self {
        let message = format!(
            "{name} version 1 has another shape than events.lock says:\n{differences}\n  \
             Events of the old shape still decode. While old nodes run, they may not read the new one: \
             then write version 2 instead, with a `previous`."
        );
        self.wants(&message, new)
    }

    /// The test fails with this until somebody accepts it; then these lines are new in the file.
    #[track_caller]
    pub(crate) fn wants(&self, message: &str, new_lines: &[&str]) -> &Self {
        let remedy =
            "\n\nTo accept all this: CQRS_ACCEPT_EVENTS=1 cargo test. Then review the difference.";
        assert_eq!(
            self.compare(false).unwrap_err(),
            format!("{message}{remedy}")
        );
        let accepted = self.compare(true).unwrap().expect("something is new");
        let before: Vec<_> = self.lock.lines().collect();
        let new: Vec<_> = accepted
            .lines()
            .filter(|line| !before.contains(line))
            .collect();
        assert_eq!(new, new_lines);
        // Once it is accepted, all is well.
        let again = compare("events.lock", &accepted, &[LockedSet::of::<A>()], false);
        assert_eq!(again, Ok(None));
        self
    }

    /// What was recorded so is read as these events, as they would be recorded today.
    #[track_caller]
    pub(crate) fn reads(
        &self,
        name: &str,
        version: u32,
        payload: &str,
        as_events: &[&str],
    ) -> &Self {
        let parts = match A::decode(&recorded(name, version, payload)) {
            Ok(parts) => parts,
            Err(error) => panic!("{}", with_causes(&error)),
        };
        let read: Vec<_> = parts
            .into_iter()
            .map(|(_, event)| event.encode().unwrap())
            .map(|event| {
                format!(
                    "{} {} {}",
                    event.name,
                    event.schema_version,
                    event.payload.as_str()
                )
            })
            .collect();
        assert_eq!(read, as_events);
        self
    }

    /// What was recorded so is not read, for this reason.
    #[track_caller]
    pub(crate) fn refuses(&self, name: &str, version: u32, payload: &str, why: &str) -> &Self {
        let Err(error) = A::decode(&recorded(name, version, payload)) else {
            panic!("it is read");
        };
        assert_eq!(with_causes(&error), why);
        self
    }
}

fn recorded(name: &str, version: u32, payload: &str) -> RecordedEvent {
    let event = NewEvent::new(
        EventName::new(name).unwrap(),
        Payload::from_json(payload).unwrap(),
    );
    event
        .with_schema_version(SchemaVersion::new(version).unwrap())
        .recorded(
            "a-1".parse().unwrap(),
            StreamVersion::FIRST,
            Position::START,
            chrono::DateTime::UNIX_EPOCH,
        )
}

fn with_causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text = format!("{text}: {error}");
        source = error.source();
    }
    text
}
