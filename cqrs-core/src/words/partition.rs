//! Partitions: how the keys of a processor are shared out.

use super::error::InvalidWord;

/// One share of a processor's keys: 0, 1, 2 …, below its [`PartitionCount`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Partition(u16);

/// Into how many partitions a processor's keys are shared out. It is part of the identity of its checkpoints: with another
/// number, keys would move to partitions that stand elsewhere in the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PartitionCount(u16);

impl Partition {
    /// The partition with this number.
    ///
    /// # Errors
    ///
    /// [`InvalidWord`] when no processor can have it.
    pub fn new(number: u16) -> Result<Self, InvalidWord> {
        if number >= PartitionCount::MAX.0 {
            return Err(InvalidWord::new(
                "partition",
                &number.to_string(),
                "it must be below 1,024",
            ));
        }
        Ok(Self(number))
    }

    /// The number.
    #[must_use]
    pub const fn get(self) -> u16 {
        self.0
    }
}

impl TryFrom<i32> for Partition {
    type Error = InvalidWord;

    fn try_from(number: i32) -> Result<Self, Self::Error> {
        Self::new(u16::try_from(number).unwrap_or(u16::MAX))
    }
}

impl From<Partition> for i32 {
    fn from(partition: Partition) -> Self {
        Self::from(partition.0)
    }
}

impl std::fmt::Display for Partition {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(formatter)
    }
}

impl PartitionCount {
    /// One: every event in the order of the log.
    pub const ONE: Self = Self(1);

    /// 16, what a processor has where nothing is said: up to so many nodes can share its work.
    pub const DEFAULT: Self = Self(16);

    /// The most that a processor can have.
    pub const MAX: Self = Self(1_024);

    /// So many partitions.
    ///
    /// # Errors
    ///
    /// [`InvalidWord`] unless the number is from 1 to 1,024.
    pub fn new(number: u16) -> Result<Self, InvalidWord> {
        if number == 0 || number > Self::MAX.0 {
            return Err(InvalidWord::new(
                "number of partitions",
                &number.to_string(),
                "it must be from 1 to 1,024",
            ));
        }
        Ok(Self(number))
    }

    /// A number of partitions that stands in the code.
    ///
    /// # Panics
    ///
    /// Unless the number is from 1 to 1,024. In a `const` that is an error of the compiler.
    #[must_use]
    pub const fn from_static(number: u16) -> Self {
        assert!(
            number > 0 && number <= Self::MAX.0,
            "a processor has from 1 to 1,024 partitions"
        );
        Self(number)
    }

    /// The number.
    #[must_use]
    pub const fn get(self) -> u16 {
        self.0
    }

    /// All of them.
    pub fn partitions(self) -> impl ExactSizeIterator<Item = Partition> {
        (0..self.0).map(Partition)
    }

    /// The partition of this key, for ever: FNV-1a with 64 bits over the UTF-8 bytes, then the finalizer of `MurmurHash3`,
    /// then the remainder. Checkpoints depend on it, so it must never change.
    #[must_use]
    pub fn partition_of(self, key: &str) -> Partition {
        let mut hash = 0xcbf2_9ce4_8422_2325_u64;
        for byte in key.bytes() {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
        hash = (hash ^ (hash >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
        hash = (hash ^ (hash >> 33)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
        hash ^= hash >> 33;
        Partition(u16::try_from(hash % u64::from(self.0)).unwrap_or_default())
    }
}

impl Default for PartitionCount {
    fn default() -> Self {
        Self::DEFAULT
    }
}

impl TryFrom<i32> for PartitionCount {
    type Error = InvalidWord;

    fn try_from(number: i32) -> Result<Self, Self::Error> {
        Self::new(u16::try_from(number).unwrap_or_default())
    }
}

impl From<PartitionCount> for i32 {
    fn from(count: PartitionCount) -> Self {
        Self::from(count.0)
    }
}

impl std::fmt::Display for PartitionCount {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(formatter)
    }
}

#[cfg(test)]
mod tests {
    use super::PartitionCount;

    #[test]
    fn keys_never_move_to_another_partition() {
        let partitions = |count: u16| {
            [
                "a",
                "account-7",
                "Ünïcode",
                "0190b5a4-3f6e-7c55-a1f3-0a8f7e3b2c11",
            ]
            .map(|key| PartitionCount::from_static(count).partition_of(key).get())
        };
        assert_eq!(partitions(1), [0, 0, 0, 0]);
        assert_eq!(partitions(16), [11, 8, 10, 6]);
        assert_eq!(partitions(1_000), [315, 584, 738, 358]);
    }

    #[test]
    fn keys_spread_evenly() {
        let mut keys = [0_u32; 16];
        for number in 0..16_000 {
            let partition = PartitionCount::DEFAULT.partition_of(&format!("account-{number}"));
            keys[usize::from(partition.get())] += 1;
        }
        assert!(
            keys.iter().all(|count| (850..1_150).contains(count)),
            "{keys:?}"
        );
    }
}
