//! The lanes as they are: real compilers on the real engine. The first run fetches them.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test ends where it fails")]

mod c_lane;
mod clang;
mod glue;
mod go_packages;
mod interrupted;
mod js_by_pip;
mod js_lane;
mod names;
mod python_lane;
mod js_packages;
mod removal;
mod support;
mod tampered;
mod toolkits;
mod ts_lane;
