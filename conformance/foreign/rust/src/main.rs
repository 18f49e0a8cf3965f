//! Arguments, standard input, time and files, as any program of Rust's uses them.

use std::collections::HashMap;
use std::io::{BufRead as _, Write as _};
use std::process::ExitCode;
use std::time::{Instant, SystemTime};
use std::{env, fs, io};

fn main() -> io::Result<ExitCode> {
    let began = Instant::now();
    let args: Vec<_> = env::args().skip(1).collect();
    println!("args {args:?}");
    let mut words: HashMap<String, u32> = HashMap::new();
    for line in io::stdin().lock().lines() {
        for word in line?.split_whitespace() {
            *words.entry(word.to_owned()).or_default() += 1;
        }
    }
    let mut words: Vec<_> = words.into_iter().collect();
    words.sort();
    println!("read {words:?}");
    let entries = fs::read_dir("/data")?.map(|entry| Ok(entry?.file_name()));
    let mut names = entries.collect::<io::Result<Vec<_>>>()?;
    names.sort();
    println!("sees {names:?}");
    let later = SystemTime::UNIX_EPOCH < SystemTime::now() && began <= Instant::now();
    writeln!(io::stderr(), "warned")?;
    Ok(if later { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}
