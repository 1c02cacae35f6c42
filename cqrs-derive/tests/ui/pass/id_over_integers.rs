use cqrs_core::prelude::*;

#[derive(AggregateId, Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct OrderNumber(u64);

#[derive(AggregateId, Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Signed(i128);

fn main() {
    let id = OrderNumber::from(7);
    assert_eq!(id.get(), 7);
    assert_eq!(id.to_string(), "7");
    assert_eq!("7".parse(), Ok(id));
    assert_eq!(id.stream_key().unwrap().as_str(), "7");
    assert_eq!(serde_json::to_string(&id).unwrap(), "7");
    assert_eq!(serde_json::from_str::<OrderNumber>("7").unwrap(), id);
    assert!("-7".parse::<OrderNumber>().is_err());
    assert_eq!(Signed(i128::MIN).to_string().parse(), Ok(Signed(i128::MIN)));
}
