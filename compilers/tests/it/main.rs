//! The lanes as they are: real compilers on the real engine. The first run fetches them.

mod c_lane;
mod support;
mod toolkits;
