//! The columns of the log, found by their names in the first line, in whatever order they come.

/// A column of the log that the example reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Column {
    /// `amount`: what a fine costs, or costs with its penalty.
    Amount,
    /// `article`: the article of the law.
    Article,
    /// `case:concept:name`: the fine's number.
    Case,
    /// `concept:name`: the activity.
    Activity,
    /// `dismissal`: whether it was dismissed.
    Dismissal,
    /// `expense`: what the post costs.
    Expense,
    /// `lastSent`: to whom it was sent last.
    LastSent,
    /// `lifecycle:transition`: always `complete`.
    Transition,
    /// `notificationType`: how it was delivered.
    NotificationType,
    /// `org:resource`: the officer's number.
    Resource,
    /// `paymentAmount`: what was paid now.
    PaymentAmount,
    /// `points`: points taken from the driving licence.
    Points,
    /// `time:timestamp`: when it happened.
    Time,
    /// `totalPaymentAmount`: what was paid altogether.
    TotalPaymentAmount,
    /// `vehicleClass`: the kind of vehicle.
    VehicleClass,
}

impl Column {
    /// All of them, in the order of the published file.
    pub const ALL: [Self; 15] = [
        Self::Amount,
        Self::Article,
        Self::Case,
        Self::Activity,
        Self::Dismissal,
        Self::Expense,
        Self::LastSent,
        Self::Transition,
        Self::NotificationType,
        Self::Resource,
        Self::PaymentAmount,
        Self::Points,
        Self::Time,
        Self::TotalPaymentAmount,
        Self::VehicleClass,
    ];

    /// The name in the first line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Amount => "amount",
            Self::Article => "article",
            Self::Case => "case:concept:name",
            Self::Activity => "concept:name",
            Self::Dismissal => "dismissal",
            Self::Expense => "expense",
            Self::LastSent => "lastSent",
            Self::Transition => "lifecycle:transition",
            Self::NotificationType => "notificationType",
            Self::Resource => "org:resource",
            Self::PaymentAmount => "paymentAmount",
            Self::Points => "points",
            Self::Time => "time:timestamp",
            Self::TotalPaymentAmount => "totalPaymentAmount",
            Self::VehicleClass => "vehicleClass",
        }
    }
}

impl std::fmt::Display for Column {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.pad(self.name())
    }
}

/// Where each column is in a line. Columns that the example does not know are left alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Columns {
    places: [usize; Column::ALL.len()],
    width: usize,
}

/// A first line that does not name the columns of the log.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HeaderError {
    /// Columns are not there.
    #[error("the first line does not name the columns of the log: {} is missing", .0.join(", "))]
    Missing(Vec<&'static str>),
    /// A column is there twice, so nobody can say which is meant.
    #[error("the first line names the column {0} twice")]
    Twice(&'static str),
}

impl Columns {
    /// Finds the columns in the first line.
    ///
    /// # Errors
    ///
    /// [`HeaderError`] names all columns that are missing, or one that is there twice.
    pub fn find(header: &csv::ByteRecord) -> Result<Self, HeaderError> {
        let mut places = [0; Column::ALL.len()];
        let mut missing = Vec::new();
        for (place, column) in places.iter_mut().zip(Column::ALL) {
            let mut found = (0..)
                .zip(header)
                .filter(|(_, name)| *name == column.name().as_bytes());
            match (found.next(), found.next()) {
                (Some((index, _)), None) => *place = index,
                (Some(_), Some(_)) => return Err(HeaderError::Twice(column.name())),
                (None, _) => missing.push(column.name()),
            }
        }
        if !missing.is_empty() {
            return Err(HeaderError::Missing(missing));
        }
        let width = header.len();
        Ok(Self { places, width })
    }

    /// How many fields each line has.
    #[must_use]
    pub const fn width(&self) -> usize {
        self.width
    }

    /// Which field of a line is this column's.
    #[must_use]
    pub const fn place(&self, column: Column) -> usize {
        self.places[column as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::{Column, Columns, HeaderError};

    #[test]
    fn columns_are_found_in_any_order_among_others() {
        let mut names: Vec<_> = Column::ALL.iter().map(|column| column.name()).collect();
        names.reverse();
        names.insert(3, "matricola");
        let columns = Columns::find(&csv::ByteRecord::from(names.clone())).unwrap();
        for column in Column::ALL {
            assert_eq!(names[columns.place(column)], column.name());
        }
        assert_eq!(columns.width(), 16);
    }

    #[test]
    fn all_missing_columns_are_named() {
        let error = Columns::find(&csv::ByteRecord::from(vec!["a", "amount"])).unwrap_err();
        let HeaderError::Missing(names) = error else {
            panic!("{error}")
        };
        assert_eq!(names.len(), 14);
    }

    #[test]
    fn a_column_that_is_there_twice_is_an_error() {
        let mut names: Vec<_> = Column::ALL.iter().map(|column| column.name()).collect();
        names.push("points");
        let error = Columns::find(&csv::ByteRecord::from(names)).unwrap_err();
        assert_eq!(error, HeaderError::Twice("points"));
    }
}
