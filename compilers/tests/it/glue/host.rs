//! The other side of the world of all shapes: it echoes values, and holds things.

use wasmtime::{
    Config, Engine, Result, Store,
    component::{Component, Linker, Resource, ResourceAny, ResourceTable, ResourceType, Val},
};

const COUNTERS: &str = "shapes:guest/counters@1.2.0";

const ECHOED: &[&str] = &[
    "bools",
    "u8s",
    "s8s",
    "u16s",
    "s16s",
    "u32s",
    "s32s",
    "u64s",
    "s64s",
    "f32s",
    "f64s",
    "chars",
    "strings",
    "bytes",
    "words",
    "wides",
    "floats",
    "flag-lists",
    "tuples",
    "trees",
    "colors",
    "permissions",
    "wide-permissions",
    "options",
    "nested",
    "thrice",
    "outcomes",
    "deeps",
    "mixed",
];

struct Thing(String);

struct Part(u32);

#[derive(Default)]
struct State {
    program: &'static str,
    table: ResourceTable,
    things: u32,
    parts: u32,
    printed: Vec<String>,
}

/// A component's code.
pub(super) struct Code {
    engine: Engine,
    component: Component,
    linker: Linker<State>,
}

impl Code {
    pub(super) fn new(component: &[u8]) -> Self {
        #[expect(clippy::disallowed_methods, reason = "a host of this test alone")]
        let engine = Engine::new(&Config::new()).unwrap();
        let component = Component::new(&engine, component).unwrap();
        let mut linker = Linker::new(&engine);
        link(&mut linker).unwrap();
        Self { engine, component, linker }
    }

    /// An instance that runs a program.
    pub(super) fn instance(&self, program: &'static str) -> Instance {
        let mut store = Store::new(&self.engine, State { program, ..State::default() });
        store.set_hostcall_fuel(1 << 30);
        let instance = self.linker.instantiate(&mut store, &self.component).unwrap();
        Instance { store, instance }
    }
}

fn link(linker: &mut Linker<State>) -> Result<()> {
    let mut root = linker.root();
    root.func_wrap("twice", |_, (number,): (u32,)| Ok((number * 2,)))?;
    root.func_wrap("print", |mut store, (text,): (String,)| {
        store.data_mut().printed.push(text);
        Ok(())
    })?;
    root.func_wrap("source", |store, ()| {
        let text = store.data().program.bytes();
        Ok((text.chain([0]).collect::<Vec<_>>(),))
    })?;
    let mut host = linker.instance("shapes:guest/host@1.2.0")?;
    for name in ECHOED {
        host.func_new(name, |_, _, params, results| {
            results[0] = params[0].clone();
            Ok(())
        })?;
    }
    host.func_new("results", |_, _, params, results| {
        results[0] = Val::Tuple(vec![params[0].clone()]);
        Ok(())
    })?;
    host.func_wrap("bare-outcomes", |_, (ok,): (bool,)| Ok((if ok { Ok(()) } else { Err(()) },)))?;
    for name in ["spilled", "exact"] {
        host.func_new(name, |_, _, params, results| {
            let text = |value: &Val| match value {
                Val::String(text) => Ok(text.clone()),
                other => other.to_wave(),
            };
            let texts = params.iter().map(text).collect::<Result<Vec<_>>>()?;
            results[0] = Val::String(texts.join("|"));
            Ok(())
        })?;
    }
    link_things(linker)
}

fn link_things(linker: &mut Linker<State>) -> Result<()> {
    let mut things = linker.instance("shapes:guest/things@1.2.0")?;
    things.resource("thing", ResourceType::host::<Thing>(), |mut store, at| {
        let state: &mut State = store.data_mut();
        state.table.delete(Resource::<Thing>::new_own(at))?;
        state.things -= 1;
        Ok(())
    })?;
    things.resource("part", ResourceType::host::<Part>(), |mut store, at| {
        let state: &mut State = store.data_mut();
        state.table.delete(Resource::<Part>::new_own(at))?;
        state.parts -= 1;
        Ok(())
    })?;
    things.func_wrap("[constructor]thing", |mut store, (name,): (String,)| {
        Ok((store.data_mut().thing(name)?,))
    })?;
    things.func_wrap("[method]thing.name", |mut store, (this,): (Resource<Thing>,)| {
        Ok((store.data_mut().table.get(&this)?.0.clone(),))
    })?;
    things.func_wrap("[method]thing.part", |mut store, (this,): (Resource<Thing>,)| {
        let state = store.data_mut();
        let size = u32::try_from(state.table.get(&this)?.0.len())?;
        state.parts += 1;
        Ok((state.table.push_child(Part(size), &this)?,))
    })?;
    things.func_wrap("[method]part.size", |mut store, (this,): (Resource<Part>,)| {
        Ok((store.data_mut().table.get(&this)?.0,))
    })?;
    type Two = (Resource<Thing>, Resource<Thing>);
    things.func_wrap("[static]thing.join", |mut store, (left, right): Two| {
        let state = store.data_mut();
        let name = format!("{}+{}", state.table.delete(left)?.0, state.table.get(&right)?.0);
        state.things -= 1;
        Ok((state.thing(name)?,))
    })?;
    things.func_wrap("[static]thing.open", |mut store, (name,): (String,)| {
        if name.is_empty() {
            return Ok((Err("no name".to_owned()),));
        }
        Ok((Ok(store.data_mut().thing(name)?),))
    })?;
    things.func_wrap("names", |mut store, (all,): (Vec<Resource<Thing>>,)| {
        let table = &store.data_mut().table;
        let names = all.iter().map(|thing| Ok(table.get(thing)?.0.clone()));
        Ok((names.collect::<Result<Vec<_>>>()?,))
    })?;
    things.func_wrap("make", |mut store, (names,): (Vec<String>,)| {
        let state = store.data_mut();
        Ok((names.into_iter().map(|name| state.thing(name)).collect::<Result<Vec<_>>>()?,))
    })?;
    things.func_wrap("take", |mut store, (all,): (Vec<Resource<Thing>>,)| {
        let state = store.data_mut();
        let count = u32::try_from(all.len())?;
        for thing in all {
            state.table.delete(thing)?;
            state.things -= 1;
        }
        Ok((count,))
    })?;
    things.func_wrap("alive", |mut store, ()| {
        let state = store.data_mut();
        Ok(((state.things, state.parts),))
    })
}

