//! From the enum to the model.

use quote::ToTokens;
use syn::{Data, DeriveInput, Fields};

use super::Model;
use crate::attribute::{self, Form};
use crate::mistakes::Mistakes;

const FORM: Form = Form {
    name: "command_set",
    keys: &["crate"],
    example: "#[command_set(crate = my::path)]",
};

const ENUM: &str =
    "a set of commands is an enum: `enum TransferCommand { Withdraw(Withdraw), Deposit(Deposit) }`";

const VARIANT: &str = "a variant holds one command: `Withdraw(Withdraw)`";

pub(super) fn parse(input: &DeriveInput, mistakes: &mut Mistakes) -> Model {
    let mut krate = None;
    attribute::read(&input.attrs, &FORM, mistakes, |key, input| {
        krate = Some(attribute::crate_path(key, input)?);
        Ok(())
    });
    for lifetime in input.generics.lifetimes() {
        let why = "a command owns its data, since it is kept until it is sent: use `String` instead of `&str`";
        mistakes.at(lifetime, why);
    }
    let mut variants = Vec::new();
    match &input.data {
        Data::Enum(data) => {
            for variant in &data.variants {
                match &variant.fields {
                    Fields::Unnamed(fields) if fields.unnamed.len() == 1 => {
                        let held = fields.unnamed[0].ty.clone();
                        let text = held.to_token_stream().to_string();
                        let is_twice = variants.iter().any(|(_, other): &(_, syn::Type)| {
                            other.to_token_stream().to_string() == text
                        });
                        if is_twice {
                            let why =
                                "this command is in the set already: keep one of the variants";
                            mistakes.at(&held, why);
                        } else {
                            variants.push((variant.ident.clone(), held));
                        }
                    }
                    _ => mistakes.at(variant, VARIANT),
                }
            }
        }
        Data::Struct(_) | Data::Union(_) => mistakes.at(&input.ident, ENUM),
    }
    Model {
        krate,
        ident: input.ident.clone(),
        generics: input.generics.clone(),
        variants,
    }
}
