//! Bad rows of every kind, each among the good rows that it needs to be bad, and some good ones that look bad.

/// Bytes, since some of them are no text. Each block stands for itself; the tests say why each row is refused.
pub(super) const BLOCKS: &[&[u8]] = &[
    // An activity that the log does not have, and one in other letters.
    b"\
36.0,157.0,B1,Create Fine,NIL,,,complete,,541,,0.0,2007-07-14 00:00:00+02:00,0.0,A\n\
,,B1,Burn Fine,,,,complete,,,,,2009-03-30 00:00:00+02:00,,\n\
,,B1,send fine,,,,complete,,,,,2009-03-30 00:00:00+02:00,,\n\
,,B1,,,,,complete,,,,,2009-03-30 00:00:00+02:00,,\n\
",
    // Amounts that are none.
    b"\
,157.0,B2,Create Fine,NIL,,,complete,,541,,0.0,2007-07-14 00:00:00+02:00,0.0,A\n\
-36.0,157.0,B2,Create Fine,NIL,,,complete,,541,,0.0,2007-07-14 00:00:00+02:00,0.0,A\n\
36.005,157.0,B2,Create Fine,NIL,,,complete,,541,,0.0,2007-07-14 00:00:00+02:00,0.0,A\n\
1000000.01,157.0,B2,Create Fine,NIL,,,complete,,541,,0.0,2007-07-14 00:00:00+02:00,0.0,A\n\
99999999999999999999999.0,157.0,B2,Create Fine,NIL,,,complete,,541,,0.0,2007-07-14 00:00:00+02:00,0.0,A\n\
NaN,157.0,B2,Create Fine,NIL,,,complete,,541,,0.0,2007-07-14 00:00:00+02:00,0.0,A\n\
inf,157.0,B2,Create Fine,NIL,,,complete,,541,,0.0,2007-07-14 00:00:00+02:00,0.0,A\n\
1e3,157.0,B2,Create Fine,NIL,,,complete,,541,,0.0,2007-07-14 00:00:00+02:00,0.0,A\n\
\"36,0\",157.0,B2,Create Fine,NIL,,,complete,,541,,0.0,2007-07-14 00:00:00+02:00,0.0,A\n\
thirty-six,157.0,B2,Create Fine,NIL,,,complete,,541,,0.0,2007-07-14 00:00:00+02:00,0.0,A\n\
\x2036.0,157.0,B2,Create Fine,NIL,,,complete,,541,,0.0,2007-07-14 00:00:00+02:00,0.0,A\n\
+36.0,157.0,B2,Create Fine,NIL,,,complete,,541,,0.0,2007-07-14 00:00:00+02:00,0.0,A\n\
",
    // Cases that are no numbers of fines: none, with a space, with a bell, with a NUL, a formula, an emoji.
    b"\
36.0,157.0,,Create Fine,NIL,,,complete,,541,,0.0,2007-07-14 00:00:00+02:00,0.0,A\n\
36.0,157.0,B 3,Create Fine,NIL,,,complete,,541,,0.0,2007-07-14 00:00:00+02:00,0.0,A\n\
36.0,157.0,B\x073,Create Fine,NIL,,,complete,,541,,0.0,2007-07-14 00:00:00+02:00,0.0,A\n\
36.0,157.0,B\x003,Create Fine,NIL,,,complete,,541,,0.0,2007-07-14 00:00:00+02:00,0.0,A\n\
36.0,157.0,=cmd(),Create Fine,NIL,,,complete,,541,,0.0,2007-07-14 00:00:00+02:00,0.0,A\n\
36.0,157.0,\"=HYPERLINK(\"\"http://example.com\"\",\"\"free\"\")\",Create Fine,NIL,,,complete,,541,,0.0,2007-07-14 00:00:00+02:00,0.0,A\n\
36.0,157.0,B3'; DROP TABLE events; --,Create Fine,NIL,,,complete,,541,,0.0,2007-07-14 00:00:00+02:00,0.0,A\n\
36.0,157.0,B\xf0\x9f\x98\x803,Create Fine,NIL,,,complete,,541,,0.0,2007-07-14 00:00:00+02:00,0.0,A\n\
36.0,157.0,../../B3,Create Fine,NIL,,,complete,,541,,0.0,2007-07-14 00:00:00+02:00,0.0,A\n\
",
    // Bytes that are no UTF-8, in the case and elsewhere.
    b"\
36.0,157.0,B4\xff,Create Fine,NIL,,,complete,,541,,0.0,2007-07-14 00:00:00+02:00,0.0,A\n\
36.0,157.0,B4,Create Fine,NIL,,,complete,,541,,0.0,2007-07-14 00:00:00+02:00,0.0,\xc3(\n\
",
    // Too few fields, too many, a header again, a lonely comma.
    b"\
36.0,157.0,B5,Create Fine,NIL,,,complete,,541,,0.0\n\
36.0,157.0,B5,Create Fine,NIL,,,complete,,541,,0.0,2007-07-14 00:00:00+02:00,0.0,A,,\n\
amount,article,case:concept:name,concept:name,dismissal,expense,lastSent,lifecycle:transition,notificationType,org:resource,paymentAmount,points,time:timestamp,totalPaymentAmount,vehicleClass\n\
,\n\
",
    // A quote that is never closed: the next line is read all the same.
    b"\
36.0,157.0,\"B6,Create Fine,NIL,,,complete,,541,,0.0,2007-07-14 00:00:00+02:00,0.0,A\n\
36.0,157.0,B6,Create Fine,NIL,,,complete,,541,,0.0,2007-07-14 00:00:00+02:00,0.0,A\n\
",
    // Times that can't be, or that nobody knows where.
    b"\
36.0,157.0,B7,Create Fine,NIL,,,complete,,541,,0.0,2007-02-30 00:00:00+01:00,0.0,A\n\
36.0,157.0,B7,Create Fine,NIL,,,complete,,541,,0.0,2007-07-14 25:00:00+02:00,0.0,A\n\
36.0,157.0,B7,Create Fine,NIL,,,complete,,541,,0.0,2007-07-14 00:00:00,0.0,A\n\
36.0,157.0,B7,Create Fine,NIL,,,complete,,541,,0.0,2007-07-14,0.0,A\n\
36.0,157.0,B7,Create Fine,NIL,,,complete,,541,,0.0,14.07.2007,0.0,A\n\
36.0,157.0,B7,Create Fine,NIL,,,complete,,541,,0.0,2007-07-14 00:00:00+25:00,0.0,A\n\
36.0,157.0,B7,Create Fine,NIL,,,complete,,541,,0.0,0001-01-01 00:00:00+00:00,0.0,A\n\
36.0,157.0,B7,Create Fine,NIL,,,complete,,541,,0.0,9999-12-31 00:00:00+00:00,0.0,A\n\
36.0,157.0,B7,Create Fine,NIL,,,complete,,541,,0.0,2005-12-31 23:59:60+00:00,0.0,A\n\
36.0,157.0,B7,Create Fine,NIL,,,complete,,541,,0.0,,0.0,A\n\
36.0,157.0,B7,Create Fine,NIL,,,complete,,541,,0.0,now,0.0,A\n\
",
    // A payment for a fine that nobody wrote, and one that comes before its creation.
    b"\
,,B8,Payment,,,,complete,,,36.0,,2007-07-16 00:00:00+02:00,36.0,\n\
,,B9,Payment,,,,complete,,,36.0,,2007-07-16 00:00:00+02:00,36.0,\n\
36.0,157.0,B9,Create Fine,NIL,,,complete,,541,,0.0,2007-07-14 00:00:00+02:00,0.0,A\n\
,,B9,Payment,,,,complete,,,36.0,,2007-07-17 00:00:00+02:00,36.0,\n\
",
    // A second creation.
    b"\
36.0,157.0,B10,Create Fine,NIL,,,complete,,541,,0.0,2007-07-14 00:00:00+02:00,0.0,A\n\
38.0,157.0,B10,Create Fine,NIL,,,complete,,541,,0.0,2007-07-14 00:00:00+02:00,0.0,A\n\
,,B10,Payment,,,,complete,,,36.0,,2007-07-16 00:00:00+02:00,36.0,\n\
",
    // Each stage twice, or too early.
    b"\
36.0,157.0,B11,Create Fine,NIL,,,complete,,541,,0.0,2007-07-14 00:00:00+02:00,0.0,A\n\
74.0,,B11,Add penalty,,,,complete,,,,,2007-11-20 00:00:00+01:00,,\n\
,,B11,Insert Fine Notification,,,P,complete,P,,,,2007-09-20 00:00:00+02:00,,\n\
,,B11,Send for Credit Collection,,,,complete,,,,,2009-03-30 00:00:00+02:00,,\n\
,,B11,Send Fine,,13.0,,complete,,,,,2007-09-01 00:00:00+02:00,,\n\
,,B11,Send Fine,,15.0,,complete,,,,,2007-09-01 00:00:00+02:00,,\n\
74.0,,B11,Add penalty,,,,complete,,,,,2007-11-20 00:00:00+01:00,,\n\
,,B11,Insert Fine Notification,,,P,complete,P,,,,2007-09-20 00:00:00+02:00,,\n\
,,B11,Insert Fine Notification,,,P,complete,P,,,,2007-09-21 00:00:00+02:00,,\n\
,,B11,Send for Credit Collection,,,,complete,,,,,2009-03-30 00:00:00+02:00,,\n\
74.0,,B11,Add penalty,,,,complete,,,,,2007-11-20 00:00:00+01:00,,\n\
148.0,,B11,Add penalty,,,,complete,,,,,2007-11-20 00:00:00+01:00,,\n\
,,B11,Send for Credit Collection,,,,complete,,,,,2009-03-30 00:00:00+02:00,,\n\
",
    // What can't come after credit collection, and what can.
    b"\
36.0,157.0,B12,Create Fine,NIL,,,complete,,541,,0.0,2007-07-14 00:00:00+02:00,0.0,A\n\
,,B12,Send Fine,,13.0,,complete,,,,,2007-09-01 00:00:00+02:00,,\n\
,,B12,Insert Fine Notification,,,P,complete,P,,,,2007-09-20 00:00:00+02:00,,\n\
74.0,,B12,Add penalty,,,,complete,,,,,2007-11-20 00:00:00+01:00,,\n\
,,B12,Send for Credit Collection,,,,complete,,,,,2009-03-30 00:00:00+02:00,,\n\
,,B12,Send for Credit Collection,,,,complete,,,,,2009-04-30 00:00:00+02:00,,\n\
,,B12,Send Fine,,13.0,,complete,,,,,2009-05-01 00:00:00+02:00,,\n\
,,B12,Insert Date Appeal to Prefecture,,,,complete,,,,,2009-05-02 00:00:00+02:00,,\n\
,,B12,Payment,,,,complete,,,87.0,,2009-05-03 00:00:00+02:00,87.0,\n\
,,B12,Appeal to Judge,NIL,,,complete,,,,,2009-05-04 00:00:00+02:00,,\n\
",
    // Nothing to collect: paid in full, and dismissed.
    b"\
36.0,157.0,B13,Create Fine,NIL,,,complete,,541,,0.0,2007-07-14 00:00:00+02:00,0.0,A\n\
,,B13,Send Fine,,13.0,,complete,,,,,2007-09-01 00:00:00+02:00,,\n\
,,B13,Insert Fine Notification,,,P,complete,P,,,,2007-09-20 00:00:00+02:00,,\n\
74.0,,B13,Add penalty,,,,complete,,,,,2007-11-20 00:00:00+01:00,,\n\
,,B13,Payment,,,,complete,,,87.0,,2007-12-01 00:00:00+01:00,87.0,\n\
,,B13,Send for Credit Collection,,,,complete,,,,,2009-03-30 00:00:00+02:00,,\n\
36.0,157.0,B14,Create Fine,A,,,complete,,541,,0.0,2007-07-14 00:00:00+02:00,0.0,A\n\
,,B14,Send Fine,,13.0,,complete,,,,,2007-09-01 00:00:00+02:00,,\n\
,,B14,Insert Fine Notification,,,P,complete,P,,,,2007-09-20 00:00:00+02:00,,\n\
74.0,,B14,Add penalty,,,,complete,,,,,2007-11-20 00:00:00+01:00,,\n\
,,B14,Send for Credit Collection,,,,complete,,,,,2009-03-30 00:00:00+02:00,,\n\
",
    // A payment of nothing, of less than nothing, of nobody knows what; and a penalty that lowers the fine.
    b"\
36.0,157.0,B15,Create Fine,NIL,,,complete,,541,,0.0,2007-07-14 00:00:00+02:00,0.0,A\n\
,,B15,Payment,,,,complete,,,0.0,,2007-07-16 00:00:00+02:00,0.0,\n\
,,B15,Payment,,,,complete,,,-5.0,,2007-07-16 00:00:00+02:00,-5.0,\n\
,,B15,Payment,,,,complete,,,,,2007-07-16 00:00:00+02:00,,\n\
,,B15,Payment,,,,complete,,,free,,2007-07-16 00:00:00+02:00,free,\n\
,,B15,Payment,,,,complete,,,5.0,,2007-07-16 00:00:00+02:00,x,\n\
,,B15,Send Fine,,13.0,,complete,,,,,2007-09-01 00:00:00+02:00,,\n\
,,B15,Insert Fine Notification,,,P,complete,P,,,,2007-09-20 00:00:00+02:00,,\n\
35.99,,B15,Add penalty,,,,complete,,,,,2007-11-20 00:00:00+01:00,,\n\
",
    // Appeals to the prefecture out of order, and twice.
    b"\
36.0,157.0,B16,Create Fine,NIL,,,complete,,541,,0.0,2007-07-14 00:00:00+02:00,0.0,A\n\
,,B16,Send Appeal to Prefecture,NIL,,,complete,,,,,2009-03-30 00:00:00+02:00,,\n\
,,B16,Receive Result Appeal from Prefecture,,,,complete,,,,,2009-03-30 00:00:00+02:00,,\n\
,,B16,Notify Result Appeal to Offender,,,,complete,,,,,2009-03-30 00:00:00+02:00,,\n\
,,B16,Insert Date Appeal to Prefecture,,,,complete,,,,,2009-03-30 00:00:00+02:00,,\n\
,,B16,Insert Date Appeal to Prefecture,,,,complete,,,,,2009-03-31 00:00:00+02:00,,\n\
,,B16,Send Appeal to Prefecture,#,,,complete,,,,,2009-03-30 00:00:00+02:00,,\n\
",
    // The same payment in two rows that are equal, and one of the same sum on the same day that is another.
    b"\
36.0,157.0,B17,Create Fine,NIL,,,complete,,541,,0.0,2007-07-14 00:00:00+02:00,0.0,A\n\
,,B17,Payment,,,,complete,,,18.0,,2007-07-16 00:00:00+02:00,18.0,\n\
,,B17,Payment,,,,complete,,,18.0,,2007-07-16 00:00:00+02:00,18.0,\n\
,,B17,Payment,,,,complete,,,18.0,,2007-07-16 00:00:00+02:00,36.0,\n\
",
    // Money where the activity has none.
    b"\
36.0,157.0,B18,Create Fine,NIL,,,complete,,541,,0.0,2007-07-14 00:00:00+02:00,0.0,A\n\
,,B18,Payment,,5.0,,complete,,,36.0,,2007-07-16 00:00:00+02:00,36.0,\n\
5.0,,B18,Send for Credit Collection,,,,complete,,,,,2009-03-30 00:00:00+02:00,,\n\
36.0,157.0,B18,Create Fine,NIL,,,complete,,541,36.0,0.0,2007-07-14 00:00:00+02:00,0.0,A\n\
",
    // Only begun, and codes that are none.
    b"\
36.0,157.0,B19,Create Fine,NIL,,,start,,541,,0.0,2007-07-14 00:00:00+02:00,0.0,A\n\
36.0,157.0,B19,Create Fine,YES,,,complete,,541,,0.0,2007-07-14 00:00:00+02:00,0.0,A\n\
36.0,157.0,B19,Create Fine,NIL,,,complete,,541,,many,2007-07-14 00:00:00+02:00,0.0,A\n\
36.0,157.0,B19,Create Fine,NIL,,,complete,,541,,-1,2007-07-14 00:00:00+02:00,0.0,A\n\
36.0,157.5,B19,Create Fine,NIL,,,complete,,541,,0.0,2007-07-14 00:00:00+02:00,0.0,A\n\
36.0,157.0,B19,Create Fine,NIL,,,complete,,541,,0.0,2007-07-14 00:00:00+02:00,0.0,<script>\n\
36.0,157.0,B19,Create Fine,NIL,,,complete,,99999999999999999999999999999999999999999,,0.0,2007-07-14 00:00:00+02:00,0.0,A\n\
",
    // A terminal steered by a name, a line end inside a line, and a good row after a byte order mark.
    b"\
,,B20,\x1b[31mPayment,,,,complete,,,,,2009-03-30 00:00:00+02:00,,\n\
36.0,157.0,B\r20,Create Fine,NIL,,,complete,,541,,0.0,2007-07-14 00:00:00+02:00,0.0,A\n\
\xef\xbb\xbf36.0,157.0,B20,Create Fine,NIL,,,complete,,541,,0.0,2007-07-14 00:00:00+02:00,0.0,A\n\
",
    // No expenses on the sending.
    b"\
36.0,157.0,B21,Create Fine,NIL,,,complete,,541,,0.0,2007-07-14 00:00:00+02:00,0.0,A\n\
,,B21,Send Fine,,,,complete,,,,,2007-09-01 00:00:00+02:00,,\n\
",
    // Good rows, written by Windows, among blank lines.
    b"\
\n\
\x20 \n\
36.0,157.0,B22,Create Fine,NIL,,,complete,,541,,0.0,2007-07-14 00:00:00+02:00,0.0,A\r\n\
\r\n\
,,B22,Payment,,,,complete,,,36.0,,2007-07-16 00:00:00+02:00,36.0,\r\n\
",
    // Good rows of two fines, mixed.
    b"\
36.0,157.0,B23,Create Fine,NIL,,,complete,,541,,0.0,2007-07-14 00:00:00+02:00,0.0,A\n\
36.0,157.0,B24,Create Fine,NIL,,,complete,,541,,0.0,2007-07-14 00:00:00+02:00,0.0,A\n\
,,B24,Send Fine,,13.0,,complete,,,,,2007-09-01 00:00:00+02:00,,\n\
,,B23,Payment,,,,complete,,,36.0,,2007-07-16 00:00:00+02:00,36.0,\n\
,,B24,Insert Fine Notification,,,P,complete,P,,,,2007-09-20 00:00:00+02:00,,\n\
,,B24,Payment,,,,complete,,,49.0,,2007-10-01 00:00:00+02:00,49.0,\n\
",
    // Good rows whose times go backward: the order of the file counts.
    b"\
36.0,157.0,B25,Create Fine,NIL,,,complete,,541,,0.0,2007-07-14 00:00:00+02:00,0.0,A\n\
,,B25,Send Fine,,13.0,,complete,,,,,2007-09-01 00:00:00+02:00,,\n\
,,B25,Payment,,,,complete,,,49.0,,2007-08-01 00:00:00+02:00,49.0,\n\
",
    // A good row in quotes, and a payment total that does not add up.
    b"\
36.0,157.0,\"B26\",Create Fine,NIL,,,complete,,541,,0.0,2007-07-14 00:00:00+02:00,0.0,A\n\
,,B26,Payment,,,,complete,,,30.0,,2007-07-16 00:00:00+02:00,36.0,\n\
",
];

/// A case id of 500 characters.
pub(super) fn long_case_id() -> Vec<u8> {
    let id = "B".repeat(500);
    let row = ",,,complete,,,36.0,,2007-07-16 00:00:00+02:00,36.0,";
    format!(",,{id},Payment,{row}\n").into_bytes()
}

/// The last row: its quote is not closed, and no line end follows.
pub(super) const LAST: &[u8] =
    b",,B99,Payment,,,,complete,,,36.0,,2007-07-16 00:00:00+02:00,36.0,\"A";
