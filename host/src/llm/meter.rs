//! What each principal used of the model, and the budget that it may not pass.

use std::collections::{BTreeMap, BTreeSet};
use std::iter;
use std::sync::{Arc, Mutex, PoisonError};

use super::{Completion, Request};
use crate::admission::{Caller, Principal};
use crate::capability::Refusal;

/// What a toolkit used of the host's model since the host was built.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Metered {
    /// Completions.
    pub calls: u64,
    /// Tokens that were read.
    pub input_tokens: u64,
    /// Tokens that were written.
    pub output_tokens: u64,
}

impl Metered {
    fn tokens(&self) -> u64 {
        self.input_tokens.saturating_add(self.output_tokens)
    }
}

#[derive(Debug, Default)]
struct Account {
    used: Metered,
    /// What completions under way may write.
    reserved: u64,
}

/// Tenant and toolkit.
type Key = (String, String);

/// The accounts of all principals. There are as many as there are toolkits.
#[derive(Debug, Default)]
pub(crate) struct Meter(Mutex<BTreeMap<Key, Account>>);

/// A completion under way. What it reserved is free again when it ends, however it ends.
#[derive(Debug)]
pub(crate) struct Reservation {
    meter: Arc<Meter>,
    /// Who asks, and all on whose behalf.
    keys: BTreeSet<Key>,
    tokens: u64,
}

impl Meter {
    /// What a principal used, and what was used on its behalf.
    pub(crate) fn of(&self, tenant: &str, toolkit: &str) -> Metered {
        let accounts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (tenant.to_owned(), toolkit.to_owned());
        accounts.get(&key).map(|account| account.used).unwrap_or_default()
    }

    /// Reserves the tokens that the answer may have, of the caller's budget and of each on whose
    /// behalf it runs: nobody has more by letting children ask. How many the question has is known
    /// only from the answer: calls at once may pass the budget by their questions, and none after
    /// them.
    ///
    /// # Errors
    ///
    /// [`Refusal::Quota`] with the budget when it has no room for the answer.
    pub(crate) fn reserve(
        self: &Arc<Self>,
        caller: &Caller,
        request: &Request,
    ) -> Result<Reservation, Refusal> {
        let tokens = u64::from(request.max_tokens.unwrap_or_default());
        let key = |level: &Principal| (level.tenant().to_owned(), level.toolkit().to_owned());
        let principal = caller.principal();
        let own = (key(principal), caller.grant().llm_tokens());
        let above = principal.levels().skip(1).map(|level| (key(level), level.llm_tokens()));
        let budgets: Vec<_> = iter::once(own).chain(above).collect();
        let mut accounts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for (key, budget) in &budgets {
            let account = accounts.entry(key.clone()).or_default();
            let taken = account.used.tokens().saturating_add(account.reserved);
            if let Some(budget) = *budget
                && taken.saturating_add(tokens) > budget
            {
                return Err(Refusal::Quota(budget));
            }
        }
        // Each once: a command may run itself.
        let keys: BTreeSet<_> = budgets.into_iter().map(|(key, _)| key).collect();
        for key in &keys {
            let account = accounts.entry(key.clone()).or_default();
            account.reserved = account.reserved.saturating_add(tokens);
        }
        Ok(Reservation { meter: self.clone(), keys, tokens })
    }
}

impl Reservation {
    /// Counts what was used.
    pub(crate) fn settle(self, completion: &Completion) {
        let mut accounts = self.meter.0.lock().unwrap_or_else(PoisonError::into_inner);
        for key in &self.keys {
            let used = &mut accounts.entry(key.clone()).or_default().used;
            used.calls += 1;
            used.input_tokens = used.input_tokens.saturating_add(completion.input_tokens);
            used.output_tokens = used.output_tokens.saturating_add(completion.output_tokens);
        }
        drop(accounts);
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        let mut accounts = self.meter.0.lock().unwrap_or_else(PoisonError::into_inner);
        for key in &self.keys {
            let account = accounts.entry(key.clone()).or_default();
            account.reserved = account.reserved.saturating_sub(self.tokens);
        }
    }
}
