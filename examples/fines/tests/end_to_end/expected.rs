//! What the shipped sample comes to: the same on every store.

use fines::cents::Cents;
use fines::import::Import;
use fines::refused::Refusal;
use fines::report::Report;

/// The report on the sample.
pub(crate) fn sample_report() -> Report {
    Report {
        fines: 319,
        events: 1_221,
        payments: 186,
        paid: Cents::new(1_112_735),
        outstanding: Cents::new(1_429_257),
        unpaid: 167,
        paid_in_full: 132,
        overpaid: 1,
        overpayment: Cents::new(118),
        dismissed: 20,
        in_collection: 99,
        other_total: 1,
    }
}

/// The rows that are refused, by line, and the reason without the texts of the file.
const REFUSED: &[(u64, &str)] = &[
    (20, "UnknownActivity"),
    (21, "UnknownActivity"),
    (22, "Missing { column: Activity }"),
    (41, "Missing { column: Amount }"),
    (42, "Amount { column: Amount, source: Negative }"),
    (43, "Amount { column: Amount, source: TooPrecise }"),
    (44, "Amount { column: Amount, source: TooLarge }"),
    (45, "Amount { column: Amount, source: TooLarge }"),
    (46, "Amount { column: Amount, source: NotANumber }"),
    (47, "Amount { column: Amount, source: NotANumber }"),
    (48, "Amount { column: Amount, source: NotANumber }"),
    (49, "Amount { column: Amount, source: NotANumber }"),
    (50, "Amount { column: Amount, source: NotANumber }"),
    (51, "Amount { column: Amount, source: NotANumber }"),
    (52, "Amount { column: Amount, source: NotANumber }"),
    (70, "Missing { column: Case }"),
    (71, "Case(InvalidFineId)"),
    (72, "ControlCharacter { column: Case }"),
    (73, "ControlCharacter { column: Case }"),
    (74, "Case(InvalidFineId)"),
    (75, "Case(InvalidFineId)"),
    (76, "Case(InvalidFineId)"),
    (77, "Case(InvalidFineId)"),
    (78, "Case(InvalidFineId)"),
    (96, "NotUtf8 { column: Case }"),
    (97, "NotUtf8 { column: VehicleClass }"),
    (112, "FieldCount { expected: 15, actual: 12 }"),
    (113, "FieldCount { expected: 15, actual: 17 }"),
    (114, "Case(InvalidFineId)"),
    (115, "FieldCount { expected: 15, actual: 2 }"),
    (135, "QuoteNotClosed"),
    (148, "Time"),
    (149, "Time"),
    (150, "NoZone"),
    (151, "NoZone"),
    (152, "Time"),
    (153, "Time"),
    (154, "Year"),
    (155, "Year"),
    (156, "Time"),
    (157, "Missing { column: Time }"),
    (158, "Time"),
    (174, "Unknown"),
    (175, "Unknown"),
    (194, "CreatedAlready"),
    (210, "NotYet(Notified)"),
    (211, "NotYet(Sent)"),
    (212, "NotYet(Penalised)"),
    (214, "Already(Sent)"),
    (215, "NotYet(Notified)"),
    (217, "Already(Notified)"),
    (218, "NotYet(Penalised)"),
    (220, "Already(Penalised)"),
    (252, "Already(InCollection)"),
    (253, "Already(Sent)"),
    (254, "Already(InCollection)"),
    (
        284,
        "NothingToCollect { due: Cents(8700), paid: Cents(8700) }",
    ),
    (289, "NothingToCollect { due: Cents(0), paid: Cents(0) }"),
    (302, "NothingPaid"),
    (303, "Amount { column: PaymentAmount, source: Negative }"),
    (304, "Missing { column: PaymentAmount }"),
    (305, "Amount { column: PaymentAmount, source: NotANumber }"),
    (
        306,
        "Amount { column: TotalPaymentAmount, source: NotANumber }",
    ),
    (
        309,
        "PenaltyBelowFine { fine: Cents(3600), penalty: Cents(3599) }",
    ),
    (322, "AppealNotYet(Made)"),
    (323, "AppealNotYet(Sent)"),
    (324, "AppealNotYet(Decided)"),
    (326, "AppealAlready(Made)"),
    (349, "Repeats { line: 348 }"),
    (369, "Misplaced { column: Expense, activity: Payment }"),
    (
        370,
        "Misplaced { column: Amount, activity: SendForCreditCollection }",
    ),
    (
        371,
        "Misplaced { column: PaymentAmount, activity: CreateFine }",
    ),
    (386, "NotComplete"),
    (387, "Dismissal { source: InvalidDismissal }"),
    (388, "Number { column: Points }"),
    (389, "Number { column: Points }"),
    (390, "Number { column: Article }"),
    (391, "Code { column: VehicleClass }"),
    (392, "Code { column: Resource }"),
    (405, "ControlCharacter { column: Activity }"),
    (406, "ControlCharacter { column: Case }"),
    (424, "Missing { column: Expense }"),
    (1308, "Case(InvalidFineId)"),
    (1309, "QuoteNotClosed"),
];

#[track_caller]
pub(crate) fn assert_refused_as_expected(import: &Import) {
    let refused: Vec<_> = import
        .refused
        .iter()
        .map(|row| (row.line, reason(&row.refusal)))
        .collect();
    let expected: Vec<_> = REFUSED
        .iter()
        .map(|(line, reason)| (*line, (*reason).to_owned()))
        .collect();
    assert_eq!(refused, expected);
}

/// `Amount { column: Amount, source: Negative }`: the error without what the file says.
fn reason(refusal: &Refusal) -> String {
    let text = match refusal {
        Refusal::Form(error) => format!("{error:?}"),
        Refusal::Rule(error) => format!("{error:?}"),
        other => format!("{other:?}"),
    };
    let Some((before, shown)) = text.split_once("shown: \"") else {
        return text;
    };
    let (_, after) = shown.split_once("`\"").unwrap_or_default();
    format!("{before}{}", after.trim_start_matches(", "))
        .replace(" {  }", "")
        .replace(",  }", " }")
}
