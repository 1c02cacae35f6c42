//! What the account decides, in both dialects, without any store.

use std::sync::Arc;

use bank::{account, account_short};
use cqrs_core::domain::decide::{Refusal, decide};
use cqrs_core::encoding::event::EncodedEvent;
use cqrs_core::prelude::*;
use cqrs_core::words::clock::System;

fn root<A: Aggregate>(id: A::Id) -> Root<A> {
    Root::new(id, &System, Arc::new(System))
}

fn encoded<A: Aggregate>(root: &Root<A>) -> Vec<EncodedEvent> {
    let encode = |event: &A::Event| event.encode().expect("it has a JSON form");
    root.emitted().iter().map(encode).collect()
}

#[test]
fn money_comes_in_and_goes_out_until_there_is_too_little() {
    use account::{AccountError, AccountId, Deposit, OpenAccount, Withdraw};
    let account = AccountId::new();
    let mut root = root::<account::Account>(account);
    let owner = "ada".to_owned();
    decide(&OpenAccount { account, owner }, &mut root).unwrap();
    let amount = 50;
    decide(&Deposit { account, amount }, &mut root).unwrap();
    let amount = 30;
    assert_eq!(decide(&Withdraw { account, amount }, &mut root), Ok(20));
    let (balance, requested) = (20, 30);
    assert_eq!(
        decide(&Withdraw { account, amount }, &mut root),
        Err(Refusal::Rejected(AccountError::InsufficientFunds {
            balance,
            requested
        }))
    );
    assert_eq!(root.emitted().len(), 3);
}

#[test]
fn an_account_is_opened_once_and_before_anything_else() {
    use account::{AccountId, Deposit, OpenAccount};
    let account = AccountId::new();
    let mut root = root::<account::Account>(account);
    let amount = 50;
    assert_eq!(
        decide(&Deposit { account, amount }, &mut root),
        Err(Refusal::NotFound)
    );
    let owner = "ada".to_owned();
    let open = OpenAccount { account, owner };
    decide(&open, &mut root).unwrap();
    assert_eq!(decide(&open, &mut root), Err(Refusal::AlreadyExists));
}

#[test]
fn the_short_dialect_decides_the_same() {
    use account_short::{AccountCommand, AccountError, AccountId};
    let id = AccountId::new();
    let mut root = root::<account_short::Account>(id);
    let open = AccountCommand::Open(id, "ada".into());
    assert_eq!(
        decide(&AccountCommand::Deposit(id, 50), &mut root),
        Err(Refusal::NotFound)
    );
    assert_eq!(decide(&open, &mut root), Ok(0));
    assert_eq!(decide(&open, &mut root), Err(Refusal::AlreadyExists));
    assert_eq!(decide(&AccountCommand::Deposit(id, 50), &mut root), Ok(50));
    assert_eq!(
        decide(&AccountCommand::Withdraw(id, 80), &mut root),
        Err(Refusal::Rejected(AccountError::InsufficientFunds {
            balance: 50,
            requested: 80
        }))
    );
    assert_eq!(decide(&AccountCommand::Withdraw(id, 30), &mut root), Ok(20));
}

#[test]
fn both_dialects_record_the_same() {
    use account_short::AccountCommand;
    let account = account::AccountId::new();
    let mut full = root::<account::Account>(account);
    let (owner, amount) = ("ada".to_owned(), 50);
    decide(&account::OpenAccount { account, owner }, &mut full).unwrap();
    decide(&account::Deposit { account, amount }, &mut full).unwrap();
    decide(&account::Withdraw { account, amount }, &mut full).unwrap();

    let id = account_short::AccountId::from(account.as_uuid());
    let mut short = root::<account_short::Account>(id);
    decide(&AccountCommand::Open(id, "ada".into()), &mut short).unwrap();
    decide(&AccountCommand::Deposit(id, 50), &mut short).unwrap();
    decide(&AccountCommand::Withdraw(id, 50), &mut short).unwrap();

    assert_eq!(encoded(&full), encoded(&short));
    assert_eq!(
        account::Account::stream(&account),
        account_short::Account::stream(&id)
    );
    let text: Vec<_> = encoded(&full)
        .iter()
        .map(|event| format!("{} {}", event.name, event.payload.as_str()))
        .collect();
    assert_eq!(
        text,
        [
            r#"account.opened {"owner":"ada"}"#,
            r#"account.deposited {"amount":50}"#,
            r#"account.withdrawn {"amount":50}"#
        ]
    );
}
