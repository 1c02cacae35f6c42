//! The activities of the log, by the names that it gives them.

/// What a row of the log says was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Activity {
    /// `Create Fine`
    CreateFine,
    /// `Send Fine`
    SendFine,
    /// `Insert Fine Notification`
    InsertFineNotification,
    /// `Add penalty`
    AddPenalty,
    /// `Payment`
    Payment,
    /// `Insert Date Appeal to Prefecture`
    InsertDateAppealToPrefecture,
    /// `Send Appeal to Prefecture`
    SendAppealToPrefecture,
    /// `Receive Result Appeal from Prefecture`
    ReceiveResultAppealFromPrefecture,
    /// `Notify Result Appeal to Offender`
    NotifyResultAppealToOffender,
    /// `Appeal to Judge`
    AppealToJudge,
    /// `Send for Credit Collection`
    SendForCreditCollection,
}

impl Activity {
    /// All of them, in the order in which a fine usually goes through them.
    pub const ALL: [Self; 11] = [
        Self::CreateFine,
        Self::SendFine,
        Self::InsertFineNotification,
        Self::AddPenalty,
        Self::Payment,
        Self::InsertDateAppealToPrefecture,
        Self::SendAppealToPrefecture,
        Self::ReceiveResultAppealFromPrefecture,
        Self::NotifyResultAppealToOffender,
        Self::AppealToJudge,
        Self::SendForCreditCollection,
    ];

    /// The name in the log's column `concept:name`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::CreateFine => "Create Fine",
            Self::SendFine => "Send Fine",
            Self::InsertFineNotification => "Insert Fine Notification",
            Self::AddPenalty => "Add penalty",
            Self::Payment => "Payment",
            Self::InsertDateAppealToPrefecture => "Insert Date Appeal to Prefecture",
            Self::SendAppealToPrefecture => "Send Appeal to Prefecture",
            Self::ReceiveResultAppealFromPrefecture => "Receive Result Appeal from Prefecture",
            Self::NotifyResultAppealToOffender => "Notify Result Appeal to Offender",
            Self::AppealToJudge => "Appeal to Judge",
            Self::SendForCreditCollection => "Send for Credit Collection",
        }
    }

    /// The activity of this name, spelled exactly so.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|activity| activity.name() == name)
    }
}

impl std::fmt::Display for Activity {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.pad(self.name())
    }
}
