//! `wbx` as a person or a program meets it: words in; exit status, stdout and stderr out.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails loudly")]

mod add;
mod commands;
mod egress;
mod json;
mod lane;
mod policy;
mod operator;
mod run;
mod secret;
mod serve;
mod support;
mod target;
mod toolkits;
mod usage;
mod world;
