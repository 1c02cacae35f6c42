//! P6 with the runtime: a command that can't be sent is parked, and sent again or discarded when somebody asks for it.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use cqrs_core::domain::error_policy::{ErrorDecision, Failure};
use cqrs_core::domain::event_handler::{Delivery, EventHandler};
use cqrs_core::runtime::app::Cqrs;
use cqrs_core::runtime::command_set::{CommandDelivery, CommandSet, Sent};
use cqrs_core::words::event::Recorded;
use cqrs_core::words::idempotency_key::IdempotencyKey;
use cqrs_core::words::processor::ProcessorName;
use cqrs_core::words::start::StartFrom;
use serde::{Deserialize, Serialize};

use super::application::{PARK, bank, built, idle, until};
use super::bank::{AccountEvent, AccountId, Deposit, balance, open};
use super::harness::ReadSideHarness;
use crate::manual_clock::ManualClock;

const GRANTS: ProcessorName = ProcessorName::from_static("grants");

/// Who can't be reached. Tests run at the same time: each has accounts of its own.
static AWAY: Mutex<BTreeSet<u64>> = Mutex::new(BTreeSet::new());

fn away() -> std::sync::MutexGuard<'static, BTreeSet<u64>> {
    AWAY.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A deposit that can't be sent while its account is away.
#[derive(Serialize, Deserialize)]
struct Grant(Deposit);

impl CommandSet for Grant {
    async fn deliver(self, delivery: CommandDelivery) -> Sent {
        if away().contains(&self.0.account.0) {
            return Sent::Failed {
                error: "it is away".into(),
            };
        }
        delivery.send(self.0).await
    }
}

/// Grants 1 to each account that is opened.
struct Granting;

impl EventHandler for Granting {
    const NAME: ProcessorName = GRANTS;
    const START: StartFrom = StartFrom::Beginning;
    type Event = AccountEvent;
    type Command = Grant;
    type Error = std::convert::Infallible;

    async fn handle(
        &self,
        event: &Recorded<AccountEvent>,
        delivery: &mut Delivery<Grant>,
    ) -> Result<(), Self::Error> {
        if let (AccountEvent::Opened { .. }, Some(account)) = (&event.event, event.id()) {
            delivery.stage(Grant(Deposit {
                account,
                amount: 1,
                transfer: None,
            }));
        }
        Ok(())
    }
}

/// Three accounts of which the first two are away.
async fn with_parked<H: ReadSideHarness>(harness: &H) -> (Cqrs, [u64; 3]) {
    let store = harness.read_side();
    let accounts = [(); 3].map(|()| fastrand::u64(..));
    away().extend([accounts[0], accounts[1]]);
    let builder = bank::<H>(&store).event_handler(Granting).error_policy(PARK);
    let cqrs = built(builder).await;
    for account in accounts {
        open(&cqrs, account, 10).await;
    }
    idle(&cqrs).await;
    (cqrs, accounts)
}

async fn parked_commands(cqrs: &Cqrs) -> u64 {
    let all = cqrs.processors().await.expect("the status can be read");
    all.iter().map(|status| status.parked_commands).sum()
}

/// Catches a runner that loses a command which can't be sent, hides it, or sends it twice when it is asked for.
pub async fn p6_a_parked_command_is_sent_once_when_somebody_asks<H: ReadSideHarness>(harness: &H) {
    let (cqrs, [first, second, third]) = with_parked(harness).await;
    assert_eq!(balance(&cqrs, third).await, 11, "others go on");
    let parked = cqrs.parked(GRANTS);
    let commands = parked.commands(None, 10).await.expect("they are listed");
    assert_eq!(commands.len(), 2);
    assert!(commands.iter().all(|command| command.is_parked));
    assert_eq!(commands[0].error.as_deref(), Some("it is away"));
    let inspected: Grant = commands[0].command.decode().expect("it can be inspected");
    assert_eq!(inspected.0.account, AccountId(first));
    assert_eq!(parked_commands(&cqrs).await, 2);
    let health = cqrs.check_health().await.expect("it can be checked");
    assert!(
        health
            .problems
            .iter()
            .any(|problem| problem.starts_with("2 parked commands of grants wait")),
        "{health:?}"
    );
    // Nothing by itself.
    away().remove(&first);
    idle(&cqrs).await;
    assert_eq!(balance(&cqrs, first).await, 10);
    for _ in 0..3 {
        let asked = parked.send_again(commands[0].id).await;
        asked.expect("it can be asked for");
        idle(&cqrs).await;
        assert_eq!(balance(&cqrs, first).await, 11, "once");
    }
    // It is parked again when it still can't be sent.
    let asked = parked.send_all_again().await;
    assert_eq!(asked.expect("they can be asked for"), 1);
    idle(&cqrs).await;
    let commands = parked.commands(None, 10).await.expect("they are listed");
    let said: Vec<_> = commands
        .iter()
        .map(|command| (command.is_parked, command.attempts))
        .collect();
    assert_eq!(said, [(true, 2)]);
    assert_eq!(balance(&cqrs, second).await, 10);
}

