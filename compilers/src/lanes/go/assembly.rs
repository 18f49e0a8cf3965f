//! A package's assembly: what it defines, told to the compiler, and its objects, put beside the
//! compiler's. The order of the steps is that of Go's own `cmd/go`.

use std::{fs, path::Path, slice};

use tempfile::TempDir;

use super::{
    ASM, INCLUDE, STD,
    compile::{TRIM, words},
    plan::Package,
    step::{Call, OUT, Sight, Steps, read},
};
use crate::{
    compile_error::CompileError,
    diagnostics::{MAX_DIAGNOSTICS, SourceDiagnostic, WORK},
    sandbox::StepError,
};

/// Of every call. The headers of Go and the compiler's own `go_asm.h` are included by name.
pub(super) const FLAGS: &[&str] = &[TRIM, "-D=GOOS_wasip1", "-D=GOARCH_wasm", "-I=/out"];

/// The assembly of one package while it is compiled.
pub(super) struct Assembly<'a> {
    steps: &'a Steps<'a>,
    package: &'a Package,
    /// The import path that its symbols get.
    name: &'a str,
    /// All that the assembler may read of the source: the assembly and the headers.
    source: TempDir,
    /// That folder's path in the sandbox: the package's own.
    folder: &'a str,
}

impl<'a> Assembly<'a> {
    /// Nothing where the package has none. `content` gives a file by its path in the sandbox.
    ///
    /// # Errors
    /// [`CompileError::Io`].
    pub(super) fn of<'c>(
        steps: &'a Steps<'a>,
        package: &'a Package,
        name: &'a str,
        content: impl Fn(&str) -> Result<&'c [u8], CompileError>,
    ) -> Result<Option<Self>, CompileError> {
        let Some((folder, _)) = package.assembly.first().and_then(|file| file.rsplit_once('/'))
        else {
            return Ok(None);
        };
        let source = tempfile::tempdir_in(steps.job.scratch)?;
        for file in package.assembly.iter().chain(&package.headers) {
            let (_, base) = file.rsplit_once('/').unwrap_or_default();
            fs::write(source.path().join(base), content(file)?)?;
        }
        Ok(Some(Self { steps, package, name, source, folder }))
    }

    /// Finds out what it defines, and gives the words that tell the compiler, which writes into
    /// `out` the header that the assembly may include.
    ///
    /// # Errors
    /// See [`Steps::run`].
    pub(super) fn symbols(&self, out: &Path) -> Result<Vec<String>, CompileError> {
        // The assembler looks for it now, and needs nothing of it yet.
        fs::write(out.join("go_asm.h"), "")?;
        let (at, files) = (&self.package.path, &self.package.assembly);
        self.assembler(at, &["-gensymabis", "-o=/out/symabis"], files, out)?;
        Ok(vec![format!("-symabis={OUT}/symabis"), format!("-asmhdr={OUT}/go_asm.h")])
    }

    /// Assembles it, with the header in `out`, and appends the objects to `archive`.
    ///
    /// # Errors
    /// See [`Steps::run`].
    pub(super) fn add(&self, archive: &mut Vec<u8>, out: &Path) -> Result<(), CompileError> {
        for (at, file) in self.package.assembly.iter().enumerate() {
            let name = in_source(file);
            self.assembler(name, &["-o=/out/asm"], slice::from_ref(file), out)
                .map_err(|error| self.told(name, error))?;
            append(archive, &format!("asm{at}.o"), &read(out, "asm")?);
        }
        Ok(())
    }

    /// Of much that is wrong with its input the assembler panics.
    fn told(&self, file: &str, error: CompileError) -> CompileError {
        match error {
            CompileError::Stopped { source: StepError::Trap { reason }, .. }
                if reason.starts_with("panic: ") =>
            {
                rejected(self.steps, [file], &format!("somewhere in it: {reason}"))
            }
            other => other,
        }
    }

    fn assembler(
        &self,
        at: &str,
        flags: &[&str],
        files: &[String],
        out: &Path,
    ) -> Result<(), CompileError> {
        let include = format!("-I=/{STD}/{INCLUDE}");
        let mut args = words(["asm", "-p", self.name, &include]);
        args.extend(words(FLAGS.iter().chain(flags).copied()));
        args.extend(files.iter().cloned());
        let sight = Sight::Folder { host: self.source.path(), guest: self.folder };
        self.steps.run(Call { at, tool: ASM, args, sight, out: Some(out) }).map(drop)
    }
}

/// Checks a linked program that has assembly: its assembler takes instructions in any order, and
/// the linker puts them where they are.
///
/// # Errors
/// [`CompileError::Rejected`] with what is wrong, and with all files in assembly: which of them it
/// is, nobody says.
pub(super) fn check(
    steps: &Steps<'_>,
    packages: &[Package],
    program: &[u8],
) -> Result<(), CompileError> {
    let mut files = packages.iter().flat_map(|package| &package.assembly).peekable();
    if files.peek().is_none() {
        return Ok(());
    }
    wasmparser::Validator::new().validate_all(program).map(drop).map_err(|error| {
        let why = format!("somewhere in the assembly: no valid WebAssembly, {}", error.message());
        rejected(steps, files.map(|file| in_source(file)), &why)
    })
}

fn in_source(file: &str) -> &str {
    file.strip_prefix(WORK).unwrap_or(file)
}

/// Files are to blame for what was said of no place in them.
fn rejected<'f>(
    steps: &Steps<'_>,
    files: impl IntoIterator<Item = &'f str>,
    why: &str,
) -> CompileError {
    let mut all = files.into_iter().map(|file| SourceDiagnostic::about(file, 0, why));
    let diagnostics: Vec<_> = all.by_ref().take(MAX_DIAGNOSTICS).collect();
    let omitted = all.count();
    CompileError::Rejected { id: steps.job.id.to_owned(), diagnostics, omitted }
}

/// Appends an entry to an archive, as `cmd/internal/archive` of Go has them: the name in 16 bytes,
/// time, owner and group of none, the mode, the size; and the content, padded to an even length.
fn append(archive: &mut Vec<u8>, name: &str, content: &[u8]) {
    let size = content.len();
    let header = format!("{name:<16.16}{:<12}{:<6}{:<6}{:<8}{size:<10}`\n", 0, 0, 0, "644");
    archive.extend(header.as_bytes());
    archive.extend(content);
    if size % 2 == 1 {
        archive.push(0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_of_an_archive_is_sixty_bytes_and_an_even_content() {
        let mut archive = b"!<arch>\n".to_vec();
        append(&mut archive, "a_name_of_more_than_sixteen.o", b"odd");
        let header = "a_name_of_more_t0           0     0     644     3         `\n";
        assert_eq!(header.len(), 60);
        assert_eq!(String::from_utf8(archive).unwrap(), format!("!<arch>\n{header}odd\0"));
    }
}
