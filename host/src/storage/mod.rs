//! Durable state: the volumes of an instance, and the pairs and queues of a tenant. Synchronous and
//! thread-safe; callers put it on threads that may block.
//!
//! What is promised: a write that a capability acknowledged is in the write-ahead log and synced,
//! so that it survives SIGKILL of the process, and loss of power as far as the disk keeps its word
//! about `fsync`. A write that was not acknowledged is either there as a whole or not at all.
//!
//! A write to an open file is acknowledged by `sync`. Until then it is in memory for a tenth of a
//! second, which is all that SIGKILL can lose, and then in a log that is synced later, of which loss
//! of power can take the end. What is left is in either case what the volumes were at one
//! moment: of two operations, never the second without the first.
//!
//! The log is SQLite's own, in WAL mode, without exclusive locks and with passive checkpoints, so
//! that a replicator such as Litestream can ship it while guests run.

mod database;
mod error;
mod pairs;
mod queues;
mod slot;
mod stop;
mod volumes;

pub(crate) use error::StorageError;
pub(crate) use pairs::{Pairs, PairsQuota};
pub(crate) use queues::{Clock, Message, Queues, QueuesQuota};
pub(crate) use stop::Stop;
pub use volumes::Carried;
pub(crate) use volumes::{
    At, Entry, Folder, FoundLimits, Gathered, GatheredFile, Kind, OpenFile, Opened, Opening,
    PIECE_MAX, Stat, VfsPath, Volume, Volumes, VolumesQuota, found,
};
pub use volumes::{GATHERED_CONTENT_MAX, Rows, Value};
