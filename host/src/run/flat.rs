//! Components of the world `legacy`: a text in, a text out.

use wasmtime::component::types::{ComponentItem, Type};
use wasmtime::component::{Val, wasm_wave};

use super::{Instance, RunError};
use crate::instance::Prepared;

/// What such a component exports.
const RUN: &str = "run";

impl Prepared {
    /// Whether it exports `run: func(string) -> string`, as components of the world `legacy` do.
    pub fn is_flat(&self) -> bool {
        let component = &self.0.component;
        let ty = component.component_type();
        let exported = ty.get_export(component.engine(), RUN);
        let Some(ComponentItem::ComponentFunc(run)) = exported.map(|export| export.ty) else {
            return false;
        };
        let is_text = |ty: Type| matches!(ty, Type::String);
        let (mut params, mut results) = (run.params(), run.results());
        (params.len(), results.len()) == (1, 1)
            && params.all(|(_, ty)| is_text(ty))
            && results.all(is_text)
    }
}

impl Instance {
    /// Calls `run` of a component of the world `legacy`.
    ///
    /// # Errors
    ///
    /// As [`Instance::invoke`].
    pub async fn run_flat(&mut self, input: &str) -> Result<String, RunError> {
        let failed = |why: &dyn std::fmt::Display| RunError::Trapped { why: why.to_string() };
        let input = wasm_wave::to_string(&Val::String(input.to_owned()));
        let call = format!("{RUN}({})", input.map_err(|why| failed(&why))?);
        let said = self.invoke(&call).await?;
        match wasm_wave::from_str::<Val>(&Type::String, &said.text) {
            Ok(Val::String(text)) => Ok(text),
            Ok(_) => Err(failed(&"its answer is no text")),
            Err(why) => Err(failed(&why)),
        }
    }
}
