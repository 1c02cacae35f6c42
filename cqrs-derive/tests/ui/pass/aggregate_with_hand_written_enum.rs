use cqrs_core::prelude::*;

#[derive(AggregateId, Clone, Debug, PartialEq, Eq, Hash)]
struct Id(u64);

#[derive(EventSet, Serialize, Deserialize)]
enum Happened {
    #[event(name = "added")]
    Added(i64),
    #[event(name = "cleared")]
    Cleared,
}

#[derive(Aggregate, Default)]
#[aggregate(name = "counter", id = Id, event = self::Happened)]
struct Counter(i64);

impl Apply<Happened> for Counter {
    fn apply(&mut self, event: &Happened) {
        match event {
            Happened::Added(by) => self.0 += by,
            Happened::Cleared => self.0 = 0,
        }
    }
}

fn main() {
    let mut counter = Counter::default();
    Aggregate::apply_event(&mut counter, &Happened::Added(7));
    assert_eq!(counter.0, 7);
    Aggregate::apply_event(&mut counter, &Happened::Cleared);
    assert_eq!(counter.0, 0);
}
