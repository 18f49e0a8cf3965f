//! Commands of WASI preview 1, put together from steps on the first mount. Each step writes its
//! errno to stdout: two digits and a space.

/// Rights of preview 1 that the adapter looks at.
pub(crate) const READ: u64 = 1 << 1;
pub(crate) const WRITE: u64 = 1 << 6;

/// `oflags` of preview 1.
pub(crate) const CREATE: u32 = 1;
pub(crate) const FOLDER: u32 = 2;
pub(crate) const EXCLUSIVE: u32 = 4;
pub(crate) const TRUNCATE: u32 = 8;

/// The steps of a command. `$fd` is the file or folder that was opened last.
#[derive(Default)]
pub(crate) struct Script {
    steps: String,
    text: String,
}

impl Script {
    fn step(mut self, call: &str) -> Self {
        self.steps.extend(["(call $say ", call, ")\n"]);
        self
    }

    /// Puts text into the guest's memory, and names it as two arguments.
    fn text(&mut self, text: &str) -> String {
        let at = TEXT + self.text.len();
        self.text += text;
        format!("(i32.const {at}) (i32.const {})", text.len())
    }

    /// Opens a path and follows links.
    pub(crate) fn open(mut self, path: &str, rights: u64, flags: u32) -> Self {
        let path = self.text(path);
        self.step(&format!("(call $open {path} (i64.const {rights}) (i32.const {flags}))"))
    }

    /// Copies the open file to stdout, to its end.
    pub(crate) fn read(self) -> Self {
        self.step("(call $pump (global.get $fd) (i32.const 1))")
    }

    /// Copies the next bytes of the open file to stdout.
    pub(crate) fn read_some(self, bytes: u32) -> Self {
        self.step(&format!("(call $copy (global.get $fd) (i32.const 1) (i32.const {bytes}))"))
    }

    /// Copies stdin to the open file.
    pub(crate) fn save(self) -> Self {
        self.step("(call $pump (i32.const 0) (global.get $fd))")
    }

    /// Writes text to the open file.
    pub(crate) fn write(mut self, text: &str) -> Self {
        let text = self.text(text);
        self.step(&format!("(call $write (global.get $fd) {text})"))
    }

    /// Waits for a byte of stdin.
    pub(crate) fn wait(self) -> Self {
        self.step("(call $read (i32.const 0) (i32.const 1))")
    }

    /// Copies the entries of the open folder to stdout, as preview 1 lays them out.
    pub(crate) fn list(self) -> Self {
        self.step("(call $list (global.get $fd))")
    }

    pub(crate) fn stat(mut self, path: &str) -> Self {
        let path = self.text(path);
        self.step(&format!(
            "(call $path_filestat_get (i32.const 3) (i32.const 1) {path} (i32.const 65536))"
        ))
    }

    pub(crate) fn touch(mut self, path: &str) -> Self {
        let path = self.text(path);
        self.step(&format!(
            "(call $path_filestat_set_times (i32.const 3) (i32.const 1) {path} (i64.const 0) (i64.const 0) (i32.const 10))"
        ))
    }

    pub(crate) fn make_folder(mut self, path: &str) -> Self {
        let path = self.text(path);
        self.step(&format!("(call $path_create_directory (i32.const 3) {path})"))
    }

    pub(crate) fn unlink(mut self, path: &str) -> Self {
        let path = self.text(path);
        self.step(&format!("(call $path_unlink_file (i32.const 3) {path})"))
    }

    pub(crate) fn rename(mut self, old: &str, new: &str) -> Self {
        let (old, new) = (self.text(old), self.text(new));
        self.step(&format!("(call $path_rename (i32.const 3) {old} (i32.const 3) {new})"))
    }

    pub(crate) fn read_link(mut self, path: &str) -> Self {
        let path = self.text(path);
        self.step(&format!("(call $path_readlink (i32.const 3) {path} (i32.const 65536) (i32.const 4096) (i32.const 8))"))
    }

    pub(crate) fn symlink(mut self, target: &str, name: &str) -> Self {
        let (target, name) = (self.text(target), self.text(name));
        self.step(&format!("(call $path_symlink {target} (i32.const 3) {name})"))
    }

    pub(crate) fn link(mut self, old: &str, new: &str) -> Self {
        let (old, new) = (self.text(old), self.text(new));
        self.step(&format!(
            "(call $path_link (i32.const 3) (i32.const 0) {old} (i32.const 3) {new})"
        ))
    }