impl State {
    fn thing(&mut self, name: String) -> Result<Resource<Thing>> {
        self.things += 1;
        Ok(self.table.push(Thing(name))?)
    }
}

/// One instance.
pub(super) struct Instance {
    store: Store<State>,
    instance: wasmtime::component::Instance,
}

/// A resource that the program exports.
pub(super) struct Object(ResourceAny);

impl Object {
    pub(super) fn borrow(&self) -> Val {
        Val::Resource(self.0)
    }
}

pub(super) fn list(objects: &[&Object]) -> Val {
    Val::List(objects.iter().map(|object| object.borrow()).collect())
}

pub(super) fn some(object: &Object) -> Val {
    Val::Option(Some(Box::new(object.borrow())))
}

impl Instance {
    pub(super) fn printed(&self) -> &[String] {
        &self.store.data().printed
    }

    pub(super) fn alive(&self) -> u32 {
        self.store.data().things
    }

    fn func(&mut self, interface: Option<&str>, name: &str) -> wasmtime::component::Func {
        let parent = interface
            .map(|name| self.instance.get_export_index(&mut self.store, None, name).unwrap());
        let index = self.instance.get_export_index(&mut self.store, parent.as_ref(), name).unwrap();
        self.instance.get_func(&mut self.store, index).unwrap()
    }

    fn invoke(&mut self, interface: Option<&str>, name: &str, params: &[Val]) -> Result<Vec<Val>> {
        let func = self.func(interface, name);
        let mut results = vec![Val::Bool(false); func.ty(&self.store).results().len()];
        func.call(&mut self.store, params, &mut results)?;
        Ok(results)
    }

    /// Calls with parameters as WAVE writes a tuple; the result likewise.
    pub(super) fn call(
        &mut self,
        interface: Option<&str>,
        name: &str,
        params: &str,
    ) -> Result<String> {
        let ty = self.func(interface, name).ty(&self.store);
        let texts = split(params);
        let params = ty.params().zip(&texts).map(|((_, ty), text)| Val::from_wave(&ty, text));
        let params = params.collect::<Result<Vec<_>>>()?;
        let results = self.invoke(interface, name, &params)?;
        results.first().map_or(Ok(String::new()), Val::to_wave)
    }

    pub(super) fn make(&mut self, name: &str, params: &[Val]) -> Object {
        match self.invoke(Some(COUNTERS), name, params).unwrap().remove(0) {
            Val::Resource(object) => Object(object),
            Val::Option(Some(object)) => match *object {
                Val::Resource(object) => Object(object),
                other => panic!("{other:?}"),
            },
            other => panic!("{other:?}"),
        }
    }

    pub(super) fn number(&mut self, name: &str, params: &[Val]) -> u64 {
        match self.invoke(Some(COUNTERS), name, params).unwrap().remove(0) {
            Val::U64(number) => number,
            other => panic!("{other:?}"),
        }
    }

    pub(super) fn drop(&mut self, object: &Object) {
        object.0.resource_drop(&mut self.store).unwrap();
    }

    /// Calls a function with a new thing, which goes away afterwards if it was only lent.
    pub(super) fn with_thing(&mut self, name: &str, thing: &str, given: bool) -> Result<String> {
        let thing = self.store.data_mut().thing(thing.to_owned())?;
        let any = thing.try_into_resource_any(&mut self.store)?;
        let results = self.invoke(Some(COUNTERS), name, &[Val::Resource(any)])?;
        if !given {
            let thing = any.try_into_resource::<Thing>(&mut self.store)?;
            self.store.data_mut().table.delete(thing)?;
            self.store.data_mut().things -= 1;
        }
        results[0].to_wave()
    }
}

/// The items of a tuple.
fn split(tuple: &str) -> Vec<String> {
    let inner = tuple.strip_prefix('(').and_then(|text| text.strip_suffix(')')).unwrap();
    let (mut depth, mut quoted, mut items) = (0, false, vec![String::new()]);
    for letter in inner.chars() {
        match letter {
            '"' => quoted = !quoted,
            '(' | '[' | '{' if !quoted => depth += 1,
            ')' | ']' | '}' if !quoted => depth -= 1,
            ',' if !quoted && depth == 0 => {
                items.push(String::new());
                continue;
            }
            _ => {}
        }
        items.last_mut().unwrap().push(letter);
    }
    items.retain(|item| !item.trim().is_empty());
    items
}
