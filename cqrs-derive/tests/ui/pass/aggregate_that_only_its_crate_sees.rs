#![deny(private_interfaces, unreachable_pub, dead_code)]

mod account {
    use cqrs_core::prelude::*;

    #[derive(AggregateId, Clone, Debug, PartialEq, Eq, Hash)]
    pub(crate) struct AccountId(String);

    #[derive(Event, Serialize, Deserialize, Clone, Debug, PartialEq)]
    #[event(name = "account.opened")]
    pub(crate) struct Opened;

    #[derive(Aggregate, Default)]
    #[aggregate(name = "account", id = AccountId, events(Opened))]
    pub(crate) struct Account;

    impl Apply<Opened> for Account {}

    mod inner {
        use cqrs_core::prelude::*;

        #[derive(AggregateId, Clone, Debug, PartialEq, Eq, Hash)]
        pub(in crate::account) struct NoteId(uuid::Uuid);

        #[derive(Event, Serialize, Deserialize, Clone, Debug, PartialEq)]
        #[event(name = "note.written")]
        pub(super) struct Written;

        #[derive(Aggregate, Default)]
        #[aggregate(name = "note", id = NoteId, events(Written))]
        pub(in crate::account) struct Note;

        impl Apply<Written> for Note {}
    }

    pub(crate) fn note() -> String {
        use cqrs_core::encoding::event::EventSet;
        let event = inner::NoteEvent::from(inner::Written);
        let stream = inner::Note::stream(&inner::NoteId::new());
        format!("{} {}", event.encode().unwrap().name, stream.is_ok())
    }
}

fn main() {
    use cqrs_core::prelude::*;
    let id = account::AccountId::new("7").unwrap();
    assert_eq!(
        account::Account::stream(&id).unwrap().to_string(),
        "account-7"
    );
    let event = account::AccountEvent::from(account::Opened);
    assert_eq!(event.encode().unwrap().name.as_str(), "account.opened");
    assert_eq!(account::note(), "note.written true");
}
