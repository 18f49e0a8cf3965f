//! Runs the fuzz targets of `fuzz/` as tests: over what each accepts, and over thousands of mutations
//! of it, which are the same on each run. `CORPUS=fuzz/corpus` writes what each accepts there.

#[path = "../../fuzz/src/parsers/mod.rs"]
mod parsers;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use libtest_mimic::{Arguments, Failed, Trial};
use parsers::Target;

/// Mutations of each target.
const MUTATIONS: usize = 3_000;
/// One input may not take longer; all take milliseconds, but machines are busy.
const PATIENCE: Duration = Duration::from_secs(10);
/// What means something to one parser or another.
const WORDS: [&[u8]; 24] = [
    b"\"",
    b"{",
    b"}",
    b"[",
    b"[[",
    b",",
    b":",
    b"\n",
    b"\r\n",
    b"#+",
    b"* ",
    b"\\u0000",
    b"\0",
    b"\xff",
    b"\xff\xff\xff\xff",
    b"\x7f\xff\xff\xff",
    b"-1",
    b"18446744073709551616",
    b"../",
    b"/",
    b"\x1b[2J",
    "\u{202e}".as_bytes(),
    "\u{e9}".as_bytes(),
    b"</script>",
];

/// Numbers that only look as if by chance: xorshift64* (Vigna 2016).
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let drawn = self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33;
        usize::try_from(drawn).expect("31 bits") % limit.max(1)
    }

    /// One of the seeds, changed in one to four places.
    fn mutation(&mut self, seeds: &[Vec<u8>]) -> Vec<u8> {
        let mut bytes = seeds[self.below(seeds.len())].clone();
        for _ in 0..=self.below(4) {
            let at = self.below(bytes.len() + 1);
            let end = (at + 1 + self.below(16)).min(bytes.len());
            match self.below(8) {
                0 | 1 if at < bytes.len() => bytes[at] ^= 1 << self.below(8),
                2 if at < bytes.len() => bytes[at] = self.below(256).to_le_bytes()[0],
                3 => drop(bytes.drain(at.min(end)..end)),
                4 => bytes.truncate(at),
                5 => {
                    let again = bytes[at.min(end)..end].to_vec();
                    bytes.splice(at..at, again).for_each(drop);
                }
                6 => {
                    let other = &seeds[self.below(seeds.len())];
                    bytes.truncate(at);
                    bytes.extend(&other[self.below(other.len() + 1)..]);
                }
                _ => {
                    let word = WORDS[self.below(WORDS.len())].iter().copied();
                    bytes.splice(at..at, word).for_each(drop);
                }
            }
        }
        bytes
    }
}

fn hold(target: &Target) -> Result<(), Failed> {
    let seeds = (target.seeds)();
    // Mutations of what is refused are refused early.
    assert!((target.read)(&seeds[0]), "{} does not accept what it starts from", target.name);
    let mut chance = Chance(
        target.name.bytes().fold(7, |sum: u64, byte| sum.wrapping_mul(31) ^ u64::from(byte)),
    );
    let made = std::iter::repeat_with(|| chance.mutation(&seeds)).take(MUTATIONS);
    for bytes in seeds.iter().cloned().chain(made) {
        let begun = Instant::now();
        if catch_unwind(AssertUnwindSafe(|| (target.read)(&bytes))).is_err() {
            return Err(format!("it fails over: {}", bytes.escape_ascii()).into());
        }
        if begun.elapsed() > PATIENCE {
            return Err(format!("it takes too long over: {}", bytes.escape_ascii()).into());
        }
    }
    Ok(())
}

fn main() -> ExitCode {
    #[expect(clippy::disallowed_methods, reason = "a switch of the tests")]
    let corpus = std::env::var_os("CORPUS").map(PathBuf::from);
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let trials = parsers::TARGETS.iter().map(|target| {
        let file = root.join("fuzz/fuzz_targets").join(target.name).with_extension("rs");
        assert!(file.is_file(), "{} is missing", file.display());
        if let Some(corpus) = &corpus {
            let folder = root.join(corpus).join(target.name);
            std::fs::create_dir_all(&folder).expect("a folder for the corpus");
            for (nth, seed) in (target.seeds)().iter().enumerate() {
                std::fs::write(folder.join(nth.to_string()), seed).expect("a file of the corpus");
            }
        }
        Trial::test(target.name, || hold(target))
    });
    libtest_mimic::run(&Arguments::from_args(), trials.collect()).exit_code()
}
