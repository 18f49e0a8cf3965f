//! What a person may hope to compile.

fn main() {}
