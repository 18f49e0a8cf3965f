//! Tar: the formats of POSIX.1-2001 (ustar, pax) and of GNU, read in the one way in which all
//! programs read them, and one deterministic form that is written.

use std::io::Read;

use tar::Header;

use super::{Bounded, Entries, Kind, failed};
use crate::registry::{Package, PackageError, SIGNATURE};

/// Bytes of a block.
const BLOCK: usize = 512;
/// Bytes of what is said of an entry ahead of it: a long name, or its extended attributes.
const MAX_AHEAD: u64 = 1 << 20;

/// Reads the toolkit in a tar. A single folder that holds everything is no part of the paths;
/// files whose names begin with a dot are left out.
///
/// # Errors
/// [`PackageError`].
pub fn read_tar(reader: impl Read) -> Result<Package, PackageError> {
    let mut reader = Bounded::new(reader);
    let mut entries = Entries::default();
    let mut ahead = Ahead::default();
    while let Some(header) = header(&mut reader)? {
        let size = size(&header)?;
        let kind = match header.as_bytes()[156] {
            b'L' => {
                ahead.long_name(&extension(&mut reader, size)?)?;
                continue;
            }
            b'x' => {
                ahead.attributes(&extension(&mut reader, size)?)?;
                continue;
            }
            b'g' => {
                global(&extension(&mut reader, size)?)?;
                continue;
            }
            0 | b'0' => Kind::File,
            b'5' => Kind::Folder,
            b'1' | b'2' | b'K' => Kind::Special("a link"),
            b'3' | b'4' => Kind::Special("a device"),
            b'6' => Kind::Special("a pipe"),
            b'S' => Kind::Special("a sparse file"),
            _ => Kind::Special("of a kind that is not known"),
        };
        let name = std::mem::take(&mut ahead).name(&header, size)?;
        if let Some(path) = entries.enter(&name, kind)? {
            let bytes = entries.content(&mut reader, size)?;
            pad(&mut reader, size)?;
            entries.add(path, bytes);
        } else if kind == Kind::File {
            skip(&mut reader, size)?;
            pad(&mut reader, size)?;
        } else if size != 0 {
            return PackageError::malformed("something that is no file has content");
        }
    }
    if !ahead.is_empty() {
        return PackageError::malformed("it ends before an entry whose name it gave");
    }
    entries.finish()
}

/// The next header; none at the end, after which only zeros may follow.
fn header(reader: &mut impl Read) -> Result<Option<Header>, PackageError> {
    let mut block = [0; BLOCK];
    reader.read_exact(&mut block).map_err(failed)?;
    if block == [0; BLOCK] {
        reader.read_exact(&mut block).map_err(failed)?;
        loop {
            if block.iter().any(|byte| *byte != 0) {
                return PackageError::malformed("something follows its end");
            }
            match reader.read(&mut block).map_err(failed)? {
                0 => return Ok(None),
                n => block[n..].fill(0),
            }
        }
    }
    let header = Header::from_byte_slice(&block).clone();
    let field = 148..156;
    let sum = |(at, byte): (usize, &u8)| u32::from(if field.contains(&at) { b' ' } else { *byte });
    if header.cksum().ok() != Some(block.iter().enumerate().map(sum).sum()) {
        return PackageError::malformed("a header has another checksum than it says");
    }
    Ok(Some(header))
}

/// The size that a header gives: in octal digits, as the binary form is for what no toolkit has.
fn size(header: &Header) -> Result<u64, PackageError> {
    let digits = header.as_old().size.iter().all(|byte| matches!(byte, b'0'..=b'7' | b' ' | 0));
    match header.entry_size() {
        Ok(size) if digits => Ok(size),
        _ => PackageError::malformed("a size is no number, or one that no toolkit's file has"),
    }
}

fn extension(reader: &mut impl Read, size: u64) -> Result<Vec<u8>, PackageError> {
    if size > MAX_AHEAD {
        return PackageError::malformed("more than 1 MiB is said of one entry");
    }
    let mut bytes = Vec::new();
    reader.by_ref().take(size).read_to_end(&mut bytes).map_err(failed)?;
    pad(reader, size)?;
    Ok(bytes)
}

fn skip(reader: &mut impl Read, size: u64) -> Result<(), PackageError> {
    std::io::copy(&mut reader.by_ref().take(size), &mut std::io::sink()).map_err(failed)?;
    Ok(())
}

/// Skips what fills the last block of `size` bytes; nothing else tells that they were all there.
fn pad(reader: &mut impl Read, size: u64) -> Result<(), PackageError> {
    let rest = usize::try_from(size % BLOCK as u64).expect("less than a block");
    if rest > 0 {
        reader.read_exact(&mut [0; BLOCK][rest..]).map_err(failed)?;
    }
    Ok(())
}

