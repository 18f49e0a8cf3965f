//! Claims about the toolkits of this tree, built from their sources and run.

use std::{fs, path::Path, sync::LazyLock};

use workbooks_compilers::{Digest, Package, Registry, Shape, Source};
use workbooks_host::{
    Artifact, Grant, Host, Manifest, Outcome, Profile, Run,
    policy::ToolkitPolicy,
    toolkit::{BuildSrc, BuildStep},
};

use crate::support::Toolkit;

static HOST: LazyLock<Host> = LazyLock::new(|| Host::builder().build().unwrap());
