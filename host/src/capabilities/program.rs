//! `program`: what a guest that is an interpreter was started with. Every guest has it; of one that
//! was compiled it is empty.

use bytes::Bytes;
use wasmtime::component::{HasData, Linker};
use workbooks_bindings::engine::program;

use crate::instance::Guest;

struct HasProgram;

impl HasData for HasProgram {
    type Data<'a> = Program;
}

struct Program(Bytes);

impl program::Host for Program {
    async fn read(&mut self) -> wasmtime::Result<Vec<u8>> {
        Ok(self.0.to_vec())
    }
}

pub(crate) fn link_program(linker: &mut Linker<Guest>) -> wasmtime::Result<()> {
    program::add_to_linker::<_, HasProgram>(linker, |guest| Program(guest.program.clone()))
}
