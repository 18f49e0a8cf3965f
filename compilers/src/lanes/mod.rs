//! The table of lanes.

mod c;
mod clang;
mod go;
pub(crate) mod js;
mod python;
mod ts;

use workbooks_host::toolkit::{Language, Word as _};

use crate::lane::Lane;

/// Every lane, by word.
pub static LANES: &[&dyn Lane] = &[&c::C, &go::Go, &js::Js, &python::Python, &ts::Ts];

/// The lane with this word, or that compiles the language with this word.
pub fn find(word: &str) -> Option<&'static dyn Lane> {
    let word: &str = match Language::read(word) {
        Ok(language) => lane_of(language),
        Err(_) => word,
    };
    LANES.iter().copied().find(|lane| lane.word() == word)
}

/// The word of the lane that compiles a language.
pub(crate) fn lane_of(language: Language) -> &'static str {
    match language {
        Language::Cpp => Language::C.word(),
        Language::Python => "python",
        other => other.word(),
    }
}

/// Every language that a manifest may name, with its lane if there is one.
pub fn languages() -> impl Iterator<Item = (Language, Option<&'static dyn Lane>)> {
    Language::ALL.iter().map(|language| (*language, find(lane_of(*language))))
}

/// All words, for messages.
pub(crate) fn words() -> String {
    LANES.iter().map(|lane| lane.word()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::toolchain::{Lack, PinnedFile, Role};

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
    fn what_may_stand_for_a_source_gives_the_same_files_under_the_same_names() {
        let stays = |file: &&PinnedFile| !file.temporary;
        let sha256 = |file: &PinnedFile| file.sha256;
        for lane in LANES {
            let pinned = lane.pinned();
            assert_eq!(
                pinned.ways().flatten().count(),
                pinned.sources.len() + pinned.alternatives.len(),
                "{}: an alternative stands for one source",
                lane.word()
            );
            for ways in pinned.ways() {
                for other in &ways[1..] {
                    other.package.check().unwrap();
                    assert_ne!(other.package.registry.client(), ways[0].package.registry.client());
                    for (one, other) in ways[0].files.iter().zip(&other.files) {
                        assert_eq!((&one.name, one.role), (&other.name, other.role));
                        assert_eq!(one.temporary, other.temporary);
                    }
                    let digests = |files: &[PinnedFile]| {
                        files.iter().filter(stays).map(sha256).collect::<Vec<_>>()
                    };
                    assert_eq!(digests(&ways[0].files), digests(&other.files));
                }
            }
        }
    }

    #[test]
    fn whatever_a_language_lacks_is_said_once_and_with_a_way_out() {
        for lane in LANES {
            let lacks = &lane.pinned().lacks;
            for lack in lacks {
                for text in [&lack.feature, &lack.happens, &lack.instead] {
                    assert!(!text.is_empty() && !text.ends_with('.'), "{text}");
                }
                let same = |other: &&Lack| {
                    (&other.language, &other.feature) == (&lack.language, &lack.feature)
                };
                assert_eq!(lacks.iter().filter(same).count(), 1, "{}", lack.feature);
                assert!(lack.said.iter().all(|part| part.len() > 6), "{:?}", lack.said);
            }
        }
    }

    #[test]
    fn each_language_has_its_own_lacks() {
        let of = |language| find("c").unwrap().pinned().lacks_of(language).count();
        assert!(of(Language::Cpp) > of(Language::C));
        assert_eq!(of(Language::Go), 0);
        assert!(languages().any(|(found, lane)| found == Language::Cpp && lane.is_some()));
        assert!(languages().any(|(found, lane)| found == Language::Zig && lane.is_none()));
    }

    #[test]
    fn an_unknown_word_is_no_lane() {
        assert!(find("cobol").is_none());
        for word in ["c", "c++", "cpp"] {
            assert_eq!(find(word).map(Lane::word), Some("c"), "{word}");
        }
    }
}
