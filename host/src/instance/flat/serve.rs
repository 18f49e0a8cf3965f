//! The flat functions, each over the functions of an interface.

use serde_json::json;
use wasmtime::StoreContextMut;
use wasmtime::component::{LinkerInstance, Val};
use workbooks_bindings::engine::commands::Host as _;
use workbooks_bindings::engine::parallel::{Host as _, Options};
use workbooks_bindings::engine::types::{CommandRequest, Error, Output};
use workbooks_bindings::engine::vfs::Host as _;
use workbooks_bindings::engine::{browse, llm};

use super::answer;
use crate::capabilities::{Commands, Parallel, Vfs};
use crate::capability::{Call, Capability, Refusal};
use crate::fabric::INPUTS;
use crate::fabric::wire::{ExecRequest, MapReply, MapRequest};
use crate::instance::Guest;

type Root<'a> = LinkerInstance<'a, Guest>;
type State<'a> = StoreContextMut<'a, Guest>;
type Linked = wasmtime::Result<()>;

/// `() -> string`: who runs, as JSON.
pub(super) fn session_info(name: &str, root: &mut Root<'_>) -> Linked {
    root.func_wrap(name, |store: State<'_>, (): ()| {
        let caller = store.data().caller();
        let principal = caller.principal();
        let info = json!({
            "tenant": principal.tenant(),
            "toolkit": principal.toolkit(),
            "instance": caller.instance(),
        });
        Ok((info.to_string(),))
    })
}

/// `(sql) -> string`: rows as JSON arrays. The table `vfs(volume, path, content, mtime)` of the
/// original is there for a statement that begins with `SELECT`; `mtime` is in seconds.
pub(super) fn vfs_query(name: &str, root: &mut Root<'_>) -> Linked {
    root.func_wrap_async(name, |mut store: State<'_>, (sql,): (String,)| {
        Box::new(async move {
            let mut call = store.data_mut().call::<Vfs>();
            Ok((answer::rows(call.query(with_vfs(sql), Vec::new()).await),))
        })
    })
}

fn with_vfs(sql: String) -> String {
    const VFS: &str = "WITH vfs(volume, path, content, mtime) AS \
        (SELECT volume, path, content, modified_ms / 1000 FROM files WHERE kind = 'file') ";
    let begins = sql.trim_start().get(..6).is_some_and(|word| word.eq_ignore_ascii_case("select"));
    if begins { VFS.to_owned() + &sql } else { sql }
}

/// `(command, input, args) -> string`: standard output.
pub(super) fn run_command(name: &str, root: &mut Root<'_>) -> Linked {
    type Params = (String, String, Vec<String>);
    root.func_wrap_async(name, |mut store: State<'_>, (name, input, argv): Params| {
        Box::new(async move {
            let mut call = store.data_mut().call::<Commands>();
            let ran = call.run(request(name, argv, input.into_bytes())).await;
            Ok((answer::output(ran).unwrap_or_else(answer::error),))
        })
    })
}

/// `(command, inputs) -> string`: a JSON array of texts in, one of results out.
pub(super) fn run_command_many(name: &str, root: &mut Root<'_>) -> Linked {
    root.func_wrap_async(name, |mut store: State<'_>, (name, inputs): (String, String)| {
        Box::new(async move {
            let Ok(inputs) = serde_json::from_str::<Vec<String>>(&inputs) else {
                return Ok((answer::error("the inputs are no JSON array of strings"),));
            };
            let inputs = inputs.into_iter().map(String::into_bytes).collect();
            let mut call = store.data_mut().call::<Parallel>();
            Ok((answer::outputs(map(&mut call, name, Vec::new(), inputs).await),))
        })
    })
}

