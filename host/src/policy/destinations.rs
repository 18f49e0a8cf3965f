//! Where a toolkit may connect to, as its grant has it: anywhere, or what every list names.

use std::collections::BTreeSet;
use std::fmt;

use crate::toolkit::Destination;

/// Where a toolkit may connect to, if it has a capability that connects. Whether the address
/// behind a destination may be dialled is for egress to decide.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Destinations {
    /// Every destination: neither the manifest nor the policy names any.
    #[default]
    Any,
    /// These and no others; none at all, if the lists have nothing in common.
    Only(Vec<Destination>),
}

impl Destinations {
    /// What a list allows that may be absent.
    pub fn listed(list: Option<&[Destination]>) -> Self {
        list.map_or(Self::Any, |list| Self::Only(list.to_vec()))
    }

    /// Every destination that both allow.
    #[must_use]
    pub fn meet(&self, other: &Self) -> Self {
        match (self, other) {
            (Self::Any, narrower) | (narrower, Self::Any) => narrower.clone(),
            (Self::Only(a), Self::Only(b)) => {
                let both = a.iter().flat_map(|a| b.iter().filter_map(move |b| a.meet(b)));
                Self::Only(both.collect::<BTreeSet<_>>().into_iter().collect())
            }
        }
    }

    /// The list, if there is one.
    pub fn list(&self) -> Option<&[Destination]> {
        match self {
            Self::Any => None,
            Self::Only(list) => Some(list),
        }
    }

    /// Whether every connection to `wanted` is allowed.
    pub fn contain(&self, wanted: &Destination) -> bool {
        match self {
            Self::Any => true,
            Self::Only(list) => list.iter().any(|allowed| allowed.contains(wanted)),
        }
    }

    /// Whether a list names `wanted`: [`Destinations::Any`] names nothing.
    pub fn name(&self, wanted: &Destination) -> bool {
        matches!(self, Self::Only(_)) && self.contain(wanted)
    }
}

impl fmt::Display for Destinations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => f.write_str("any public destination"),
            Self::Only(list) if list.is_empty() => f.write_str("none"),
            Self::Only(list) => {
                let list: Vec<_> = list.iter().map(ToString::to_string).collect();
                f.write_str(&list.join(" "))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn only(list: &[&str]) -> Destinations {
        Destinations::Only(list.iter().map(|text| text.parse().unwrap()).collect())
    }

    #[test]
    fn lists_with_nothing_in_common_allow_nothing() {
        let met = only(&["a.example.org"]).meet(&only(&["b.example.org", "a.example.org:80"]));
        assert_eq!(met, Destinations::Only(vec![]));
        assert!(!met.contain(&"a.example.org".parse().unwrap()));
        assert_eq!(met.to_string(), "none");
    }

    #[test]
    fn an_absent_list_narrows_nothing_and_an_empty_one_everything() {
        let one = only(&["a.example.org"]);
        assert_eq!(Destinations::listed(None).meet(&one), one);
        assert_eq!(one.meet(&Destinations::Any), one);
        assert_eq!(Destinations::listed(Some(&[])).meet(&one), Destinations::Only(vec![]));
    }

    #[test]
    fn anywhere_allows_what_it_does_not_name() {
        let wanted = "a.example.org:25".parse().unwrap();
        assert!(Destinations::Any.contain(&wanted) && !Destinations::Any.name(&wanted));
        assert!(only(&["*.example.org:25"]).name(&wanted));
    }
}
