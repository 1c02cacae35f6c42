//! The read side of a store: all ports of the processors together.

use std::sync::Arc;

use super::advance::AdvanceProcessors;
use super::documents::Documents;
use super::leases::Leases;
use super::parked::ParkedEvents;
use super::processors::Processors;
use super::staged::StagedCommands;
use super::store::EventStore;

/// All that processors need from a store. Whatever has the ports is one.
pub trait ReadSide:
    EventStore + Processors + Leases + AdvanceProcessors + Documents + ParkedEvents + StagedCommands
{
}

impl<S> ReadSide for S where
    S: EventStore
        + Processors
        + Leases
        + AdvanceProcessors
        + Documents
        + ParkedEvents
        + StagedCommands
{
}

/// A read side without its type, as the runtime holds it.
pub type SharedReadSide = Arc<dyn ReadSide>;
