//! The capability words a host knows, and the nearest known word to a misspelt one.

use std::collections::BTreeSet;

use super::{error::Invalid, text::quoted};

/// Every capability word that a host understands: those of the WIT and those an embedder added.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Vocabulary {
    words: BTreeSet<String>,
}

impl Vocabulary {
    /// A vocabulary of these words.
    pub fn new<W: Into<String>>(words: impl IntoIterator<Item = W>) -> Self {
        Self { words: words.into_iter().map(Into::into).collect() }
    }

    /// Whether the host knows this capability.
    pub fn contains(&self, word: &str) -> bool {
        self.words.contains(word)
    }

    /// The words, in order.
    pub fn iter(&self) -> impl Iterator<Item = &str> + Clone {
        self.words.iter().map(String::as_str)
    }

    /// The word itself if the host knows it.
    ///
    /// # Errors
    /// [`Invalid`] with the nearest word and all of them.
    pub fn check(&self, word: &str) -> Result<String, Invalid> {
        if self.contains(word) {
            return Ok(word.to_owned());
        }
        Err(Invalid::quoting(quoted(word), "is not a capability", did_you_mean(word, self.iter())))
    }
}

/// Words longer than this are not compared: nothing we know is as long.
const COMPARED: usize = 40;

/// The known word that somebody who wrote `word` most likely meant.
pub(crate) fn nearest<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    if word.len() > COMPARED {
        return None;
    }
    let word = word.to_lowercase();
    let distance = |k: &&'a str| strsim::damerau_levenshtein(&word, &k.to_lowercase());
    let (away, found) = known.map(|k| (distance(&k), k)).min()?;
    (away <= word.chars().count().div_ceil(3)).then_some(found)
}

/// A help text: the nearest known word if there is one, and all of them.
pub(crate) fn did_you_mean<'a>(word: &str, known: impl Iterator<Item = &'a str> + Clone) -> String {
    let all = known.clone().collect::<Vec<_>>().join(", ");
    match nearest(word, known) {
        Some(found) => format!("did you mean `{found}`? It may be: {all}"),
        None => format!("it may be: {all}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_word_finds_its_neighbour_and_a_strange_one_none() {
        let known = ["kv", "queue", "vfs", "net"];
        let near = |word| nearest(word, known.into_iter());
        assert_eq!(near("kvv"), Some("kv"));
        assert_eq!(near("queu"), Some("queue"));
        assert_eq!(near("NET"), Some("net"));
        assert_eq!(near("filesystem"), None);
        assert_eq!(near(&"n".repeat(1 << 20)), None);
    }

    #[test]
    fn an_unknown_word_is_answered_with_all_words() {
        let error = Vocabulary::new(["kv", "net"]).check("nett").unwrap_err();
        assert_eq!(error.to_string(), "`nett` is not a capability");
        assert_eq!(error.help, "did you mean `net`? It may be: kv, net");
    }
}
