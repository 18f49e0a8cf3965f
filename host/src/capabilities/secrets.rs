//! `secrets`: signs with what the host holds. There is no read, anywhere.

use std::sync::Arc;

use wasmtime::component::Linker;
use workbooks_bindings::engine::secrets;

use super::blocking::{self, Work};
use crate::capability::{Admitted, Call, Capability, Provides, Refusal};
use crate::instance::Guest;
use crate::secret::{Secret, SecretError, SecretProvider, SignError};

/// The largest message that is signed, in bytes.
const MESSAGE_MAX: usize = 1 << 20;

/// Secrets of the host's provider: those that the policy names under `sign` sign; those that it
/// binds for requests under `secrets` can be asked for only.
///
/// For a guest, a name that the policy does not give it is a name that does not exist, and what it
/// asks is not even looked up.
pub struct Secrets(Arc<dyn SecretProvider>);

/// What the policy lets a toolkit do with a name.
#[derive(PartialEq, Eq)]
enum Named {
    /// It is nothing to it.
    Unknown,
    /// It is put into requests.
    Bound,
    /// It signs.
    Signing,
}

impl Secrets {
    pub(crate) fn new(provider: Arc<dyn SecretProvider>) -> Self {
        Self(provider)
    }

    /// What the name is to the caller. That it asked for another's is on record.
    fn named(call: &Admitted<'_, Self>, name: &str) -> Named {
        let grant = call.grant();
        if grant.sign().contains(name) {
            Named::Signing
        } else if grant.secrets().contains_key(name) {
            Named::Bound
        } else {
            call.refuse(Refusal::Denied(String::new()));
            Named::Unknown
        }
    }

    async fn perform<T: Send + 'static>(
        call: &Admitted<'_, Self>,
        name: String,
        work: impl FnOnce(Option<Secret>) -> Result<T, Refusal> + Send + 'static,
    ) -> Result<T, Refusal> {
        let (provider, tenant) = (call.capability().0.clone(), call.tenant().to_owned());
        let work: Work<T, Refusal> =
            Box::new(move |_| work(provider.secret(&tenant, &name).map_err(unreadable)?));
        blocking::perform(call, work).await
    }
}

/// Why a provider fails is nothing for guests.
fn unreadable(_: SecretError) -> Refusal {
    Refusal::Unavailable("the secret cannot be read".to_owned())
}

impl Capability for Secrets {
    fn name(&self) -> &'static str {
        "secrets"
    }

    fn link(&self, _: &str, linker: &mut Linker<Guest>) -> wasmtime::Result<()> {
        secrets::add_to_linker::<_, Provides<Self>>(linker, Guest::call)
    }
}

impl secrets::Host for Call<'_, Secrets> {
    async fn exists(&mut self, name: String) -> Result<bool, Refusal> {
        let call = self.admit("exists")?;
        if Secrets::named(&call, &name) == Named::Unknown {
            return Ok(false);
        }
        Secrets::perform(&call, name, |secret| Ok(secret.is_some())).await
    }

    async fn sign(&mut self, name: String, message: Vec<u8>) -> Result<Vec<u8>, Refusal> {
        let call = self.admit("sign")?;
        if message.len() > MESSAGE_MAX {
            return Err(call.refuse(Refusal::TooLarge(MESSAGE_MAX as u64)));
        }
        match Secrets::named(&call, &name) {
            Named::Unknown => Err(Refusal::NotFound),
            Named::Bound => Err(call.refuse(not_for_signing())),
            Named::Signing => {
                Secrets::perform(&call, name, move |secret| {
                    let secret = secret.ok_or(Refusal::NotFound)?;
                    secret.sign(&message).map_err(|error| match error {
                        SignError::NotForSigning => not_for_signing(),
                        SignError::NoKey => {
                            Refusal::Unavailable("the secret is no key for its algorithm".into())
                        }
                    })
                })
                .await
            }
        }
    }
}

fn not_for_signing() -> Refusal {
    Refusal::Denied("the secret is not for signing".to_owned())
}

impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secrets")
    }
}

#[cfg(test)]
mod tests {
    use wasmtime::component::ResourceTable;
    use workbooks_bindings::engine::secrets::Host as _;

    use super::super::testing::{denied, granted};
    use super::*;
    use crate::admission::{Caller, MemoryAudit};
    use crate::policy::ToolkitPolicy;
    use crate::secret::Purpose;

    const CANARY: &[u8] = b"canary-7f3a-canary-7f3a";

    /// Of `acme` only, one for each purpose; `BROKEN` cannot be read.
    struct Injected;

