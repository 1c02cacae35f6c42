//! The store in memory: for tests, for a first program, and to read before writing a backend.
//!
//! It keeps events encoded, as a database would, so that it finds mistakes of serialisation, and it keeps every promise
//! of the ports except that it forgets everything when its last handle is dropped.
//!
//! # Reading order for the author of a backend
//!
//! 1. `log.rs`: what a store decides, in which order, and why. No I/O, no lock.
//! 2. `log/index.rs`: how a filter finds its events without looking at the others.
//! 3. `processors.rs` and `processors/`: the same for the read side: generations, leases, the one atomic advance.
//! 4. `memory.rs` and `memory/`: one file a port, each a few lines: limits, lock, log.
//! 5. `tests/conformance.rs`: how the suite of `cqrs-testing` is run on a store.
//!
//! # Examples
//!
//! ```
//! use cqrs_core::ports::append::{Append, AppendEvents, AppendOutcome};
//! use cqrs_core::words::event::{EventName, NewEvent};
//! use cqrs_core::words::payload::Payload;
//! use cqrs_core::words::version::{ExpectedVersion, StreamVersion};
//! use cqrs_memory::Memory;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let store = Memory::new();
//! let opened = NewEvent::new(EventName::from_static("account.opened"), Payload::from_json(r#"{"owner":"ada"}"#)?);
//! let outcome = store
//!     .append(Append::to("account-7".parse()?, ExpectedVersion::NoStream, vec![opened]))
//!     .await?;
//! assert!(matches!(outcome, AppendOutcome::Recorded(appended) if appended.streams[0].1 == StreamVersion::FIRST));
//! # Ok(())
//! # }
//! ```

mod log;
mod memory;
mod processors;

pub use memory::{Memory, MemoryTransaction};
