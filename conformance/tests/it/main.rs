//! What holds over the whole tree.

mod coverage;
mod evolution;
mod matrix;
mod refusals;
mod tidy;
