//! What is over when an instance of a process manager has ended, and what is not.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use cqrs_core::domain::process_manager::{ProcessManager, Reactions, Rejection};
use cqrs_core::prelude::*;
use cqrs_core::runtime::app::Cqrs;
use cqrs_core::runtime::command_error::CommandError;
use cqrs_core::runtime::command_handler::{CommandContext, CommandHandler};
use cqrs_core::runtime::read_view::ReadError;
use cqrs_core::words::position::Position;
use cqrs_memory::Memory;
use tokio::sync::Semaphore;

use super::domain::{Account, AccountEvent, AccountId, Checked, Deposit, Open, balance};

const SHORT: Duration = Duration::from_millis(50);

/// A present for a new account, which somebody has to let in.
#[derive(Command, Serialize, Deserialize, Clone, Debug)]
#[command(error = Infallible)]
struct Present {
    account: AccountId,
}

#[derive(CommandSet, Serialize, Deserialize)]
enum Presents {
    Present(Present),
}

/// Lets one present in for each permit.
struct Door(Arc<Semaphore>);

impl CommandHandler<Present> for Door {
    async fn handle(
        &self,
        command: &Present,
        context: &CommandContext<Present>,
    ) -> Result<(), CommandError<Infallible>> {
        let permit = self.0.acquire().await;
        permit.expect("nobody closes it").forget();
        let deposit = Deposit {
            account: command.account,
            amount: 1,
            transfer: None,
        };
        let sent = context.send(deposit).await;
        sent.map(drop).expect("the account is there");
        Ok(())
    }
}

/// Sends a present. Ends there and then, or when it hears that the present has come.
#[derive(Serialize, Deserialize, Default)]
struct Welcome<const HEARS_OF_IT: bool> {}

impl<const HEARS_OF_IT: bool> ProcessManager for Welcome<HEARS_OF_IT> {
    const NAME: ProcessorName = ProcessorName::from_static("welcome");
    const START: StartFrom = StartFrom::Beginning;
    type Event = AccountEvent;
    type Command = Presents;
    type Key = AccountId;

    fn correlate(event: &Recorded<AccountEvent>) -> Option<AccountId> {
        event.id()
    }

    fn react(&mut self, event: &Recorded<AccountEvent>, reactions: &mut Reactions<Presents>) {
        match (&event.event, event.id()) {
            (AccountEvent::Opened { .. }, Some(account)) => {
                reactions.send(Present { account });
                if !HEARS_OF_IT {
                    reactions.end();
                }
            }
            (AccountEvent::Deposited { .. }, _) => reactions.end(),
            _ => {}
        }
    }

    fn rejected(&mut self, _: &Presents, _: &Rejection, _: &mut Reactions<Presents>) {}
}

struct Welcomed {
    cqrs: Cqrs,
    door: Arc<Semaphore>,
    account: AccountId,
    opened: Position,
}

/// An account whose present stands before the door.
async fn welcomed<const HEARS_OF_IT: bool>()
-> Result<Welcomed, Box<dyn std::error::Error + Send + Sync>> {
    let door = Arc::new(Semaphore::new(0));
    let cqrs = Cqrs::builder(Memory::new())
        .aggregate::<Account>()
        .command_handler(Door(Arc::clone(&door)))
        .process_manager::<Welcome<HEARS_OF_IT>>()
        .build()
        .await?;
    let (account, owner) = (AccountId(1), "ada".to_owned());
    let opened = cqrs.send(Open { account, owner }).await?.position;
    Ok(Welcomed {
        cqrs,
        door,
        account,
        opened,
    })
}

/// As the documentation says: they are recorded with the end, and sent after it.
#[tokio::test]
async fn the_end_does_not_wait_for_the_commands_of_the_last_step() -> Checked {
    let Welcomed {
        cqrs,
        door,
        account,
        opened,
    } = welcomed::<false>().await?;
    let runners = cqrs.start_runners();
    cqrs.wait_until_ended::<Welcome<false>>(account, opened)
        .await?;
    assert_eq!(balance(&cqrs, 1).await?, 0);
    door.add_permits(1);
    let arrives = async {
        while balance(&cqrs, 1).await? == 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        Checked::Ok(())
    };
    tokio::time::timeout(Duration::from_secs(30), arrives).await??;
    runners.stop(Duration::from_secs(5)).await;
    Ok(())
}

#[tokio::test]
async fn an_instance_that_ends_when_it_hears_of_its_command_ends_after_it() -> Checked {
    let Welcomed {
        cqrs,
        door,
        account,
        opened,
    } = welcomed::<true>().await?;
    let runners = cqrs.start_runners();
    let ended = || cqrs.wait_until_ended::<Welcome<true>>(account, opened);
    let early = ended().within(SHORT).await;
    assert!(
        matches!(early, Err(ReadError::NotEnded { .. })),
        "{early:?}"
    );
    door.add_permits(1);
    ended().within(Duration::from_secs(30)).await?;
    assert_eq!(balance(&cqrs, 1).await?, 1);
    runners.stop(Duration::from_secs(5)).await;
    Ok(())
}
