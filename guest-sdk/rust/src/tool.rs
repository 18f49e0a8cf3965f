//! Tools: what a component exports that is called by name, with JSON in and JSON out.

use crate::Error;
pub use crate::bindings::exports::workbooks::engine::tool::{Guest, Spec};

/// One tool.
#[derive(Clone, Copy, Debug)]
pub struct Tool {
    /// Its name.
    pub name: &'static str,
    /// What it does, for who chooses among tools.
    pub description: &'static str,
    /// The JSON Schema of its arguments.
    pub parameters: &'static str,
    /// Arguments in, result out.
    pub call: fn(&str) -> Result<String, Error>,
}

/// What `describe` answers.
pub fn describe(tools: &[Tool]) -> Vec<Spec> {
    let spec = |tool: &Tool| Spec {
        name: tool.name.to_owned(),
        description: tool.description.to_owned(),
        parameters: tool.parameters.to_owned(),
    };
    tools.iter().map(spec).collect()
}

/// What `call` answers.
pub fn call(tools: &[Tool], name: &str, arguments: &str) -> Result<String, Error> {
    let tool = tools.iter().find(|tool| tool.name == name).ok_or(Error::NotFound)?;
    (tool.call)(arguments)
}

/// Exports tools, once in a component: `tools!(ECHO, COUNT);`, where each is a [`Tool`].
#[macro_export]
macro_rules! tools {
    ($($tool:expr),+ $(,)?) => {
        struct WorkbooksTools;
        const _: () = {
            const ALL: &[$crate::tool::Tool] = &[$($tool),+];
            impl $crate::tool::Guest for WorkbooksTools {
                fn describe() -> Result<Vec<$crate::tool::Spec>, $crate::Error> {
                    Ok($crate::tool::describe(ALL))
                }
                fn call(name: String, arguments: String) -> Result<String, $crate::Error> {
                    $crate::tool::call(ALL, &name, &arguments)
                }
            }
        };
        $crate::bindings::export!(WorkbooksTools with_types_in $crate::bindings);
    };
}
