//! How far a fine has come, and how far its appeal to the prefecture has.

/// How far a fine has come. Each stage needs the one before it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    /// An officer wrote it.
    #[default]
    Created,
    /// It was sent by post.
    Sent,
    /// It was delivered.
    Notified,
    /// The time to pay is over.
    Penalised,
    /// It is with those who collect debts. Payments and answers to appeals still come.
    InCollection,
}

/// How far an appeal to the prefecture has come. Each step needs the one before it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Appeal {
    /// There is none.
    #[default]
    None,
    /// The offender made it.
    Made,
    /// It was sent on to the prefecture.
    Sent,
    /// The result came.
    Decided,
    /// The offender knows the result.
    Notified,
}

/// As what has been done to the fine: `sent`.
impl std::fmt::Display for Stage {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Self::Created => "created",
            Self::Sent => "sent",
            Self::Notified => "delivered",
            Self::Penalised => "raised by its penalty",
            Self::InCollection => "sent for credit collection",
        })
    }
}

/// As what has been done to the appeal: `made`.
impl std::fmt::Display for Appeal {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Self::None => "left out",
            Self::Made => "made",
            Self::Sent => "sent on",
            Self::Decided => "decided",
            Self::Notified => "answered to the offender",
        })
    }
}
