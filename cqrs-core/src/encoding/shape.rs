//! The shape of an event's JSON, as its Rust types and serde's attributes say: what an event lock keeps.

mod field;
mod print;
mod probe;
mod sample;

pub use field::EventField;
pub use probe::{Described, NotDescribed, Probe};

/// What the JSON of a value looks like, as its Rust type and serde's attributes say.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Shape {
    /// A value with nothing in it that a person would call a field: a number, a text, a moment.
    Leaf(Leaf),
    /// It, or `null`.
    Optional(Box<Shape>),
    /// Any number of these.
    List(Box<Shape>),
    /// So many of these.
    Array(Box<Shape>, usize),
    /// An object whose keys are data.
    Map(Box<Shape>, Box<Shape>),
    /// One of each, in order, as an array.
    Tuple(Vec<Shape>),
    /// An object.
    Fields(Vec<FieldShape>),
    /// One of several.
    OneOf(Tagging, Vec<VariantShape>),
    /// A type that may contain itself, with its shape.
    Named(&'static str, fn() -> Shape),
    /// A type that nobody has described.
    Unknown(Undescribed),
}

/// A value with nothing in it that a person would call a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Leaf {
    /// What it is, in words.
    pub is: &'static str,
    /// An example, as JSON.
    pub sample: &'static str,
    /// Another one, as different as can be.
    pub other: &'static str,
}

/// A type that nobody has described.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Undescribed {
    /// How it is written in Rust.
    pub rust_type: &'static str,
    /// What to do about it.
    pub remedy: Remedy,
}

/// What to do about a type that nobody has described.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Remedy {
    /// Derive `EventField` for it, or describe the field.
    Derive,
    /// An attribute of serde converts it: nobody but the user knows to what.
    Describe,
}

/// A field of an object.
#[derive(Clone, Debug)]
pub struct FieldShape {
    /// Its name in the JSON.
    pub name: &'static str,
    /// Other names under which it is read.
    pub aliases: &'static [&'static str],
    /// What is in it.
    pub shape: Shape,
    /// Whether there is a default when it is not there.
    pub has_default: bool,
    /// Whether it is left out sometimes.
    pub may_be_left_out: bool,
    /// Whether its own fields stand in its place.
    pub is_flattened: bool,
}

/// One of several shapes.
#[derive(Clone, Debug)]
pub struct VariantShape {
    /// Its name in the JSON.
    pub name: &'static str,
    /// Other names under which it is read.
    pub aliases: &'static [&'static str],
    /// What is in it; nothing for one without content.
    pub content: Option<Shape>,
}

/// How the JSON says which of several it is, as serde calls it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tagging {
    /// `{"Name": content}`, or `"Name"`.
    External,
    /// `{"tag": "Name", fields of the content}`.
    Internal(&'static str),
    /// `{"tag": "Name", "content": content}`.
    Adjacent(&'static str, &'static str),
    /// Not at all.
    Untagged,
}

impl Shape {
    /// What is written as `null`, and as nothing else.
    pub const NOTHING: Self = Self::Leaf(Leaf {
        is: "null",
        sample: "null",
        other: "null",
    });

    /// A value that is described in words, with an example as JSON: for types that are not made of others.
    #[must_use]
    pub const fn described(is: &'static str, sample: &'static str) -> Self {
        Self::Leaf(Leaf {
            is,
            sample,
            other: sample,
        })
    }

    /// A type that nobody has described.
    #[must_use]
    pub const fn unknown(rust_type: &'static str, remedy: Remedy) -> Self {
        Self::Unknown(Undescribed { rust_type, remedy })
    }

    /// The types in it that nobody has described, each with the way to it.
    #[must_use]
    pub fn undescribed(&self) -> Vec<(String, Undescribed)> {
        let mut found = Vec::new();
        self.find_undescribed(&mut Vec::new(), &mut Vec::new(), &mut found);
        found
    }

    fn find_undescribed(
        &self,
        way: &mut Vec<String>,
        open: &mut Vec<&'static str>,
        found: &mut Vec<(String, Undescribed)>,
    ) {
        match self {
            Self::Leaf(_) => {}
            Self::Unknown(unknown) => found.push((way.join("."), *unknown)),
            Self::Optional(inner) | Self::List(inner) | Self::Array(inner, _) => {
                inner.find_undescribed(way, open, found);
            }
            Self::Map(key, value) => {
                key.find_undescribed(way, open, found);
                value.find_undescribed(way, open, found);
            }
            Self::Tuple(parts) => {
                for (number, part) in parts.iter().enumerate() {
                    way.push(number.to_string());
                    part.find_undescribed(way, open, found);
                    way.pop();
                }
            }
            Self::Fields(fields) => {
                for field in fields {
                    way.push(field.name.to_owned());
                    field.shape.find_undescribed(way, open, found);
                    way.pop();
                }
            }
            Self::OneOf(_, variants) => {
                for variant in variants {
                    if let Some(content) = &variant.content {
                        way.push(variant.name.to_owned());
                        content.find_undescribed(way, open, found);
                        way.pop();
                    }
                }
            }
            Self::Named(name, shape) => {
                if !open.contains(name) {
                    open.push(name);
                    shape().find_undescribed(way, open, found);
                    open.pop();
                }
            }
        }
    }
}
