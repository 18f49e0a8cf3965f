//! The words of `wbx bundle` and `wbx unbundle`.

use std::path::PathBuf;

use clap::Args as ClapArgs;

/// What to bundle.
#[derive(Debug, ClapArgs)]
pub(crate) struct Bundle {
    /// A folder with `workbook.html`, or a page
    #[arg(value_name = "DIR|FILE", default_value = ".")]
    pub(crate) source: PathBuf,
    /// Write to this file: a `.wbundle`, or a `.html` that carries the rest
    #[arg(short, long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// The instance whose volumes go with it; that of the workbook's name if none is named
    #[arg(long, value_name = "NAME")]
    pub(crate) instance: Option<String>,
    /// Include these volumes too, which are private
    #[arg(long, value_name = "VOLUME", value_delimiter = ',', value_parser = ["memory", "tmp"])]
    pub(crate) include: Vec<String>,
    /// Sign it
    #[arg(long)]
    pub(crate) sign: bool,
}

/// What to take out of a bundle, and where to.
#[derive(Debug, ClapArgs)]
pub(crate) struct Unbundle {
    /// A `.wbundle`, or a page that carries one
    pub(crate) file: PathBuf,
    /// Write the page and the source here; into a folder of the file's name if none is named
    #[arg(long, value_name = "DIR")]
    pub(crate) into: Option<PathBuf>,
    /// The instance that gets the volumes; that of the folder's name if none is named
    #[arg(long, value_name = "NAME")]
    pub(crate) instance: Option<String>,
    /// Take these volumes too, which are private
    #[arg(long, value_name = "VOLUME", value_delimiter = ',', value_parser = ["memory", "tmp"])]
    pub(crate) include: Vec<String>,
    /// Only if somebody signed it whom you trust
    #[arg(long)]
    pub(crate) signed: bool,
}
