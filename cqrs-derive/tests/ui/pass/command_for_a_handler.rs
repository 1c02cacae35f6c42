use cqrs_core::domain::command::{ByHandler, Command};

#[derive(Debug, thiserror::Error)]
#[error("refused")]
struct Refused;

#[derive(cqrs_core::Command)]
#[command(error = Refused, reply = Vec<u8>)]
struct RegisterCustomer {
    #[allow(dead_code)]
    mail: String,
}

#[derive(cqrs_core::Command)]
#[command(error = std::io::Error)]
#[allow(dead_code)]
enum Mail {
    Send(String),
    Delete,
}

#[derive(cqrs_core::Command)]
#[command(error = Refused, name = "clean.up")]
struct CleanUp;

fn route<C: Command<Route = ByHandler>>(_: &C) -> &'static str {
    C::NAME
}

fn main() {
    assert_eq!(
        route(&RegisterCustomer {
            mail: String::new()
        }),
        "RegisterCustomer"
    );
    assert_eq!(route(&Mail::Delete), "Mail");
    assert_eq!(route(&CleanUp), "clean.up");
    let _: <RegisterCustomer as Command>::Reply = vec![1];
}
