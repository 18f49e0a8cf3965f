//! The engine inside this process: where toolkits are found, what the operator lets them do, and
//! how they are built, run and shown. Only on targets that can hold it.

pub(crate) mod call;
pub(crate) mod catalog;
pub(crate) mod commands;
pub(crate) mod embedded;
pub(crate) mod identity;
pub(crate) mod lanes;
pub(crate) mod loaded;
pub(crate) mod members;
pub(crate) mod operator;
pub(crate) mod registries;
pub(crate) mod serving;
pub(crate) mod signing;
pub(crate) mod skills;
pub(crate) mod timings;
pub(crate) mod workbook;
