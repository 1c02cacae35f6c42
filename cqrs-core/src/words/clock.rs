//! Where a decision gets its time and its new ids from.

use chrono::{DateTime, Timelike, Utc};
use uuid::timestamp::context::{ContextV7, ThreadLocalContext};
use uuid::{Timestamp, Uuid};

/// Tells the time. Replaced in tests.
pub trait Clock: std::fmt::Debug + Send + Sync {
    /// The time now.
    fn now(&self) -> DateTime<Utc>;
}

/// Makes new ids. Replaced in tests.
pub trait IdSource: std::fmt::Debug + Send + Sync {
    /// An id that nobody has had before.
    fn new_id(&self) -> Uuid;
}

/// The machine's clock and random source: ids are UUIDs of version 7.
#[derive(Clone, Copy, Debug, Default)]
pub struct System;

impl Clock for System {
    /// In whole microseconds, which is what databases keep.
    fn now(&self) -> DateTime<Utc> {
        whole_microseconds(Utc::now())
    }
}

impl IdSource for System {
    fn new_id(&self) -> Uuid {
        new_id()
    }
}

/// A UUID of version 7. Those of one thread rise; no thread waits for another one.
pub(crate) fn new_id() -> Uuid {
    thread_local! {
        static CONTEXT: ContextV7 = const { ContextV7::new() };
    }
    Uuid::new_v7(Timestamp::now(ThreadLocalContext::new(&CONTEXT)))
}

/// The same time without the part of a microsecond, which databases do not keep. For the authors of stores.
#[must_use]
pub fn whole_microseconds(time: DateTime<Utc>) -> DateTime<Utc> {
    let naive = time.naive_utc();
    let nanoseconds = naive.nanosecond();
    naive
        .with_nanosecond(nanoseconds - nanoseconds % 1_000)
        .map_or(time, |whole| whole.and_utc())
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use chrono::{DateTime, SubsecRound};

    use super::{new_id, whole_microseconds};

    #[test]
    fn times_lose_the_part_of_a_microsecond_and_nothing_else() {
        for (seconds, nanoseconds) in [
            (-1, 1_999),
            (0, 0),
            (0, 999),
            (7, 123_456_789),
            (59, 1_999_999_999),
        ] {
            let time = DateTime::from_timestamp(seconds, nanoseconds).unwrap();
            let whole = whole_microseconds(time);
            assert_eq!(whole, time.trunc_subsecs(6));
        }
    }

    #[test]
    fn no_two_threads_make_the_same_id_and_those_of_one_thread_rise() {
        let threads: Vec<_> = (0..8)
            .map(|_| std::thread::spawn(|| (0..10_000).map(|_| new_id()).collect::<Vec<_>>()))
            .collect();
        let of_threads = threads.into_iter().map(|thread| thread.join().unwrap());
        let mut all = HashSet::new();
        for ids in of_threads {
            assert!(ids.is_sorted());
            assert!(ids.iter().all(|id| id.get_version_num() == 7));
            all.extend(ids);
        }
        assert_eq!(all.len(), 80_000);
    }
}
