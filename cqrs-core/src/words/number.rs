//! Numbers that the databases keep as 64-bit integers.

/// Makes a newtype over a number from 0 to the greatest 64-bit integer of a database.
macro_rules! number_word {
    ($(#[$attribute:meta])* $name:ident, $kind:literal) => {
        $(#[$attribute])*
        #[derive(
            Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash,
            serde::Serialize, serde::Deserialize,
        )]
        #[serde(try_from = "u64", into = "u64")]
        pub struct $name(u64);

        impl $name {
            /// The greatest one: what the databases' 64-bit integers hold.
            pub const MAX: Self = Self(i64::MAX.unsigned_abs());

            /// The one with this number.
            ///
            /// # Errors
            ///
            /// [`InvalidWord`](crate::words::error::InvalidWord) when the number is greater than `MAX`.
            pub fn new(number: u64) -> Result<Self, $crate::words::error::InvalidWord> {
                if number > Self::MAX.0 {
                    return Err($crate::words::error::InvalidWord::new(
                        $kind,
                        &number.to_string(),
                        "it must be at most 9,223,372,036,854,775,807",
                    ));
                }
                Ok(Self(number))
            }

            /// The number.
            #[must_use]
            pub const fn get(self) -> u64 {
                self.0
            }

            /// The number as the databases' 64-bit integer, which always holds it.
            #[must_use]
            pub const fn as_i64(self) -> i64 {
                self.0.cast_signed()
            }
        }

        impl TryFrom<u64> for $name {
            type Error = $crate::words::error::InvalidWord;

            fn try_from(number: u64) -> Result<Self, Self::Error> {
                Self::new(number)
            }
        }

        /// From a database's integer.
        impl TryFrom<i64> for $name {
            type Error = $crate::words::error::InvalidWord;

            fn try_from(number: i64) -> Result<Self, Self::Error> {
                u64::try_from(number).map(Self).map_err(|_| {
                    $crate::words::error::InvalidWord::new(
                        $kind,
                        &number.to_string(),
                        "it must not be negative",
                    )
                })
            }
        }

        impl From<$name> for u64 {
            fn from(word: $name) -> Self {
                word.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(formatter)
            }
        }
    };
}

pub(crate) use number_word;
