//! What the host refuses, in words.

use crate::{CommandRequest, Error};

impl Error {
    /// The code, as the contract writes it: `not-found`.
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
            Self::Other(_) => "other",
        }
    }

    /// The request is malformed: what is wrong.
    pub fn invalid(what: impl ToString) -> Self {
        Self::Invalid(what.to_string())
    }
}

impl CommandRequest {
    /// A request for a command, with these arguments.
    pub fn new(name: &str, argv: &[&str]) -> Self {
        Self {
            name: name.to_owned(),
            argv: argv.iter().map(|&arg| arg.to_owned()).collect(),
            stdin: Vec::new(),
            env: Vec::new(),
            extra: Vec::new(),
        }
    }

    /// The same with these bytes as standard input.
    pub fn stdin(self, bytes: impl Into<Vec<u8>>) -> Self {
        Self { stdin: bytes.into(), ..self }
    }
}
