//! The program's story, on every backend: one line differs.

use bank::account::Account;
use bank::story;
use cqrs_core::runtime::app::Cqrs;
use cqrs_memory::Memory;

const TOLD: &str = "\
Ada opens an account.        version 1
She deposits 50.00.          version 2
She withdraws 30.00.         version 3, the new balance is 20.00 (done)
The request comes again.     version 3, the new balance is 20.00 (done before, nothing new)
She wants 80.00.             rejected: 20.00 is less than 80.00
Eve opens the same account.  not done: account-";

const LOGGED: &str = "
Now the account is at version 3 and has 20.00; at version 2 it had 50.00.

The log keeps it all:
  version 1  Ada opened the account
  version 2  50.00 deposited
  version 3  30.00 withdrawn, by ada
";

type Checked = Result<(), Box<dyn std::error::Error + Send + Sync>>;

async fn is_told_on(cqrs: &Cqrs) -> Checked {
    let mut out = Vec::new();
    story::tell(cqrs, &mut out).await?;
    let told = String::from_utf8(out)?;
    assert!(told.starts_with(TOLD), "{told}");
    assert!(told.ends_with(LOGGED), "{told}");
    Ok(())
}

#[tokio::test]
async fn is_told_in_memory() -> Checked {
    let cqrs = Cqrs::builder(Memory::new())
        .aggregate::<Account>()
        .build()
        .await?;
    is_told_on(&cqrs).await
}
