//! Ten minutes of 32 guests over the brokers, with revocations and kills at random: what the host
//! acknowledged must be there, what it holds must not grow, and nothing may hang.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use workbooks_conformance::doubles::{Double, Doubles};
use workbooks_conformance::{Contract, root, through};
use workbooks_host::fabric::{Command, CommandError, Commands};
use workbooks_host::policy::ToolkitPolicy;
use workbooks_host::secret::{Purpose, Secret, SecretError, SecretProvider};
use workbooks_host::{Artifact, Grant, Host, Instance, Policy, Prepared, Profile, Run, RunError};
use zeroize::Zeroizing;

use crate::measure::{binary, grant};

const GUESTS: usize = 32;
/// The capabilities whose functions take and return values: a generated guest hands them through.
const ROLES: [&str; 11] =
    ["kv", "queue", "vfs", "tcp", "udp", "tls", "secrets", "commands", "parallel", "browse", "llm"];
/// Calls of one instance before the next one takes its place.
const CALLS: u64 = 40;
/// How long a call may take before it counts as stuck: three times an operation's own deadline.
const STUCK: Duration = Duration::from_secs(30);

/// A generator of Marsaglia's (xorshift64), so that a run can be repeated.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % sides
    }
}

#[derive(Default)]
struct Count {
    calls: AtomicU64,
    refused: AtomicU64,
    revoked: AtomicU64,
    killed: AtomicU64,
    stuck: AtomicU64,
    lost: AtomicU64,
}

struct Task {
    host: Host,
    role: &'static str,
    id: String,
    wasm: Arc<Vec<u8>>,
    places: Arc<Places>,
    dice: Dice,
    count: Arc<Count>,
    /// What was acknowledged; nothing where a kill left it open.
    written: BTreeMap<String, Option<u64>>,
}

/// How a call ended, for the one who made it.
enum Ended {
    /// The host acknowledged it.
    Done(String),
    /// It was refused, and so had no effect.
    Refused,
    /// It was killed: it may have had its effect, or not.
    Open,
}

impl Task {
    fn prepared(&self) -> Prepared {
        let operator = ToolkitPolicy {
            grants: [self.role.to_owned()].into(),
            private: vec!["127.0.0.1/32".parse().unwrap()],
            sign: ["KEY".to_owned()].into(),
            ..ToolkitPolicy::default()
        };
        let grant = Grant::bare(&self.id, &Profile::named("posix"), &operator);
        self.host.prepare(&Artifact::bare(&self.wasm), &grant).unwrap()
    }

    async fn run(mut self, until: Instant) {
        let mut prepared = self.prepared();
        while Instant::now() < until {
            let run = Run { instance: Some(self.id.clone()), ..Run::default() };
            let mut instance = prepared.start(run).await.unwrap();
            let fate = self.dice.roll(8);
            let at = self.dice.roll(CALLS);
            for n in 0..CALLS {
                if fate == 0 && n == at {
                    self.host.revoke(&self.id);
                    self.count.revoked.fetch_add(1, Ordering::Relaxed);
                    prepared = self.prepared();
                }
                let kill = fate == 1 && n == at;
                if !self.step(&mut instance, kill).await {
                    break;
                }
            }
        }
        self.verify(&prepared).await;
    }

    /// One call; whether the instance lives on.
    async fn step(&mut self, instance: &mut Instance, kill: bool) -> bool {
        let (slot, value) = (self.dice.roll(50), self.dice.roll(1 << 40));
        let key = format!("{}/{slot}", self.id);
        let bytes = format!("{:?}", value.to_be_bytes());
        let write = self.dice.roll(2) == 0;
        let call = match (self.role, write) {
            ("kv", true) => format!("set({key:?}, {bytes})"),
            ("kv", false) => format!("get({key:?})"),
            ("queue", true) => format!("publish({:?}, {bytes})", self.id),
            ("queue", false) => format!("receive({:?}, 60000, 1)", self.id),
            ("vfs", true) => format!("write(workspace, {key:?}, none, {bytes})"),
            ("vfs", false) => format!("read(workspace, {key:?}, 0, 8)"),
            (role, _) => self.places.call(role, &bytes),
        };
        let ended = self.call(instance, &call, kill).await;
        match (self.role, write, &ended) {
            ("kv" | "vfs", true, Ended::Done(_)) => drop(self.written.insert(key, Some(value))),
            ("kv" | "vfs", true, Ended::Open) => drop(self.written.insert(key, None)),
            ("kv" | "vfs", false, Ended::Done(text)) => self.compare(&key, text),
            ("queue", true, Ended::Done(_)) => {
                self.written.insert(bytes, Some(value));
            }
            ("queue", true, Ended::Open) => drop(self.written.insert(bytes, None)),
            ("queue", false, Ended::Done(text)) => return self.acknowledge(instance, text).await,
            _ => {}
        }
        !matches!(ended, Ended::Open)
    }

