use std::marker::PhantomData;

use cqrs_core::prelude::*;

trait Policy: Default + Send + Sync + 'static {
    const STEP: i64;
}

#[derive(Default)]
struct ByTwo;

impl Policy for ByTwo {
    const STEP: i64 = 2;
}

#[derive(AggregateId, Clone, Debug, PartialEq, Eq, Hash)]
struct Id(u64);

#[derive(Event, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[event(name = "stepped")]
struct Stepped;

#[derive(Aggregate, Default)]
#[aggregate(name = "counter", id = Id, events(Stepped))]
struct Counter<P: Policy> {
    count: i64,
    policy: PhantomData<P>,
}

impl<P: Policy> Apply<Stepped> for Counter<P> {
    fn apply(&mut self, _: &Stepped) {
        self.count += P::STEP;
    }
}

#[derive(Command)]
#[command(aggregate = Counter<P>, any)]
struct Step<P: Policy> {
    #[id]
    id: Id,
    policy: PhantomData<P>,
}

impl<P: Policy> Handle<Step<P>> for Counter<P> {
    fn handle(_: &Step<P>, counter: &mut Root<Self>) -> Result<(), std::convert::Infallible> {
        counter.emit(Stepped);
        Ok(())
    }
}

fn main() {
    let mut counter = Counter::<ByTwo>::default();
    Aggregate::apply_event(&mut counter, &CounterEvent::Stepped(Stepped));
    assert_eq!(counter.count, 2);
    let step = Step::<ByTwo> {
        id: Id(1),
        policy: PhantomData,
    };
    assert_eq!(
        cqrs_core::domain::command::AggregateCommand::aggregate_id(&step),
        &Id(1)
    );
    let _ = step.policy;
}
