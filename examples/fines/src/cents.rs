//! Money: whole cents of a euro, never less than nothing, and never through a float.

use serde::{Deserialize, Serialize};

/// An amount of money in cents. It is shown as `2,968.03 €`, and read from the log's `2968.03`.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Cents(u64);

/// Why a text is no amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidAmount {
    /// It is not of the form `12` or `12.3` or `12.34`.
    #[error("it is not a number like 35.0 or 68.77")]
    NotANumber,
    /// It begins with a minus sign.
    #[error("it is less than nothing")]
    Negative,
    /// It has more than two decimals.
    #[error("it has more than two decimals, and a cent is the least there is")]
    TooPrecise,
    /// It is greater than [`Cents::MOST`].
    #[error("it is more than {}, the most that one row can say", Cents::MOST)]
    TooLarge,
}

impl Cents {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// The most that one row can say: a million euros.
    pub const MOST: Self = Self(100_000_000);

    /// So many cents.
    #[must_use]
    pub const fn new(cents: u64) -> Self {
        Self(cents)
    }

    /// The number of cents.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }

    /// Both together, unless that is more than 64 bits hold.
    #[must_use]
    pub const fn checked_add(self, other: Self) -> Option<Self> {
        match self.0.checked_add(other.0) {
            Some(sum) => Some(Self(sum)),
            None => None,
        }
    }

    /// Both together, and at most what 64 bits hold: for sums of what was checked before.
    #[must_use]
    pub const fn saturating_add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    /// How much more this is than the other; nothing if it is less.
    #[must_use]
    pub const fn beyond(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl std::str::FromStr for Cents {
    type Err = InvalidAmount;

    fn from_str(text: &str) -> Result<Self, InvalidAmount> {
        let Some(rest) = text.strip_prefix('-') else {
            return unsigned(text);
        };
        Err(match unsigned(rest) {
            Err(InvalidAmount::NotANumber) => InvalidAmount::NotANumber,
            _ => InvalidAmount::Negative,
        })
    }
}

fn unsigned(text: &str) -> Result<Cents, InvalidAmount> {
    let (whole, decimals) = text.split_once('.').unwrap_or((text, "0"));
    if !is_digits(whole) || !is_digits(decimals) {
        return Err(InvalidAmount::NotANumber);
    }
    let tenths_only = match decimals.len() {
        1 => true,
        2 => false,
        _ => return Err(InvalidAmount::TooPrecise),
    };
    let parse = |digits: &str| digits.parse::<u64>().map_err(|_| InvalidAmount::TooLarge);
    let decimals = parse(decimals)? * if tenths_only { 10 } else { 1 };
    parse(whole)?
        .checked_mul(100)
        .and_then(|cents| cents.checked_add(decimals))
        .map(Cents)
        .filter(|cents| *cents <= Cents::MOST)
        .ok_or(InvalidAmount::TooLarge)
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

impl std::fmt::Display for Cents {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let euros = crate::print::count::grouped(self.0 / 100);
        formatter.pad(&format!("{euros}.{:02} €", self.0 % 100))
    }
}

impl std::iter::Sum for Cents {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::ZERO, Self::saturating_add)
    }
}

#[cfg(test)]
mod tests {
    use super::{Cents, InvalidAmount};

    #[test]
    fn reads_decimal_text_exactly() {
        for (text, cents) in [
            ("0.0", 0),
            ("35.0", 3500),
            ("68.77", 6877),
            ("35", 3500),
            ("0.07", 7),
            ("007.10", 710),
            ("1000000.00", 100_000_000),
        ] {
            assert_eq!(text.parse(), Ok(Cents::new(cents)), "{text}");
        }
    }

    #[test]
    fn refuses_what_is_no_amount_and_says_why() {
        use InvalidAmount::{Negative, NotANumber, TooLarge, TooPrecise};
        for (text, reason) in [
            ("", NotANumber),
            ("NaN", NotANumber),
            ("inf", NotANumber),
            ("1e3", NotANumber),
            ("+5.0", NotANumber),
            ("-", NotANumber),
            ("--5", NotANumber),
            (&"-".repeat(60_000), NotANumber),
            (" 5", NotANumber),
            ("5,00", NotANumber),
            ("1,000.00", NotANumber),
            (".5", NotANumber),
            ("5.", NotANumber),
            ("٣.٠", NotANumber),
            ("-5.0", Negative),
            ("-0.001", Negative),
            ("5.001", TooPrecise),
            ("5.000", TooPrecise),
            ("1000000.01", TooLarge),
            ("184467440737095516.16", TooLarge),
            ("99999999999999999999999", TooLarge),
        ] {
            assert_eq!(text.parse::<Cents>(), Err(reason), "{text:?}");
        }
    }

    #[test]
    fn is_shown_with_groups_and_two_decimals() {
        for (cents, text) in [
            (0, "0.00 €"),
            (7, "0.07 €"),
            (296_803, "2,968.03 €"),
            (100_000_000, "1,000,000.00 €"),
        ] {
            assert_eq!(Cents::new(cents).to_string(), text);
        }
        assert_eq!(format!("[{:>12}]", Cents::new(296_803)), "[  2,968.03 €]");
    }
}
