//! A tar in gzip (RFC 1952): one member, and nothing after it.

use std::io::{self, BufRead as _, BufReader, Read};

use flate2::bufread::GzDecoder;

use super::{check_ratio, failed, read_tar};
use crate::registry::{Package, PackageError};

/// Reads the toolkit in a `.tar.gz`; the paths as [`read_tar`] says.
///
/// # Errors
/// [`PackageError`]; more than one member, or anything after it, is one.
pub fn read_tar_gz(reader: impl Read) -> Result<Package, PackageError> {
    let packed = BufReader::new(Counted { inner: reader, count: 0 });
    let mut unpacked = Unpacked { decoder: GzDecoder::new(packed), count: 0 };
    let package = read_tar(&mut unpacked)?;
    let mut packed = unpacked.decoder.into_inner();
    if !packed.fill_buf().map_err(failed)?.is_empty() {
        return PackageError::malformed("something follows the compressed data");
    }
    Ok(package)
}

struct Counted<R> {
    inner: R,
    count: u64,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let got = self.inner.read(buffer)?;
        self.count += got as u64;
        Ok(got)
    }
}

struct Unpacked<R> {
    decoder: GzDecoder<BufReader<Counted<R>>>,
    count: u64,
}

impl<R: Read> Read for Unpacked<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let got = self.decoder.read(buffer)?;
        self.count += got as u64;
        check_ratio(self.decoder.get_ref().get_ref().count, self.count)?;
        Ok(got)
    }
}
