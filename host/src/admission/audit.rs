//! The record of what was refused and how much was allowed; never a secret, never a body.

use std::fs::File;
use std::io::{self, Write as _};
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use serde::{Deserialize, Serialize};

/// What the gate decided.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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

/// Keeps the last 10,000 records in memory.
#[derive(Debug, Default)]
pub struct MemoryAudit(Mutex<std::collections::VecDeque<Record>>);

impl MemoryAudit {
    const KEPT: usize = 10_000;

    /// What was recorded, oldest first.
    pub fn records(&self) -> Vec<Record> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }
}

impl Audit for MemoryAudit {
    fn record(&self, record: &Record) {
        let mut records = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if records.len() == Self::KEPT {
            records.pop_front();
        }
        records.push_back(record.clone());
    }
}

/// Appends one JSON object a line to a file.
#[derive(Debug)]
pub struct JsonLines(Mutex<File>);

impl JsonLines {
    /// Writes to `file`, which should be open for appending.
    pub fn new(file: File) -> Self {
        Self(Mutex::new(file))
    }

    /// Reads the records of such a file. A line that is not a record (one cut off by a crash,
    /// say) is counted in the second value.
    ///
    /// # Errors
    ///
    /// What reading says.
    pub fn read(file: impl io::BufRead) -> io::Result<(Vec<Record>, usize)> {
        let (mut records, mut damaged) = (Vec::new(), 0);
        for line in file.lines() {
            match serde_json::from_str(&line?) {
                Ok(record) => records.push(record),
                Err(_) => damaged += 1,
            }
        }
        Ok((records, damaged))
    }
}

impl Audit for JsonLines {
    fn record(&self, record: &Record) {
        let Ok(mut line) = serde_json::to_vec(record) else { return };
        line.push(b'\n');
        let mut file = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // A full disk must not stop the guest's typed refusal, which is what protects the host.
        drop(file.write_all(&line));
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_comes_back_as_it_was_written_and_a_cut_line_is_counted() {
        let record = Record {
            at: SystemTime::UNIX_EPOCH + std::time::Duration::from_millis(1_700_000_000_123),
            tenant: "acme".into(),
            toolkit: "notes".into(),
            instance: "notes".into(),
            capability: "kv".into(),
            operation: "get".into(),
            decision: Decision::Denied("revoked".into()),
            count: 2,
        };
        let mut text = serde_json::to_string(&record).unwrap();
        text.push_str("\n{\"at\":17");
        let (read, damaged) = JsonLines::read(text.as_bytes()).unwrap();
        assert_eq!((read, damaged), (vec![record], 1));
    }
}
