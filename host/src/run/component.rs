//! Shape `component`: typed calls on one instance, in WAVE (the component model's text for values).

use wasmtime::Store;
use wasmtime::component::types::{ComponentFunc, ComponentItem};
use wasmtime::component::wasm_wave::untyped::UntypedFuncCall;
use wasmtime::component::{self, ComponentExportIndex, Val, wasm_wave};

use workbooks_bindings::engine::types::Error;

use super::{Outcome, Run, RunError};
use crate::instance::{CALLS, Cell, Guest, Kill, Prepared};
use crate::toolkit::{Shape, brief, quoted};
use crate::world::base_name;

/// A running component. Calls run on the host's own runtime.
pub struct Instance {
    prepared: Prepared,
    /// Absent after a call that ended the instance.
    alive: Option<(Cell, component::Instance)>,
    kill: Kill,
}

/// What a call returned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invoked {
    /// The value in WAVE; empty if the function returns nothing.
    pub text: String,
    /// Whether it is the `err` of a `result`.
    pub failed: bool,
}

impl Prepared {
    /// Starts it, so that its exports can be called. A command can be called this way too.
    ///
    /// # Errors
    ///
    /// When its shape is not available, or it fails while it starts.
    pub async fn start(&self, run: Run) -> Result<Instance, RunError> {
        if self.shape() != Shape::Command {
            self.expect_shape(Shape::Component)?;
        }
        let inner = self.0.clone();
        let host = self.0.host.clone();
        let alive = host
            .with_guests(async move {
                let mut cell = Cell::new(inner.clone(), run)?;
                cell.preempt();
                let instance = cell.supervise(async |store| inner.instantiate(store).await).await?;
                Ok::<_, RunError>((cell, instance))
            })
            .await??;
        Ok(Instance { prepared: self.clone(), kill: alive.0.kill.clone(), alive: Some(alive) })
    }
}

impl Instance {
    /// Calls an export: `name(args)`, where `name` is a function of the component, or of an
    /// interface that it exports: `my:kit/calc@1.2.0.area(…)`, without the version, `calc.area(…)`,
    /// or just `area(…)`, if only one has it.
    ///
    /// All calls of an instance share the profile's CPU time.
    ///
    /// # Errors
    ///
    /// [`RunError::Handle`] when it returned a handle, [`RunError::Invoke`] when there is no such function or the arguments do not fit (the
    /// instance lives on); a limit or a trap, after which the instance has ended.
    pub async fn invoke(&mut self, call: &str) -> Result<Invoked, RunError> {
        let target = self.target(call)?;
        let (mut cell, instance) = self.alive.take().ok_or(RunError::Ended)?;
        let (called, cell, instance) = self
            .prepared
            .0
            .host
            .with_guests(async move {
                let called =
                    cell.supervise(async |store| perform(store, &instance, &target).await).await;
                (called, cell, instance)
            })
            .await?;
        let results = called?;
        self.alive = Some((cell, instance));
        results.ok_or(RunError::Handle)
    }

    /// Calls a tool: `call` of the interface `tool`.
    ///
    /// # Errors
    ///
    /// [`RunError::Invoke`] when it exports no such interface; a limit or a trap.
    pub(crate) async fn call_tool(
        &mut self,
        name: &str,
        arguments: &str,
    ) -> Result<Result<String, Error>, RunError> {
        type Params<'a> = (&'a str, &'a str);
        type Results = (Result<String, Error>,);
        let none =
            || RunError::Invoke { why: "it exports no tools".to_owned(), exported: String::new() };
        let exports = self.exports();
        let index = exports.iter().find(|e| e.path == "tool.call").ok_or_else(none)?.index;
        let (mut cell, instance) = self.alive.take().ok_or(RunError::Ended)?;
        let func = instance.get_func(&mut cell.store, index).ok_or_else(none)?;
        let Ok(func) = func.typed::<Params<'_>, Results>(&cell.store) else { return Err(none()) };
        let called =
            cell.supervise(async |store| func.call_async(store, (name, arguments)).await).await?;
        self.alive = Some((cell, instance));
        Ok(called.0)
    }

    /// Ends the instance and says what it left behind.
    pub async fn finish(mut self) -> Option<Outcome> {
        match self.alive.take() {
            Some((cell, _)) => Some(cell.finish(Ok(0)).await),
            None => None,
        }
    }

