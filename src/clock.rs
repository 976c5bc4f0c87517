//! The time, asked in one place.

/// Where the time comes from: the machine's clock, or a fixed moment where a run must be repeatable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Clock {
    /// The machine's.
    System,
    /// Always this moment.
    Fixed(jiff::Timestamp),
}

impl Clock {
    /// The moment, in UTC.
    #[must_use]
    pub fn now(self) -> jiff::Timestamp {
        match self {
            Self::System => jiff::Timestamp::now(),
            Self::Fixed(moment) => moment,
        }
    }
}
