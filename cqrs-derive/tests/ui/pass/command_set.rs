//! Commands become the set by themselves, and are read back from what is kept of them.

use cqrs_core::prelude::*;
use cqrs_core::runtime::command_set::CommandSet as Sendable;
use serde::{Deserialize, Serialize};

#[derive(Command, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[command(error = std::convert::Infallible)]
pub struct Charge {
    pub amount: i64,
}

#[derive(Command, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[command(error = std::convert::Infallible, reply = u8)]
pub struct Remind {}

#[derive(CommandSet, Serialize, Deserialize, Clone, Debug, PartialEq)]
pub enum FineCommand {
    Charge(Charge),
    #[serde(alias = "Nudge")]
    Remind(Remind),
}

#[derive(CommandSet, Serialize, Deserialize)]
pub enum Nothing {}

fn is_set<T: Sendable>() {}

fn main() {
    is_set::<FineCommand>();
    is_set::<Nothing>();
    let set: FineCommand = Charge { amount: 5 }.into();
    let kept = serde_json::to_string(&set).unwrap();
    assert_eq!(serde_json::from_str::<FineCommand>(&kept).unwrap(), set);
    assert_eq!(
        serde_json::from_str::<FineCommand>(r#"{"Nudge":{}}"#).unwrap(),
        Remind {}.into()
    );
}
