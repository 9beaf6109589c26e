//! What a command may meet besides its aggregate's own rejection.

/// Why a command came to nothing.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Error<R> {
    /// The aggregate said no.
    #[error("rejected")]
    Rejected(R),
    /// A queue is full, or other writers were always faster.
    #[error("too busy")]
    Busy,
    /// The log takes no writes, or a part of the engine is gone.
    #[error("unavailable: {0}")]
    Unavailable(String),
    /// The same command crashed its aggregate before.
    #[error("this command is quarantined")]
    Quarantined,
    /// One event would be larger than a record may be.
    #[error("too large")]
    TooLarge,
}

impl<R> Error<R> {
    /// The same with another rejection type.
    pub fn map<S>(self, rejected: impl FnOnce(R) -> S) -> Error<S> {
        match self {
            Self::Rejected(rejection) => Error::Rejected(rejected(rejection)),
            Self::Busy => Error::Busy,
            Self::Unavailable(what) => Error::Unavailable(what),
            Self::Quarantined => Error::Quarantined,
            Self::TooLarge => Error::TooLarge,
        }
    }

    /// Label for metrics.
    pub fn outcome(&self) -> &'static str {
        match self {
            Self::Rejected(_) => "rejected",
            Self::Busy => "busy",
            Self::Unavailable(_) => "unavailable",
            Self::Quarantined => "quarantined",
            Self::TooLarge => "too_large",
        }
    }
}
