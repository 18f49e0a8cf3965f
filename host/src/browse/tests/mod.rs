//! What is read of a page, and what is fetched and searched for a guest. Servers are on loopback.

mod fetching;
mod reading;
mod searching;
