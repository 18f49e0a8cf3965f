//! The host's state behind one instance: `T` of its `Store<T>`.

use std::sync::Arc;
use std::time::Instant;

use wasmtime::component::ResourceTable;
use wasmtime_wasi::{WasiCtx, WasiCtxBuilder};
use wasmtime_wasi_http::WasiHttpCtx;

use super::front::Door;
use super::http::OutgoingHttp;
use super::limits::Summed;
use super::sockets::Reach;
use super::wasi::{CoarseMonotonic, CoarseWall};
use crate::admission::Caller;
use crate::capabilities::{LogBook, Vfs, Workbook};
use crate::capability::{Call, Capability, Granted};
use crate::egress::Egress;
use crate::policy::Limits;

/// One guest's state. Capabilities reach it through [`Guest::call`].
pub struct Guest {
    caller: Arc<Caller>,
    granted: Granted,
    log: LogBook,
    /// What it interprets, if it is an interpreter.
    pub(crate) program: Arc<[u8]>,
    /// The door of the engine, if something stands before it.
    pub(super) door: Option<Door>,
    /// Its volumes, if it sees them as folders.
    pub(super) volumes: Option<Workbook>,
    pub(super) limits: Summed,
    pub(super) table: ResourceTable,
    pub(super) wasi: WasiCtx,
    pub(super) http: WasiHttpCtx,
    pub(super) outgoing: OutgoingHttp,
    pub(super) reach: Arc<Reach>,
}

impl Guest {
    pub(super) fn new(
        caller: Arc<Caller>,
        granted: Granted,
        limits: &Limits,
        mut wasi: WasiCtxBuilder,
        egress: Arc<Egress>,
    ) -> Self {
        let reach = Reach::new(egress.clone(), caller.clone());
        reach.clone().open(&mut wasi);
        let outgoing = OutgoingHttp::new(caller.clone(), egress);
        let mut table = ResourceTable::new();
        table.set_max_capacity(limits.handles);
        let mut http = WasiHttpCtx::new();
        http.set_field_size_limit(64 << 10);
        let volumes =
            granted.find::<Vfs>().map(|vfs| vfs.workbook(caller.tenant(), caller.instance()));
        Self {
            granted,
            volumes,
            log: LogBook::new(limits),
            program: Arc::default(),
            door: None,
            limits: Summed::new(limits, caller.account().clone()),
            table,
            wasi: wasi.build(),
            http,
            outgoing,
            reach,
            caller,
        }
    }

    /// A context in which nothing comes from the process, and no socket may be made (but see
    /// [`Reach::open`]).
    pub(super) fn wasi_builder() -> WasiCtxBuilder {
        let mut wasi = WasiCtxBuilder::new();
        wasi.allow_tcp(false)
            .allow_udp(false)
            .allow_ip_name_lookup(false)
            .socket_addr_check(|_, _| Box::pin(std::future::ready(false)))
            .max_random_size(1 << 20)
            .wall_clock(CoarseWall)
            .monotonic_clock(CoarseMonotonic(Instant::now()));
        wasi
    }

    /// Borrows what a call of `C` may see, for `bindgen!`'s `add_to_linker`.
    pub fn call<C: Capability>(&mut self) -> Call<'_, C> {
        Call::new(self.granted.get(), &self.caller, &mut self.table)
    }

    pub(crate) fn caller(&self) -> &Arc<Caller> {
        &self.caller
    }

    pub(crate) fn log(&mut self) -> &mut LogBook {
        &mut self.log
    }
}

impl std::fmt::Debug for Guest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Guest").field("caller", &self.caller).finish_non_exhaustive()
    }
}
