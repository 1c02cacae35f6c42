use cqrs_core::prelude::*;
use cqrs_core::runtime::app::Cqrs;
use cqrs_core::runtime::projection::Projection;
use cqrs_core::words::event::Recorded;
use cqrs_core::words::processor::ProcessorName;
use cqrs_memory::Memory;
use cqrs_postgres::{Postgres, Tx};

#[derive(EventSet, Serialize, Deserialize, Clone, Debug)]
enum Happened {
    #[event(name = "test.happened")]
    Happened,
}

struct Totals;

impl Projection<Postgres> for Totals {
    const NAME: ProcessorName = ProcessorName::from_static("totals");
    type Event = Happened;
    type Error = std::io::Error;

    async fn setup(&self, _: &mut Tx) -> Result<(), Self::Error> {
        Ok(())
    }

    async fn project(&self, _: &Recorded<Happened>, _: &mut Tx) -> Result<(), Self::Error> {
        Ok(())
    }
}

fn main() {
    let _ = Cqrs::builder(Memory::new()).projection(Totals);
}
