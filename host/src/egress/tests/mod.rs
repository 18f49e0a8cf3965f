//! The attacks, at each door: what is refused, and that nothing was asked for or dialled.

mod dialling;
mod guard;