    async fn acknowledge(&mut self, instance: &mut Instance, received: &str) -> bool {
        let Some(receipt) = between(received, "receipt: \"", "\"") else { return true };
        let body = between(received, "body: ", "}").unwrap_or_default().to_owned();
        if !self.written.contains_key(&body) {
            self.count.lost.fetch_add(1, Ordering::Relaxed);
        }
        let call = format!("acknowledge({:?}, {receipt:?})", self.id);
        match self.call(instance, &call, false).await {
            Ended::Done(_) => drop(self.written.remove(&body)),
            Ended::Open => return false,
            Ended::Refused => {}
        }
        true
    }

    async fn call(&mut self, instance: &mut Instance, call: &str, kill: bool) -> Ended {
        self.count.calls.fetch_add(1, Ordering::Relaxed);
        if kill {
            let killer = instance.killer();
            let after = Duration::from_micros(self.dice.roll(400));
            self.count.killed.fetch_add(1, Ordering::Relaxed);
            tokio::spawn(async move {
                tokio::time::sleep(after).await;
                killer();
            });
        }
        match tokio::time::timeout(STUCK, instance.invoke(call)).await {
            Ok(Ok(said)) if said.failed => {
                self.count.refused.fetch_add(1, Ordering::Relaxed);
                Ended::Refused
            }
            Ok(Ok(said)) => Ended::Done(said.text),
            Ok(Err(RunError::Killed | RunError::Ended)) => Ended::Open,
            Ok(Err(other)) => unreachable!("{}: {call}: {other}", self.id),
            Err(_) => {
                self.count.stuck.fetch_add(1, Ordering::Relaxed);
                Ended::Open
            }
        }
    }

    fn compare(&self, key: &str, read: &str) {
        if let Some(Some(value)) = self.written.get(key) {
            let expected = format!("{:?}", value.to_be_bytes());
            if !read.contains(&expected) {
                self.count.lost.fetch_add(1, Ordering::Relaxed);
            }
        }
    }

    /// Reads back all that was acknowledged.
    async fn verify(mut self, prepared: &Prepared) {
        let run = Run { instance: Some(self.id.clone()), ..Run::default() };
        let mut instance = prepared.start(run).await.unwrap();
        for key in self.written.keys().cloned().collect::<Vec<_>>() {
            let call = match self.role {
                "kv" => format!("get({key:?})"),
                "vfs" => format!("read(workspace, {key:?}, 0, 8)"),
                _ => break,
            };
            match self.call(&mut instance, &call, false).await {
                Ended::Done(text) => self.compare(&key, &text),
                _ if self.written[&key].is_none() => {}
                _ => drop(self.count.lost.fetch_add(1, Ordering::Relaxed)),
            }
        }
        if self.role == "queue" {
            let known = self.written.values().filter(|value| value.is_some()).count() as u64;
            let open = self.written.len() as u64 - known;
            let depth =
                match self.call(&mut instance, &format!("depth({:?})", self.id), false).await {
                    Ended::Done(text) => between(&text, "(", ")").and_then(|n| n.parse().ok()),
                    _ => None,
                };
            // An acknowledgement that was killed may have had its effect.
            if !depth.is_some_and(|depth: u64| known <= depth + open && depth <= known + open) {
                self.count.lost.fetch_add(1, Ordering::Relaxed);
            }
        }
    }
}

fn between<'t>(text: &'t str, before: &str, after: &str) -> Option<&'t str> {
    let rest = &text[text.find(before)? + before.len()..];
    Some(&rest[..rest.find(after)?])
}

/// KiB that this process holds in memory (proc(5), `VmRSS`).
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

/// Where the servers of the run listen.
struct Places {
    web: String,
    secure: String,
    echo: String,
}

impl Places {
    /// A call that leaves nothing behind.
    fn call(&self, role: &str, bytes: &str) -> String {
        let cat = format!("{{name: \"cat\", argv: [], stdin: {bytes}, env: [], extra: []}}");
        let peer = |place: &str| {
            let (host, port) = place.rsplit_once(':').unwrap();
            format!("{host:?}, {port}")
        };
        match role {
            "secrets" => format!("sign(\"KEY\", {bytes})"),
            "commands" => format!("run({cat})"),
            "parallel" => format!("run-many([{cat}, {cat}, {cat}], {{width: some(2), extra: []}})"),
            "browse" => format!("fetch(\"http://{}/page\", text)", self.web),
            "llm" => "complete({messages: [{role: user, content: [text(\"hello\")]}], \
                      tools: [], max-tokens: some(16), extra: []})"
                .to_owned(),
            "tls" => {
                let ask = format!("{:?}", b"GET /page HTTP/1.0\r\nHost: localhost\r\n\r\n");
                format!("request({}, {ask}, 5000)", peer(&self.secure))
            }
            _ => format!("request({}, {bytes}, 5000)", peer(&self.echo)),
        }
    }
}

