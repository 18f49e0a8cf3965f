//! Ids that one could be taken for another: the trick of publishing `he11o`.

/// Ids shorter than this are one letter from many honest others.
const COMPARED: usize = 4;

/// The ids among `known` that `id` could be mistaken for, with what is so alike.
pub(super) fn alike<'k>(
    id: &str,
    known: impl IntoIterator<Item = &'k str>,
) -> Vec<(&'k str, &'static str)> {
    let mut found: Vec<_> = known
        .into_iter()
        .filter(|other| *other != id)
        .filter_map(|other| {
            if skeleton(id) == skeleton(other) {
                return Some((other, "it looks the same"));
            }
            let compared = id.len().min(other.len()) >= COMPARED;
            let near = compared && strsim::damerau_levenshtein(id, other) == 1;
            near.then_some((other, "it differs by one letter"))
        })
        .collect();
    found.sort_unstable();
    found.dedup();
    found
}

/// What an id looks like at a glance. Ids are of `[a-z0-9-]`, so that these are all the letters
/// that pass for each other.
fn skeleton(id: &str) -> String {
    let letters = id.replace("rn", "m").replace("vv", "w").replace("cl", "d");
    letters
        .chars()
        .filter(|c| *c != '-')
        .map(|c| match c {
            '0' => 'o',
            '1' | 'i' => 'l',
            '5' => 's',
            '2' => 'z',
            '8' => 'b',
            c => c,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(id: &str, known: &[&'static str]) -> Vec<&'static str> {
        alike(id, known.iter().copied()).into_iter().map(|(other, _)| other).collect()
    }

    #[test]
    fn what_passes_for_another_is_told() {
        let known = ["hello", "modem", "tools", "web-wiki", "lua"];
        for (id, other) in [
            ("he1lo", "hello"),
            ("heiio", "hello"),
            ("hell0", "hello"),
            ("modern", "modem"),
            ("hlelo", "hello"),
            ("hell", "hello"),
            ("too1s", "tools"),
            ("webwiki", "web-wiki"),
            ("vveb-wiki", "web-wiki"),
            ("1ua", "lua"),
        ] {
            assert_eq!(ids(id, &known), [other], "{id}");
        }
    }

    #[test]
    fn what_is_the_same_or_far_is_not() {
        assert!(ids("hello", &["hello", "help", "yellow", "notes"]).is_empty());
        assert!(ids("lun", &["lua", "sun"]).is_empty());
    }
}
