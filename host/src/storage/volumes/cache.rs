//! What is held in memory of files that are open: chunks that were read, and chunks that were
//! written and are not in the database yet. Nothing here waits or knows SQL.

use std::collections::BTreeMap;
use std::sync::{Arc, Weak};

use super::super::StorageError;
use super::Commit;
use super::content::{CHUNK, FILE_MAX};
use super::tree::{Node, now_ms};

/// Chunks that are held of all files of one database: 2 MiB.
pub(super) const HELD_MAX: usize = 32;
/// Chunks that are written and not in the database yet: 1 MiB. What a kill can lose.
pub(super) const DIRTY_MAX: usize = 16;
/// The most that one read or write of an open file takes, in bytes.
pub(crate) const PIECE_MAX: usize = 256 << 10;

/// A file that somebody has open; clones are the same opening. The file lives as long as one of
/// them, even if its name is removed.
#[derive(Debug, Clone)]
pub(crate) struct OpenFile(Arc<i64>);

impl OpenFile {
    /// Its number; no other entry of the database ever has it.
    pub(crate) fn id(&self) -> i64 {
        *self.0
    }
}

/// Where a write begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum At {
    Offset(u64),
    End,
}

/// What keeps an operation from being done in memory.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Miss {
    /// This chunk, and maybe those after it, must be read.
    Load(u64),
    /// What is written must go to the database first.
    Full,
    /// As many bytes may be over the quota: the database knows.
    Room(u64),
}

#[derive(Debug, Default)]
pub(super) struct Chunk {
    /// What lies between its end and the file's end reads as zeros.
    pub(super) data: Vec<u8>,
    pub(super) dirty: bool,
    used: u64,
}

/// One file. Its size and time are what everybody sees; `stored` is what the database has.
#[derive(Debug)]
pub(super) struct Held {
    open: Weak<i64>,
    pub(super) size: u64,
    pub(super) modified_ms: u64,
    stored: (u64, u64),
    /// Whether it has a name.
    pub(super) linked: bool,
    /// Why what was written is lost; said once, to whoever writes or syncs next.
    failed: Option<StorageError>,
    pub(super) chunks: BTreeMap<u64, Chunk>,
}

#[derive(Debug, Default)]
pub(super) struct Cache {
    files: BTreeMap<i64, Held>,
    held: usize,
    dirty: usize,
    clock: u64,
    /// Why what was written to a file is lost that nobody has open any more.
    unheard: Option<StorageError>,
    /// Whether the last commit waited for the disk.
    pub(super) commit: Commit,
    /// Bytes that files may still grow by.
    pub(super) room: u64,
    /// Whether something was committed that the disk may not have yet.
    pub(super) unsynced: bool,
}

impl Held {
    pub(super) fn is_open(&self) -> bool {
        self.open.strong_count() > 0
    }

    pub(super) fn is_changed(&self) -> bool {
        self.stored != (self.size, self.modified_ms) || self.chunks.values().any(|c| c.dirty)
    }

    pub(super) fn grew(&self) -> bool {
        self.size > self.stored.0
    }

    /// A file whose name and openings are gone.
    pub(super) fn is_over(&self) -> bool {
        !self.linked && !self.is_open()
    }
}

impl Cache {
    pub(super) fn files(&self) -> impl Iterator<Item = (i64, &Held)> {
        self.files.iter().map(|(id, held)| (*id, held))
    }

    pub(super) fn get(&self, id: i64) -> Option<&Held> {
        self.files.get(&id)
    }

    pub(super) fn is_open(&self, id: i64) -> bool {
        self.get(id).is_some_and(Held::is_open)
    }

    /// Whether the database lacks something, or has what nobody can reach.
    pub(super) fn is_settled(&self) -> bool {
        self.dirty == 0 && !self.files.values().any(|file| file.is_changed() || file.is_over())
    }

    /// Whether what the database lacks is so little that it may be written once more if the
    /// operation that it goes with fails.
    pub(super) fn is_nearly_settled(&self) -> bool {
        (1..=2).contains(&self.dirty)
    }

