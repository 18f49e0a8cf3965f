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
mod origin;
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
pub(super) mod sign;
#[cfg(not(target_family = "wasm"))]
pub(super) mod skill;
#[cfg(not(target_family = "wasm"))]
pub(super) mod verify;
#[cfg(not(target_family = "wasm"))]
pub(super) mod update;

/// The verbs by which toolkits come from elsewhere and go there.
#[cfg(not(target_family = "wasm"))]
pub(super) fn travel(
    session: &crate::session::Session,
    asked: crate::args::Travel,
) -> Result<crate::output::Answer, miette::Report> {
    use crate::args::Travel;
    match asked {
        Travel::Add(args) => add::add(session, &args),
        Travel::Remove { id } => remove::remove(session, &id),
        Travel::Update { ids } => update::update(session, &ids),
        Travel::Outdated => outdated::outdated(session),
        Travel::Pin { id, version, unpin } => pin::pin(session, &id, version.as_deref(), unpin),
        Travel::Publish { target, to, yes } => {
            publish::publish(session, target.as_deref(), to.as_deref(), yes)
        }
    }
}
