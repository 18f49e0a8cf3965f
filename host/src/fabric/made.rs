//! What a guest had made, run as its child: with those of its own capabilities that it names.

use std::path::PathBuf;
use std::sync::Arc;

use sha2::{Digest as _, Sha256};
use workbooks_bindings::engine::types::{CommandRequest, Error, Output};

use super::child::{self, Child};
use super::to_its_end;
use crate::adapt::attach_program;
use crate::admission::{Kind, Slot};
use crate::artifact::Artifact;
use crate::capability::{Admitted, Capability, Refusal};
use crate::run::{Run, RunError};
use crate::toolkit::Shape;

/// A program that was made on behalf of a guest, for a capability that makes such. No code that is
/// generated for it is kept on disk. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Made {
    engine: Option<Engine>,
    bytes: Arc<[u8]>,
    sha256: Arc<str>,
    shape: Shape,
}

/// What interprets a program.
#[derive(Clone, Debug)]
struct Engine {
    path: PathBuf,
    sha256: Arc<str>,
}

impl Made {
    /// What the keys of all of them begin with, and no digest does.
    pub(super) const KEY: &str = "made ";

    /// What stands in these bytes: a component, or a core module that is lifted to one.
    pub fn wasm(bytes: impl Into<Arc<[u8]>>, shape: Shape) -> Self {
        let bytes = bytes.into();
        let sha256 = crate::hex(&Sha256::digest(&bytes)).into();
        Self { engine: None, bytes, sha256, shape }
    }

    /// What an engine of the host's interprets: the file of the engine, its SHA-256 in lower-case
    /// hexadecimal, and the program.
    pub fn interpreted(
        engine: impl Into<PathBuf>,
        sha256: impl Into<Arc<str>>,
        program: impl Into<Arc<[u8]>>,
        shape: Shape,
    ) -> Self {
        let engine = Engine { path: engine.into(), sha256: sha256.into() };
        Self { engine: Some(engine), ..Self::wasm(program, shape) }
    }

    /// As one file that needs nothing else: an engine has its program attached. Blocks.
    ///
    /// # Errors
    ///
    /// [`Refusal::Unavailable`] when the engine cannot be read, [`Refusal::TooLarge`] when it would
    /// have more than `most` bytes.
    pub fn file(&self, most: u64) -> Result<Vec<u8>, Refusal> {
        let file = if self.engine.is_none() {
            self.bytes.to_vec()
        } else {
            let gone = |_| Refusal::Unavailable("the engine cannot be read".to_owned());
            attach_program(&self.artifact().bytes().map_err(gone)?, &self.bytes)
        };
        if file.len() as u64 > most { Err(Refusal::TooLarge(most)) } else { Ok(file) }
    }

    pub(super) fn artifact(&self) -> Artifact<'_> {
        match &self.engine {
            None => Artifact::made(&self.bytes, self.shape),
            Some(Engine { path, sha256 }) => {
                Artifact::made_for(path, sha256, &self.bytes, self.shape)
            }
        }
    }

    /// What it is known by while it stays linked.
    pub(super) fn key(&self) -> String {
        let engine = self.engine.as_ref().map_or("", |engine| &*engine.sha256);
        format!("{}{} {engine} {}", Self::KEY, self.sha256, self.shape)
    }

    /// Runs a command to its end as a child of who calls, with those of the caller's capabilities
    /// that `caps` names, as `commands` would: standard input ≤ 4 MiB, within the time of one
    /// operation, on the caller's account, ≤ 8 deep.
    ///
    /// # Errors
    ///
    /// [`Refusal::Invalid`] when it is no command, [`Refusal::Denied`] when the caller lacks one of
    /// `caps` or it imports what they do not open, and whatever `commands` says.
    pub async fn run<C: Capability>(
        &self,
        call: &Admitted<'_, C>,
        caps: &[String],
        request: CommandRequest,
    ) -> Result<Output, Refusal> {
        self.expect(Shape::Command)?;
        to_its_end(call, request, |caller, _| Child::made(caller, self, caps)).await
    }

    /// Calls a tool of a component on an instance of its own, likewise. Inside, what the tool said.
    ///
    /// # Errors
    ///
    /// As of [`Made::run`]; [`Refusal::Invalid`] when it is no component with tools.
    pub async fn call<C: Capability>(
        &self,
        call: &Admitted<'_, C>,
        caps: &[String],
        name: &str,
        arguments: &str,
    ) -> Result<Result<String, Error>, Refusal> {
        self.expect(Shape::Component)?;
        let caller = call.caller();
        let deadline = call.time();
        let _slot = Slot::take(caller.principal(), Kind::Command)?;
        let said = async {
            let child = Child::made(caller, self, caps).await?;
            let run = Run {
                deadline: Some(deadline),
                instance: Some(caller.instance().to_owned()),
                ..Run::default()
            };
            let stopped = |why: RunError| match why {
                RunError::Invoke { .. } => Refusal::Invalid("it exports no tools".to_owned()),
                other => child::stopped(&other),
            };
            let mut instance = child.prepared().start(run).await.map_err(stopped)?;
            instance.call_tool(name, arguments).await.map_err(stopped)
        };
        tokio::select! {
            said = said => said,
            () = call.withdrawn() => Err(Refusal::Revoked),
        }
    }

    fn expect(&self, wanted: Shape) -> Result<(), Refusal> {
        if self.shape == wanted {
            return Ok(());
        }
        Err(Refusal::Invalid(format!("it is a {} and not a {wanted}", self.shape)))
    }
}
