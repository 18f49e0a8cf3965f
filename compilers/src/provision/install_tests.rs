//! Claims about installing.
