//! Requests a second of a server of ours, over the handler loop that wasmtime-wasi-http documents:
//! the same component, an instance for each request, connections that are kept.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use hyper::server::conn::http1;
use hyper::service::service_fn;
use rustix::time::{ClockId, clock_gettime};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use wasmtime::component::{Component, Linker, ResourceTable};
use wasmtime::{Engine, Store, StoreLimits, StoreLimitsBuilder};
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};
use wasmtime_wasi_http::io::TokioIo;
use wasmtime_wasi_http::p2::bindings::ProxyPre;
use wasmtime_wasi_http::p2::bindings::http::types::Scheme;
use wasmtime_wasi_http::{WasiHttpCtx, WasiHttpCtxView, WasiHttpHooks, WasiHttpView};
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use workbooks_conformance::Contract;
use workbooks_host::policy::ToolkitPolicy;
use workbooks_host::{Artifact, Grant, Host, Profile, ServeOptions};

use crate::measure::{bare_engine, ns};

/// How long each round lasts.
const ROUND: Duration = Duration::from_secs(2);

const WORLD: &str = "package bench:hello;
world hello { import wasi:http/types@0.2.12; import wasi:io/streams@0.2.12; export wasi:http/incoming-handler@0.2.12; }";

/// Answers `hello`.
const HELLO: &str = r#"(module
  (import "wasi:http/types@0.2.12" "[constructor]fields" (func $fields (result i32)))
  (import "wasi:http/types@0.2.12" "[constructor]outgoing-response" (func $response (param i32) (result i32)))
  (import "wasi:http/types@0.2.12" "[method]outgoing-response.body" (func $body (param i32 i32)))
  (import "wasi:http/types@0.2.12" "[static]response-outparam.set" (func $set (param i32 i32 i32 i32 i64 i32 i32 i32 i32)))
  (import "wasi:http/types@0.2.12" "[method]outgoing-body.write" (func $open (param i32 i32)))
  (import "wasi:http/types@0.2.12" "[static]outgoing-body.finish" (func $finish (param i32 i32 i32 i32)))
  (import "wasi:io/streams@0.2.12" "[method]output-stream.blocking-write-and-flush" (func $write (param i32 i32 i32 i32)))
  (import "wasi:io/streams@0.2.12" "[resource-drop]output-stream" (func $drop (param i32)))
  (memory (export "memory") 1)
  (data (i32.const 64) "hello")
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024))
  (func (export "wasi:http/incoming-handler@0.2.12#handle") (param $request i32) (param $out i32)
    (local $r i32) (local $b i32) (local $to i32)
    (local.set $r (call $response (call $fields)))
    (call $body (local.get $r) (i32.const 0))
    (local.set $b (i32.load (i32.const 4)))
    (call $set (local.get $out) (i32.const 0) (local.get $r) (i32.const 0) (i64.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0))
    (call $open (local.get $b) (i32.const 8))
    (local.set $to (i32.load (i32.const 12)))
    (call $write (local.get $to) (i32.const 64) (i32.const 5) (i32.const 16))
    (call $drop (local.get $to))
    (call $finish (local.get $b) (i32.const 0) (i32.const 0) (i32.const 24))))"#;

fn component() -> Vec<u8> {
    let (resolve, world) = Contract::ours().unwrap().beside(WORLD).unwrap();
    let mut module = wat::parse_str(HELLO).unwrap();
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8).unwrap();
    ComponentEncoder::default().module(&module).unwrap().encode().unwrap()
}

pub(crate) fn run() {
    let bytes = component();
    let host = Host::builder().build().unwrap();
    let operator = ToolkitPolicy {
        grants: ["serve".to_owned()].into(),
        serve: BTreeMap::from([("web".to_owned(), "http://127.0.0.1:0".parse().unwrap())]),
        ..ToolkitPolicy::default()
    };
    let grant = Grant::bare("bench", &Profile::named("compute"), &operator);
    let prepared = host.prepare(&Artifact::bare(&bytes), &grant).unwrap();
    let mut how = ServeOptions::default();
    how.limits.rate = 16_000_000;
    let ours = prepared.serve("web", how).unwrap();

    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
    let bare = listener.local_addr().unwrap();
    runtime.spawn(serve(bare_engine(), bytes, listener));
    for connections in [1, 32] {
        let (mut of_ours, mut of_bare) = (Load::default(), Load::default());
        for _ in 0..5 {
            of_bare.best(&load(bare, connections));
            of_ours.best(&load(ours.local_addr(), connections));
        }
        println!(
            "hello over {connections} connections: {:.0} requests/s, {:.0} bare: {:.2}x (target \
             0.9x); CPU time of a request, with its client's: {}, {} bare",
            of_ours.rate,
            of_bare.rate,
            of_ours.rate / of_bare.rate,
            ns(of_ours.cpu),
            ns(of_bare.cpu),
        );
    }
    runtime.shutdown_background();
}

