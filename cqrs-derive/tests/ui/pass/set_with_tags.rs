use cqrs_core::prelude::*;

#[derive(EventSet, Serialize, Deserialize)]
enum TicketEvent {
    #[event(name = "ticket.sold")]
    Sold {
        price: u32,
        #[tag("customer")]
        customer: u32,
        #[tag("seller")]
        seller: Option<String>,
    },
    #[event(name = "ticket.moved")]
    Moved(#[tag("from")] u32, #[tag("to")] Option<u32>),
}

fn tags(event: &TicketEvent) -> Vec<String> {
    let tags = event.encode().unwrap().tags;
    tags.iter().map(ToString::to_string).collect()
}

fn main() {
    let sold = TicketEvent::Sold {
        price: 1,
        customer: 7,
        seller: None,
    };
    assert_eq!(tags(&sold), ["customer:7"]);
    assert_eq!(tags(&TicketEvent::Moved(1, Some(2))), ["from:1", "to:2"]);
}
