#![allow(dead_code)]
mod own {
    pub struct Result;
    pub struct Vec;
    pub struct String;
    pub trait Iterator {}
    pub struct Ok;
    pub struct Err;
    pub enum Box {}
    pub enum Default {}
}
use own::*;

#[derive(cqrs_core::AggregateId, Clone, Debug, PartialEq, Eq, Hash)]
struct Id(std::string::String);

#[derive(cqrs_core::Event, serde::Serialize, serde::Deserialize, Clone, Debug, PartialEq)]
#[event(name = "opened")]
struct Opened {
    #[tag("a")]
    a: std::option::Option<u8>,
}

#[derive(cqrs_core::Aggregate, std::default::Default)]
#[aggregate(name = "thing", id = Id, events(Opened))]
struct Thing;

impl cqrs_core::domain::aggregate::Apply<Opened> for Thing {}

fn main() {
    use cqrs_core::encoding::event::Event;
    assert_eq!(Opened { a: Some(1) }.tags().unwrap().len(), 1);
}
