use cqrs_core::prelude::*;

#[path = "../round_trip.rs"]
mod round_trip;

#[derive(AggregateId, Clone, Debug, PartialEq, Eq, Hash)]
pub struct AccountId(u64);

#[derive(Event, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[event(name = "account.opened")]
pub struct Opened;

#[derive(Event, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[event(name = "account.deposited")]
pub struct Deposited {
    amount: i64,
}

#[derive(Debug, thiserror::Error)]
#[error("refused")]
pub struct Refused;

#[derive(Aggregate, Default)]
#[aggregate(name = "bank.account", id = AccountId, error = Refused)]
#[aggregate(events(Opened, Deposited))]
pub struct Account {
    balance: i64,
}

impl Apply<Opened> for Account {}

impl Apply<Deposited> for Account {
    fn apply(&mut self, event: &Deposited) {
        self.balance += event.amount;
    }
}

fn main() {
    let mut account = Account::default();
    Aggregate::apply_event(&mut account, &AccountEvent::from(Opened));
    Aggregate::apply_event(&mut account, &Deposited { amount: 7 }.into());
    assert_eq!(account.balance, 7);
    assert_eq!(Account::CATEGORY.as_str(), "bank.account");
    assert_eq!(
        Account::stream(&AccountId(1)).unwrap().to_string(),
        "bank.account-1"
    );
    let event = AccountEvent::Deposited(Deposited { amount: 7 });
    assert_eq!(event.clone(), event);
    assert_eq!(
        round_trip::round_trip(event).name.as_str(),
        "account.deposited"
    );
    let _: Option<<Account as Aggregate>::Error> = Some(Refused);
}
