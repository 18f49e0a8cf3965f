//! The `wasi:*` interfaces, one by one: what every guest has, and what capabilities unlock.
//! There is no "link all" and nothing is inherited from the process.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use wasmtime::component::{HasData, Linker, ResourceTable};
use wasmtime_wasi::cli::{WasiCli, WasiCliView};
use wasmtime_wasi::clocks::{HostMonotonicClock, HostWallClock, WasiClocks, WasiClocksView};
use wasmtime_wasi::p2::bindings::{cli, clocks, io, random};
use wasmtime_wasi::random::{WasiRandom, WasiRandomCtx};
use wasmtime_wasi::{WasiCtxView, WasiView};
use wasmtime_wasi_http::p2::bindings::http as wasi_http;
use wasmtime_wasi_http::{WasiHttp, WasiHttpCtxView, WasiHttpView};

use super::{Guest, filesystem};
use crate::capabilities::{link_log, link_program};
use crate::world::base_name;

impl WasiView for Guest {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }
}

impl WasiHttpView for Guest {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        WasiHttpCtxView { ctx: &mut self.http, table: &mut self.table, hooks: &mut self.outgoing }
    }
}

struct HasTable;

impl HasData for HasTable {
    type Data<'a> = &'a mut ResourceTable;
}

fn table(guest: &mut Guest) -> &mut ResourceTable {
    &mut guest.table
}

fn rng(guest: &mut Guest) -> &mut WasiRandomCtx {
    guest.wasi.random()
}

/// Links one interface of world `base`.
pub(crate) fn link_base(interface: &str, l: &mut Linker<Guest>) -> wasmtime::Result<()> {
    type Table = HasTable;
    match base_name(interface) {
        "workbooks:engine/log" => link_log(l),
        "workbooks:engine/program" => link_program(interface, l),
        "wasi:io/error" => io::error::add_to_linker::<_, Table>(l, table),
        "wasi:io/poll" => io::poll::add_to_linker::<_, Table>(l, table),
        "wasi:io/streams" => io::streams::add_to_linker::<_, Table>(l, table),
        "wasi:clocks/monotonic-clock" => {
            clocks::monotonic_clock::add_to_linker::<_, WasiClocks>(l, Guest::clocks)
        }
        "wasi:clocks/wall-clock" => {
            clocks::wall_clock::add_to_linker::<_, WasiClocks>(l, Guest::clocks)
        }
        "wasi:random/random" => random::random::add_to_linker::<_, WasiRandom>(l, rng),
        "wasi:random/insecure" => random::insecure::add_to_linker::<_, WasiRandom>(l, rng),
        "wasi:random/insecure-seed" => {
            random::insecure_seed::add_to_linker::<_, WasiRandom>(l, rng)
        }
        "wasi:cli/environment" => cli::environment::add_to_linker::<_, WasiCli>(l, Guest::cli),
        "wasi:cli/exit" => cli::exit::add_to_linker::<_, WasiCli>(l, Guest::cli),
        "wasi:cli/stdin" => cli::stdin::add_to_linker::<_, WasiCli>(l, Guest::cli),
        "wasi:cli/stdout" => cli::stdout::add_to_linker::<_, WasiCli>(l, Guest::cli),
        "wasi:cli/stderr" => cli::stderr::add_to_linker::<_, WasiCli>(l, Guest::cli),
        "wasi:cli/terminal-input" => {
            cli::terminal_input::add_to_linker::<_, WasiCli>(l, Guest::cli)
        }
        "wasi:cli/terminal-output" => {
            cli::terminal_output::add_to_linker::<_, WasiCli>(l, Guest::cli)
        }
        "wasi:cli/terminal-stdin" => {
            cli::terminal_stdin::add_to_linker::<_, WasiCli>(l, Guest::cli)
        }
        "wasi:cli/terminal-stdout" => {
            cli::terminal_stdout::add_to_linker::<_, WasiCli>(l, Guest::cli)
        }
        "wasi:cli/terminal-stderr" => {
            cli::terminal_stderr::add_to_linker::<_, WasiCli>(l, Guest::cli)
        }
        _ => Err(wasmtime::format_err!("`{interface}` is not in world `base`")),
    }
}

/// Links one interface of `wasi:filesystem`: the mounts of the grant.
pub(crate) fn link_filesystem(interface: &str, l: &mut Linker<Guest>) -> wasmtime::Result<()> {
    match base_name(interface) {
        "wasi:filesystem/types" => filesystem::link_types(l),
        "wasi:filesystem/preopens" => filesystem::link_preopens(l),
        _ => Err(wasmtime::format_err!("`{interface}` is not of `wasi:filesystem`")),
    }
}

/// Links one interface of `wasi:http`; requests go by `http.rs`.
pub(crate) fn link_network(interface: &str, l: &mut Linker<Guest>) -> wasmtime::Result<()> {
    match base_name(interface) {
        "wasi:http/types" => wasi_http::types::add_to_linker::<_, WasiHttp>(
            l,
            &wasi_http::types::LinkOptions::default(),
            Guest::http,
        ),
        "wasi:http/outgoing-handler" => {
            wasi_http::outgoing_handler::add_to_linker::<_, WasiHttp>(l, Guest::http)
        }
        _ => Err(wasmtime::format_err!("`{interface}` is no network interface")),
    }
}

/// What a guest may know of time: milliseconds, so that its clock is of little use to measure
/// the host's caches.
const RESOLUTION: Duration = Duration::from_millis(1);

pub(super) struct CoarseWall;

impl HostWallClock for CoarseWall {
    fn resolution(&self) -> Duration {
        RESOLUTION
    }

    fn now(&self) -> Duration {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Duration::from_millis(u64::try_from(now.as_millis()).unwrap_or(u64::MAX))
    }
}

/// Counts from the start of the instance.
pub(super) struct CoarseMonotonic(pub(super) Instant);

impl HostMonotonicClock for CoarseMonotonic {
    fn resolution(&self) -> u64 {
        1_000_000
    }

    fn now(&self) -> u64 {
        // Never zero, which Go's runtime takes for a broken clock.
        let milliseconds = u64::try_from(self.0.elapsed().as_millis()).unwrap_or(u64::MAX);
        milliseconds.saturating_add(1).saturating_mul(1_000_000)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_of_an_instance_never_says_zero() {
        let clock = CoarseMonotonic(Instant::now());
        assert!(clock.now() >= 1_000_000);
        assert_eq!(clock.now() % clock.resolution(), 0);
    }
}
