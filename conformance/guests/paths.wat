;; Does one thing to paths below its first preopened folder (descriptor 3) and exits with 0, or with
;; preview 1's error number. The first argument says what: `r` writes where the link of the second
;; leads; `f` asks what the second is, following links; `s` makes a link of the third that leads to
;; the second; `h` links the second as the third; `m` moves the second to the third; `u` removes the
;; second; `d` makes the folder of the second; `p` writes the name of the preopened folder.
(module
  (import "wasi_snapshot_preview1" "args_get" (func $args (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "path_readlink" (func $readlink (param i32 i32 i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "path_filestat_get" (func $stat (param i32 i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "path_symlink" (func $symlink (param i32 i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "path_link" (func $link (param i32 i32 i32 i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "path_rename" (func $rename (param i32 i32 i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "path_unlink_file" (func $unlink (param i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "path_create_directory" (func $mkdir (param i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_prestat_get" (func $prestat (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_prestat_dir_name" (func $name (param i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (memory (export "memory") 1)
  (func $length (param $at i32) (result i32) (local $n i32)
    (loop $next
      (if (i32.load8_u (i32.add (local.get $at) (local.get $n)))
        (then (local.set $n (i32.add (local.get $n) (i32.const 1))) (br $next))))
    (local.get $n))
  (func $check (param $errno i32) (if (local.get $errno) (then (call $exit (local.get $errno)))))
  (func $say (param $length i32)
    (i32.store (i32.const 128) (i32.const 8192))
    (i32.store (i32.const 132) (local.get $length))
    (call $check (call $write (i32.const 1) (i32.const 128) (i32.const 1) (i32.const 136)))
    (call $exit (i32.const 0)))
  (func (export "_start") (local $what i32) (local $a i32) (local $an i32) (local $b i32) (local $bn i32)
    (call $check (call $args (i32.const 0) (i32.const 256)))
    (local.set $what (i32.load8_u (i32.load (i32.const 4))))
    (if (i32.eq (local.get $what) (i32.const 112)) ;; p
      (then
        (call $check (call $prestat (i32.const 3) (i32.const 160)))
        (call $check (call $name (i32.const 3) (i32.const 8192) (i32.load (i32.const 164))))
        (call $say (i32.load (i32.const 164)))))
    (local.set $a (i32.load (i32.const 8)))
    (local.set $an (call $length (local.get $a)))
    (if (i32.eq (local.get $what) (i32.const 114)) ;; r
      (then
        (call $check (call $readlink (i32.const 3) (local.get $a) (local.get $an)
          (i32.const 8192) (i32.const 1024) (i32.const 140)))
        (call $say (i32.load (i32.const 140)))))
    (if (i32.eq (local.get $what) (i32.const 102)) ;; f
      (then (call $exit (call $stat (i32.const 3) (i32.const 1) (local.get $a) (local.get $an) (i32.const 160)))))
    (if (i32.eq (local.get $what) (i32.const 117)) ;; u
      (then (call $exit (call $unlink (i32.const 3) (local.get $a) (local.get $an)))))
    (if (i32.eq (local.get $what) (i32.const 100)) ;; d
      (then (call $exit (call $mkdir (i32.const 3) (local.get $a) (local.get $an)))))
    (local.set $b (i32.load (i32.const 12)))
    (local.set $bn (call $length (local.get $b)))
    (if (i32.eq (local.get $what) (i32.const 115)) ;; s
      (then (call $exit (call $symlink (local.get $a) (local.get $an) (i32.const 3) (local.get $b) (local.get $bn)))))
    (if (i32.eq (local.get $what) (i32.const 104)) ;; h
      (then (call $exit (call $link (i32.const 3) (i32.const 0) (local.get $a) (local.get $an)
        (i32.const 3) (local.get $b) (local.get $bn)))))
    (if (i32.eq (local.get $what) (i32.const 109)) ;; m
      (then (call $exit (call $rename (i32.const 3) (local.get $a) (local.get $an)
        (i32.const 3) (local.get $b) (local.get $bn)))))
    (call $exit (i32.const 255))))
