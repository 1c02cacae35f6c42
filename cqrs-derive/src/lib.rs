//! The derive macros of `cqrs-core`, which re-exports them under its feature `derive`: depend on that.
//!
//! Each macro goes from the tokens to a model (`parse`) and from the model to code (`expand`). None of them panics; all
//! mistakes of one input are reported together, and what can still be generated is, so that one mistake is one message.

mod aggregate;
mod aggregate_id;
mod apply;
mod attribute;
mod command;
mod command_set;
mod event;
mod event_field;
mod event_set;
mod fingerprint;
mod history;
mod mistakes;
mod rules;
mod shape;
mod suggest;
mod tag;
mod tokens;

#[cfg(test)]
mod robustness;

use proc_macro::TokenStream;
use syn::{DeriveInput, parse_macro_input};

#[doc = include_str!("../docs/aggregate_id.md")]
#[proc_macro_derive(AggregateId, attributes(aggregate_id))]
pub fn aggregate_id(input: TokenStream) -> TokenStream {
    aggregate_id::derive(&parse_macro_input!(input as DeriveInput)).into()
}

#[doc = include_str!("../docs/event.md")]
#[proc_macro_derive(Event, attributes(event, tag, event_field))]
pub fn event(input: TokenStream) -> TokenStream {
    event::derive(&parse_macro_input!(input as DeriveInput)).into()
}

#[doc = include_str!("../docs/event_field.md")]
#[proc_macro_derive(EventField, attributes(event_field))]
pub fn event_field(input: TokenStream) -> TokenStream {
    event_field::derive(&parse_macro_input!(input as DeriveInput)).into()
}

#[doc = include_str!("../docs/event_set.md")]
#[proc_macro_derive(EventSet, attributes(event_set, event, tag, event_field))]
pub fn event_set(input: TokenStream) -> TokenStream {
    event_set::derive(&parse_macro_input!(input as DeriveInput)).into()
}

#[doc = include_str!("../docs/aggregate.md")]
#[proc_macro_derive(Aggregate, attributes(aggregate))]
pub fn aggregate(input: TokenStream) -> TokenStream {
    aggregate::derive(&parse_macro_input!(input as DeriveInput)).into()
}

#[doc = include_str!("../docs/apply.md")]
#[proc_macro_attribute]
pub fn apply(arguments: TokenStream, item: TokenStream) -> TokenStream {
    apply::attribute(&arguments.into(), &item.into()).into()
}

#[doc = include_str!("../docs/command.md")]
#[proc_macro_derive(Command, attributes(command, id))]
pub fn command(input: TokenStream) -> TokenStream {
    command::derive(&parse_macro_input!(input as DeriveInput)).into()
}

#[doc = include_str!("../docs/command_set.md")]
#[proc_macro_derive(CommandSet, attributes(command_set))]
pub fn command_set(input: TokenStream) -> TokenStream {
    command_set::derive(&parse_macro_input!(input as DeriveInput)).into()
}
