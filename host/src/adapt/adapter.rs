//! Our edition of the preview 1 adapter: `proc_exit` keeps its status, and where there is no
//! file system, what the adapter would import from `wasi:filesystem` becomes functions of its
//! own that know no directory.

use std::{convert::Infallible, sync::OnceLock};

use serde::{Deserialize, Serialize};
use wasi_preview1_component_adapter_provider::{
    WASI_SNAPSHOT_PREVIEW1_COMMAND_ADAPTER as COMMAND,
    WASI_SNAPSHOT_PREVIEW1_REACTOR_ADAPTER as REACTOR,
};
use wasm_encoder::{
    CodeSection, Function, FunctionSection, ImportSection, MemArg, Module, NameMap, NameSection,
    reencode::{Error, Reencode, utils},
};
use wasmparser::{
    CodeSectionReader, FunctionSectionReader, Import, ImportSectionReader, Name, Parser, Payload,
    TypeRef,
};

/// What the WASI of an adapted module knows of files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum FileSystem {
    /// Nothing: the component does not import `wasi:filesystem`, and every descriptor beyond
    /// the standard streams is bad.
    #[default]
    Closed,
    /// What the host preopens, through `wasi:filesystem`.
    Open,
}

/// The adapter of a command or of a reactor, made once per process.
pub(crate) fn preview1(command: bool, files: FileSystem) -> &'static [u8] {
    static EDITIONS: [OnceLock<Vec<u8>>; 4] = [const { OnceLock::new() }; 4];
    let at = usize::from(command) * 2 + usize::from(files == FileSystem::Open);
    let stock = if command { COMMAND } else { REACTOR };
    EDITIONS[at]
        .get_or_init(|| edit(stock, files).expect("the adapters are pinned, and a test edits each"))
}

/// Rewrites a stock adapter.
pub(crate) fn edit(stock: &[u8], files: FileSystem) -> Result<Vec<u8>, Error> {
    let mut edition = Edition::read(stock, files)?;
    let mut module = Module::new();
    edition.parse_core_module(&mut module, Parser::new(0), stock)?;
    Ok(module.finish())
}

/// Imports come first among functions, so to take some away renumbers all: first the imports
/// that stay, then the functions defined, then the stand-ins of the imports taken away.
struct Edition {
    files: FileSystem,
    numbers: Vec<u32>,
    stand_ins: Vec<(u32, Function)>,
    /// The import that ends the guest, and the export that calls it, by their old numbers.
    exit: Option<u32>,
    proc_exit: Option<u32>,
    imported: u32,
}

impl Edition {
    fn read(stock: &[u8], files: FileSystem) -> Result<Self, Error> {
        let mut edition = Self {
            files,
            numbers: Vec::new(),
            stand_ins: Vec::new(),
            exit: None,
            proc_exit: None,
            imported: 0,
        };
        // Per function: whether it is taken away.
        let mut taken = Vec::new();
        for payload in Parser::new(0).parse_all(stock) {
            match payload? {
                Payload::ImportSection(section) => {
                    for import in section.into_imports() {
                        let import = import?;
                        let TypeRef::Func(type_index) = import.ty else { continue };
                        if is_exit(&import) {
                            edition.exit = Some(edition.imported);
                        }
                        edition.imported += 1;
                        taken.push(edition.takes(&import));
                        if edition.takes(&import) {
                            edition.stand_ins.push((type_index, stand_in(import.name)));
                        }
                    }
                }
                Payload::FunctionSection(section) => {
                    taken.extend(section.into_iter().map(|_| false));
                }
                Payload::ExportSection(section) => {
                    for export in section {
                        let export = export?;
                        if export.name == "proc_exit" {
                            edition.proc_exit = Some(export.index);
                        }
                    }
                }
                _ => {}
            }
        }
        let (mut stays, mut goes) = (0, 0);
        for &gone in &taken {
            goes += u32::from(!gone);
        }
        for gone in taken {
            let next = if gone { &mut goes } else { &mut stays };
            edition.numbers.push(*next);
            *next += 1;
        }
        Ok(edition)
    }