    impl SecretProvider for Injected {
        fn secret(&self, tenant: &str, name: &str) -> Result<Option<Secret>, SecretError> {
            let purpose = match name {
                "MAC" => Purpose::HmacSha256,
                "SEED" | "STRANGERS" => Purpose::Ed25519,
                "TOKEN" | "BOUND" => Purpose::Credential,
                "BROKEN" => return Err(SecretError { why: "/home/me/keys: canary".to_owned() }),
                _ => return Ok(None),
            };
            let secret = Secret { purpose, bytes: CANARY.to_vec().into() };
            Ok((tenant == "acme").then_some(secret))
        }
    }

    fn policy() -> ToolkitPolicy {
        let text = "sign = ['MAC', 'SEED', 'TOKEN', 'BROKEN', 'GONE']\n\
                    [secrets.BOUND]\norigin = 'https://a.example.org'";
        toml::from_str(text).unwrap()
    }

    fn toolkit(tenant: &str) -> (Arc<Caller>, Arc<MemoryAudit>) {
        granted(tenant, 100, &policy())
    }

    async fn sign(who: &Arc<Caller>, name: &str, message: Vec<u8>) -> Result<Vec<u8>, Refusal> {
        let (secrets, mut table) = (Secrets::new(Arc::new(Injected)), ResourceTable::new());
        Call::new(&secrets, who, &mut table).sign(name.to_owned(), message).await
    }

    async fn exists(who: &Arc<Caller>, name: &str) -> Result<bool, Refusal> {
        let (secrets, mut table) = (Secrets::new(Arc::new(Injected)), ResourceTable::new());
        Call::new(&secrets, who, &mut table).exists(name.to_owned()).await
    }

    #[tokio::test]
    async fn a_name_that_is_not_granted_does_not_exist_and_is_on_record() {
        let (who, audit) = toolkit("acme");
        for name in ["STRANGERS", "NOWHERE", "", "../MAC", "mac", "MAC\0"] {
            assert_eq!(exists(&who, name).await, Ok(false), "{name:?}");
            assert_eq!(sign(&who, name, vec![]).await, Err(Refusal::NotFound), "{name:?}");
        }
        assert_eq!(denied(&audit), ["secrets.exists denied", "secrets.sign denied"]);
    }

    #[tokio::test]
    async fn what_was_stored_for_something_else_does_not_sign() {
        let (who, audit) = toolkit("acme");
        for name in ["TOKEN", "BOUND"] {
            assert_eq!(exists(&who, name).await, Ok(true));
            assert_eq!(sign(&who, name, vec![]).await, Err(not_for_signing()), "{name}");
        }
        assert_eq!(denied(&audit), ["secrets.sign denied"]);
        // Not the length of a seed.
        assert!(matches!(sign(&who, "SEED", vec![]).await, Err(Refusal::Unavailable(_))));
    }

    #[tokio::test]
    async fn a_message_of_a_mebibyte_is_signed_and_one_byte_more_is_refused() {
        let (who, _) = toolkit("acme");
        assert_eq!(sign(&who, "MAC", vec![0; MESSAGE_MAX]).await.unwrap().len(), 32);
        let over = sign(&who, "MAC", vec![0; MESSAGE_MAX + 1]).await;
        assert_eq!(over, Err(Refusal::TooLarge(MESSAGE_MAX as u64)));
    }

    #[tokio::test]
    async fn another_tenant_of_the_same_grant_has_nothing() {
        let (who, _) = toolkit("other");
        assert_eq!(exists(&who, "MAC").await, Ok(false));
        assert_eq!(sign(&who, "MAC", vec![]).await, Err(Refusal::NotFound));
    }

    #[tokio::test]
    async fn neither_refusals_nor_the_record_show_a_secret_or_a_path() {
        let (who, audit) = toolkit("acme");
        let mut all = Vec::new();
        for name in ["MAC", "SEED", "TOKEN", "BOUND", "BROKEN", "GONE", "NOWHERE"] {
            let signed = sign(&who, name, b"message".to_vec()).await;
            all.push(format!("{:?} {signed:?}", exists(&who, name).await));
        }
        who.principal().revoke();
        assert_eq!(sign(&who, "MAC", vec![]).await, Err(Refusal::Revoked));
        assert_eq!(exists(&who, "MAC").await, Err(Refusal::Revoked));
        all.push(format!("{:?} {who:?}", audit.records()));
        let shown = all.concat();
        for hidden in ["canary", "/home", "message"] {
            assert!(!shown.contains(hidden), "{shown}");
        }
        assert!(shown.contains("Unavailable") && shown.contains("NotFound"), "{shown}");
    }
}