    /// Ends a call from another thread.
    pub fn killer(&self) -> impl Fn() + Send + Sync + 'static {
        let kill = self.kill.clone();
        move || kill.now()
    }

    fn target(&self, call: &str) -> Result<Target, RunError> {
        let exports = self.exports();
        let wrong = |why: String| RunError::Invoke {
            why,
            exported: exports.iter().map(|e| e.path.as_str()).collect::<Vec<_>>().join(", "),
        };
        let (name, rest) = match call.find('(') {
            Some(at) => call.split_at(at),
            None => (call, "()"),
        };
        let matching: Vec<_> =
            exports.iter().filter(|export| export.answers_to(name.trim())).collect();
        let export = match matching[..] {
            [export] => export,
            [] => return Err(wrong(format!("it exports no function {}", quoted(name)))),
            _ => {
                let whole: Vec<_> =
                    matching.iter().map(|export| export.interface.as_str()).collect();
                return Err(wrong(format!(
                    "more than one of its interfaces has a function {}: {}",
                    quoted(name),
                    whole.join(", ")
                )));
            }
        };
        let args = UntypedFuncCall::parse(&format!("f{rest}"))
            .and_then(|call| {
                call.to_wasm_params::<Val>(
                    export.ty.params().map(|(_, ty)| ty).collect::<Vec<_>>().iter(),
                )
            })
            .map_err(|why| {
                wrong(format!(
                    "the arguments of {} do not fit: {}; it is `{}`",
                    quoted(name),
                    brief(&why.to_string()),
                    signature(&export.ty)
                ))
            })?;
        Ok(Target { index: export.index, args, results: export.ty.results().len() })
    }

    fn exports(&self) -> Vec<Export> {
        let component = &self.prepared.0.component;
        let engine = component.engine();
        let mut exports = Vec::new();
        for (name, export) in component.component_type().exports(engine) {
            match export.ty {
                ComponentItem::ComponentFunc(ty) => {
                    let index = component.get_export_index(None, name);
                    exports.extend(index.map(|index| Export {
                        path: name.to_owned(),
                        interface: String::new(),
                        index,
                        ty,
                    }));
                }
                // An engine's door is for what stands before it.
                ComponentItem::ComponentInstance(interface) if name != CALLS => {
                    let parent = component.get_export_index(None, name);
                    for (func, export) in interface.exports(engine) {
                        if let ComponentItem::ComponentFunc(ty) = export.ty {
                            let index = component.get_export_index(parent.as_ref(), func);
                            let short = base_name(name.rsplit('/').next().unwrap_or(name));
                            exports.extend(index.map(|index| Export {
                                path: format!("{short}.{func}"),
                                interface: name.to_owned(),
                                index,
                                ty,
                            }));
                        }
                    }
                }
                _ => {}
            }
        }
        exports
    }
}

struct Export {
    /// `function`, or `interface.function`.
    path: String,
    /// The whole name of the interface, with package and version; empty if there is none.
    interface: String,
    index: ComponentExportIndex,
    ty: ComponentFunc,
}

impl Export {
    fn answers_to(&self, name: &str) -> bool {
        let (path, function) = match self.path.split_once('.') {
            Some((_, function)) if !self.interface.is_empty() => (self.path.as_str(), function),
            _ => return self.path == name,
        };
        let whole = name.strip_suffix(function).and_then(|rest| rest.strip_suffix('.'));
        let interface = self.interface.as_str();
        path == name
            || function == name
            || path.rsplit('.').next() == Some(name)
            || whole.is_some_and(|whole| whole == interface || whole == base_name(interface))
    }
}

struct Target {
    index: ComponentExportIndex,
    args: Vec<Val>,
    results: usize,
}

/// Whether WAVE has a text for this value: handles have none.
fn has_text(value: &Val) -> bool {
    match value {
        Val::List(values) | Val::Tuple(values) => values.iter().all(has_text),
        Val::Record(fields) => fields.iter().all(|(_, value)| has_text(value)),
        Val::Option(value) | Val::Variant(_, value) | Val::Result(Ok(value) | Err(value)) => {
            value.as_deref().is_none_or(has_text)
        }
        Val::Bool(_)
        | Val::S8(_)
        | Val::U8(_)
        | Val::S16(_)
        | Val::U16(_)
        | Val::S32(_)
        | Val::U32(_)
        | Val::S64(_)
        | Val::U64(_)
        | Val::Float32(_)
        | Val::Float64(_)
        | Val::Char(_)
        | Val::String(_)
        | Val::Enum(_)
        | Val::Flags(_) => true,
        // Handles, and what WAVE may learn later.
        _ => false,
    }
}

fn signature(ty: &ComponentFunc) -> String {
    wasm_wave::wasm::DisplayFunc(ty.clone()).to_string()
}

async fn perform(
    store: &mut Store<Guest>,
    instance: &component::Instance,
    target: &Target,
) -> wasmtime::Result<Option<Invoked>> {
    let func = instance
        .get_func(&mut *store, target.index)
        .ok_or_else(|| wasmtime::format_err!("the export is gone"))?;
    let mut results = vec![Val::Bool(false); target.results];
    func.call_async(&mut *store, &target.args, &mut results).await?;
    let failed = matches!(results.first(), Some(Val::Result(Err(_))));
    if !results.iter().all(has_text) {
        return Ok(None);
    }
    let texts: Result<Vec<_>, _> = results.iter().map(wasm_wave::to_string).collect();
    Ok(Some(Invoked { text: texts?.join(", "), failed }))
}

impl Drop for Instance {
    fn drop(&mut self) {
        self.kill.now();
    }
}

impl std::fmt::Debug for Instance {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Instance")
            .field("prepared", &self.prepared)
            .field("alive", &self.alive.is_some())
            .finish_non_exhaustive()
    }
}
