mod framework {
    pub(crate) mod cqrs {
        pub(crate) use ::cqrs_core::__private;
    }
}

#[derive(cqrs_core::AggregateId, Clone, Debug, PartialEq, Eq, Hash)]
#[aggregate_id(crate = framework::cqrs)]
struct AccountId(u8);

fn main() {
    let key = framework::cqrs::__private::AggregateId::stream_key(&AccountId(7));
    assert_eq!(key.unwrap().as_str(), "7");
}
