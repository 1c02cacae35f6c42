//! Where a fine stands: what is due, what was paid, what is left or too much.

use super::Fine;
use crate::cents::Cents;

/// Where a fine stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// What must be paid altogether: the amount and the expenses, or nothing if the fine was dismissed.
    pub due: Cents,
    /// What was paid altogether.
    pub paid: Cents,
}

impl Standing {
    /// What is still to be paid.
    #[must_use]
    pub const fn outstanding(self) -> Cents {
        self.due.beyond(self.paid)
    }

    /// What was paid beyond what is due. It is kept and shown; nothing in the log gives it back.
    #[must_use]
    pub const fn overpaid(self) -> Cents {
        self.paid.beyond(self.due)
    }
}

impl Fine {
    /// Where it stands now.
    #[must_use]
    pub fn standing(&self) -> Standing {
        let due = if self.dismissal.is_dismissed() {
            Cents::ZERO
        } else {
            self.amount.saturating_add(self.expense)
        };
        let paid = self.paid;
        Standing { due, paid }
    }

    /// Whether it was paid, all of it, and not dismissed.
    #[must_use]
    pub fn is_paid_in_full(&self) -> bool {
        let standing = self.standing();
        !self.dismissal.is_dismissed()
            && standing.paid > Cents::ZERO
            && standing.outstanding() == Cents::ZERO
    }
}
