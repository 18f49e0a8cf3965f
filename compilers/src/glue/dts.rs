//! stub
use wit_parser::{Resolve, WorldId};
use super::GlueError;
pub(super) fn generate(_: &Resolve, _: WorldId) -> Result<String, GlueError> {
    Ok(String::new())
}
