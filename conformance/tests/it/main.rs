//! What holds over the whole tree.

mod coverage;
mod evolution;
mod guest_sdk;
mod matrix;
mod refusals;
mod tidy;
