use cqrs_core::prelude::*;

mod shop {
    pub mod account {
        use cqrs_core::prelude::*;
        #[derive(Event, Serialize, Deserialize, Clone, Debug, PartialEq)]
        #[event(name = "account.opened")]
        pub struct Opened;
    }
    pub mod shelf {
        use cqrs_core::prelude::*;
        #[derive(Event, Serialize, Deserialize, Clone, Debug, PartialEq)]
        #[event(name = "shelf.opened")]
        pub struct Opened;
    }
}

#[derive(AggregateId, Clone, Debug, PartialEq, Eq, Hash)]
struct Id(u64);

#[derive(Aggregate, Default)]
#[aggregate(name = "shop", id = Id)]
#[aggregate(events(shop::account::Opened, self::shop::shelf::Opened as ShelfOpened))]
struct Shop(u8);

impl Apply<shop::account::Opened> for Shop {}
impl Apply<shop::shelf::Opened> for Shop {
    fn apply(&mut self, _: &shop::shelf::Opened) {
        self.0 += 1;
    }
}

fn main() {
    let mut shop = Shop::default();
    Aggregate::apply_event(&mut shop, &ShopEvent::Opened(shop::account::Opened));
    Aggregate::apply_event(&mut shop, &ShopEvent::ShelfOpened(shop::shelf::Opened));
    assert_eq!(shop.0, 1);
    assert_eq!(ShopEvent::EVENTS[1].name.as_str(), "shelf.opened");
}
