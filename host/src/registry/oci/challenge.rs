//! What a registry asks for before it answers (RFC 9110, 11.6.1): `Basic`, or `Bearer` with a realm
//! that gives tokens.

use http::header::{HeaderMap, WWW_AUTHENTICATE};

/// Bytes of a challenge, and of each part of it.
const BYTES: usize = 8 << 10;

/// How a registry wants to be asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Challenge {
    /// By user and password.
    Basic,
    /// By a token of this realm, for this service.
    Bearer { realm: String, service: Option<String> },
}

impl Challenge {
    /// The one that we answer: `Bearer` rather than `Basic`.
    pub(super) fn of(headers: &HeaderMap) -> Option<Self> {
        let values = headers.get_all(WWW_AUTHENTICATE).iter();
        let texts = values.filter_map(|value| value.to_str().ok());
        let all: Vec<_> = texts.filter(|text| text.len() <= BYTES).flat_map(read).collect();
        let bearer = |one: &Scheme<'_>| {
            let realm = one.unique("realm")?;
            let is = one.name.eq_ignore_ascii_case("bearer");
            is.then(|| Self::Bearer { realm, service: one.unique("service") })
        };
        all.iter().find_map(bearer).or_else(|| {
            let basic = all.iter().any(|one| one.name.eq_ignore_ascii_case("basic"));
            basic.then_some(Self::Basic)
        })
    }
}

struct Scheme<'t> {
    name: &'t str,
    parameters: Vec<(&'t str, String)>,
}

impl Scheme<'_> {
    /// A parameter that stands there once.
    fn unique(&self, name: &str) -> Option<String> {
        let mut found = self.parameters.iter().filter(|(key, _)| key.eq_ignore_ascii_case(name));
        let value = found.next()?.1.clone();
        found.next().is_none().then_some(value)
    }
}

fn read(text: &str) -> Vec<Scheme<'_>> {
    let mut schemes: Vec<Scheme<'_>> = Vec::new();
    for item in items(text) {
        let (name, parameter) = match item.split_once([' ', '\t']) {
            Some((name, rest)) if !name.contains('=') => (Some(name), rest.trim()),
            _ if !item.contains('=') => (Some(item), ""),
            _ => (None, item),
        };
        if let Some(name) = name {
            schemes.push(Scheme { name, parameters: Vec::new() });
        }
        if let (Some(scheme), Some((key, value))) = (schemes.last_mut(), parameter.split_once('='))
        {
            scheme.parameters.push((key.trim(), unquoted(value.trim())));
        }
    }
    schemes
}

/// What stands between commas that are not quoted.
fn items(text: &str) -> impl Iterator<Item = &str> {
    let (mut quoted, mut escaped) = (false, false);
    let split = text.split(move |c| {
        let apart = c == ',' && !quoted;
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            _ => {}
        }
        apart
    });
    split.map(str::trim).filter(|item| !item.is_empty())
}

fn unquoted(value: &str) -> String {
    let Some(inner) = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) else {
        return value.to_owned();
    };
    let mut escaped = false;
    let keep = |c: &char| {
        escaped = *c == '\\' && !escaped;
        !escaped
    };
    inner.chars().filter(keep).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(text: &str) -> Option<Challenge> {
        let mut headers = HeaderMap::new();
        headers.insert(WWW_AUTHENTICATE, text.parse().ok()?);
        Challenge::of(&headers)
    }

    fn bearer(realm: &str, service: Option<&str>) -> Option<Challenge> {
        Some(Challenge::Bearer { realm: realm.into(), service: service.map(str::to_owned) })
    }

    #[test]
    fn what_is_no_challenge_of_ours_is_none() {
        for text in ["", ",", "Negotiate", "Bearer", "Bearer realm", "Digest realm=\"a\", nonce=b"]
        {
            assert_eq!(of(text), None, "{text}");
        }
        assert_eq!(of("Bearer realm=\"https://a\",realm=\"https://b\""), None);
    }

    #[test]
    fn a_challenge_is_read() {
        let text = "Bearer realm=\"https://a.org/t\",service=\"r, x\",scope=\"repository:a:pull\"";
        assert_eq!(of(text), bearer("https://a.org/t", Some("r, x")));
        assert_eq!(of("bearer Realm=https://a"), bearer("https://a", None));
        assert_eq!(of("Basic realm=\"x\", Bearer realm=\"b\\\"c\""), bearer("b\"c", None));
        assert_eq!(of("Negotiate abc==, Basic realm=x"), Some(Challenge::Basic));
        assert_eq!(of("basic"), Some(Challenge::Basic));
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "[ -~]{0,80}|[A-Za-z =,\"\\\\]{0,40}") {
            drop(of(&text));
        }
    }
}
