//! The management of road traffic fines: what the framework looks like on real input.
//!
//! Read it in this order:
//!
//! 1. [`fine`]: the aggregate, with its [events](fine::event), [commands](fine::command), [refusals](fine::error) and, in
//!    `fine/decision.rs`, its rules. Nothing there knows of files or stores.
//! 2. [`row`] and [`log_file`]: from the lines of a file to typed commands, and what is refused on the way.
//! 3. [`import`](mod@import): each command is sent once, however often the file is imported.
//! 4. [`report`] and [`history`]: what the log says, of all fines and of one.
//! 5. [`store`]: memory or Postgres, the only file that knows of both.
//! 6. [`sample`]: the shipped file, made by a program, with bad rows of every kind.
//!
//! The columns are those of the public log "Road Traffic Fine Management Process" (de Leoni and Mannhardt, 2015,
//! 4TU.ResearchData, <https://doi.org/10.4121/uuid:270fd440-1057-4fb9-89a9-b699b47990f5>).

pub mod activity;
pub mod cents;
pub mod command_line;
pub mod dismissal;
pub mod fine;
pub mod history;
pub mod import;
pub mod log_file;
pub mod print;
pub mod refused;
pub mod report;
pub mod row;
pub mod sample;
pub mod shown;
pub mod store;
