//! `wbx` as a person or a program meets it: words in; exit status, stdout and stderr out.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails loudly")]

mod add;
mod commands;
mod egress;
mod identity;
mod json;
mod lane;
mod policy;
mod operator;
mod run;
mod secret;
mod serve;
mod signed;
mod support;
mod target;
mod third_party;
mod toolkits;
mod usage;
mod world;
