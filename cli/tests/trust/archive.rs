//! Archives as no program writes them: names and kinds are put in as they are.

use std::io::Write as _;

use flate2::write::{DeflateEncoder, GzEncoder};
use flate2::{Compression, Crc};
use serde::Deserialize;
use tar::{EntryType, Header};

/// An entry of an archive.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Entry {
    /// Its name, as it is; `{n}` in it is its number.
    pub(crate) name: String,
    /// `file`, `folder`, `link`, `hard-link`, `device`, `pipe`.
    pub(crate) kind: Kind,
    /// What is in it, or where it leads.
    pub(crate) text: String,
    /// A file of the case, which is in it.
    pub(crate) file: Option<String>,
    /// As many zeros are in it.
    pub(crate) zeros: usize,
    /// As often.
    pub(crate) times: usize,
}

impl Default for Entry {
    fn default() -> Self {
        let (name, text) = (String::new(), String::new());
        Self { name, kind: Kind::File, text, file: None, zeros: 0, times: 1 }
    }
}

/// What an entry is.
#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Kind {
    File,
    Folder,
    Link,
    HardLink,
    Device,
    Pipe,
}

/// Name, kind, and content or where it leads.
pub(crate) type Item = (String, Kind, Vec<u8>);

/// An archive of the kind that the ending of `name` says.
pub(crate) fn packed(name: &str, items: &[Item]) -> Vec<u8> {
    if name.ends_with(".tar") {
        return tar(items);
    }
    if name.ends_with("gz") {
        let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
        packed.write_all(&tar(items)).unwrap();
        return packed.finish().unwrap();
    }
    zip(items)
}

fn tar(items: &[Item]) -> Vec<u8> {
    let mut out = Vec::new();
    for (name, kind, bytes) in items {
        if name.len() > 100 {
            entry(&mut out, EntryType::GNULongName, "././@LongLink", name.as_bytes(), "");
        }
        let (entry_type, holds) = match kind {
            Kind::File => (EntryType::Regular, true),
            Kind::Folder => (EntryType::Directory, true),
            Kind::Link => (EntryType::Symlink, false),
            Kind::HardLink => (EntryType::Link, false),
            Kind::Device => (EntryType::Char, true),
            Kind::Pipe => (EntryType::Fifo, true),
        };
        let leads = if holds { "" } else { std::str::from_utf8(bytes).unwrap() };
        let short = &name[..name.floor_char_boundary(100)];
        entry(&mut out, entry_type, short, if holds { bytes } else { b"" }, leads);
    }
    out.resize(out.len() + 1024, 0);
    out
}

fn entry(out: &mut Vec<u8>, entry_type: EntryType, name: &str, bytes: &[u8], leads: &str) {
    let mut header = Header::new_ustar();
    header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
    header.as_old_mut().linkname[..leads.len()].copy_from_slice(leads.as_bytes());
    header.set_entry_type(entry_type);
    header.set_size(bytes.len() as u64);
    header.set_mode(0o644);
    header.set_cksum();
    out.extend(header.as_bytes());
    out.extend(bytes);
    out.resize(out.len().next_multiple_of(512), 0);
}

fn zip(items: &[Item]) -> Vec<u8> {
    let (mut out, mut listed) = (Vec::new(), Vec::new());
    for (name, kind, bytes) in items {
        let mut deflated = DeflateEncoder::new(Vec::new(), Compression::fast());
        deflated.write_all(bytes).unwrap();
        let deflated = deflated.finish().unwrap();
        let shrinks = deflated.len() < bytes.len();
        let (method, data) = if shrinks { (8_u16, &deflated) } else { (0, bytes) };
        let mut crc = Crc::new();
        crc.update(bytes);
        // Version, UTF-8, method, no time, the first day, checksum, sizes, lengths.
        let mut head = Vec::new();
        for field in [20, 1 << 11, method, 0, 0x21] {
            head.extend(u16::to_le_bytes(field));
        }
        for field in [crc.sum(), size(data), size(bytes)] {
            head.extend(field.to_le_bytes());
        }
        head.extend(u16::try_from(name.len()).unwrap().to_le_bytes());
        head.extend([0; 2]);
        let mode: u32 = match kind {
            Kind::File | Kind::HardLink => 0o100_644,
            Kind::Folder => 0o040_755,
            Kind::Link => 0o120_777,
            Kind::Device => 0o020_644,
            Kind::Pipe => 0o010_644,
        };
        listed.extend(b"PK\x01\x02\x14\x03");
        listed.extend(&head);
        listed.extend([0; 6]);
        listed.extend((mode << 16).to_le_bytes());
        listed.extend(size(&out).to_le_bytes());
        listed.extend(name.as_bytes());
        out.extend(b"PK\x03\x04");
        out.extend(&head);
        out.extend(name.as_bytes());
        out.extend(data);
    }
    let (start, many) = (size(&out), u16::try_from(items.len()).unwrap());
    out.extend(&listed);
    out.extend(b"PK\x05\x06\0\0\0\0");
    out.extend([many.to_le_bytes(), many.to_le_bytes()].concat());
    out.extend([size(&listed).to_le_bytes(), start.to_le_bytes()].concat());
    out.extend([0; 2]);
    out
}

fn size(bytes: &[u8]) -> u32 {
    u32::try_from(bytes.len()).unwrap()
}
