//! Short ways to write events.
#![allow(dead_code, reason = "each test uses some of them")]

use cqrs_core::ports::receipts::NewReceipt;
use cqrs_core::words::event::{EventName, NewEvent};
use cqrs_core::words::filter::FilterItem;
use cqrs_core::words::payload::Payload;
use cqrs_core::words::position::Position;
use cqrs_core::words::stream::StreamId;
use cqrs_core::words::tag::Tag;
use cqrs_core::words::version::StreamVersion;

pub(crate) fn stream(name: &str) -> StreamId {
    name.parse().unwrap()
}

pub(crate) fn event(name: &str) -> NewEvent {
    NewEvent::new(
        EventName::new(name).unwrap(),
        Payload::from_json("{\"n\":1}").unwrap(),
    )
}

pub(crate) fn tagged(name: &str, tags: &[&str]) -> NewEvent {
    event(name).with_tags(tags.iter().map(|tag| Tag::new(*tag).unwrap()))
}

pub(crate) fn item(names: &[&str], tags: &[&str]) -> FilterItem {
    let item = names.iter().fold(FilterItem::new(), |item, name| {
        item.name(name.parse().unwrap())
    });
    tags.iter()
        .fold(item, |item, tag| item.tag(Tag::new(*tag).unwrap()))
}

pub(crate) fn receipt(key: &str) -> NewReceipt {
    NewReceipt {
        key: key.parse().unwrap(),
        command: "c".into(),
        stream: Some(stream("a-1")),
        version: StreamVersion::NONE,
        position: Position::START,
        reply: Payload::from_json("null").unwrap(),
    }
}
