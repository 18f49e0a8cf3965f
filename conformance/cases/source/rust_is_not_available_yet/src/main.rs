//! Says nothing yet.

fn main() {}
