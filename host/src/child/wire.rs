//! How a host and its helper speak: a frame is a length in four bytes, the lowest first, and as many
//! bytes of JSON. What comes behind a frame (an artifact, its code, a program's input) is raw.

use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::AsFd as _;
use std::path::PathBuf;
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::adapt::{AdaptError, Options};

/// The longest frame, bytes: the arguments of a program, or an error with a guest's names in it.
const FRAME: u32 = 4 << 20;

/// What a helper is to do.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Task {
    /// Lift and compile the artifact that follows.
    Generate(Generate),
    /// Do the task that follows out of reach of everything else.
    Confine(Confine),
    /// Run a program with the input that follows.
    Launch(Launch),
}

/// Lift and compile.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Generate {
    /// The process that asks; the helper ends with it.
    pub(super) parent: u32,
    pub(super) memory: u64,
    pub(super) time: Duration,
    /// Bytes of the artifact.
    pub(super) bytes: u64,
    pub(super) options: Options,
}

/// Go where no network, process or folder of the host is in sight.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Confine {
    /// The process that asks; the helper ends with it.
    pub(super) parent: u32,
    /// What does the next task there: the helper itself.
    pub(super) program: PathBuf,
    pub(super) args: Vec<String>,
    /// Whether it keeps the network.
    pub(super) network: bool,
}

/// Run a program.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Launch {
    pub(super) path: String,
    pub(super) args: Vec<String>,
    pub(super) env: Vec<(String, String)>,
    /// Bytes of address space of each of its processes.
    pub(super) memory: u64,
    /// CPU time of each of its processes.
    pub(super) time: Duration,
    /// Folders that it finds empty.
    pub(super) hidden: Vec<PathBuf>,
    /// Whether it has a network.
    pub(super) network: bool,
}

/// Said to a helper that has said what a component imports: go on.
pub(super) const GO: u8 = 1;

/// What comes of generating code.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Answer {
    /// A component was made of it that imports this; the helper waits for [`GO`].
    Lifted { imports: Vec<String> },
    /// It follows.
    Code { bytes: u64, sha256: String, note: String },
    /// The artifact cannot be lifted.
    Unfit(AdaptError),
    /// The code generator refuses it.
    Refused(String),
}

/// Standard input without a buffer, so that what follows a frame is left for whoever comes next.
pub(super) fn input() -> io::Result<File> {
    Ok(File::from(io::stdin().as_fd().try_clone_to_owned()?))
}

/// Standard output without a buffer.
pub(super) fn output() -> io::Result<File> {
    Ok(File::from(io::stdout().as_fd().try_clone_to_owned()?))
}

pub(super) fn frame(value: &impl Serialize) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; 4];
    serde_json::to_writer(&mut bytes, value)?;
    let length = u32::try_from(bytes.len() - 4).ok().filter(|length| *length <= FRAME);
    let length = length.ok_or(io::ErrorKind::InvalidInput)?;
    bytes[..4].copy_from_slice(&length.to_le_bytes());
    Ok(bytes)
}

pub(super) fn write(to: &mut impl Write, value: &impl Serialize) -> io::Result<()> {
    to.write_all(&frame(value)?)
}

pub(super) fn read<T: DeserializeOwned>(from: &mut impl Read) -> io::Result<T> {
    let mut length = [0; 4];
    from.read_exact(&mut length)?;
    let length = u32::from_le_bytes(length);
    if length > FRAME {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let mut bytes = vec![0; length as usize];
    from.read_exact(&mut bytes)?;
    Ok(serde_json::from_slice(&bytes)?)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_frame_that_says_it_is_too_long_is_not_awaited() {
        let lies = u32::MAX.to_le_bytes();
        assert_eq!(
            read::<Answer>(&mut lies.as_slice()).unwrap_err().kind(),
            io::ErrorKind::InvalidData
        );
    }

    #[test]
    fn what_follows_a_frame_is_left() {
        let mut bytes = frame(&Answer::Refused("no".into())).unwrap();
        bytes.extend(b"rest");
        let mut from = bytes.as_slice();
        assert!(matches!(read(&mut from).unwrap(), Answer::Refused(why) if why == "no"));
        assert_eq!(from, b"rest");
    }

    proptest! {
        #[test]
        fn garbage_is_an_error_and_no_panic(bytes: Vec<u8>) {
            let mut framed = u32::try_from(bytes.len()).unwrap().to_le_bytes().to_vec();
            framed.extend(&bytes);
            prop_assert!(read::<Task>(&mut framed.as_slice()).is_err());
        }
    }
}
