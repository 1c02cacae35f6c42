use cqrs_core::prelude::*;

#[derive(EventSet, Serialize, Deserialize)]
enum Cash {
    #[event(name = "account.deposited")]
    Deposited { amount: u32 },
}

#[derive(Default)]
struct Total;

impl View for Total {
    const NAME: ProcessorName = ProcessorName::from_static("total");
    type Event = Cash;
    type Key = String;

    fn keys(_: &Recorded<Cash>) -> impl IntoIterator<Item = String> {
        Some("all".to_owned())
    }

    fn apply(&mut self, _: &Recorded<Cash>) {}
}

fn main() {}
