//! What `#[event(…)]` says about older shapes and names of an event.

mod expand;

use proc_macro2::Span;
use syn::parse::ParseStream;
use syn::punctuated::Punctuated;
use syn::{Expr, ExprPath, Ident, LitStr, Path, Result, Token, Type, parenthesized, token};

use crate::mistakes::Mistakes;
use crate::{attribute, rules};

pub(crate) use expand::Owner;

/// What `#[event(…)]` says about older shapes and names of an event.
#[derive(Default)]
pub(crate) struct History {
    version: Option<(u32, Span)>,
    /// The type of the version before.
    previous: Option<Type>,
    /// Names that it had before.
    aliases: Vec<LitStr>,
    /// Constants of the type `Upcaster`.
    upcasters: Vec<Path>,
    /// The first version that was ever recorded.
    oldest: Option<(u32, Span)>,
    writes_previous: Option<WritesPrevious>,
}

/// The event is recorded in the shape of the version before.
struct WritesPrevious {
    key: Ident,
    /// While this function says so; always where there is none.
    while_true: Option<ExprPath>,
}

impl History {
    pub(crate) fn version(&self) -> u32 {
        self.version.map_or(1, |(version, _)| version)
    }

    fn oldest(&self) -> u32 {
        self.oldest.map_or(1, |(oldest, _)| oldest)
    }

    #[expect(clippy::unused_self, reason = "it reads as a question to the history")]
    pub(crate) fn takes(&self, key: &str) -> bool {
        let keys = [
            "version",
            "previous",
            "alias",
            "upcasters",
            "oldest",
            "writes_previous",
        ];
        keys.contains(&key)
    }

    pub(crate) fn read(&mut self, key: &Ident, input: ParseStream) -> Result<()> {
        match key.to_string().as_str() {
            "version" => self.version = Some(version(key, input)?),
            "oldest" => self.oldest = Some(version(key, input)?),
            "previous" => self.previous = Some(attribute::value(key, input)?),
            "alias" if input.peek(token::Paren) => {
                let names;
                parenthesized!(names in input);
                let names = Punctuated::<LitStr, Token![,]>::parse_terminated(&names)?;
                for name in names {
                    self.aliases.push(rules::event_name(name)?);
                }
            }
            "alias" => {
                let name = rules::event_name(attribute::text(key, input)?)?;
                self.aliases.push(name);
            }
            "upcasters" if input.peek(token::Paren) => {
                let upcasters;
                parenthesized!(upcasters in input);
                let paths = Punctuated::<Path, Token![,]>::parse_terminated(&upcasters)?;
                self.upcasters.extend(paths);
            }
            "upcasters" => {
                let why = "`upcasters` is a list of constants: write `upcasters(OPENED_V1)`";
                return Err(syn::Error::new_spanned(key, why));
            }
            _ => self.writes_previous = Some(WritesPrevious::read(key, input)?),
        }
        Ok(())
    }

    /// Mistakes that the macro sees by itself. What stands at other types, the compiler compares.
    pub(crate) fn check(&self, name: Option<&LitStr>, mistakes: &mut Mistakes) {
        let (version, oldest) = (self.version(), self.oldest());
        if let Some((_, at)) = self.oldest.filter(|_| oldest > version) {
            let why = format!(
                "`oldest` is the first version that was ever recorded, which is not after version {version}"
            );
            mistakes.add(syn::Error::new(at, why));
        } else if version > oldest && self.previous.is_none() && self.upcasters.is_empty() {
            let at = self.version.map_or_else(Span::call_site, |(_, at)| at);
            let before = version - 1;
            let why = format!(
                "nothing says how events of version {before} are read: write `previous = …` with the type that version {before} had, `upcasters(…)` with an upcaster for it, or `oldest = {version}` when none was ever recorded"
            );
            mistakes.add(syn::Error::new(at, why));
        }
        if let Some(previous) = self.previous.as_ref().filter(|_| version <= oldest) {
            let why = format!(
                "version {version} is the first one that was ever recorded, so it has no `previous`: say which version this is, for instance `version = {}`",
                version + 1
            );
            mistakes.at(previous, why);
        }
        for (index, alias) in self.aliases.iter().enumerate() {
            let earlier = self.aliases[..index].iter().chain(name);
            if earlier
                .into_iter()
                .any(|earlier| earlier.value() == alias.value())
            {
                mistakes.at(alias, "the event has this name already: remove it here");
            }
        }
        if let Some(writes) = &self.writes_previous
            && self.previous.is_none()
        {
            let why = "`writes_previous` records the event in the shape of the version before: say which type that is with `previous = …`";
            mistakes.at(&writes.key, why);
        }
    }
}

impl WritesPrevious {
    fn read(key: &Ident, input: ParseStream) -> Result<Self> {
        let while_true = if input.peek(Token![=]) {
            let value: Expr = attribute::value(key, input)?;
            let Expr::Path(path) = value else {
                let why = "`writes_previous` stands alone, or names a function `fn() -> bool`: write `writes_previous = path::to::function`";
                return Err(syn::Error::new_spanned(value, why));
            };
            Some(path)
        } else {
            None
        };
        Ok(Self {
            key: key.clone(),
            while_true,
        })
    }
}

fn version(key: &Ident, input: ParseStream) -> Result<(u32, Span)> {
    let number = attribute::number(key, input)?;
    Ok((rules::schema_version(&number)?, number.span()))
}
