//! Why a host call was refused or failed, before it becomes the guest's `error`.

/// The host's side of `types.error`. It never carries a host path, an address or a secret:
/// what stands in it is shown to the guest.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// The principal's grant was withdrawn.
    #[error("the grant was withdrawn")]
    Revoked,
    /// Over the principal's rate; milliseconds until the next call may pass.
    #[error("over the rate; try again in {0} ms")]
    RateLimited(u64),
    /// Input or output over a cap, in bytes.
    #[error("larger than the cap of {0} bytes")]
    TooLarge(u64),
    /// A count is spent.
    #[error("the quota of {0} is spent")]
    Quota(u64),
    /// The operation's own deadline passed.
    #[error("the operation's deadline passed")]
    Timeout,
    /// The run was cancelled.
    #[error("cancelled")]
    Cancelled,
    /// There is no such thing.
    #[error("not found")]
    NotFound,
    /// It exists already, or changed since it was read.
    #[error("it exists already, or changed since it was read")]
    Conflict,
    /// This host does not offer it.
    #[error("this host does not offer it: {0}")]
    Unsupported(String),
    /// The request is malformed.
    #[error("invalid: {0}")]
    Invalid(String),
    /// Policy forbids this target.
    #[error("denied: {0}")]
    Denied(String),
    /// The far side failed.
    #[error("unavailable: {0}")]
    Unavailable(String),
}

impl Refusal {
    /// One word for the audit record.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Revoked => "revoked",
            Self::RateLimited(_) => "rate-limited",
            Self::TooLarge(_) => "too-large",
            Self::Quota(_) => "quota",
            Self::Timeout => "timeout",
            Self::Cancelled => "cancelled",
            Self::NotFound => "not-found",
            Self::Conflict => "conflict",
            Self::Unsupported(_) => "unsupported",
            Self::Invalid(_) => "invalid",
            Self::Denied(_) => "denied",
            Self::Unavailable(_) => "unavailable",
        }
    }
}

impl From<Refusal> for crate::engine::types::Error {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Revoked => Self::Revoked,
            Refusal::RateLimited(ms) => Self::RateLimited(ms),
            Refusal::TooLarge(cap) => Self::TooLarge(cap),
            Refusal::Quota(count) => Self::Quota(count),
            Refusal::Timeout => Self::Timeout,
            Refusal::Cancelled => Self::Cancelled,
            Refusal::NotFound => Self::NotFound,
            Refusal::Conflict => Self::Conflict,
            Refusal::Unsupported(what) => Self::Unsupported(what),
            Refusal::Invalid(what) => Self::Invalid(what),
            Refusal::Denied(what) => Self::Denied(what),
            Refusal::Unavailable(what) => Self::Unavailable(what),
        }
    }
}
