//! The known word that somebody who wrote another most likely meant.

/// Words longer than this are not compared: nothing we know is as long.
const COMPARED: usize = 64;

/// The nearest known word, if one is near: at most a third of its letters differ.
pub(crate) fn nearest<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    if word.len() > COMPARED {
        return None;
    }
    let (away, found) =
        known.map(|known| (strsim::damerau_levenshtein(word, known), known)).min()?;
    (away <= word.chars().count().div_ceil(3)).then_some(found)
}

/// A help text: the nearest known word if there is one, and all of them.
pub(crate) fn did_you_mean<'a>(word: &str, known: impl Iterator<Item = &'a str> + Clone) -> String {
    let all = known.clone().collect::<Vec<_>>().join(", ");
    match nearest(word, known) {
        Some(near) => format!("did you mean `{near}`? It may be: {all}"),
        None => format!("it may be: {all}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_strange_word_has_no_neighbour() {
        let known = ["hello", "lua", "notes"];
        assert_eq!(nearest("helo", known.into_iter()), Some("hello"));
        assert_eq!(nearest("palette", known.into_iter()), None);
        assert_eq!(nearest("lua", [].into_iter()), None);
        assert_eq!(nearest(&"l".repeat(1000), known.into_iter()), None);
    }
}
