//! Copies of states, of those that can be copied.

/// What the derive macro asks for a copy: by its methods' resolution a state that is `Clone` is cloned, and any other is not.
#[derive(Debug)]
pub struct Copying<'a, A>(pub &'a A);

/// States that are `Clone`.
pub trait Cloned<A> {
    /// A copy.
    fn copied(&self) -> Option<A>;
}

/// All states.
pub trait NotCloned<A> {
    /// Nothing.
    fn copied(&self) -> Option<A>;
}

impl<A: Clone> Cloned<A> for Copying<'_, A> {
    fn copied(&self) -> Option<A> {
        Some(self.0.clone())
    }
}

impl<A> NotCloned<A> for &Copying<'_, A> {
    fn copied(&self) -> Option<A> {
        None
    }
}
