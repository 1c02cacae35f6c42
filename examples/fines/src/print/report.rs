//! The report, for people.

use super::count::{counted, grouped};
use super::table::{Align, table};
use crate::cents::Cents;
use crate::report::Report;

/// The report as lines: what, how much, and a remark.
#[must_use]
pub fn report(report: &Report) -> String {
    let mut rows = Vec::new();
    let mut row = |what: &str, how_much: String, remark: String| {
        rows.push(vec![what.to_owned(), how_much, remark]);
    };
    row("fines", grouped(report.fines), String::new());
    row("events", grouped(report.events), String::new());
    let payments = format!("by {}", counted(report.payments, "payment", "payments"));
    row("paid in total", report.paid.to_string(), payments);
    let unpaid = format!("of {}", counted(report.unpaid, "fine", "fines"));
    row("outstanding", report.outstanding.to_string(), unpaid);
    row("paid in full", grouped(report.paid_in_full), String::new());
    let overpayment = if report.overpayment == Cents::ZERO {
        String::new()
    } else {
        format!("by {} too much", report.overpayment)
    };
    row("overpaid", grouped(report.overpaid), overpayment);
    row("dismissed", grouped(report.dismissed), String::new());
    let in_collection = grouped(report.in_collection);
    row("in credit collection", in_collection, String::new());
    if report.other_total > 0 {
        let remark = "where payments do not add up to totalPaymentAmount".to_owned();
        row("other total", grouped(report.other_total), remark);
    }
    table(&[Align::Left, Align::Right, Align::Left], &rows)
}
