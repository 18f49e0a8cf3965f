//! `wbx` as a person or a program meets it: words in; exit status, stdout and stderr out.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails loudly")]

mod add;
mod believed;
mod bundle;
mod commands;
mod egress;
mod identity;
mod json;
mod lane;
mod leftovers;
mod library;
mod policy;
mod provision;
mod operator;
mod owner;
mod run;
mod secret;
mod serve;
mod signed;
mod skills;
mod support;
mod target;
mod third_party;
mod toolkits;
mod travel;
mod usage;
mod world;
