//! What a compressed tar may not do.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::*;

pub(super) fn packed(tar: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(tar).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn a_second_member_or_anything_else_after_the_first_is_refused() {
    let one = packed(&write_tar(&package(&[])));
    for more in [one.clone(), packed(b""), vec![0], b"x".to_vec()] {
        let both = [one.clone(), more].concat();
        assert_eq!(code(read_tar_gz(both.as_slice())), "workbooks::package::malformed");
    }
    // A tar that goes on in the second member.
    let tar = write_tar(&package(&[]));
    let (head, tail) = tar.split_at(512);
    let both = [packed(head), packed(tail)].concat();
    assert_eq!(code(read_tar_gz(both.as_slice())), "workbooks::package::malformed");
}

#[test]
fn a_cut_or_changed_stream_is_refused() {
    let mut whole = packed(&write_tar(&package(&[])));
    assert_eq!(code(read_tar_gz(&whole[..whole.len() - 1])), "workbooks::package::malformed");
    let sum = whole.len() - 8;
    whole[sum] ^= 1;
    assert_eq!(code(read_tar_gz(whole.as_slice())), "workbooks::package::malformed");
}

#[test]
fn a_bomb_is_told_by_its_ratio_before_it_is_unpacked() {
    let bomb = packed(&write_tar(&package(&[("zeros", &vec![0; 20 << 20])])));
    assert!(bomb.len() < 100_000);
    assert_eq!(code(read_tar_gz(bomb.as_slice())), "workbooks::package::bomb");
}

#[test]
fn endless_zeros_after_the_end_are_a_bomb_too() {
    let tar = write_tar(&package(&[]));
    let zeros = tar.as_slice().chain(std::io::repeat(0));
    assert_eq!(code(read_tar(zeros)), "workbooks::package::bomb");
}
