//! What a capability lets a toolkit do, for somebody who has to say yes or no to it.

/// How far what a capability does can reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Risk {
    /// Nothing outside the sandbox.
    Inside,
    /// What other toolkits of this installation have.
    Shared,
    /// Other machines, by which whatever it is shown can leave.
    Outward,
    /// Programs and the ports of this machine.
    Machine,
}

impl Risk {
    /// In a word or two.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Inside => "inside",
            Self::Shared => "shared",
            Self::Outward => "reaches out",
            Self::Machine => "this machine",
        }
    }

    /// Whether consent in advance covers it: what it may do harms nothing but its own.
    pub(super) fn is_unasked(self) -> bool {
        self <= Self::Shared
    }
}

/// One row for each capability of the contract, by name.
const RISKS: &[(&str, Risk, &str)] = &[
    (
        "browse",
        Risk::Outward,
        "fetch pages of the web and search it; an address can carry data out",
    ),
    ("build", Risk::Inside, "compile source in the sandbox, which takes CPU time and disk"),
    ("commands", Risk::Shared, "run the commands that were added, with what both are granted"),
    ("exec", Risk::Shared, "run the same commands beside itself, and talk to them"),
    ("kv", Risk::Shared, "read and change the pairs that all toolkits of this installation share"),
    (
        "llm",
        Risk::Outward,
        "ask the configured model, which costs tokens and sends it what it likes",
    ),
    ("net", Risk::Outward, "send requests over HTTP and read the answers"),
    ("parallel", Risk::Shared, "run commands many times at once, on all threads of this machine"),
    ("posix", Risk::Machine, "run the native programs that the policy names, outside the sandbox"),
    ("queue", Risk::Shared, "send messages to the other toolkits here, and take theirs"),
    (
        "secrets",
        Risk::Outward,
        "sign with the secrets that the policy binds to it, never reading them",
    ),
    (
        "serve",
        Risk::Machine,
        "answer connections at the addresses that the policy or `serve` names",
    ),
    ("tcp", Risk::Outward, "open connections to other machines"),
    ("tls", Risk::Outward, "open encrypted connections to other machines"),
    ("udp", Risk::Outward, "send datagrams to other machines"),
    ("vfs", Risk::Inside, "read and write files of its own, and of folders that you mount"),
];

/// The risk of a capability, and what it lets a toolkit do. One that is not of the contract may do
/// anything.
pub(super) fn of(capability: &str) -> (Risk, &'static str) {
    RISKS
        .iter()
        .find(|(name, ..)| *name == capability)
        .map_or((Risk::Machine, "do what nothing is known about"), |(_, risk, says)| (*risk, says))
}

/// Whether a capability connects to the destinations of `#+NET`.
pub(super) fn connects(capability: &str) -> bool {
    matches!(capability, "browse" | "net" | "tcp" | "tls" | "udp")
}

#[cfg(test)]
mod tests {
    use workbooks_host::world::CAPABILITIES;

    use super::*;

    #[test]
    fn every_capability_of_the_contract_is_told_and_no_other() {
        let told: Vec<_> = RISKS.iter().map(|(name, ..)| *name).collect();
        let known: Vec<_> = CAPABILITIES.iter().map(|row| row.name).collect();
        assert_eq!(told, known);
    }

    #[test]
    fn what_nobody_knows_is_never_granted_unasked() {
        assert!(!of("unheard-of").0.is_unasked());
        assert!(
            of("vfs").0.is_unasked() && !of("net").0.is_unasked() && !of("posix").0.is_unasked()
        );
    }
}
