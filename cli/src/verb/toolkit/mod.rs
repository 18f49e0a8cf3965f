//! The verbs about toolkits.

pub(super) mod new;

#[cfg(not(target_family = "wasm"))]
pub(super) mod build;
#[cfg(not(target_family = "wasm"))]
pub(super) mod check;
#[cfg(not(target_family = "wasm"))]
pub(super) mod list;
#[cfg(not(target_family = "wasm"))]
mod origin;
#[cfg(not(target_family = "wasm"))]
pub(crate) mod run;
#[cfg(not(target_family = "wasm"))]
pub(super) mod show;
#[cfg(not(target_family = "wasm"))]
pub(super) mod sign;
#[cfg(not(target_family = "wasm"))]
pub(super) mod skill;
#[cfg(not(target_family = "wasm"))]
pub(super) mod verify;
