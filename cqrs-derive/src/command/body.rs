//! Which aggregate a command is for, and whether it must exist: `#[id]`, `creates` and `any`.

use syn::{Attribute, Data, DeriveInput, Error, Fields, Ident, Member, Meta, Result, Type};

use super::parse::{FORM, take_lifecycle};
use super::{Body, Case, Lifecycle};
use crate::attribute::{self, Form};
use crate::mistakes::Mistakes;

/// The same keys, so that those which belong above the enum can be told from those which are not known.
const VARIANT_FORM: Form = Form {
    example: "#[command(creates)]",
    ..FORM
};

/// Reads the shape of a command that an aggregate decides. `said` stands above it.
pub(super) fn parse(
    input: &DeriveInput,
    said: Option<(Ident, Lifecycle)>,
    mistakes: &mut Mistakes,
) -> Body {
    let why = "`#[id]` belongs on the field that says which aggregate";
    attribute::refuse(&input.attrs, "id", why, mistakes);
    match &input.data {
        Data::Struct(data) => Body::Struct(Box::new(Case {
            id: id_field(&input.ident, &data.fields, mistakes),
            lifecycle: lifecycle(said),
        })),
        Data::Enum(data) => {
            if let Some((key, _)) = said {
                let why = format!("put `#[command({key})]` on the variants that it is true for");
                mistakes.at(key, why);
            }
            if data.variants.is_empty() {
                mistakes.at(&input.ident, "an enum of commands has at least one variant");
            }
            let case = |variant: &syn::Variant| (variant.ident.clone(), case(variant, mistakes));
            Body::Enum(data.variants.iter().map(case).collect())
        }
        Data::Union(_) => Body::Unknown,
    }
}

fn case(variant: &syn::Variant, mistakes: &mut Mistakes) -> Case {
    let why = "`#[id]` belongs on the field of this variant that says which aggregate";
    attribute::refuse(&variant.attrs, "id", why, mistakes);
    let mut said = None;
    attribute::read(&variant.attrs, &VARIANT_FORM, mistakes, |key, _| {
        if key == "creates" || key == "any" {
            return take_lifecycle(key, &mut said);
        }
        let why =
            format!("`{key}` is the same for all commands of the enum: put it above the enum");
        Err(Error::new_spanned(key, why))
    });
    Case {
        id: id_field(&variant.ident, &variant.fields, mistakes),
        lifecycle: lifecycle(said),
    }
}

fn lifecycle(said: Option<(Ident, Lifecycle)>) -> Lifecycle {
    said.map_or(Lifecycle::Exists, |(_, lifecycle)| lifecycle)
}

/// The one field that is marked `#[id]`.
fn id_field(owner: &Ident, fields: &Fields, mistakes: &mut Mistakes) -> Option<(Member, Type)> {
    let mut found = None;
    for (field, member) in fields.iter().zip(fields.members()) {
        let why = "`#[command(…)]` is about a whole command: put it above the command; the field that says which aggregate is marked `#[id]`";
        attribute::refuse(&field.attrs, "command", why, mistakes);
        for attribute in field.attrs.iter().filter(|a| a.path().is_ident("id")) {
            mistakes.check(plain(attribute));
            if found.is_some() {
                let why = "a second `#[id]`: a command is for one aggregate, so mark one field";
                mistakes.at(attribute, why);
            } else {
                found = Some((member.clone(), field.ty.clone()));
            }
        }
    }
    if found.is_none() {
        let why = format!(
            "`{owner}` does not say which aggregate it is for: mark the field that holds its id with `#[id]`"
        );
        mistakes.at(owner, why);
    }
    found
}

fn plain(attribute: &Attribute) -> Result<()> {
    if matches!(attribute.meta, Meta::Path(_)) {
        Ok(())
    } else {
        Err(Error::new_spanned(
            attribute,
            "`#[id]` stands alone: it takes no value",
        ))
    }
}

/// Says that a command for a command handler has nothing of this.
pub(super) fn refuse(input: &DeriveInput, mistakes: &mut Mistakes) {
    let why = "a command handler finds out itself what the command is about: remove `#[id]`, or name the aggregate that decides with `aggregate = …`";
    attribute::refuse(&input.attrs, "id", why, mistakes);
    let mut fields = |fields: &Fields| {
        for field in fields {
            attribute::refuse(&field.attrs, "id", why, mistakes);
        }
    };
    match &input.data {
        Data::Struct(data) => fields(&data.fields),
        Data::Enum(data) => data.variants.iter().for_each(|v| fields(&v.fields)),
        Data::Union(_) => {}
    }
    if let Data::Enum(data) = &input.data {
        for variant in &data.variants {
            let why = "this says how the command meets an aggregate, and a command handler decides about it: remove it";
            attribute::refuse(&variant.attrs, "command", why, mistakes);
        }
    }
}
