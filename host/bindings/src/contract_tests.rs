//! The rules of the contract, on fixtures.
