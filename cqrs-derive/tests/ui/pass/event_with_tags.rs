use cqrs_core::prelude::*;

#[derive(AggregateId, Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct CustomerId(u32);

#[derive(Event, Serialize, Deserialize)]
#[event(name = "ticket.sold")]
struct TicketSold {
    #[tag("customer")]
    #[tag("party")]
    customer: CustomerId,
    #[tag("seller")]
    seller: Option<String>,
    #[tag("referrer")]
    referrer: std::option::Option<CustomerId>,
    price: u32,
}

fn main() {
    let event = TicketSold {
        customer: CustomerId(7),
        seller: None,
        referrer: Some(CustomerId(8)),
        price: 100,
    };
    let tags = event.tags().unwrap();
    let tags: Vec<_> = tags.iter().map(|tag| tag.as_str()).collect();
    assert_eq!(tags, ["customer:7", "party:7", "referrer:8"]);
    assert_eq!(event.price, 100);
}
