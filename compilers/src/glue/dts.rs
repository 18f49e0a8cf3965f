//! stub
use super::GlueError;
use wit_parser::{Resolve, WorldId};
pub(super) fn generate(_: &Resolve, _: WorldId) -> Result<String, GlueError> {
    Ok(String::new())
}
