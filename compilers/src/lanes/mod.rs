//! The table of lanes.

mod c;
mod clang;
mod go;
pub(crate) mod js;
mod ts;

use crate::lane::Lane;

/// Every lane, by word.
pub static LANES: &[&dyn Lane] = &[&c::C, &go::Go, &js::Js, &ts::Ts];

/// The lane with this word.
pub fn find(word: &str) -> Option<&'static dyn Lane> {
    LANES.iter().copied().find(|lane| lane.word() == word)
}

/// All words, for messages.
pub(crate) fn words() -> String {
    LANES.iter().map(|lane| lane.word()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::toolchain::Role;

    #[test]
    fn every_lane_has_a_whole_pin_under_its_own_word() {
        for lane in LANES {
            let pinned = lane.pinned();
            assert_eq!(pinned.lane, lane.word());
            pinned.package().check().unwrap();
            assert!(!pinned.licence.is_empty());
            assert!(pinned.sources.iter().all(|source| !source.files.is_empty()));
            for file in pinned.files() {
                assert_eq!(file.role == Role::Tree, file.tree.is_some(), "{}", file.path);
                assert!(!file.name.contains('/') && !file.name.starts_with('.'), "{}", file.name);
            }
        }
    }

    #[test]
    fn an_unknown_word_is_no_lane() {
        assert!(find("cobol").is_none());
        assert_eq!(find("c").map(Lane::word), Some("c"));
    }
}
