use cqrs_core::prelude::*;

macro_rules! event {
    ($name:ident, $text:literal, $field:ident: $type:ty) => {
        #[derive(Event, Serialize, Deserialize)]
        #[event(name = $text)]
        struct $name {
            #[tag("field")]
            $field: $type,
        }
    };
}

event!(Opened, "opened", number: u8);

fn main() {
    event!(Closed, "closed", reason: Option<String>);
    assert_eq!(Opened::NAME.as_str(), "opened");
    assert_eq!(Opened { number: 1 }.tags().unwrap()[0].as_str(), "field:1");
    let reason = Some("bored".into());
    assert_eq!(Closed { reason }.tags().unwrap()[0].as_str(), "field:bored");
}
