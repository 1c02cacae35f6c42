//! A believable fine: its rows, from the creation to whatever end it comes to.

use chrono::{Datelike, Days, NaiveDate};

use super::random::Random;

/// How a fine goes after its creation, one letter a step, and how often of a hundred times.
///
/// `s` sent, `n` delivered, `+` penalty, `p` paid what is due, `h` paid about half, `o` paid too much, `d` paid what was
/// due before the penalty, `a` appeal made, `A` sent on, `X` sent on and dismissed, `r` result, `R` result passed on,
/// `j` appeal to a judge, `J` the same and dismissed, `c` credit collection.
const WAYS: [(u64, &str); 18] = [
    (30, "sn+c"),
    (20, "p"),
    (15, "s"),
    (8, "sn+p"),
    (4, "sn+hp"),
    (4, "sp"),
    (3, "snd+h"),
    (2, "ps"),
    (2, "sn+d"),
    (2, "snhp"),
    (1, "sn+ch"),
    (1, "so"),
    (2, "sna+ArRp"),
    (2, "sna+XrR"),
    (1, "sn+jc"),
    (1, "snJ+"),
    (1, "aX"),
    (1, "sn+hhh"),
];

/// The rows of one fine; the number makes it one of its kind.
pub(super) fn make(number: usize, random: &mut Random) -> String {
    let mut case = Case::new(number, random);
    let is_dismissed = random.below(50) == 0;
    case.create(is_dismissed, random);
    let mut left = random.below(100);
    let mut way = "";
    for (weight, steps) in WAYS {
        if left < weight {
            way = steps;
            break;
        }
        left -= weight;
    }
    // As in the log, one that was dismissed at once is sent at most.
    let way = if is_dismissed { "s" } else { way };
    for step in way.chars() {
        case.step(step, random);
    }
    case.rows
}

/// The rows so far, and what they add up to, in cents.
struct Case {
    id: String,
    day: NaiveDate,
    amount: u64,
    before_penalty: u64,
    expense: u64,
    paid: u64,
    rows: String,
}

impl Case {
    fn new(number: usize, random: &mut Random) -> Self {
        let first = NaiveDate::from_ymd_opt(2000, 1, 1).unwrap_or_default();
        let prefix = random.one_of(&["A", "A", "S", "S", "S", "N", "N", "N", "P", "V", "C"]);
        let amount = random.one_of(&[
            2_300, 3_100, 3_280, 3_360, 3_500, 3_600, 3_800, 7_100, 14_800,
        ]);
        Self {
            id: format!("{prefix}{}", 1_000 + number * 37),
            day: first + Days::new(random.below(4_000)),
            amount,
            before_penalty: amount,
            expense: 0,
            paid: 0,
            rows: String::new(),
        }
    }

    fn create(&mut self, is_dismissed: bool, random: &mut Random) {
        let article = random.one_of(&[7, 7, 157, 157, 157, 158, 142, 171]);
        let dismissal = if is_dismissed { "A" } else { "NIL" };
        let points = if article == 142 { 5 } else { 0 };
        let officer = random.between(20, 860);
        let vehicle = random.one_of(&["A", "A", "A", "A", "A", "C", "M"]);
        let (amount, id, time) = (decimal(self.amount), &self.id, self.time());
        self.push(&format!(
            "{amount},{article}.0,{id},Create Fine,{dismissal},,,complete,,{officer},,{points}.0,{time},0.0,{vehicle}\n"
        ));
    }

    fn step(&mut self, step: char, random: &mut Random) {
        self.day = self.day + Days::new(random.between(3, 120));
        let due = (self.amount + self.expense).saturating_sub(self.paid);
        match step {
            's' => {
                self.expense =
                    random.one_of(&[0, 671, 1_000, 1_100, 1_300, 1_350, 1_425, 1_500, 1_660]);
                self.row("Send Fine", "", &decimal(self.expense), "", "", "");
            }
            'n' => {
                let sent = random.one_of(&["P", "P", "N", "C", ""]);
                self.row("Insert Fine Notification", "", "", "", sent, "P");
            }
            '+' => {
                self.amount = self.amount * 2 + random.below(3) * 50;
                self.row("Add penalty", &decimal(self.amount), "", "", "", "");
            }
            'p' => self.pay(due),
            'h' => self.pay(due / 2),
            'o' => self.pay(due + random.between(1, 2_000)),
            'd' => self.pay((self.before_penalty + self.expense).saturating_sub(self.paid)),
            'a' => self.row("Insert Date Appeal to Prefecture", "", "", "", "", ""),
            'A' => self.row("Send Appeal to Prefecture", "", "", "NIL", "", ""),
            'X' => self.row("Send Appeal to Prefecture", "", "", "#", "", ""),
            'r' => self.row("Receive Result Appeal from Prefecture", "", "", "", "", ""),
            'R' => self.row("Notify Result Appeal to Offender", "", "", "", "", ""),
            'j' => self.row("Appeal to Judge", "", "", "NIL", "", ""),
            'J' => self.row("Appeal to Judge", "", "", "G", "", ""),
            _ => self.row("Send for Credit Collection", "", "", "", "", ""),
        }
    }

    fn row(
        &mut self,
        activity: &str,
        amount: &str,
        expense: &str,
        dismissal: &str,
        sent: &str,
        kind: &str,
    ) {
        let (id, time) = (&self.id, self.time());
        self.push(&format!(
            "{amount},,{id},{activity},{dismissal},{expense},{sent},complete,{kind},,,,{time},,\n"
        ));
    }

    fn pay(&mut self, cents: u64) {
        self.paid += cents;
        let (id, time, amount, total) = (&self.id, self.time(), decimal(cents), decimal(self.paid));
        self.push(&format!(
            ",,{id},Payment,,,,complete,,,{amount},,{time},{total},\n"
        ));
    }

    fn push(&mut self, row: &str) {
        self.rows += row;
    }

    /// Midnight in Italy, whose summer time is taken to be from April to October.
    fn time(&self) -> String {
        let summer = (4..=10).contains(&self.day.month());
        format!("{} 00:00:00+0{}:00", self.day, if summer { 2 } else { 1 })
    }
}

/// As the log writes amounts: `35.0`, `33.6`, `68.77`.
fn decimal(cents: u64) -> String {
    let (euros, rest) = (cents / 100, cents % 100);
    if rest % 10 == 0 {
        format!("{euros}.{}", rest / 10)
    } else {
        format!("{euros}.{rest:02}")
    }
}
