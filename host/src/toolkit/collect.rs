//! From the lines of a manifest to its fields: what is wrong with lines as such, and what has no
//! effect.

use super::{
    error::{Invalid, ManifestProblem, ManifestWarning},
    field::Fields,
    keyword,
    reader::{Astray, Entry, Reading},
    text::{SourceText, has_hazard, quoted},
    vocabulary::nearest,
};

/// Problems and warnings that are listed of one manifest.
pub(super) const MAX_LISTED: usize = 50;

/// The longest value of a keyword, in bytes.
const MAX_VALUE_BYTES: usize = 4096;

/// What has no effect, in the order of the lines.
pub(super) fn warnings(reading: &Reading<'_>, source: &SourceText) -> Vec<ManifestWarning> {
    let unknown =
        |entry: &&Entry<'_>| keyword::find(entry.name).is_none() && !keyword::is_of_org(entry.name);
    let unknown = reading.keywords.iter().filter(unknown).take(MAX_LISTED).map(|entry| {
        let known = keyword::KEYWORDS.iter().map(|k| k.name);
        let nearest = nearest(entry.name, known);
        ManifestWarning::UnknownKeyword {
            keyword: entry.name.chars().take(60).collect(),
            nearest,
            help: nearest.map_or_else(
                || "remove the line, or keep it as a note: it changes nothing".to_owned(),
                |nearest| format!("did you mean `#+{nearest}`?"),
            ),
            text: source.clone(),
            at: entry.name_place,
        }
    });
    let astray = reading.astray.iter().take(MAX_LISTED).map(|&(row, at, why)| {
        let help = match why {
            Astray::Indented => "begin the line with it: an indented keyword is not read",
            Astray::Below => "move it above the first headline",
        };
        ManifestWarning::Misplaced { keyword: row.name, help, text: source.clone(), at }
    });
    let mut warnings: Vec<_> = unknown.chain(astray).collect();
    warnings.sort_by_key(ManifestWarning::place);
    warnings
}

/// The keyword lines by keyword, and what is wrong with the lines as such.
pub(super) fn collect<'t>(reading: &Reading<'t>) -> Fields<'t> {
    let mut fields = Fields::default();
    let problems = &mut fields.problems;
    for entry in reading.keywords.iter().chain(&reading.properties) {
        if let Some(character) = has_hazard(entry.value) {
            problems.push(ManifestProblem::ControlCharacter { character, at: entry.place });
        }
    }
    if let [first, at, ..] = *reading.headlines.as_slice() {
        problems.push(ManifestProblem::Headline { first, at });
    }
    problems.extend(reading.open_block.map(|at| ManifestProblem::Block { at }));
    for entry in &reading.keywords {
        let Some(row) = keyword::find(entry.name) else {
            continue;
        };
        if entry.value.len() > MAX_VALUE_BYTES {
            let help = format!(
                "a value has at most {MAX_VALUE_BYTES} bytes; lists may have several lines"
            );
            fields.value(row.name, Invalid::new(entry.value, "is too long", help), entry.place);
        } else {
            fields.add(row.name, row.repeatable, *entry);
        }
    }
    drawer(&mut fields, &reading.properties);
    fields
}

/// The drawer repeats some keywords: what it says must be what they say.
fn drawer(fields: &mut Fields<'_>, properties: &[Entry<'_>]) {
    for row in keyword::KEYWORDS {
        let Some(property) = row.property else {
            continue;
        };
        for entry in properties.iter().filter(|e| e.name.eq_ignore_ascii_case(property)) {
            let value = fields.text(row.name);
            if value.as_deref() == Some(entry.value) {
                continue;
            }
            let says =
                value.map_or_else(|| "is not there".to_owned(), |v| format!("says {}", quoted(&v)));
            fields.problems.push(ManifestProblem::Drawer {
                property,
                keyword: row.name,
                value: quoted(entry.value),
                says,
                at: entry.place,
            });
        }
    }
}
