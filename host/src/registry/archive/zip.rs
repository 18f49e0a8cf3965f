//! Zip (PKWARE's APPNOTE 6.3), read strictly: each byte of the archive belongs to one entry, to the
//! directory or to its end, and what an entry says of itself is what the directory says of it. So
//! programs that go by the directory and programs that go by the entries read the same.

use std::io::{self, Read};

use flate2::Crc;
use flate2::bufread::DeflateDecoder;

use super::{Entries, Kind, check_ratio, failed};
use crate::provenance::FilesError;
use crate::registry::{Package, PackageError};
use crate::toolkit::quoted;

/// MiB of an archive, which is held in memory.
const MAX_PACKED: usize = 256;
/// Bytes of the end of the directory, without a comment.
const END: usize = 22;
/// Flags that say nothing of how to read: of the compression's effort, that sizes follow the data,
/// that names are UTF-8.
const FLAGS: u16 = 0b1000_0000_1110;
const SIZES_FOLLOW: u16 = 1 << 3;
const UTF_8: u16 = 1 << 11;
/// Extra fields: sizes of 64 bit, and the name again in UTF-8.
const ZIP64: u16 = 0x0001;
const UNICODE_PATH: u16 = 0x7075;

/// Reads the toolkit in a zip of at most 256 MiB: stored or deflated, neither encrypted, nor in
/// parts, nor zip64. The paths as [`read_tar`](super::read_tar) says.
///
/// # Errors
/// [`PackageError`].
pub fn read_zip(reader: impl Read) -> Result<Package, PackageError> {
    let mut bytes = Vec::new();
    let most = (MAX_PACKED as u64) << 20;
    reader.take(most + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > most {
        return Err(FilesError::TooLarge { limit: MAX_PACKED, unit: "MiB" }.into());
    }
    let mut entries = Entries::default();
    for listed in directory(&bytes)? {
        let Some(path) = entries.enter(listed.name, listed.kind()?)? else { continue };
        let content = listed.content(&entries)?;
        entries.add(path, content);
    }
    entries.finish()
}

/// An entry, as the directory has it.
struct Listed<'a> {
    flags: u16,
    method: u16,
    crc: u32,
    packed: usize,
    size: u32,
    name: &'a [u8],
    attributes: u32,
    offset: usize,
    data: &'a [u8],
}

/// Every entry, in the order of the archive.
fn directory(bytes: &[u8]) -> Result<Vec<Listed<'_>>, PackageError> {
    let (start, end, count) = ends(bytes)?;
    let mut at = Cursor { bytes: &bytes[..end], at: start };
    let mut all = Vec::new();
    for _ in 0..count {
        all.push(Listed::read(&mut at)?);
    }
    if at.at != end {
        return PackageError::malformed("its directory is longer than it says");
    }
    all.sort_by_key(|listed| listed.offset);
    let mut at = Cursor { bytes: &bytes[..start], at: 0 };
    for listed in &mut all {
        if listed.offset != at.at {
            return PackageError::malformed("its entries overlap, or something lies between them");
        }
        listed.locate(&mut at)?;
    }
    if at.at != start {
        return PackageError::malformed("something lies between its entries and its directory");
    }
    Ok(all)
}

/// Where the directory begins and ends, and how many entries it has.
fn ends(bytes: &[u8]) -> Result<(usize, usize, u16), PackageError> {
    let last = bytes.len().checked_sub(END);
    let signed = |at: &usize| bytes[*at..].starts_with(b"PK\x05\x06");
    let first = last.unwrap_or(0).saturating_sub(usize::from(u16::MAX));
    let Some(end) = last.and_then(|last| (first..=last).rev().find(signed)) else {
        return PackageError::malformed("it is no zip, or its end is missing");
    };
    let mut at = Cursor { bytes, at: end + 4 };
    let (disk, first_disk, here, count) = (at.u16()?, at.u16()?, at.u16()?, at.u16()?);
    let (size, start, comment) = (at.usize()?, at.usize()?, at.u16()?);
    if at.at + usize::from(comment) != bytes.len() {
        return PackageError::malformed("something follows its end");
    }
    if (disk, first_disk, here) != (0, 0, count) {
        return PackageError::malformed("it is one part of several");
    }
    if start.checked_add(size) != Some(end) {
        return PackageError::malformed("its directory is not where it says, or it is zip64");
    }
    Ok((start, end, count))
}

impl<'a> Listed<'a> {
    fn read(at: &mut Cursor<'a>) -> Result<Self, PackageError> {
        at.signature(*b"PK\x01\x02", "its directory has something that is no entry")?;
        at.skip(4)?;
        let (flags, method) = (at.u16()?, at.u16()?);
        at.skip(4)?;
        let (crc, packed, size) = (at.u32()?, at.usize()?, at.u32()?);
        let (name, extra, comment) = (at.u16()?, at.u16()?, at.u16()?);
        at.skip(4)?;
        let (attributes, offset) = (at.u32()?, at.usize()?);
        let name = at.take(name.into())?;
        check_extra(at.take(extra.into())?, name, flags)?;
        at.skip(comment.into())?;
        if flags & !FLAGS != 0 {
            return PackageError::malformed("an entry is encrypted, or else not plain");
        }
        Ok(Self { flags, method, crc, packed, size, name, attributes, offset, data: &[] })
    }

