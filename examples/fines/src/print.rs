//! What people read: reports, histories and refused rows as text.

pub mod chain;
pub mod count;
pub mod history;
pub mod import;
pub mod refused;
pub mod report;
mod table;
