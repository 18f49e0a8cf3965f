//! What a tar may not do.

use ::tar::{Builder, EntryType, Header};

use super::*;

/// One entry of raw bytes: its name is not looked at.
fn entry(kind: u8, name: &[u8], bytes: &[u8]) -> Vec<u8> {
    let mut header = Header::new_ustar();
    header.as_old_mut().name[..name.len()].copy_from_slice(name);
    header.set_entry_type(EntryType::new(kind));
    header.set_size(bytes.len() as u64);
    header.set_mode(0o644);
    header.set_cksum();
    let mut whole = [header.as_bytes().as_slice(), bytes].concat();
    whole.resize(whole.len().next_multiple_of(512), 0);
    whole
}

fn manifest() -> Vec<u8> {
    entry(b'0', MANIFEST.as_bytes(), b"m")
}

fn read(entries: &[Vec<u8>]) -> Result<Package, PackageError> {
    let whole = [entries.concat(), vec![0; 1024]].concat();
    read_tar(whole.as_slice())
}

fn record(text: &str) -> Vec<u8> {
    let length =
        (1..text.len() + 9).find(|n| n.to_string().len() + 1 + text.len() + 1 == *n).unwrap();
    format!("{length} {text}\n").into_bytes()
}

#[test]
fn no_name_leads_out_or_is_another_files() {
    for (name, why) in NAMES {
        assert_eq!(code(read(&[manifest(), entry(b'0', name.as_bytes(), b"x")])), why, "{name}");
        let long = entry(b'L', b"././@LongLink", format!("{name}\0").as_bytes());
        assert_eq!(code(read(&[manifest(), long, entry(b'0', b"a", b"x")])), why, "{name}");
        let pax = entry(b'x', b"pax", &record(&format!("path={name}")));
        assert_eq!(code(read(&[manifest(), pax, entry(b'0', b"a", b"x")])), why, "{name}");
    }
    assert_eq!(code(read(&[manifest(), entry(b'0', b"\xff", b"")])), "workbooks::package::path");
    assert_eq!(code(read(&[manifest(), entry(b'5', b"../", b"")])), "workbooks::package::path");
}

#[test]
fn what_is_neither_file_nor_folder_is_refused() {
    for kind in *b"12346S7VMKXAZ" {
        let special = code(read(&[manifest(), entry(kind, b"src/x", b"")]));
        assert_eq!(special, "workbooks::package::special", "{}", char::from(kind));
    }
}

#[test]
fn an_entry_has_one_name_and_one_size() {
    let long = || entry(b'L', b"././@LongLink", b"b\0");
    let pax = |text: &str| entry(b'x', b"pax", &record(text));
    let file = || entry(b'0', b"a", b"x");
    let two_paths = [record("path=b"), record("path=c")].concat();
    for entries in [
        vec![long(), long(), file()],
        vec![pax("path=b"), pax("path=c"), file()],
        vec![long(), pax("path=b"), file()],
        vec![entry(b'x', b"pax", &two_paths), file()],
        vec![pax("size=2"), file()],
        vec![pax("size=-1"), file()],
        vec![pax("linkpath=/etc/passwd"), file()],
        vec![pax("GNU.sparse.realsize=9999999999"), file()],
        vec![entry(b'x', b"pax", b"9 a=b\n"), file()],
        vec![entry(b'x', b"pax", b"99999999999999999999 a=b\n"), file()],
        vec![entry(b'g', b"pax", &record("path=b")), file()],
        vec![entry(b'g', b"pax", &record("size=0")), file()],
        vec![entry(b'5', b"a/", b"x")],
        vec![long()],
    ] {
        let entries = [vec![manifest()], entries].concat();
        assert_eq!(code(read(&entries)), "workbooks::package::malformed");
    }
    let named = [manifest(), pax("size=1"), file(), long(), entry(b'0', b"c", b"y")];
    let paths: Vec<_> = read(&named).unwrap().files.digests().into_keys().collect();
    assert_eq!(paths, ["a", "b", MANIFEST]);
}

#[test]
fn a_size_that_is_none_or_only_claimed_is_refused() {
    let sized = |size: &[u8; 12]| {
        let mut header = Header::from_byte_slice(&entry(b'0', b"a", b"")[..512]).clone();
        header.as_old_mut().size = *size;
        header.set_cksum();
        read(&[manifest(), header.as_bytes().to_vec()])
    };
    for size in [
        b"-0000000001\0",
        b"+0000000001\0",
        b"0000000000x\0",
        b"            ",
        &[0xff; 12],
        &[0x80, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0],
        // Claimed, and not there.
        b"00000777777\0",
    ] {
        assert_eq!(code(sized(size)), "workbooks::package::malformed", "{size:?}");
    }
    assert_eq!(code(sized(b"77777777777\0")), "workbooks::package::too_large");
    let huge = entry(b'L', b"././@LongLink", &vec![b'a'; 2 << 20]);
    assert_eq!(code(read(&[huge, manifest()])), "workbooks::package::malformed");
}

#[test]
fn an_archive_has_one_end() {
    let whole = write_tar(&package(&[("src/main.c", b"int main;")]));
    assert!(read_tar(whole.as_slice()).is_ok());
    let padded = [whole.clone(), vec![0; 10_000]].concat();
    assert!(read_tar(padded.as_slice()).is_ok());
    let none = whole.len() - 1024;
    for cut in [none, none + 512, none + 1023, 1000, 3] {
        assert_eq!(code(read_tar(&whole[..cut])), "workbooks::package::malformed", "{cut}");
    }
    for more in [whole.clone(), manifest(), b"x".to_vec(), [vec![0; 5000], b"x".to_vec()].concat()]
    {
        let both = [whole.clone(), more].concat();
        assert_eq!(code(read_tar(both.as_slice())), "workbooks::package::malformed");
    }
    let mut changed = whole;
    changed[3] ^= 1;
    assert_eq!(code(read_tar(changed.as_slice())), "workbooks::package::malformed");
}

#[test]
fn too_many_entries_are_refused_though_none_is_kept() {
    let folders: Vec<_> = (0..=50_000).map(|_| entry(b'5', b"a/", b"")).collect();
    assert_eq!(code(read(&folders)), "workbooks::package::bomb");
    let deep = format!("{}x", "a/".repeat(17));
    let deep = code(read(&[manifest(), entry(b'0', deep.as_bytes(), b"")]));
    assert_eq!(deep, "workbooks::package::path");
}

#[test]
fn what_programs_write_is_read() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(folder.path().join("src")).unwrap();
    std::fs::create_dir_all(folder.path().join(".git")).unwrap();
    std::fs::write(folder.path().join(MANIFEST), "m").unwrap();
    std::fs::write(folder.path().join(".git/config"), "secret").unwrap();
    let long = format!("src/{}.c", "é".repeat(60));
    std::fs::write(folder.path().join(&long), "int main;").unwrap();
    for top in ["", "toolkit"] {
        let mut builder = Builder::new(Vec::new());
        builder.append_dir_all(top, folder.path()).unwrap();
        let bytes = builder.into_inner().unwrap();
        let package = read_tar(bytes.as_slice()).unwrap();
        assert_eq!(package, crate::registry::read_folder(folder.path()).unwrap());
        assert_eq!(package.files.get(&long), Some(b"int main;".as_slice()));
    }
    let comment = entry(b'g', b"pax_global_header", &record("comment=5ac1"));
    let dotted = [comment, entry(b'5', b"./", b""), entry(b'0', b"./manifest.org", b"m")];
    assert_eq!(read(&dotted).unwrap().files.len(), 1);
}
