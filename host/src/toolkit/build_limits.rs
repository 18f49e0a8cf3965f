//! `#+BUILD_LIMITS`: what each step of a build may use.

use std::time::Duration;

use super::{
    error::Invalid,
    field::Fields,
    place::Spanned,
    units::{Bytes, Span, within},
    vocabulary::did_you_mean,
};

/// What each step of a build may use, where a toolkit needs other than the lane's own limits.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct BuildLimits {
    /// Memory in bytes; at most 2 GiB.
    pub memory: Option<u64>,
    /// CPU time; at most 10 minutes.
    pub time: Option<Duration>,
    /// Size of what comes out in bytes; at most 256 MiB.
    pub output: Option<u64>,
}

/// `#+BUILD_LIMITS: memory=512MiB time=30s output=16MiB`, each at most once.
pub(super) fn build_limits(fields: &mut Fields<'_>) -> BuildLimits {
    let mut limits = BuildLimits::default();
    let words = fields.words("BUILD_LIMITS", |word| {
        let (name, amount) = word.split_once('=').unwrap_or((word, ""));
        Limit::read(name, amount)
    });
    for Spanned { value, place } in words {
        let (name, before) = match value {
            Limit::Memory(size) => ("memory", limits.memory.replace(size.0).is_some()),
            Limit::Time(time) => ("time", limits.time.replace(time.0).is_some()),
            Limit::Output(size) => ("output", limits.output.replace(size.0).is_some()),
        };
        if before {
            let invalid = Invalid::new(name, "is given twice", "give each limit once");
            fields.value("BUILD_LIMITS", invalid, place);
        }
    }
    limits
}

enum Limit {
    Memory(Bytes),
    Time(Span),
    Output(Bytes),
}

impl Limit {
    /// The bounds keep a manifest from asking for the machine.
    fn read(name: &str, amount: &str) -> Result<Self, Invalid> {
        const MIB: u64 = 1 << 20;
        let size = |most: u64| within(amount, amount.parse()?, &Bytes(MIB), &Bytes(most * MIB));
        let millisecond = Span(Duration::from_millis(1));
        let most = Span(Duration::from_mins(10));
        match name {
            "memory" => size(2048).map(Self::Memory),
            "output" => size(256).map(Self::Output),
            "time" => within(amount, amount.parse()?, &millisecond, &most).map(Self::Time),
            _ => {
                let help =
                    did_you_mean(name, ["memory=512MiB", "time=30s", "output=16MiB"].into_iter());
                Err(Invalid::new(name, "is not a limit of a build", help))
            }
        }
    }
}