    /// An opening of `node`, as the database has it now.
    pub(super) fn open(&mut self, node: &Node) -> OpenFile {
        self.let_go();
        let stored = (node.size, node.modified_ms);
        if self.get(node.id).is_some_and(|file| !file.is_changed() && file.stored != stored) {
            // Another process wrote to it.
            self.forget(node.id, stored);
        }
        let file = self.files.entry(node.id).or_insert_with(|| Held {
            open: Weak::new(),
            size: stored.0,
            modified_ms: stored.1,
            stored,
            linked: true,
            failed: None,
            chunks: BTreeMap::new(),
        });
        let open = file.open.upgrade().unwrap_or_else(|| Arc::new(node.id));
        file.open = Arc::downgrade(&open);
        OpenFile(open)
    }

    fn file(&mut self, id: i64) -> Result<&mut Held, StorageError> {
        self.files.get_mut(&id).ok_or(StorageError::NotFound)
    }

    /// Bytes from `offset` on: all that were asked for, up to the end of the file.
    pub(super) fn read(
        &mut self,
        id: i64,
        offset: u64,
        max: usize,
    ) -> Result<Result<Vec<u8>, Miss>, StorageError> {
        self.clock += 1;
        let clock = self.clock;
        let file = self.file(id)?;
        let end = file.size.min(offset.saturating_add(max.min(PIECE_MAX) as u64));
        if offset >= end {
            return Ok(Ok(Vec::new()));
        }
        let wanted = offset / CHUNK..=(end - 1) / CHUNK;
        if let Some(seq) = wanted.clone().find(|seq| !file.chunks.contains_key(seq)) {
            return Ok(Err(Miss::Load(seq)));
        }
        let mut bytes = Vec::with_capacity(length(end - offset));
        for (seq, chunk) in file.chunks.range_mut(wanted) {
            chunk.used = clock;
            let from = length(offset.saturating_sub(seq * CHUNK));
            let to = length((end - seq * CHUNK).min(CHUNK));
            let filled = to.min(chunk.data.len()).max(from);
            bytes.extend_from_slice(chunk.data.get(from..filled).unwrap_or_default());
            bytes.resize(bytes.len() + to - filled, 0);
        }
        Ok(Ok(bytes))
    }

    /// Lays `data` over what is there, all of it or nothing; gives the place after it.
    pub(super) fn write(
        &mut self,
        id: i64,
        at: At,
        data: &[u8],
    ) -> Result<Result<u64, Miss>, StorageError> {
        self.clock += 1;
        let (clock, room, dirty) = (self.clock, self.room, self.dirty);
        let file = self.file(id)?;
        if let Some(error) = file.failed.take() {
            return Err(error);
        }
        let offset = match at {
            At::Offset(offset) => offset,
            At::End => file.size,
        };
        let end = offset.checked_add(data.len() as u64).filter(|end| *end <= FILE_MAX);
        let end = end.ok_or(StorageError::TooLarge(FILE_MAX))?;
        if data.is_empty() {
            return Ok(Ok(offset));
        }
        let growth = end.saturating_sub(file.size);
        if growth > room {
            return Ok(Err(Miss::Room(growth)));
        }
        let touched = offset / CHUNK..=(end - 1) / CHUNK;
        let mut fresh = 0;
        for seq in touched.clone() {
            let known = file.chunks.get(&seq);
            let (first, last) = (seq * CHUNK, file.size.min((seq + 1) * CHUNK));
            // What will be laid over as a whole, or lies after the end, need not be read.
            if known.is_none() && first < last && (first < offset || end < last) {
                return Ok(Err(Miss::Load(seq)));
            }
            fresh += usize::from(known.is_none_or(|chunk| !chunk.dirty));
        }
        if dirty > 0 && dirty + fresh > DIRTY_MAX {
            return Ok(Err(Miss::Full));
        }
        let (mut made, mut rest) = (0, data);
        for seq in touched {
            let chunk = file.chunks.entry(seq).or_insert_with(|| {
                made += 1;
                Chunk::default()
            });
            let from = length(offset.saturating_sub(seq * CHUNK));
            let (part, after) = rest.split_at(rest.len().min(length(CHUNK) - from));
            if chunk.data.len() < from + part.len() {
                chunk.data.resize(from + part.len(), 0);
            }
            chunk.data[from..from + part.len()].copy_from_slice(part);
            (chunk.dirty, chunk.used) = (true, clock);
            rest = after;
        }
        file.size = file.size.max(end);
        file.modified_ms = now_ms();
        self.dirty += fresh;
        self.held += made;
        self.room -= growth;
        self.shrink();
        Ok(Ok(end))
    }