    fn takes(&self, import: &Import<'_>) -> bool {
        self.files == FileSystem::Closed && import.module.starts_with("wasi:filesystem/")
    }

    /// `proc_exit(status)`. The stock one makes every failure 1, as it is older than
    /// `exit-with-code`, which takes the eight bits that a POSIX status has.
    fn proc_exit(&mut self, exit: u32) -> Result<Function, Error> {
        let exit = self.function_index(exit)?;
        let mut body = Function::new([]);
        body.instructions().local_get(0).i32_const(0xff).i32_and().call(exit).unreachable().end();
        Ok(body)
    }
}

fn is_exit(import: &Import<'_>) -> bool {
    import.module.starts_with("wasi:cli/exit@") && import.name == "exit"
}

/// What stands in for a function of `wasi:filesystem`, in the canonical ABI. Nothing can ever
/// hold a descriptor, so that no method is reached.
fn stand_in(name: &str) -> Function {
    let mut body = Function::new([]);
    let at = |offset, align| MemArg { offset, align, memory_index: 0 };
    let b = &mut body.instructions();
    match name {
        // (result: pointer to {list: pointer, length}): an empty list.
        "get-directories" => {
            b.local_get(0).local_get(0).i32_store(at(0, 2));
            b.local_get(0).i32_const(0).i32_store(at(4, 2));
        }
        // (error: borrow, result: pointer to {some: u8, code: u8}): none, it is no file's error.
        "filesystem-error-code" => {
            b.local_get(1).i32_const(0).i32_store8(at(0, 0));
        }
        _ if name.starts_with("[resource-drop]") => {}
        _ => {
            b.unreachable();
        }
    }
    b.end();
    body
}

impl Reencode for Edition {
    type Error = Infallible;

    fn function_index(&mut self, function: u32) -> Result<u32, Error> {
        // A number past the end cannot occur in a valid module; kept, it fails validation.
        Ok(self.numbers.get(function as usize).copied().unwrap_or(function))
    }

    fn parse_import_section(
        &mut self,
        imports: &mut ImportSection,
        section: ImportSectionReader<'_>,
    ) -> Result<(), Error> {
        for import in section.into_imports() {
            let mut import = import?;
            if is_exit(&import) {
                import.name = "exit-with-code";
            }
            if !self.takes(&import) {
                self.parse_import(imports, import)?;
            }
        }
        Ok(())
    }

    fn parse_function_section(
        &mut self,
        functions: &mut FunctionSection,
        section: FunctionSectionReader<'_>,
    ) -> Result<(), Error> {
        utils::parse_function_section(self, functions, section)?;
        for (type_index, _) in &self.stand_ins {
            functions.function(*type_index);
        }
        Ok(())
    }

    fn parse_code_section(
        &mut self,
        code: &mut CodeSection,
        section: CodeSectionReader<'_>,
    ) -> Result<(), Error> {
        for (number, body) in (self.imported..).zip(section) {
            match self.exit {
                Some(exit) if self.proc_exit == Some(number) => {
                    code.function(&self.proc_exit(exit)?);
                }
                _ => self.parse_function_body(code, body?)?,
            }
        }
        for (_, body) in &self.stand_ins {
            code.function(body);
        }
        Ok(())
    }

    /// Names are sorted by number, and the numbers changed. Names of locals and labels go.
    fn parse_custom_name_subsection(
        &mut self,
        names: &mut NameSection,
        section: Name<'_>,
    ) -> Result<(), Error> {
        match section {
            Name::Function(map) => {
                let mut named = Vec::new();
                for naming in map {
                    let naming = naming?;
                    named.push((self.function_index(naming.index)?, naming.name));
                }
                named.sort_unstable();
                let mut sorted = NameMap::new();
                for (number, name) in named {
                    sorted.append(number, name);
                }
                names.functions(&sorted);
                Ok(())
            }
            Name::Local(_) | Name::Label(_) => Ok(()),
            other => utils::parse_custom_name_subsection(self, names, other),
        }
    }
}