/// `(prompt) -> string`: what the model says.
pub(super) fn llm_complete<C: Capability>(name: &str, root: &mut Root<'_>) -> Linked
where
    for<'a> Call<'a, C>: llm::Host,
{
    root.func_wrap_async(name, |mut store: State<'_>, (prompt,): (String,)| {
        Box::new(async move {
            let message = llm::Message {
                role: llm::Role::User,
                content: vec![llm::Part::Text(prompt)],
                tool_call_id: None,
            };
            let request = llm::Request {
                model: None,
                messages: vec![message],
                tools: Vec::new(),
                max_tokens: None,
                extra: Vec::new(),
            };
            let mut call = store.data_mut().call::<C>();
            Ok((answer::completion(llm::Host::complete(&mut call, request).await),))
        })
    })
}

/// `(url) -> string`: the page as a JSON object, its text as a reader sees it.
pub(super) fn browse_fetch<C: Capability>(name: &str, root: &mut Root<'_>) -> Linked
where
    for<'a> Call<'a, C>: browse::Host,
{
    root.func_wrap_async(name, |mut store: State<'_>, (url,): (String,)| {
        Box::new(async move {
            let mut call = store.data_mut().call::<C>();
            let page = browse::Host::fetch(&mut call, url, browse::Format::Text).await;
            Ok((answer::page(page),))
        })
    })
}

/// `(request, capacity) -> option<bytes>`: standard output, if it fits.
pub(super) fn host_exec(name: &str, root: &mut Root<'_>) -> Linked {
    root.func_wrap_async(name, |mut store: State<'_>, (bytes, capacity): (Vec<u8>, u32)| {
        Box::new(async move {
            let Ok(asked) = ExecRequest::parse(&bytes) else { return Ok((None,)) };
            let mut call = store.data_mut().call::<Commands>();
            let ran = call.run(request(asked.name, asked.args, asked.stdin)).await;
            let good = ran.ok().filter(|output| output.status == 0 && !output.truncated);
            Ok((good.map(|output| output.stdout).filter(|out| out.len() <= capacity as usize),))
        })
    })
}

/// `(request, capacity) -> option<bytes>`: a reply of the map, if it fits.
pub(super) fn host_parallel_map(name: &str, root: &mut Root<'_>) -> Linked {
    root.func_wrap_async(name, |mut store: State<'_>, (bytes, capacity): (Vec<u8>, u32)| {
        Box::new(async move {
            let Ok(asked) = MapRequest::parse(&bytes) else { return Ok((None,)) };
            let MapRequest { name, args, inputs } = asked;
            let mut call = store.data_mut().call::<Parallel>();
            let Ok(done) = map(&mut call, name, args, inputs).await else { return Ok((None,)) };
            let good = done.into_iter().map(|result| {
                let output = result.ok().filter(|output| output.status == 0 && !output.truncated);
                output.map(|output| output.stdout)
            });
            let reply = MapReply(good.collect()).encode();
            Ok((Some(reply).filter(|reply| reply.len() <= capacity as usize),))
        })
    })
}

/// What nobody serves: the call passes the gate and is refused.
pub(super) fn refused(name: &'static str, capability: &'static str, root: &mut Root<'_>) -> Linked {
    root.func_new(name, move |store, _, _, results| {
        let caller = store.data().caller();
        let refusal = caller.admit(capability, name).err().unwrap_or_else(|| {
            let refusal = Refusal::Unsupported(format!("`{capability}` has no `{name}` here"));
            caller.refused(capability, name, &refusal);
            refusal
        });
        if let [result] = results {
            *result = match name {
                "host-exec" | "host-parallel-map" => Val::Option(None),
                _ => Val::String(answer::error(refusal)),
            };
        }
        Ok(())
    })
}

/// Runs one command on many inputs.
async fn map(
    call: &mut Call<'_, Parallel>,
    name: String,
    args: Vec<String>,
    inputs: Vec<Vec<u8>>,
) -> Result<Vec<Result<Output, Error>>, Refusal> {
    match each(&name, &args, inputs) {
        Ok(requests) => call.run_many(requests, plain()).await,
        Err(refusal) => Err(call.admit("run-many")?.refuse(refusal)),
    }
}

