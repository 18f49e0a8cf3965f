//! The verbs about toolkits.

pub(super) mod new;

#[cfg(not(target_family = "wasm"))]
pub(super) mod add;
#[cfg(not(target_family = "wasm"))]
pub(super) mod build;
#[cfg(not(target_family = "wasm"))]
pub(super) mod check;
#[cfg(not(target_family = "wasm"))]
pub(super) mod list;
#[cfg(not(target_family = "wasm"))]
pub(super) mod outdated;
#[cfg(not(target_family = "wasm"))]
pub(super) mod pin;
#[cfg(not(target_family = "wasm"))]
pub(super) mod publish;
#[cfg(not(target_family = "wasm"))]
pub(super) mod remove;
#[cfg(not(target_family = "wasm"))]
pub(crate) mod run;
#[cfg(not(target_family = "wasm"))]
pub(super) mod show;
#[cfg(not(target_family = "wasm"))]
pub(super) mod update;
