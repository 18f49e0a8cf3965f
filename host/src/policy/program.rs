//! A native program that the operator allows one toolkit under `posix`, and what a guest may put
//! into its arguments.
//!
//! ```toml
//! [toolkit.clips.posix.ffmpeg]
//! path = "/usr/bin/ffmpeg"
//! argv = ["-loglevel", "error", "-i", "pipe:0", "-f", "{format}", "pipe:1"]
//! time = "30s"
//! ```

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::template::{Misfit, Template};
use crate::toolkit::units::within;
use crate::toolkit::{Bytes, Invalid, Span, has_hazard, variable};

/// Wall clock and CPU time, where none is said.
const TIME: Duration = Duration::from_secs(10);
/// Bytes of memory, where none are said.
const MEMORY: u64 = 512 << 20;
/// The least memory: what starts a program needs some itself, bytes.
const LEAST_MEMORY: u64 = 64 << 20;
/// Bytes that are kept of its output, where none are said.
const OUTPUT: u64 = 1 << 20;
/// The most of them: all of it is put into the guest's memory.
const MOST_OUTPUT: u64 = 64 << 20;

/// A program, how it is called, and within which bounds. It has no shell, no network unless the
/// operator says so, and no environment but `env`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub struct Program {
    /// Where it is, absolute. No guest ever sees it.
    pub path: String,
    /// Its arguments without its own name: what is fixed, and the holes that a guest fills.
    pub argv: Template,
    /// All of its environment.
    pub env: BTreeMap<String, String>,
    /// Wall clock from its start to its end, and the CPU time of each of its processes. 10 s, and
    /// at most an hour.
    pub time: Duration,
    /// Bytes of address space of each of its processes. 512 MiB, and at least 64 MiB.
    pub memory: u64,
    /// Bytes that are kept of each of its two streams; what is more is dropped, and the guest is
    /// told that it was. 1 MiB, and at most 64 MiB.
    pub output: u64,
    /// Whether it sees the host's network. It does not.
    pub network: bool,
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    path: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    argv: Vec<String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    env: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    time: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    memory: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    output: Option<String>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    network: bool,
}

impl Program {
    /// Its arguments for what a guest gives.
    ///
    /// # Errors
    /// [`Misfit`] if that does not fit the holes.
    pub fn arguments(&self, given: &[String]) -> Result<Vec<String>, Misfit> {
        self.argv.fill(given)
    }
}

impl TryFrom<Written> for Program {
    type Error = Invalid;

    fn try_from(written: Written) -> Result<Self, Invalid> {
        let Written { path, argv, env, time, memory, output, network } = written;
        if !path.starts_with('/') || path.ends_with('/') || has_hazard(&path).is_some() {
            let help = "name the file from the root: `/usr/bin/ffmpeg`; no PATH is searched";
            return Err(Invalid::new(&path, "is not the absolute path of a program", help));
        }
        for (name, value) in &env {
            variable(name)?;
            if value.contains('\0') {
                return Err(Invalid::new(value, "has a NUL in it", "leave it out"));
            }
        }
        let amount = |text: Option<String>, least: u64, most: u64, default: u64| match text {
            None => Ok(default),
            Some(text) => within(&text, text.parse()?, &Bytes(least), &Bytes(most)).map(|b| b.0),
        };
        let time = match time {
            None => TIME,
            Some(text) => {
                let (least, most) = (Duration::from_millis(1), Duration::from_hours(1));
                within(&text, text.parse()?, &Span(least), &Span(most))?.0
            }
        };
        Ok(Self {
            path,
            argv: Template::read(&argv)?,
            env,
            time,
            memory: amount(memory, LEAST_MEMORY, u64::MAX, MEMORY)?,
            output: amount(output, 0, MOST_OUTPUT, OUTPUT)?,
            network,
        })
    }
}

impl From<Program> for Written {
    fn from(program: Program) -> Self {
        let Program { path, argv, env, time, memory, output, network } = program;
        Self {
            path,
            argv: argv.written(),
            env,
            time: Some(Span(time).to_string()),
            memory: Some(Bytes(memory).to_string()),
            output: Some(Bytes(output).to_string()),
            network,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Program, toml::de::Error> {
        toml::from_str(text)
    }

    #[test]
    fn what_would_give_more_than_is_meant_is_refused() {
        for text in [
            "",
            "path = 'ffmpeg'",
            "path = './ffmpeg'",
            "path = '/usr/bin/'",
            "path = \"/usr/bin/a\\u0000\"",
            "path = '/bin/a'\nshell = true",
            "path = '/bin/a'\nargv = '-x'",
            "path = '/bin/a'\nargv = ['{']",
            "path = '/bin/a'\nenv = { 'A=B' = 'c' }",
            "path = '/bin/a'\nenv = { A = \"\\u0000\" }",
            "path = '/bin/a'\ntime = '2h'",
            "path = '/bin/a'\ntime = '0s'",
            "path = '/bin/a'\ntime = '61min'",
            "path = '/bin/a'\nmemory = '63MiB'",
            "path = '/bin/a'\noutput = '65MiB'",
            "path = '/bin/a'\nnetwork = 'no'",
        ] {
            assert!(read(text).is_err(), "{text}");
        }
    }

    #[test]
    fn what_is_not_said_is_small_and_has_no_network() {
        let program = read("path = '/bin/a'").unwrap();
        assert_eq!((program.time, program.memory, program.output), (TIME, MEMORY, OUTPUT));
        assert!(!program.network && program.env.is_empty());
        assert_eq!(program.arguments(&[]), Ok(Vec::new()));
    }

    #[test]
    fn a_program_is_read_back() {
        let text = "path = '/bin/a'\nargv = ['-i', '{input:any}']\nenv = { A = 'b' }\n\
                    time = '30s'\nmemory = '1GiB'\noutput = '4MiB'\nnetwork = true";
        let program = read(text).unwrap();
        assert_eq!(read(&toml::to_string(&program).unwrap()).unwrap(), program);
    }
}