/// How a server did.
struct Load {
    /// Requests a second.
    rate: f64,
    /// CPU time of this process for each, which other processes on the machine disturb less.
    cpu: Duration,
}

impl Default for Load {
    fn default() -> Self {
        Self { rate: 0.0, cpu: Duration::MAX }
    }
}

impl Load {
    fn best(&mut self, other: &Self) {
        self.rate = self.rate.max(other.rate);
        self.cpu = self.cpu.min(other.cpu);
    }
}

fn cpu_time() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    time.try_into().unwrap()
}

/// What is answered over as many connections.
fn load(address: SocketAddr, connections: usize) -> Load {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let (began, cpu) = (Instant::now(), cpu_time());
        let clients: Vec<_> =
            (0..connections).map(|_| tokio::spawn(client(address, began + ROUND))).collect();
        let mut answered = 0;
        for client in clients {
            answered += client.await.unwrap();
        }
        let rate = f64::from(answered) / began.elapsed().as_secs_f64();
        Load { rate, cpu: cpu_time().saturating_sub(cpu) / answered }
    })
}

/// A client that costs as little as it can: what it sends and expects never changes.
#[expect(clippy::disallowed_methods, reason = "a benchmark calls its own server on loopback")]
async fn client(address: SocketAddr, until: Instant) -> u32 {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.set_nodelay(true).unwrap();
    let request = format!("GET / HTTP/1.1\r\nhost: {address}\r\n\r\n");
    let (mut answered, mut heard) = (0, Vec::with_capacity(1 << 10));
    while Instant::now() < until {
        stream.write_all(request.as_bytes()).await.unwrap();
        heard.clear();
        while !heard.ends_with(b"hello\r\n0\r\n\r\n") {
            assert_ne!(stream.read_buf(&mut heard).await.unwrap(), 0, "it closed: {heard:?}");
        }
        answered += 1;
    }
    answered
}

struct Bare {
    wasi: WasiCtx,
    http: WasiHttpCtx,
    hooks: Hooks,
    table: ResourceTable,
    limits: StoreLimits,
}

struct Hooks;

type Sent = Box<
    dyn Future<
            Output = Result<
                (
                    hyper::Response<wasmtime_wasi_http::WasiBody>,
                    Box<dyn Future<Output = Result<(), wasmtime_wasi_http::Error>> + Send>,
                ),
                wasmtime_wasi_http::Error,
            >,
        > + Send,
>;

impl WasiHttpHooks for Hooks {
    fn send_request(
        &mut self,
        _: hyper::Request<wasmtime_wasi_http::WasiBody>,
        _: Option<wasmtime_wasi_http::RequestOptions>,
        _: Box<dyn Future<Output = Result<(), wasmtime_wasi_http::Error>> + Send>,
    ) -> Sent {
        unreachable!("hello asks nobody")
    }
}

impl WasiView for Bare {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }
}

impl WasiHttpView for Bare {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        WasiHttpCtxView { ctx: &mut self.http, table: &mut self.table, hooks: &mut self.hooks }
    }
}

/// The loop of wasmtime-wasi-http's documentation, with a limit of memory.
async fn serve(engine: Engine, bytes: Vec<u8>, listener: TcpListener) {
    let component = Component::new(&engine, &bytes).unwrap();
    let mut linker = Linker::<Bare>::new(&engine);
    wasmtime_wasi_http::p2::add_to_linker_async(&mut linker).unwrap();
    let pre = Arc::new(ProxyPre::new(linker.instantiate_pre(&component).unwrap()).unwrap());
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        stream.set_nodelay(true).unwrap();
        let pre = pre.clone();
        tokio::spawn(async move {
            let service = service_fn(move |request| {
                let pre = pre.clone();
                async move { Ok::<_, Infallible>(handle(&pre, request).await) }
            });
            let served = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
            drop(served.await);
        });
    }
}

async fn handle(
    pre: &ProxyPre<Bare>,
    request: hyper::Request<hyper::body::Incoming>,
) -> hyper::Response<wasmtime_wasi_http::WasiBody> {
    let state = Bare {
        wasi: WasiCtx::builder().build(),
        http: WasiHttpCtx::new(),
        hooks: Hooks,
        table: ResourceTable::new(),
        limits: StoreLimitsBuilder::new().memory_size(64 << 20).build(),
    };
    let mut store = Store::new(pre.engine(), state);
    store.limiter(|state| &mut state.limits);
    store.set_epoch_deadline(1_000_000);
    let (send, answered) = tokio::sync::oneshot::channel();
    let request = store.data_mut().http().new_incoming_request(Scheme::Http, request).unwrap();
    let out = store.data_mut().http().new_response_outparam(send).unwrap();
    let pre = pre.clone();
    tokio::spawn(async move {
        let proxy = pre.instantiate_async(&mut store).await.unwrap();
        proxy.wasi_http_incoming_handler().call_handle(store, request, out).await.unwrap();
    });
    answered.await.unwrap().unwrap()
}
