//! The record of what was refused and how much was allowed; never a secret, never a body.

mod lines;
mod memory;
mod stats;

use std::time::SystemTime;

use serde::{Deserialize, Serialize};

pub use lines::JsonLines;
pub use memory::MemoryAudit;
pub use stats::{Count, Stats};

/// What the gate decided.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "decision", content = "code")]
pub enum Decision {
    /// Calls passed; written once, when the instance ends.
    Allowed,
    /// A call was refused, with the refusal's code.
    Denied(String),
}

/// One line of the record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// When.
    #[serde(with = "unix_ms")]
    pub at: SystemTime,
    /// Whose data the guest may touch.
    pub tenant: String,
    /// The toolkit.
    pub toolkit: String,
    /// The instance.
    pub instance: String,
    /// The capability; empty for the sum over all.
    pub capability: String,
    /// The operation; empty for the sum over all.
    pub operation: String,
    /// What was decided.
    #[serde(flatten)]
    pub decision: Decision,
    /// How many calls this line stands for.
    pub count: u64,
}

/// Takes the records of a host. It must not block for long: denials call it from the gate.
pub trait Audit: Send + Sync {
    /// Takes one record.
    fn record(&self, record: &Record);
}

mod unix_ms {
    use std::time::{Duration, SystemTime, UNIX_EPOCH};

    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(at: &SystemTime, s: S) -> Result<S::Ok, S::Error> {
        let ms = at.duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
        s.serialize_u64(u64::try_from(ms).unwrap_or(u64::MAX))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<SystemTime, D::Error> {
        // Kept below year 10,000, so that adding cannot overflow.
        let ms = u64::deserialize(d)?.min(253_402_300_799_000);
        Ok(UNIX_EPOCH + Duration::from_millis(ms))
    }
}

/// A record for tests: a toolkit `notes` that was denied something, as often as said.
#[cfg(test)]
fn denied(capability: &str, operation: &str, code: &str, count: u64) -> Record {
    Record {
        at: SystemTime::UNIX_EPOCH + std::time::Duration::from_millis(1_700_000_000_123),
        tenant: "acme".into(),
        toolkit: "notes".into(),
        instance: "notes".into(),
        capability: capability.into(),
        operation: operation.into(),
        decision: Decision::Denied(code.into()),
        count,
    }
}