/// What was said of the next entry.
#[derive(Default)]
struct Ahead {
    gnu: Option<Vec<u8>>,
    pax: Option<Attributes>,
}

impl Ahead {
    fn is_empty(&self) -> bool {
        self.gnu.is_none() && self.pax.is_none()
    }

    fn long_name(&mut self, bytes: &[u8]) -> Result<(), PackageError> {
        let name = bytes.strip_suffix(&[0]).unwrap_or(bytes).to_vec();
        if self.gnu.replace(name).is_some() {
            return PackageError::malformed("an entry has two names");
        }
        Ok(())
    }

    fn attributes(&mut self, bytes: &[u8]) -> Result<(), PackageError> {
        if self.pax.replace(Attributes::parse(bytes)?).is_some() {
            return PackageError::malformed("two sets of attributes are of one entry");
        }
        Ok(())
    }

    fn name(self, header: &Header, size: u64) -> Result<Vec<u8>, PackageError> {
        let pax = self.pax.unwrap_or_default();
        if pax.size.is_some_and(|other| other != size) {
            return PackageError::malformed("an entry has two sizes");
        }
        match (self.gnu, pax.path) {
            (Some(_), Some(_)) => PackageError::malformed("an entry has two names"),
            (Some(name), None) | (None, Some(name)) => Ok(name),
            (None, None) => Ok(header.path_bytes().into_owned()),
        }
    }
}

/// Of the attributes that pax knows, those that say what an entry is.
#[derive(Default)]
struct Attributes {
    path: Option<Vec<u8>>,
    size: Option<u64>,
}

impl Attributes {
    /// Reads records: length in decimal, blank, name, `=`, value, line feed; the length is that of
    /// the whole.
    fn parse(mut bytes: &[u8]) -> Result<Self, PackageError> {
        let mut attributes = Self::default();
        while !bytes.is_empty() {
            let Some((name, value, rest)) = record(bytes) else {
                return PackageError::malformed("the attributes of an entry are none");
            };
            bytes = rest;
            let twice = match name {
                b"path" => attributes.path.replace(value.to_vec()).is_some(),
                b"size" => {
                    let Some(size) = decimal(value) else {
                        return PackageError::malformed("a size is no number");
                    };
                    attributes.size.replace(size).is_some()
                }
                b"linkpath" => return PackageError::malformed("an entry is a link"),
                name if name.starts_with(b"GNU.sparse.") => {
                    return PackageError::malformed("an entry is a sparse file");
                }
                _ => false,
            };
            if twice {
                return PackageError::malformed("an entry has two names or sizes");
            }
        }
        Ok(attributes)
    }
}

/// What is said of all entries that follow may not be what they are.
fn global(bytes: &[u8]) -> Result<(), PackageError> {
    match Attributes::parse(bytes)? {
        Attributes { path: None, size: None } => Ok(()),
        _ => PackageError::malformed("it gives all entries one name or size"),
    }
}

fn record(bytes: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let blank = bytes.iter().take(8).position(|byte| *byte == b' ')?;
    let length = usize::try_from(decimal(&bytes[..blank])?).ok()?;
    let text = bytes.get(blank + 1..length)?.strip_suffix(b"\n")?;
    let equals = text.iter().position(|byte| *byte == b'=')?;
    Some((&text[..equals], &text[equals + 1..], &bytes[length..]))
}

fn decimal(digits: &[u8]) -> Option<u64> {
    let plain = !digits.is_empty() && digits.iter().all(u8::is_ascii_digit);
    std::str::from_utf8(digits).ok().filter(|_| plain)?.parse().ok()
}

/// Writes a package as a tar: its files by path, then the signature. The same package always gives
/// the same bytes, with no time, no owner and one mode.
///
/// # Panics
/// Never: memory takes everything, and every path is one that tar can hold.
pub fn write_tar(package: &Package) -> Vec<u8> {
    let blocks = package.files.bytes() + (package.files.len() + 4) * 3 * BLOCK;
    let mut builder = tar::Builder::new(Vec::with_capacity(blocks));
    let envelope = package.envelope.as_ref().map(|envelope| envelope.to_json().into_bytes());
    let signature = envelope.iter().map(|bytes| (SIGNATURE, bytes.as_slice()));
    for (path, bytes) in package.files.iter().chain(signature) {
        let mut header = Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        builder.append_data(&mut header, path, bytes).expect("memory takes everything");
    }
    builder.into_inner().expect("memory takes everything")
}