/// Bytes of the name and the arguments that the requests of one map have, all together.
const COPIED: usize = 16 << 20;

/// A request for each input. Each has the name and the arguments, which the guest wrote but once:
/// what they come to is counted before they are copied.
fn each(name: &str, args: &[String], inputs: Vec<Vec<u8>>) -> Result<Vec<CommandRequest>, Refusal> {
    if inputs.len() > INPUTS {
        return Err(Refusal::Quota(INPUTS as u64));
    }
    let copied: usize = args.iter().map(|arg| size_of::<String>() + arg.len()).sum();
    if (name.len() + copied).saturating_mul(inputs.len()) > COPIED {
        return Err(Refusal::TooLarge(COPIED as u64));
    }
    Ok(inputs.into_iter().map(|input| request(name.to_owned(), args.to_vec(), input)).collect())
}

fn request(name: String, argv: Vec<String>, stdin: Vec<u8>) -> CommandRequest {
    CommandRequest { name, argv, stdin, env: Vec::new(), extra: Vec::new() }
}

fn plain() -> Options {
    Options { width: None, timeout_ms: None, extra: Vec::new() }
}

#[cfg(test)]
mod tests {
    use wasmtime::component::Linker;

    use super::*;

    struct Double;

    impl Capability for Double {
        fn name(&self) -> &'static str {
            "llm"
        }

        fn link(&self, _: &str, _: &mut Linker<Guest>) -> Linked {
            Ok(())
        }
    }

    impl llm::Host for Call<'_, Double> {
        async fn complete(&mut self, _: llm::Request) -> Result<llm::Completion, Refusal> {
            Err(Refusal::Timeout)
        }
    }

    impl browse::Host for Call<'_, Double> {
        async fn fetch(&mut self, _: String, _: browse::Format) -> Result<browse::Page, Refusal> {
            Err(Refusal::Timeout)
        }

        async fn search(&mut self, _: String, _: u32) -> Result<Vec<browse::Hit>, Refusal> {
            Err(Refusal::Timeout)
        }
    }

    #[test]
    fn whatever_serves_llm_and_browse_can_serve_their_flat_functions() {
        let mut linker = Linker::new(&wasmtime::Engine::default());
        llm_complete::<Double>("llm-complete", &mut linker.root()).unwrap();
        browse_fetch::<Double>("browse-fetch", &mut linker.root()).unwrap();
    }

    #[test]
    fn what_a_map_copies_for_its_inputs_is_bounded_before_it_is_copied() {
        let long = "x".repeat(COPIED / INPUTS);
        let inputs = |count| vec![Vec::new(); count];
        let too_large = Err(Refusal::TooLarge(COPIED as u64));
        let made = |name: &str, args: &[String], count| {
            each(name, args, inputs(count)).map(|requests| requests.len())
        };
        assert_eq!(made("cat", &[], INPUTS + 1), Err(Refusal::Quota(INPUTS as u64)));
        assert_eq!(made("cat", std::slice::from_ref(&long), INPUTS), too_large);
        assert_eq!(made("cat", &vec![String::new(); 1000], INPUTS), too_large);
        assert_eq!(made(&format!("{long}x"), &[], INPUTS), too_large);
        assert_eq!(made(&long, &[], INPUTS), Ok(INPUTS));
        assert_eq!(made("cat", &["x".repeat(COPIED / 2)], 1), Ok(1));
    }

    #[test]
    fn only_a_select_gets_the_table_of_the_original() {
        assert!(with_vfs(" select * FROM vfs".to_owned()).starts_with("WITH vfs("));
        for other in ["DELETE FROM files", "WITH a AS (SELECT 1) SELECT * FROM a", "", "sélect"] {
            assert_eq!(with_vfs(other.to_owned()), other);
        }
    }
}
