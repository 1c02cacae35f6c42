//! The derive macros of `cqrs-core`.

use proc_macro::TokenStream;

/// Derives `AggregateId`.
#[proc_macro_derive(AggregateId)]
pub fn aggregate_id(_: TokenStream) -> TokenStream {
    TokenStream::new()
}
/// Derives `Event`.
#[proc_macro_derive(Event, attributes(event, tag))]
pub fn event(_: TokenStream) -> TokenStream {
    TokenStream::new()
}
/// Derives `EventSet`.
#[proc_macro_derive(EventSet, attributes(event, event_set, tag))]
pub fn event_set(_: TokenStream) -> TokenStream {
    TokenStream::new()
}
/// Derives `Aggregate`.
#[proc_macro_derive(Aggregate, attributes(aggregate))]
pub fn aggregate(_: TokenStream) -> TokenStream {
    TokenStream::new()
}
/// Derives `Command`.
#[proc_macro_derive(Command, attributes(command, id))]
pub fn command(_: TokenStream) -> TokenStream {
    TokenStream::new()
}
