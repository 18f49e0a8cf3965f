//! The `extra` pairs that reach a provider behind HTTP. Whatever else a guest writes is refused: a
//! pair that the host does not know could change what is billed, stored or shown.

use serde_json::{Number, Value, json};

use crate::capability::Refusal;

/// Sequences that end an answer.
const STOPS: usize = 4;

/// How to choose a tool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Choice {
    Auto,
    None,
    Required,
}

/// The pairs, read.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Extra {
    /// `temperature` (0 to 2), `top_p` (0 to 1), `top_k`, `seed`, `presence_penalty` and
    /// `frequency_penalty` (-2 to 2): numbers, by name, in the order they were given.
    pub(super) numbers: Vec<(&'static str, Number)>,
    /// `stop`, up to four times.
    pub(super) stops: Vec<String>,
    /// `tool_choice`: `auto`, `none` or `required`.
    pub(super) choice: Option<Choice>,
}

/// A number, and what it may be.
struct Rule {
    name: &'static str,
    least: f64,
    most: f64,
    whole: bool,
}

const fn rule(name: &'static str, least: f64, most: f64, whole: bool) -> Rule {
    Rule { name, least, most, whole }
}

const RULES: [Rule; 6] = [
    rule("temperature", 0.0, 2.0, false),
    rule("top_p", 0.0, 1.0, false),
    rule("top_k", 1.0, 1_000.0, true),
    rule("seed", 0.0, 2_147_483_647.0, true),
    rule("presence_penalty", -2.0, 2.0, false),
    rule("frequency_penalty", -2.0, 2.0, false),
];

impl Extra {
    /// Reads the pairs; `lacks` are names that this provider does not know.
    pub(super) fn read(pairs: &[(String, String)], lacks: &[&str]) -> Result<Self, Refusal> {
        let mut extra = Self::default();
        for (name, value) in pairs {
            let invalid = |what: &str| Refusal::Invalid(format!("`extra`: `{name}` {what}"));
            if lacks.contains(&name.as_str()) {
                return Err(invalid("is unknown to this host's model"));
            }
            match name.as_str() {
                "stop" if extra.stops.len() == STOPS => {
                    return Err(invalid("is there more than four times"));
                }
                "stop" if value.trim().is_empty() => return Err(invalid("is blank")),
                "stop" => extra.stops.push(value.clone()),
                "tool_choice" if extra.choice.is_some() => return Err(invalid("is there twice")),
                "tool_choice" => {
                    extra.choice = Some(match value.as_str() {
                        "auto" => Choice::Auto,
                        "none" => Choice::None,
                        "required" => Choice::Required,
                        _ => return Err(invalid("is `auto`, `none` or `required`")),
                    });
                }
                _ => {
                    let rule = RULES.iter().find(|rule| rule.name == name);
                    // The name is the guest's own, but it may be long.
                    let rule = rule.ok_or_else(|| Refusal::Invalid(UNKNOWN.to_owned()))?;
                    if extra.numbers.iter().any(|(known, _)| known == name) {
                        return Err(invalid("is there twice"));
                    }
                    let number = rule.read(value).ok_or_else(|| {
                        let kind = if rule.whole { "a whole number" } else { "a number" };
                        invalid(&format!("is {kind} from {} to {}", rule.least, rule.most))
                    })?;
                    extra.numbers.push((rule.name, number));
                }
            }
        }
        Ok(extra)
    }

    /// The numbers, as members of an object.
    pub(super) fn put_numbers(&self, body: &mut Value) {
        for (name, number) in &self.numbers {
            body[*name] = json!(number);
        }
    }
}

const UNKNOWN: &str = "`extra` holds temperature, top_p, top_k, seed, presence_penalty, \
                       frequency_penalty, stop and tool_choice, and nothing else";

impl Rule {
    fn read(&self, text: &str) -> Option<Number> {
        let value: f64 = text.parse().ok()?;
        if !(self.least..=self.most).contains(&value) {
            return None;
        }
        if self.whole { Some(text.parse::<u32>().ok()?.into()) } else { Number::from_f64(value) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pairs: &[(&str, &str)]) -> Result<Extra, Refusal> {
        let pairs: Vec<_> =
            pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Extra::read(&pairs, &["seed"])
    }

    #[test]
    fn what_is_not_on_the_list_or_out_of_range_is_refused() {
        for (name, value) in [
            ("model", "other"),
            ("stream", "true"),
            ("", ""),
            ("Temperature", "1"),
            ("temperature", "2.1"),
            ("temperature", "-0.1"),
            ("temperature", "NaN"),
            ("temperature", "inf"),
            ("temperature", ""),
            ("top_p", "1.01"),
            ("top_k", "1.5"),
            ("top_k", "0"),
            ("seed", "1"),
            ("stop", ""),
            ("tool_choice", "any"),
        ] {
            assert!(matches!(read(&[(name, value)]), Err(Refusal::Invalid(_))), "{name}={value}");
        }
        assert!(read(&[("top_p", "1"), ("top_p", "1")]).is_err());
        assert!(read(&[("stop", "x"); 5]).is_err());
    }

    #[test]
    fn what_is_on_the_list_is_read() {
        let extra = read(&[
            ("temperature", "0.5"),
            ("top_k", "40"),
            ("stop", "\n\nx"),
            ("tool_choice", "none"),
        ]);
        let extra = extra.unwrap();
        let mut body = json!({});
        extra.put_numbers(&mut body);
        assert_eq!(body, json!({"temperature": 0.5, "top_k": 40}));
        assert_eq!((extra.stops.len(), extra.choice), (1, Some(Choice::None)));
    }
}