/// One command, which writes what it reads.
struct Cat(Vec<u8>);

impl Commands for Cat {
    fn names(&self, _: &str) -> Result<Vec<String>, CommandError> {
        Ok(vec!["cat".to_owned()])
    }

    fn find(&self, _: &str, name: &str) -> Result<Option<Command>, CommandError> {
        Ok((name == "cat").then(|| Command::bytes(self.0.clone(), grant(&[]))))
    }
}

/// A key to sign with, and the model's.
struct Keys;

impl SecretProvider for Keys {
    fn secret(&self, _: &str, name: &str) -> Result<Option<Secret>, SecretError> {
        let bytes = Zeroizing::new(b"0123456789abcdef".to_vec());
        let purpose = if name == "KEY" { Purpose::HmacSha256 } else { Purpose::Credential };
        Ok(Secret::new(purpose, bytes).ok())
    }
}

fn host(state: &Path, doubles: &Doubles) -> Host {
    let text = doubles.placed(
        "[llm]\nprovider = 'openai'\nurl = 'http://{web}/v1'\nmodel = 'small'\nkey = 'MODEL'\n",
    );
    let words = Host::builder().threads(1).build().unwrap().vocabulary();
    let cat = std::fs::read(root().join("conformance/guests/cat.wat")).unwrap();
    Host::builder()
        .state(state)
        .roots(doubles.authority().unwrap())
        .servers(&Policy::parse(&text, &words).unwrap())
        .commands(Arc::new(Cat(binary(&String::from_utf8(cat).unwrap()))))
        .secrets(Arc::new(Keys))
        .build()
        .unwrap()
}

/// Runs for `time`, of which the first tenth is to warm up.
pub(crate) fn run(time: Duration) {
    let folder = tempfile::tempdir().unwrap();
    let doubles = Doubles::start(&[Double::Web, Double::Secure, Double::Echo].into()).unwrap();
    let host = host(folder.path(), &doubles);
    let contract = Contract::ours().unwrap();
    let [web, secure, echo] = ["{web}", "{secure}", "{echo}"].map(|place| doubles.placed(place));
    let places = Arc::new(Places { web, secure, echo });
    let count = Arc::new(Count::default());
    let until = Instant::now() + time;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let tasks: Vec<_> = (0..GUESTS)
        .map(|n| {
            let role = ROLES[n % ROLES.len()];
            let task = Task {
                host: host.clone(),
                role,
                id: format!("guest-{n}"),
                wasm: Arc::new(through(&contract, role).unwrap()),
                places: places.clone(),
                dice: Dice(0x9e37_79b9_7f4a_7c15 ^ (n as u64 + 1)),
                count: count.clone(),
                written: BTreeMap::new(),
            };
            runtime.spawn(task.run(until))
        })
        .collect();
    let done = Arc::new(AtomicBool::new(false));
    let watcher = {
        let done = done.clone();
        std::thread::spawn(move || {
            let mut samples = Vec::new();
            while !done.load(Ordering::Relaxed) {
                std::thread::sleep(time / 50);
                samples.push(resident());
            }
            samples
        })
    };
    let mut hung = 0;
    for task in tasks {
        let waited = runtime.block_on(async { tokio::time::timeout(time + 3 * STUCK, task).await });
        match waited {
            Ok(ended) => ended.unwrap(),
            Err(_) => hung += 1,
        }
    }
    done.store(true, Ordering::Relaxed);
    let samples = watcher.join().unwrap();
    let warm = samples[samples.len() / 10];
    let last = *samples.last().unwrap();
    let number = |count: &AtomicU64| count.load(Ordering::Relaxed);
    println!(
        "{GUESTS} guests, {time:?}: {} calls, {} refused, {} revocations, {} kills; RSS {} MiB warm, {} MiB at \
         the end, {} MiB at most; {} stuck calls, {hung} stuck tasks, {} acknowledged writes lost",
        number(&count.calls),
        number(&count.refused),
        number(&count.revoked),
        number(&count.killed),
        warm >> 10,
        last >> 10,
        samples.iter().max().unwrap() >> 10,
        number(&count.stuck),
        number(&count.lost),
    );
}