    /// Keeps what was read of a chunk, unless something newer is there.
    pub(super) fn loaded(&mut self, id: i64, seq: u64, data: Vec<u8>) {
        let clock = self.clock;
        let Some(file) = self.files.get_mut(&id) else { return };
        if let std::collections::btree_map::Entry::Vacant(place) = file.chunks.entry(seq) {
            place.insert(Chunk { data, dirty: false, used: clock });
            self.held += 1;
        }
    }

    /// Lets go of the chunks that were used longest ago, down to the limit.
    pub(super) fn shrink(&mut self) {
        while self.held > HELD_MAX {
            let clean = self.files.iter().flat_map(|(id, file)| {
                file.chunks
                    .iter()
                    .filter(|(_, c)| !c.dirty)
                    .map(move |(seq, c)| (c.used, *id, *seq))
            });
            let Some((_, id, seq)) = clean.min() else { return };
            self.files.get_mut(&id).and_then(|file| file.chunks.remove(&seq));
            self.held -= 1;
        }
    }

    /// Sets the time of the last write.
    pub(super) fn touch(&mut self, id: i64, modified_ms: u64) -> Result<(), StorageError> {
        self.file(id)?.modified_ms = modified_ms;
        Ok(())
    }

    /// Why what was written to it is lost.
    pub(super) fn failure(&mut self, id: i64) -> Result<(), StorageError> {
        match self.files.get_mut(&id).and_then(|file| file.failed.take()) {
            Some(error) => Err(error),
            None => Ok(()),
        }
    }

    /// The loss that nobody was told of.
    pub(super) fn unheard(&mut self) -> Result<(), StorageError> {
        self.unheard.take().map_or(Ok(()), Err)
    }

    /// Everything is in the database, in which there is `room` for more.
    pub(super) fn settled(&mut self, room: u64) {
        for file in self.files.values_mut() {
            file.stored = (file.size, file.modified_ms);
            file.chunks.values_mut().for_each(|chunk| chunk.dirty = false);
        }
        self.files.values_mut().filter(|file| file.is_over()).for_each(|file| file.linked = true);
        (self.dirty, self.room) = (0, room);
        self.let_go();
    }

    /// Forgets the files that nobody has open and of which the database has everything.
    pub(super) fn let_go(&mut self) {
        let held = &mut self.held;
        self.files.retain(|_, file| {
            let stays = file.is_open() || !file.linked || file.is_changed();
            *held -= if stays { 0 } else { file.chunks.len() };
            stays
        });
    }

    /// What was written will never be in the database.
    pub(super) fn lost(&mut self, error: &StorageError) {
        for file in self.files.values_mut().filter(|file| file.is_changed()) {
            if file.is_open() {
                file.failed = Some(error.clone());
            } else {
                self.unheard = Some(error.clone());
            }
            (file.size, file.modified_ms) = file.stored;
            let before = file.chunks.len();
            file.chunks.retain(|_, chunk| !chunk.dirty);
            self.held -= before - file.chunks.len();
        }
        // Nothing is known of the quota; the next growth asks.
        (self.dirty, self.room) = (0, 0);
    }

    /// The database has another content for a file than was held.
    pub(super) fn forget(&mut self, id: i64, stored: (u64, u64)) {
        let Some(file) = self.files.get_mut(&id) else { return };
        self.held -= file.chunks.len();
        self.dirty -= file.chunks.values().filter(|chunk| chunk.dirty).count();
        file.chunks.clear();
        file.stored = stored;
        (file.size, file.modified_ms) = stored;
    }

    /// Its size and time, which the database has.
    pub(super) fn resized(&mut self, id: i64, size: u64, modified_ms: u64) {
        let Some(file) = self.files.get_mut(&id) else { return };
        let before = file.chunks.len();
        file.chunks.retain(|seq, _| seq * CHUNK < size);
        if let Some(mut last) = file.chunks.last_entry() {
            let end = length(size.saturating_sub(last.key() * CHUNK));
            last.get_mut().data.truncate(end);
        }
        self.held -= before - file.chunks.len();
        file.stored = (size, modified_ms);
        (file.size, file.modified_ms) = file.stored;
    }

    /// Its name is gone.
    pub(super) fn unlinked(&mut self, id: i64) {
        if let Some(file) = self.files.get_mut(&id) {
            file.linked = false;
        }
    }
}

/// A length that a cap has bounded already.
fn length(bytes: u64) -> usize {
    usize::try_from(bytes).unwrap_or(usize::MAX)
}
