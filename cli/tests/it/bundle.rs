//! `wbx sign|verify|bundle|unbundle`: pages and workbooks that travel, and what is done to them.

use std::fs;

use snapbox::cmd::Command;

use crate::support::{Ended, Place};

const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
const OTHER: &str = "BAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
const PAGE: &str = "<!doctype html><body><p>hi</p></body>\n";

fn as_of(place: &Place, key: &str, args: &[&str]) -> Ended {
    let command: Command = place.command(args).env("WBX_SIGNING_KEY", key);
    let output = command.output().unwrap();
    Ended {
        status: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

fn refused(ended: &Ended, status: i32, code: &str) {
    assert_eq!(ended.status, status, "{}{}", ended.stdout, ended.stderr);
    let said = ended.stdout.contains(code) || ended.stderr.contains(code);
    assert!(said, "{code}: {}{}", ended.stdout, ended.stderr);
}

fn signed() -> Place {
    let place = Place::new();
    place.write("page.html", PAGE);
    assert_eq!(as_of(&place, KEY, &["sign", "page.html"]).status, 0);
    place
}

#[test]
fn an_unsigned_page_exits_5() {
    let place = Place::new();
    place.write("page.html", PAGE);
    refused(&as_of(&place, KEY, &["verify", "page.html"]), 5, "workbooks::page::unsigned");
}

#[test]
fn the_first_who_signs_makes_the_key_and_believes_it() {
    let place = Place::new();
    place.write("page.html", PAGE);
    let signed = place.run(&["sign", "page.html"]);
    assert_eq!(signed.status, 0, "{}", signed.stderr);
    assert!(
        signed.stderr.contains("a key was made to sign with, did:key:z6Mk"),
        "{}",
        signed.stderr
    );
    assert_eq!(place.run(&["verify", "page.html"]).status, 0);
}

#[test]
fn a_tampered_page_exits_5() {
    let place = signed();
    let page = fs::read_to_string(place.path("page.html")).unwrap();
    for (changed, code) in [
        (page.replace("hi", "ho"), "workbooks::page::tampered"),
        (page.replace("c2pa.action.published", "c2pa.action.updated"), "workbooks::page::tampered"),
        (page.replace("<script type", "<script onload=x type"), "workbooks::page::malformed"),
        (
            page.replace(
                "</body>",
                "<script type=\"application/zip\" id=\"wb-bundle\">UEsFBg==</script></body>",
            ),
            "workbooks::page::tampered",
        ),
    ] {
        place.write("changed.html", &changed);
        refused(&as_of(&place, KEY, &["verify", "changed.html"]), 5, code);
    }
}

#[test]
fn an_unknown_issuer_exits_5() {
    let place = signed();
    for ended in
        [as_of(&place, OTHER, &["verify", "page.html"]), place.run(&["verify", "page.html"])]
    {
        refused(&ended, 5, "workbooks::trust::unknown_issuer");
    }
}

#[test]
fn a_page_of_ones_own_verifies() {
    let place = signed();
    let ended = as_of(&place, KEY, &["--json", "verify", "page.html"]);
    assert_eq!(ended.status, 0, "{}", ended.stdout);
    let said: serde_json::Value = serde_json::from_str(&ended.stdout).unwrap();
    for field in ["signature", "asset_integrity", "valid", "trusted"] {
        assert_eq!(said["data"][field], true, "{field}");
    }
    assert_eq!(said["data"]["issuer"], "did:key:z6MkehRgf7yJbgaGfYsdoAsKdBPE3dj2CYhowQdcjqSJgvVd");
}

#[test]
fn a_workbook_comes_out_as_it_went_in() {
    for file in ["notes.wbundle", "notes.html"] {
        let place = Place::new();
        place.write("notes/workbook.html", PAGE).write("notes/workbook.org", "* hi\n");
        let made = as_of(&place, KEY, &["bundle", "notes", "-o", file, "--sign"]);
        assert_eq!(made.status, 0, "{}", made.stderr);
        let taken = as_of(&place, KEY, &["--json", "unbundle", file, "--into", "back", "--signed"]);
        assert_eq!(taken.status, 0, "{}", taken.stdout);
        for name in ["workbook.html", "workbook.org"] {
            assert_eq!(
                fs::read(place.path(&format!("back/{name}"))).unwrap(),
                fs::read(place.path(&format!("notes/{name}"))).unwrap()
            );
        }
        let again = place.run(&["unbundle", file, "--into", "back"]);
        refused(&again, 6, "workbooks::cli::conflict");
        let stranger = as_of(&place, OTHER, &["unbundle", file, "--into", "new", "--signed"]);
        refused(&stranger, 5, "workbooks::trust::unknown_issuer");
        assert!(!place.path("new").exists());
    }
}

#[test]
fn an_entry_that_leads_out_is_not_unpacked() {
    // A zip file of one stored entry `../evil`, made by hand.
    let name = b"../evil";
    let mut zip = b"PK\x03\x04\x0a\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0".to_vec();
    zip.extend([7, 0, 0, 0]);
    zip.extend(name);
    let at = u32::try_from(zip.len()).unwrap();
    zip.extend(b"PK\x01\x02\x0a\0\x0a\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0");
    zip.extend([7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    zip.extend(name);
    let size = u32::try_from(zip.len()).unwrap() - at;
    zip.extend(b"PK\x05\x06\0\0\0\0\x01\0\x01\0");
    zip.extend(size.to_le_bytes());
    zip.extend(at.to_le_bytes());
    zip.extend([0, 0]);
    let place = Place::new();
    fs::write(place.path("evil.wbundle"), zip).unwrap();
    refused(&place.run(&["unbundle", "evil.wbundle"]), 5, "workbooks::bundle::entry");
    assert!(!place.path("evil").exists() && !place.path("../evil").exists());
}