    /// Reads the start of the open file, over and over.
    pub(crate) fn read_for_ever(mut self) -> Self {
        self.steps += "(loop $again
          (drop (call $fd_seek (global.get $fd) (i64.const 0) (i32.const 0) (i32.const 8)))
          (drop (call $read (global.get $fd) (i32.const 4096)))
          (br $again))";
        self
    }

    /// The command.
    pub(crate) fn wat(&self) -> String {
        format!(
            "(module {LIBRARY}\n(data (i32.const {TEXT}) {:?})\n(func (export \"_start\")\n{}))",
            self.text, self.steps
        )
    }
}

/// Where the script's text lies: behind the 64 bytes in which calls leave their results.
const TEXT: usize = 64;

/// Bytes are copied through 64 KiB at 65536.
const LIBRARY: &str = r#"
  (import "wasi_snapshot_preview1" "path_open"
    (func $path_open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_read" (func $fd_read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_seek" (func $fd_seek (param i32 i64 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_readdir" (func $fd_readdir (param i32 i32 i32 i64 i32) (result i32)))
  (import "wasi_snapshot_preview1" "path_filestat_get" (func $path_filestat_get (param i32 i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "path_filestat_set_times"
    (func $path_filestat_set_times (param i32 i32 i32 i32 i64 i64 i32) (result i32)))
  (import "wasi_snapshot_preview1" "path_create_directory" (func $path_create_directory (param i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "path_unlink_file" (func $path_unlink_file (param i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "path_rename" (func $path_rename (param i32 i32 i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "path_readlink" (func $path_readlink (param i32 i32 i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "path_symlink" (func $path_symlink (param i32 i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "path_link" (func $path_link (param i32 i32 i32 i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 2)
  (global $fd (mut i32) (i32.const -1))
  (func $open (param $path i32) (param $len i32) (param $rights i64) (param $flags i32) (result i32) (local $errno i32)
    (local.set $errno (call $path_open (i32.const 3) (i32.const 1) (local.get $path) (local.get $len)
      (local.get $flags) (local.get $rights) (local.get $rights) (i32.const 0) (i32.const 8)))
    (if (i32.eqz (local.get $errno)) (then (global.set $fd (i32.load (i32.const 8)))))
    (local.get $errno))
  ;; Leaves the count at 8.
  (func $read (param $fd i32) (param $max i32) (result i32)
    (i32.store (i32.const 0) (i32.const 65536)) (i32.store (i32.const 4) (local.get $max))
    (call $fd_read (local.get $fd) (i32.const 0) (i32.const 1) (i32.const 8)))
  (func $write (param $fd i32) (param $at i32) (param $len i32) (result i32) (local $errno i32)
    (loop $rest
      (if (i32.eqz (local.get $len)) (then (return (i32.const 0))))
      (i32.store (i32.const 0) (local.get $at)) (i32.store (i32.const 4) (local.get $len))
      (local.set $errno (call $fd_write (local.get $fd) (i32.const 0) (i32.const 1) (i32.const 16)))
      (if (local.get $errno) (then (return (local.get $errno))))
      (local.set $at (i32.add (local.get $at) (i32.load (i32.const 16))))
      (local.set $len (i32.sub (local.get $len) (i32.load (i32.const 16))))
      (br $rest))
    (unreachable))
  (func $copy (param $from i32) (param $to i32) (param $max i32) (result i32) (local $errno i32)
    (local.set $errno (call $read (local.get $from) (local.get $max)))
    (if (local.get $errno) (then (return (local.get $errno))))
    (call $write (local.get $to) (i32.const 65536) (i32.load (i32.const 8))))
  (func $pump (param $from i32) (param $to i32) (result i32) (local $errno i32)
    (loop $more
      (local.set $errno (call $copy (local.get $from) (local.get $to) (i32.const 65536)))
      (if (local.get $errno) (then (return (local.get $errno))))
      (br_if $more (i32.load (i32.const 8))))
    (i32.const 0))
  (func $list (param $fd i32) (result i32) (local $errno i32)
    (local.set $errno (call $fd_readdir (local.get $fd) (i32.const 65536) (i32.const 65536) (i64.const 0) (i32.const 8)))
    (if (local.get $errno) (then (return (local.get $errno))))
    (call $write (i32.const 1) (i32.const 65536) (i32.load (i32.const 8))))
  (func $say (param $errno i32)
    (i32.store8 (i32.const 24) (i32.add (i32.const 48) (i32.div_u (local.get $errno) (i32.const 10))))
    (i32.store8 (i32.const 25) (i32.add (i32.const 48) (i32.rem_u (local.get $errno) (i32.const 10))))
    (i32.store8 (i32.const 26) (i32.const 32))
    (drop (call $write (i32.const 1) (i32.const 24) (i32.const 3))))"#;
