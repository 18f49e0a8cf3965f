//! What each principal used of the model, and the budget that it may not pass.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::{Completion, Request};
use crate::admission::{Caller, Principal};
use crate::capability::Refusal;

/// What a toolkit used of the host's model since the host was built, and what those used that ran
/// on its behalf.
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

    fn add(&mut self, more: Self) {
        self.calls = self.calls.saturating_add(more.calls);
        self.input_tokens = self.input_tokens.saturating_add(more.input_tokens);
        self.output_tokens = self.output_tokens.saturating_add(more.output_tokens);
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

/// A completion under way. What it reserved is free again when it ends, however it ends; one that
/// is given up counts as if its answer had come in full, since its provider may count it so.
#[derive(Debug)]
pub(crate) struct Reservation {
    meter: Arc<Meter>,
    keys: Vec<Key>,
    tokens: u64,
    /// What it counts for.
    cost: Metered,
}

/// Who pays for what a principal asks, with their budgets: it, and all on whose behalf it runs.
fn payers(principal: &Principal) -> BTreeMap<Key, Option<u64>> {
    let mut payers = BTreeMap::new();
    for level in principal.levels() {
        let key = (level.tenant().to_owned(), level.toolkit().to_owned());
        let budget = payers.entry(key).or_default();
        *budget = [*budget, level.llm_tokens()].into_iter().flatten().min();
    }
    payers
}

impl Meter {
    /// What a principal used.
    pub(crate) fn of(&self, tenant: &str, toolkit: &str) -> Metered {
        let accounts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (tenant.to_owned(), toolkit.to_owned());
        accounts.get(&key).map(|account| account.used).unwrap_or_default()
    }

    /// Reserves the tokens that the answer may have. How many the question has is known only from
    /// the answer: calls at once may pass the budget by their questions, and none after them.
    ///
    /// # Errors
    ///
    /// [`Refusal::Quota`] with the budget when it, or that of one on whose behalf the caller runs,
    /// has no room for the answer.
    pub(crate) fn reserve(
        self: &Arc<Self>,
        caller: &Caller,
        request: &Request,
    ) -> Result<Reservation, Refusal> {
        let payers = payers(caller.principal());
        let tokens = u64::from(request.max_tokens.unwrap_or_default());
        let mut accounts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for (key, budget) in &payers {
            let taken = accounts
                .get(key)
                .map_or(0, |account| account.used.tokens().saturating_add(account.reserved));
            if let Some(budget) = *budget
                && taken.saturating_add(tokens) > budget
            {
                return Err(Refusal::Quota(budget));
            }
        }
        let keys: Vec<_> = payers.into_keys().collect();
        for key in &keys {
            let account = accounts.entry(key.clone()).or_default();
            account.reserved = account.reserved.saturating_add(tokens);
        }
        let cost = Metered { calls: 1, input_tokens: 0, output_tokens: tokens };
        Ok(Reservation { meter: self.clone(), keys, tokens, cost })
    }
}

impl Reservation {
    /// Counts what was used.
    pub(crate) fn settle(mut self, completion: &Completion) {
        let Completion { input_tokens, output_tokens, .. } = *completion;
        self.cost = Metered { calls: 1, input_tokens, output_tokens };
    }

    /// Counts nothing: the provider has refused.
    pub(crate) fn release(mut self) {
        self.cost = Metered::default();
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        let mut accounts = self.meter.0.lock().unwrap_or_else(PoisonError::into_inner);
        for key in self.keys.drain(..) {
            let account = accounts.entry(key).or_default();
            account.reserved = account.reserved.saturating_sub(self.tokens);
            account.used.add(self.cost);
        }
    }
}
