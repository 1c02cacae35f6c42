//! The history of a fine, for people.

use chrono::NaiveDate;

use super::count::counted;
use super::table::{Align, table};
use crate::cents::Cents;
use crate::fine::FineEvent;
use crate::history::{Entry, History};

/// What happened to a fine, line by line, and what is due in the end.
#[must_use]
pub fn history(history: &History, as_of: Option<NaiveDate>) -> String {
    let title = match as_of {
        Some(day) => format!("Fine {}, as of {day}\n\n", history.id),
        None => format!("Fine {}\n\n", history.id),
    };
    if history.entries.is_empty() {
        return format!("{title}  It had not been created yet.\n");
    }
    let head = [
        "date",
        "event",
        "amount",
        "due",
        "paid",
        "outstanding",
        "details",
    ];
    let rows = std::iter::once(head.map(str::to_owned).to_vec());
    let rows: Vec<_> = rows.chain(history.entries.iter().map(line)).collect();
    let (left, right) = (Align::Left, Align::Right);
    let table = table(&[left, left, right, right, right, right, left], &rows);
    let later = match history.later.try_into().unwrap_or(u64::MAX) {
        0 => String::new(),
        later => format!(
            "  Left out: {} after that day.\n",
            counted(later, "event", "events")
        ),
    };
    format!("{title}{table}\n  {}\n{later}", verdict(history))
}

fn line(entry: &Entry) -> Vec<String> {
    let (event, amount, details) = described(&entry.event);
    let standing = entry.standing;
    vec![
        entry.event.at().date_naive().to_string(),
        event.to_owned(),
        amount.map_or_else(String::new, |amount| amount.to_string()),
        standing.due.to_string(),
        standing.paid.to_string(),
        standing.outstanding().to_string(),
        details,
    ]
}

/// What happened, which sum belongs to it, and what else is to be said.
fn described(event: &FineEvent) -> (&'static str, Option<Cents>, String) {
    let labelled = |label: &str, text: Option<String>| text.map(|text| format!("{label} {text}"));
    let joined =
        |parts: Vec<Option<String>>| parts.into_iter().flatten().collect::<Vec<_>>().join(", ");
    match event {
        FineEvent::FineCreated(created) => {
            let details = joined(vec![
                labelled(
                    "article",
                    created.article.map(|article| article.to_string()),
                ),
                Some(counted(created.points.into(), "point", "points"))
                    .filter(|_| created.points > 0),
                labelled("vehicle class", created.vehicle_class.clone()),
                labelled("officer", created.officer.clone()),
                Some(created.dismissal.to_string()).filter(|_| created.dismissal.is_dismissed()),
            ]);
            ("created", Some(created.amount), details)
        }
        FineEvent::FineSent(sent) => ("sent", Some(sent.expense), "expenses".into()),
        FineEvent::FineNotified(notified) => {
            let details = joined(vec![
                labelled("last sent", notified.last_sent.clone()),
                labelled("type", notified.notification_type.clone()),
            ]);
            ("delivered", None, details)
        }
        FineEvent::PenaltyAdded(penalty) => (
            "penalty added",
            Some(penalty.amount),
            "the fine from now on".into(),
        ),
        FineEvent::PaymentReceived(payment) => ("paid", Some(payment.amount), String::new()),
        FineEvent::AppealedToPrefecture(_) => {
            ("appeal to the prefecture made", None, String::new())
        }
        FineEvent::PrefectureAppealSent(sent) => (
            "appeal to the prefecture sent on",
            None,
            sent.dismissal.to_string(),
        ),
        FineEvent::PrefectureResultReceived(_) => {
            ("result of the prefecture received", None, String::new())
        }
        FineEvent::PrefectureResultNotified(_) => {
            ("result of the prefecture passed on", None, String::new())
        }
        FineEvent::AppealedToJudge(appeal) => {
            ("appeal to a judge", None, appeal.dismissal.to_string())
        }
        FineEvent::SentForCreditCollection(_) => {
            ("sent for credit collection", None, String::new())
        }
    }
}

/// Where it stands in the end, in a sentence.
fn verdict(history: &History) -> String {
    let (fine, standing) = (&history.fine, history.fine.standing());
    let (paid, outstanding, overpaid) =
        (standing.paid, standing.outstanding(), standing.overpaid());
    let money = if overpaid > Cents::ZERO {
        format!("{paid} paid, {overpaid} more than was due.")
    } else if outstanding > Cents::ZERO {
        format!("Due: {outstanding} of {}.", standing.due)
    } else {
        "Nothing is due.".to_owned()
    };
    if fine.dismissal().is_dismissed() {
        format!("The fine was {}. {money}", fine.dismissal())
    } else if fine.is_paid_in_full() && overpaid == Cents::ZERO {
        format!("Paid in full: {paid}.")
    } else {
        money
    }
}
