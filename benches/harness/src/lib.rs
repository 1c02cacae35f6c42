//! What every contender shares: the bank's work, how it is timed, and how a contender talks to the driver.
//!
//! A contender is a program. It implements [`Bank`] with its library and calls [`run`] from `main`; the driver starts
//! it once for each measurement and tells it what to do in lines of text. See the README of the benchmark.

mod account;
mod arrivals;
mod bank;
mod latency;
mod memory;
mod protocol;
mod retry;
mod run;
mod settings;
mod tasks;
mod work;
mod works;

pub use account::{Account, Entry};
pub use arrivals::Arrivals;
pub use bank::{About, Bank, Totals, Tried, Variant};
pub use latency::{Latency, Recorder};
pub use memory::Memory;
pub use protocol::{Description, Order, Outcome, Reply, VariantDescription};
pub use run::run;
pub use settings::Settings;
pub use tasks::Run;
pub use work::Work;
