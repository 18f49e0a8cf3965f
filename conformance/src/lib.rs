//! Does the whole thing keep its word? What the tests of this folder share: the contract's text,
//! guests that are generated from it, cases, and the checker of its evolution.
//!
//! A case is a folder under `cases/` and no code; see [`case`].

pub mod case;
mod contract;
pub mod doubles;
mod evolution;
mod foreign;
mod guest;
mod tree;

pub use contract::Contract;
pub use evolution::{Break, broken_by};
pub use foreign::{Maker, Published, Shelf};
pub use guest::{OneCall, dummy, many_imports, through};
pub use tree::{folders, root, rust_files};