/// Catches a runner that sends what was discarded, or discards what was not meant.
pub async fn p6_a_discarded_command_is_never_sent<H: ReadSideHarness>(harness: &H) {
    let (cqrs, [first, second, _]) = with_parked(harness).await;
    let parked = cqrs.parked(GRANTS);
    let commands = parked.commands(None, 10).await.expect("they are listed");
    away().remove(&first);
    away().remove(&second);
    let asked = parked.discard_command(commands[0].id).await;
    assert!(asked.expect("it can be asked for"));
    idle(&cqrs).await;
    assert_eq!(balance(&cqrs, first).await, 10, "never");
    assert_eq!(parked_commands(&cqrs).await, 1, "the other one stays");
    let asked = parked.discard_command(commands[0].id).await;
    assert!(!asked.expect("it can be asked for"), "it is gone");
    let asked = parked.send_all_again().await;
    assert_eq!(asked.expect("they can be asked for"), 1);
    idle(&cqrs).await;
    assert_eq!(balance(&cqrs, second).await, 11);
    assert_eq!(parked_commands(&cqrs).await, 0);
}

/// Grants 1 to the neighbour of each account that is opened.
struct GrantingOthers;

impl EventHandler for GrantingOthers {
    const NAME: ProcessorName = GRANTS;
    const START: StartFrom = StartFrom::Beginning;
    type Event = AccountEvent;
    type Command = Grant;
    type Error = std::convert::Infallible;

    async fn handle(
        &self,
        event: &Recorded<AccountEvent>,
        delivery: &mut Delivery<Grant>,
    ) -> Result<(), Self::Error> {
        if let (AccountEvent::Opened { .. }, Some(account)) = (&event.event, event.id()) {
            delivery.stage(Grant(neighbour(account)));
        }
        Ok(())
    }
}

fn neighbour(AccountId(account): AccountId) -> Deposit {
    Deposit {
        account: AccountId(account ^ 1),
        amount: 1,
        transfer: None,
    }
}

/// Catches a runner that says that a command was refused while another node may still do it: one that stood still, and
/// has decided before.
pub async fn p6_a_command_that_was_refused_is_never_done_later<H: ReadSideHarness>(harness: &H) {
    let store = harness.read_side();
    let account = AccountId(fastrand::u64(..));
    let granted = neighbour(account);
    away().insert(granted.account.0);
    let builder = bank::<H>(&store).event_handler(GrantingOthers);
    let cqrs = built(builder.error_policy(PARK)).await;
    open(&cqrs, account.0, 10).await;
    idle(&cqrs).await;
    let parked = cqrs.parked(GRANTS);
    let commands = parked.commands(None, 10).await.expect("they are listed");
    let id = commands.first().expect("it could not be sent").id;
    away().remove(&granted.account.0);
    let asked = parked.send_again(id).await;
    assert!(asked.expect("it can be asked for"));
    idle(&cqrs).await;
    let commands = parked.commands(None, 10).await.expect("they are listed");
    assert!(
        commands.is_empty(),
        "it is refused: there is no such account"
    );
    // Now it could be done, and the other node comes with it.
    let other = built(bank::<H>(&store)).await;
    open(&other, granted.account.0, 10).await;
    let late = other
        .send(granted.clone())
        .idempotency_key(IdempotencyKey::from(id))
        .await;
    assert!(late.is_err(), "{late:?}");
    assert_eq!(balance(&other, granted.account.0).await, 10);
}

/// Catches a runner that does not hear of a request, or makes one wait for its time that is tried again by itself.
pub async fn p6_running_nodes_send_what_somebody_asks_for<H: ReadSideHarness>(harness: &H) {
    let store = harness.read_side();
    let account = fastrand::u64(..);
    away().insert(account);
    let clock = ManualClock::default();
    let later = |_: &Failure| ErrorDecision::Retry {
        after: Duration::from_hours(1),
    };
    let builder = bank::<H>(&store)
        .event_handler(Granting)
        .error_policy(later)
        .clock(clock.clone());
    let cqrs = built(builder).await;
    let runners = cqrs.start_runners();
    open(&cqrs, account, 10).await;
    let parked = cqrs.parked(GRANTS);
    let unsent = || async {
        let unsent = parked.commands(None, 10).await;
        unsent.expect("they are listed")
    };
    until("the attempt", || async { unsent().await.len() == 1 }).await;
    assert!(!unsent().await[0].is_parked, "it is tried again by itself");
    away().remove(&account);
    // From a node that holds nothing.
    let other = bank::<H>(&store).event_handler(Granting);
    let other = built(other.clock(clock)).await;
    let asked = other.parked(GRANTS).send_all_again().await;
    assert_eq!(asked.expect("it can be asked for"), 1);
    until("the grant", || async {
        balance(&cqrs, account).await == 11
    })
    .await;
    until("the end", || async { unsent().await.is_empty() }).await;
    runners.stop(Duration::from_secs(5)).await;
}
