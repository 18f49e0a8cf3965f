//! What holds over the whole tree.

mod attacks;
mod coverage;
mod dependencies;
mod evolution;
mod guest_sdk;
mod matrix;
mod refusals;
mod tidy;
