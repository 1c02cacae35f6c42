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
    let fines = |number| counted(number, "fine", "fines");
    row("fines", grouped(report.fines), String::new());
    row("events", grouped(report.events), String::new());
    let payments = format!("by {}", counted(report.payments, "payment", "payments"));
    row("paid in total", report.paid.to_string(), payments);
    let unpaid = format!("of {}", fines(report.unpaid));
    row("outstanding", report.outstanding.to_string(), unpaid);
    row("paid in full", fines(report.paid_in_full), String::new());
    let overpayment = if report.overpayment == Cents::ZERO {
        String::new()
    } else {
        format!("by {} too much", report.overpayment)
    };
    row("overpaid", fines(report.overpaid), overpayment);
    row("dismissed", fines(report.dismissed), String::new());
    row(
        "in credit collection",
        fines(report.in_collection),
        String::new(),
    );
    if report.other_total > 0 {
        let remark = "payments that do not add up to totalPaymentAmount".to_owned();
        row("other total stated", fines(report.other_total), remark);
    }
    table(&[Align::Left, Align::Right, Align::Left], &rows)
}
