//! The secrets that a case gives its host.

use std::collections::BTreeMap;

use workbooks_host::Host;
use workbooks_host::secret::{Secret, SecretError, SecretProvider};
use zeroize::Zeroizing;

use super::Case;

/// What `secrets` of a case says.
#[derive(Debug)]
pub(super) struct Held(BTreeMap<String, Secret>);

impl Held {
    pub(super) fn of(case: &Case) -> Result<Self, String> {
        let secret = |(name, text): (&String, &String)| {
            let (purpose, value) = text.split_once(' ').ok_or("a purpose, then the value")?;
            let purpose = purpose.parse().map_err(|why| format!("secret {name}: {why}"))?;
            let bytes = Zeroizing::new(value.as_bytes().to_vec());
            let secret = Secret::new(purpose, bytes).map_err(|why| why.to_string())?;
            Ok((name.clone(), secret))
        };
        case.secrets.iter().map(secret).collect::<Result<_, String>>().map(Self)
    }
}

impl SecretProvider for Held {
    fn secret(&self, tenant: &str, name: &str) -> Result<Option<Secret>, SecretError> {
        Ok(self.0.get(name).filter(|_| tenant == Host::TENANT).cloned())
    }
}
