//! Whether this host can run what came, before it is taken in: nothing is compiled or started.

use miette::Report;
use workbooks_host::{Manifest, Mismatch, Shape};

use crate::engine::{embedded, lanes};

/// The interface by which an engine reads its program. It imports whatever any program may use,
/// so that its imports say nothing about this one.
const PROGRAM: &str = "workbooks:engine/program";

/// What does not fit, each in a sentence; nothing if it fits.
pub(super) fn misfits(manifest: &Manifest, artifact: Option<&[u8]>) -> Vec<String> {
    let shape = match manifest.exec {
        shape @ (Shape::Task | Shape::Federation | Shape::Posix) => {
            return vec![format!("this version does not run the shape `{shape}`")];
        }
        shape => shape,
    };
    match artifact {
        Some(wasm) => {
            compared(manifest, wasm, shape).unwrap_or_else(|error| vec![error.to_string()])
        }
        None => unbuildable(manifest).into_iter().collect(),
    }
}

fn compared(manifest: &Manifest, wasm: &[u8], shape: Shape) -> Result<Vec<String>, Report> {
    let engine = embedded::imports(wasm, PROGRAM)?;
    let caps: Vec<_> = manifest.caps.iter().map(|cap| cap.value.clone()).collect();
    // What it exports is compared with its own WIT when it is checked; here its imports decide.
    let found = embedded::mismatches(wasm, &caps, Some(shape))?;
    let told = |found: &Mismatch| match found {
        Mismatch::NotInWorld { capabilities, .. } => !engine || capabilities.is_empty(),
        Mismatch::MissingExport { .. } => manifest.wit.is_none(),
        Mismatch::MissingFunction { exported, .. } => !exported,
        Mismatch::Version { .. } | Mismatch::Shape { .. } => true,
    };
    Ok(found.iter().filter(|found| told(found)).map(ToString::to_string).collect())
}

/// Why it cannot be built here from its source.
fn unbuildable(manifest: &Manifest) -> Option<String> {
    match (&manifest.build_src, manifest.build_lang) {
        (None, _) => Some("it has neither an artifact nor a source".to_owned()),
        (Some(_), Some(lang)) if !lanes::builds(&lang.to_string()) => {
            Some(format!("there is no compiler for {lang} here, and it brings no artifact"))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::catalog::vocabulary;

    fn told(manifest: &str, wat: Option<&str>) -> Vec<String> {
        let text = format!("#+TOOLKIT: t\n{manifest}\n");
        let manifest = Manifest::parse(text.as_bytes(), None, &vocabulary()).unwrap();
        let wasm = wat.map(|wat| embedded::binary(wat.as_bytes().to_vec()).unwrap());
        misfits(&manifest, wasm.as_deref())
    }

    fn importing(interface: &str) -> String {
        format!(
            r#"(component (import "{interface}" (instance (export "x" (func))))
            (core module $m (func (export "f")))
            (core instance $i (instantiate $m))
            (func (export "f") (canon lift (core func $i "f"))))"#
        )
    }

    #[test]
    fn what_this_host_lacks_or_has_otherwise_is_told() {
        let component = "#+EXEC: component\n#+WIT: x";
        let foreign = told(component, Some(&importing("acme:db/query@1.0.0")));
        assert!(foreign.iter().any(|line| line.contains("acme:db/query")), "{foreign:?}");
        let other = told(component, Some(&importing("wasi:io/poll@0.3.0")));
        assert!(other.iter().any(|line| line.contains("version")), "{other:?}");
        let undeclared = told(component, Some(&importing("workbooks:engine/kv@0.1.0-dev")));
        assert!(undeclared.iter().any(|line| line.contains("kv")), "{undeclared:?}");
        assert_eq!(told("#+EXEC: task", None).len(), 1);
        assert_eq!(told("", None).len(), 1);
        assert_eq!(told("#+BUILD_SRC: path:src\n#+BUILD_LANG: zig", None).len(), 1);
    }

    #[test]
    fn what_fits_is_left_in_peace() {
        assert_eq!(told("#+BUILD_SRC: path:src\n#+BUILD_LANG: c", None), Vec::<String>::new());
        let plain = r#"(component (core module $m (func (export "f")))
            (core instance $i (instantiate $m)) (func (export "f") (canon lift (core func $i "f"))))"#;
        assert_eq!(told("#+EXEC: component\n#+WIT: x", Some(plain)), Vec::<String>::new());
    }

    #[test]
    fn what_is_no_wasm_is_told_and_does_not_end_it() {
        let text = "#+TOOLKIT: t\n";
        let manifest = Manifest::parse(text.as_bytes(), None, &vocabulary()).unwrap();
        assert_eq!(misfits(&manifest, Some(b"nonsense")).len(), 1);
    }
}
