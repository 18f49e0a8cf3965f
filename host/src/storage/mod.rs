//! Durable state: the volumes of an instance, and the pairs and queues of a tenant. Synchronous and
//! thread-safe; callers put it on threads that may block.
//!
//! What is promised: an acknowledged write is in the write-ahead log and synced, so that it
//! survives SIGKILL of the process, and loss of power as far as the disk keeps its word about
//! `fsync`. A write that was not acknowledged is either there as a whole or not at all.

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
pub(crate) use volumes::{
    At, Entry, Folder, Kind, OpenFile, Opened, Opening, PIECE_MAX, Rows, Stat, Value, VfsPath,
    Volume, Volumes, VolumesQuota,
};
