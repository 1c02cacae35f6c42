//! What the program is asked for.

use std::path::PathBuf;

/// A command line that makes sense.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CommandLine {
    /// The database; none is in memory.
    pub url: Option<String>,
    /// A file to look through, and nothing else.
    pub check: Option<PathBuf>,
    /// A file to begin with, in the place of the story.
    pub import: Option<PathBuf>,
    /// What is shown afterwards, in this order.
    pub afterwards: Vec<Afterwards>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Afterwards {
    History,
    WhatIf,
    MonthEnd,
    Export(PathBuf),
}

const KNOWN: &str =
    "--history, --what-if, --month-end, --export FILE, --import FILE and --check FILE";

impl CommandLine {
    /// Reads the arguments behind the name of the program.
    ///
    /// # Errors
    ///
    /// What does not make sense.
    pub fn read(arguments: impl IntoIterator<Item = String>) -> Result<Self, String> {
        let mut read = Self::default();
        let mut arguments = arguments.into_iter();
        while let Some(argument) = arguments.next() {
            let mut file = || {
                let file = arguments.next().map(PathBuf::from);
                file.ok_or_else(|| format!("{argument} takes a file"))
            };
            match argument.as_str() {
                "--history" => read.afterwards.push(Afterwards::History),
                "--what-if" => read.afterwards.push(Afterwards::WhatIf),
                "--month-end" => read.afterwards.push(Afterwards::MonthEnd),
                "--export" => read.afterwards.push(Afterwards::Export(file()?)),
                "--import" => read.import = Some(file()?),
                "--check" => read.check = Some(file()?),
                other if other.starts_with("--") => {
                    return Err(format!("{other} is not known: there are {KNOWN}"));
                }
                _ if read.url.is_some() => return Err("there can be one database".to_owned()),
                _ => read.url = Some(argument),
            }
        }
        Ok(read)
    }
}
