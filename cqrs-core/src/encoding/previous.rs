//! How an event is made of the version before it.

/// An event that its version before can be made into. Nobody implements it: `From` is all that it takes.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "nothing says how `{Self}` is made of `{P}`, the version before it",
    label = "`From<{P}>` is missing",
    note = "write `impl From<{P}> for {Self} {{ fn from(old: {P}) -> Self {{ … }} }}`"
)]
pub trait FromPrevious<P> {
    fn from_previous(previous: P) -> Self;
}

#[diagnostic::do_not_recommend]
impl<P, E: From<P>> FromPrevious<P> for E {
    fn from_previous(previous: P) -> Self {
        Self::from(previous)
    }
}

/// An event that can be recorded in the shape of the version before it. Nobody implements it: `From` is all that it takes.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "nothing says how `{E}` is written as `{Self}`, the version before it",
    label = "`From<&{E}>` is missing",
    note = "write `impl From<&{E}> for {Self} {{ fn from(event: &{E}) -> Self {{ … }} }}`"
)]
pub trait WrittenFor<E> {
    fn written_for(event: &E) -> Self;
}

#[diagnostic::do_not_recommend]
impl<E, P: for<'e> From<&'e E>> WrittenFor<E> for P {
    fn written_for(event: &E) -> Self {
        Self::from(event)
    }
}
