//! Asks whether a type is described. What the derive macros call.

use std::marker::PhantomData;

use super::{EventField, Remedy, Shape};

/// Asks whether a type is described. Of the two traits below the compiler takes the first one that fits, so that a type
/// without a description is no mistake before somebody wants to lock it.
#[derive(Debug)]
pub struct Probe<T>(PhantomData<fn() -> T>);

impl<T> Probe<T> {
    /// Asks for this type.
    #[expect(clippy::new_without_default, reason = "the macros call nothing else")]
    #[must_use]
    pub const fn new() -> Self {
        Self(PhantomData)
    }
}

/// For types that are described.
pub trait Described {
    /// The shape.
    fn shape(&self, rust_type: &'static str) -> Shape;
}

impl<T: EventField> Described for Probe<T> {
    fn shape(&self, _: &'static str) -> Shape {
        T::shape()
    }
}

/// For all others.
pub trait NotDescribed {
    /// That there is none.
    fn shape(&self, rust_type: &'static str) -> Shape;
}

impl<T> NotDescribed for &Probe<T> {
    fn shape(&self, rust_type: &'static str) -> Shape {
        Shape::unknown(rust_type, Remedy::Derive)
    }
}
