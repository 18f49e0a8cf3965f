//! A guest that runs programs, the policy that lets it, and what it sees of them.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use workbooks_host::admission::{Decision, MemoryAudit};
use workbooks_host::policy::ToolkitPolicy;
use workbooks_host::{Artifact, Grant, Helper, Host, Prepared, Profile, Run, adapt};

/// Hands `posix.run` through.
const GUEST: &str = include_str!("guest.wat");

/// The name under which `/bin/sh -c SCRIPT` is allowed.
pub(crate) const SHELL: &str = "sh";

/// A host, and a guest that may run one program.
pub(crate) struct Guest {
    pub(crate) host: Host,
    pub(crate) prepared: Prepared,
    audit: Arc<MemoryAudit>,
}

/// What a guest is told.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Said {
    pub(crate) status: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    pub(crate) truncated: bool,
}

pub(crate) fn helper() -> Helper {
    Helper::new(std::env::current_exe().unwrap(), [crate::HELPER])
}

impl Guest {
    /// A guest that may run shell scripts, with `more` of the policy.
    pub(crate) fn shell(more: &str) -> Self {
        Self::of(&format!("path = '/bin/sh'\nargv = ['-c', '{{script:any}}']\n{more}"), Vec::new())
    }

    /// A guest that may run this program, on a host with these folders.
    pub(crate) fn of(program: &str, protected: Vec<PathBuf>) -> Self {
        Self::with(Some(helper()), program, protected)
    }

    pub(crate) fn with(helper: Option<Helper>, program: &str, protected: Vec<PathBuf>) -> Self {
        let audit = Arc::new(MemoryAudit::default());
        let mut builder = Host::builder().threads(2).audit(audit.clone());
        for folder in protected {
            builder = builder.protect(folder);
        }
        if let Some(helper) = helper {
            builder = builder.helper(helper);
        }
        let host = builder.build().unwrap();
        let mut operator =
            ToolkitPolicy { grants: ["posix".to_owned()].into(), ..ToolkitPolicy::default() };
        operator.posix.insert(SHELL.to_owned(), toml::from_str(program).unwrap());
        let grant = Grant::bare("guest", &Profile::named("posix"), &operator);
        let bytes = adapt::text_to_binary(GUEST.as_bytes()).unwrap();
        let prepared = host.prepare(&Artifact::bare(&bytes), &grant).unwrap();
        Self { host, prepared, audit }
    }

    /// What comes of one call, as WAVE.
    pub(crate) async fn call(&self, request: &str) -> String {
        let mut instance = self.prepared.start(Run::default()).await.unwrap();
        instance.invoke(&format!("run({request})")).await.unwrap().text
    }

    /// What comes of a script that gets this input.
    pub(crate) async fn run(&self, script: &str, input: &[u8]) -> Result<Said, String> {
        let request = format!(
            "{{name: {SHELL:?}, argv: [{script:?}], stdin: {input:?}, env: [], extra: []}}"
        );
        let text = self.call(&request).await;
        let Some(output) = text.strip_prefix("ok(") else { return Err(text) };
        let field = |name: &str| {
            let rest = output.split_once(&format!("{name}: ")).unwrap().1;
            let end = if rest.starts_with('[') { rest.find(']') } else { rest.find([',', '}']) };
            rest[..end.unwrap()].trim_start_matches('[').to_owned()
        };
        let bytes = |name| {
            let field = field(name);
            let numbers = field.split(", ").filter(|number| !number.is_empty());
            let bytes = numbers.map(|number| number.parse().unwrap()).collect();
            String::from_utf8(bytes).unwrap()
        };
        Ok(Said {
            status: field("status").parse().unwrap(),
            stdout: bytes("stdout"),
            stderr: bytes("stderr"),
            truncated: field("truncated") == "true",
        })
    }

    /// What a script writes.
    pub(crate) fn says(&self, script: &str) -> String {
        block_on(self.run(script, b"")).unwrap().stdout
    }

    /// The refusals on record.
    pub(crate) fn denied(&self) -> Vec<String> {
        let codes = self.audit.records().into_iter().filter_map(|record| match record.decision {
            Decision::Denied(code) => Some(code),
            Decision::Allowed => None,
        });
        codes.collect()
    }
}

/// Waits at most a minute, so that a program that is not stopped fails its test.
pub(crate) fn block_on<F: Future>(future: F) -> F::Output {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async { tokio::time::timeout(Duration::from_mins(1), future).await }).unwrap()
}