    /// Reads what the entry says of itself, and finds its data.
    fn locate(&mut self, at: &mut Cursor<'a>) -> Result<(), PackageError> {
        at.signature(*b"PK\x03\x04", "an entry is not where the directory says")?;
        at.skip(2)?;
        let (flags, method) = (at.u16()?, at.u16()?);
        at.skip(4)?;
        let told = (at.u32()?, at.usize()?, at.u32()?);
        let (name, extra) = (at.u16()?, at.u16()?);
        let name = at.take(name.into())?;
        check_extra(at.take(extra.into())?, name, flags)?;
        let listed = (self.crc, self.packed, self.size);
        let follows = flags & SIZES_FOLLOW != 0;
        if (flags, method, name) != (self.flags, self.method, self.name)
            || !(told == listed || follows && told == (0, 0, 0))
        {
            return PackageError::malformed("an entry is not what the directory says of it");
        }
        self.data = at.take(self.packed)?;
        if follows {
            let mut after = Cursor { ..*at };
            // With its signature, or without.
            if after.signature(*b"PK\x07\x08", "").is_err() || after.sizes()? != listed {
                after = Cursor { ..*at };
                if after.sizes()? != listed {
                    return PackageError::malformed("the sizes after an entry are not its sizes");
                }
            }
            at.at = after.at;
        }
        Ok(())
    }

    /// What it is: by its name, and by the attributes of Unix and DOS, which must agree.
    fn kind(&self) -> Result<Kind, PackageError> {
        let named = self.name.ends_with(b"/");
        let folder = match (self.attributes >> 16) & 0o170_000 {
            0 => named,
            0o040_000 => true,
            0o100_000 => false,
            0o120_000 => return Ok(Kind::Special("a link")),
            0o010_000 => return Ok(Kind::Special("a pipe")),
            0o140_000 => return Ok(Kind::Special("a socket")),
            _ => return Ok(Kind::Special("a device")),
        };
        if folder != named || (self.attributes & 0x10 != 0 && !named) {
            return PackageError::malformed("an entry is a folder and is none");
        }
        let kind = if named { Kind::Folder } else { Kind::File };
        if kind == Kind::Folder && self.size != 0 {
            return PackageError::malformed("a folder has content");
        }
        Ok(kind)
    }

    fn content(&self, entries: &Entries) -> Result<Vec<u8>, PackageError> {
        let mut unpacked = Unpacked { packed: self.packed as u64, count: 0, inner: self.data };
        let bytes = match self.method {
            0 => {
                let bytes = entries.content(&mut unpacked, self.size.into())?;
                if !unpacked.inner.is_empty() {
                    return PackageError::malformed("an entry has two sizes");
                }
                bytes
            }
            8 => {
                let inner = DeflateDecoder::new(self.data);
                let mut unpacked = Unpacked { packed: self.packed as u64, count: 0, inner };
                let bytes = entries.content(&mut unpacked, self.size.into())?;
                let more = unpacked.read(&mut [0]).map_err(failed)?;
                if more != 0 || unpacked.inner.total_in() != self.packed as u64 {
                    return PackageError::malformed("an entry has more than its sizes say");
                }
                bytes
            }
            method => {
                return PackageError::malformed(format!(
                    "{} is packed by method {method}, and only 0 (stored) and 8 (deflate) are read",
                    quoted(&String::from_utf8_lossy(self.name))
                ));
            }
        };
        let mut crc = Crc::new();
        crc.update(&bytes);
        if crc.sum() != self.crc {
            return PackageError::malformed("a file has another checksum than it says");
        }
        Ok(bytes)
    }
}

/// Refuses extra fields that say otherwise than the header, and names of no known encoding.
fn check_extra(mut extra: &[u8], name: &[u8], flags: u16) -> Result<(), PackageError> {
    let mut known = name.is_ascii() || flags & UTF_8 != 0;
    while !extra.is_empty() {
        let mut at = Cursor { bytes: extra, at: 0 };
        let (id, length) = (at.u16()?, at.u16()?);
        let field = at.take(length.into())?;
        match id {
            ZIP64 => return PackageError::malformed("it is zip64, which no toolkit needs"),
            // A version, the checksum of the other name, and the name.
            UNICODE_PATH if field.get(5..) == Some(name) => known = true,
            UNICODE_PATH => return PackageError::malformed("an entry has two names"),
            _ => {}
        }
        extra = &extra[at.at..];
    }
    if !known {
        return PackageError::malformed("a name is in an encoding that it does not tell");
    }
    Ok(())
}

struct Unpacked<R> {
    inner: R,
    packed: u64,
    count: u64,
}

impl<R: Read> Read for Unpacked<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let got = self.inner.read(buffer)?;
        self.count += got as u64;
        check_ratio(self.packed, self.count)?;
        Ok(got)
    }
}

/// A place in bytes, all of which have to be there.
struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    fn take(&mut self, length: usize) -> Result<&'a [u8], PackageError> {
        let end = self.at.checked_add(length);
        let Some(taken) = end.and_then(|end| self.bytes.get(self.at..end)) else {
            return PackageError::malformed("it ends within an entry");
        };
        self.at += length;
        Ok(taken)
    }

    fn skip(&mut self, length: usize) -> Result<(), PackageError> {
        self.take(length).map(drop)
    }

    fn signature(&mut self, signature: [u8; 4], why: &str) -> Result<(), PackageError> {
        if self.take(4)? != signature {
            return PackageError::malformed(why);
        }
        Ok(())
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], PackageError> {
        Ok(self.take(N)?.try_into().expect("as many as were taken"))
    }

    fn u16(&mut self) -> Result<u16, PackageError> {
        Ok(u16::from_le_bytes(self.array()?))
    }

    fn u32(&mut self) -> Result<u32, PackageError> {
        Ok(u32::from_le_bytes(self.array()?))
    }

    fn usize(&mut self) -> Result<usize, PackageError> {
        Ok(usize::try_from(self.u32()?).expect("a pointer has 32 bits at least"))
    }

    fn sizes(&mut self) -> Result<(u32, usize, u32), PackageError> {
        Ok((self.u32()?, self.usize()?, self.u32()?))
    }
}
