(module
  (import "wasi:http/types@0.2.12" "[constructor]fields" (func $fields (result i32)))
  (import "wasi:http/types@0.2.12" "[constructor]outgoing-response" (func $response (param i32) (result i32)))
  (import "wasi:http/types@0.2.12" "[method]outgoing-response.set-status-code" (func $status (param i32 i32) (result i32)))
  (import "wasi:http/types@0.2.12" "[method]outgoing-response.body" (func $response-body (param i32 i32)))
  (import "wasi:http/types@0.2.12" "[static]response-outparam.set" (func $set (param i32 i32 i32 i32 i64 i32 i32 i32 i32)))
  (import "wasi:http/types@0.2.12" "[method]outgoing-body.write" (func $body-write (param i32 i32)))
  (import "wasi:http/types@0.2.12" "[static]outgoing-body.finish" (func $body-finish (param i32 i32 i32 i32)))
  (import "wasi:http/types@0.2.12" "[method]incoming-request.path-with-query" (func $path (param i32 i32)))
  (import "wasi:http/types@0.2.12" "[method]incoming-request.authority" (func $authority (param i32 i32)))
  (import "wasi:http/types@0.2.12" "[method]incoming-request.consume" (func $consume (param i32 i32)))
  (import "wasi:http/types@0.2.12" "[method]incoming-body.stream" (func $body-stream (param i32 i32)))
  (import "wasi:io/streams@0.2.12" "[method]input-stream.blocking-read" (func $read (param i32 i64 i32)))
  (import "wasi:io/streams@0.2.12" "[method]output-stream.blocking-write-and-flush" (func $write-flush (param i32 i32 i32 i32)))
  (import "wasi:io/streams@0.2.12" "[resource-drop]output-stream" (func $drop-output (param i32)))
  (import "wasi:io/poll@0.2.12" "[method]pollable.block" (func $block (param i32)))
  (import "wasi:clocks/monotonic-clock@0.2.12" "subscribe-duration" (func $sleep (param i64) (result i32)))
  (import "workbooks:engine/serve@0.1.0-dev" "[static]listener.open" (func $open (param i32 i32 i32)))
  (import "workbooks:engine/serve@0.1.0-dev" "[resource-drop]listener" (func $close (param i32)))

  (memory (export "memory") 4)
  (data (i32.const 1024) "hello")
  (data (i32.const 1040) "half")
  (global $next (mut i32) (i32.const 65536))
  ;; What was handed in is forgotten whenever more is read.
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
    (local $at i32)
    (local.set $at (i32.and (i32.add (global.get $next) (i32.const 15)) (i32.const -16)))
    (global.set $next (i32.add (local.get $at) (local.get 3)))
    (local.get $at))

  ;; Answers with this status; gives the body.
  (func $respond (param $out i32) (param $code i32) (result i32) (local $r i32)
    (local.set $r (call $response (call $fields)))
    (drop (call $status (local.get $r) (local.get $code)))
    (call $response-body (local.get $r) (i32.const 16))
    (call $set (local.get $out) (i32.const 0) (local.get $r) (i32.const 0) (i64.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0))
    (i32.load (i32.const 20)))
  (func $stream (param $body i32) (result i32)
    (call $body-write (local.get $body) (i32.const 40))
    (i32.load (i32.const 44)))
  ;; Writes, in pieces of 4096; gives 0 where all was written.
  (func $write (param $to i32) (param $at i32) (param $n i32) (result i32) (local $piece i32)
    (loop $more
      (if (local.get $n) (then
        (local.set $piece (select (local.get $n) (i32.const 4096) (i32.lt_u (local.get $n) (i32.const 4096))))
        (call $write-flush (local.get $to) (local.get $at) (local.get $piece) (i32.const 32))
        (if (i32.load8_u (i32.const 32)) (then (return (i32.const 1))))
        (local.set $at (i32.add (local.get $at) (local.get $piece)))
        (local.set $n (i32.sub (local.get $n) (local.get $piece)))
        (br $more))))
    (i32.const 0))
  (func $finish (param $body i32) (param $to i32)
    (call $drop-output (local.get $to))
    (call $body-finish (local.get $body) (i32.const 0) (i32.const 0) (i32.const 48)))
  (func $wait (param $ms i64)
    (call $block (call $sleep (i64.mul (local.get $ms) (i64.const 1000000)))))
  ;; Copies one stream to the other, or to nowhere; traps if reading fails.
  (func $copy (param $from i32) (param $to i32)
    (loop $more
      (global.set $next (i32.const 65536))
      (call $read (local.get $from) (i64.const 65536) (i32.const 96))
      (if (i32.eqz (i32.load8_u (i32.const 96))) (then
        (if (local.get $to) (then
          (if (call $write (local.get $to) (i32.load (i32.const 100)) (i32.load (i32.const 104)))
            (then (return)))))
        (br $more)))
      (if (i32.eqz (i32.load8_u (i32.const 100))) (then unreachable))))
  (func $endless (param $to i32)
    (loop $more (br_if $more (i32.eqz (call $write (local.get $to) (i32.const 0) (i32.const 4096))))))

  (func (export "wasi:http/incoming-handler@0.2.12#handle") (param $request i32) (param $out i32)
    (local $what i32) (local $body i32) (local $to i32) (local $from i32)
    (call $path (local.get $request) (i32.const 64))
    (if (i32.lt_u (i32.const 1) (i32.load (i32.const 72)))
      (then (local.set $what (i32.load8_u offset=1 (i32.load (i32.const 68))))))
    ;; n: no answer
    (if (i32.eq (local.get $what) (i32.const 110)) (then return))
    ;; t: a trap
    (if (i32.eq (local.get $what) (i32.const 116)) (then unreachable))
    ;; l: a loop
    (if (i32.eq (local.get $what) (i32.const 108)) (then (loop $l (br $l))))
    ;; w: waits for an hour
    (if (i32.eq (local.get $what) (i32.const 119)) (then (call $wait (i64.const 3600000))))
    ;; k: waits for 300 ms
    (if (i32.eq (local.get $what) (i32.const 107)) (then (call $wait (i64.const 300))))
    ;; m: memory without end
    (if (i32.eq (local.get $what) (i32.const 109)) (then
      (loop $l (br_if $l (i32.ne (memory.grow (i32.const 16)) (i32.const -1)))) unreachable))
    ;; s: a status that is no answer
    (if (i32.eq (local.get $what) (i32.const 115)) (then
      (drop (call $respond (local.get $out) (i32.const 101))) return))
    ;; u: reads all before it answers
    (if (i32.eq (local.get $what) (i32.const 117)) (then
      (call $consume (local.get $request) (i32.const 80))
      (call $body-stream (i32.load (i32.const 84)) (i32.const 88))
      (call $copy (i32.load (i32.const 92)) (i32.const 0))))
    (local.set $body (call $respond (local.get $out) (i32.const 200)))
    (local.set $to (call $stream (local.get $body)))
    ;; e: echoes
    (if (i32.eq (local.get $what) (i32.const 101)) (then
      (call $consume (local.get $request) (i32.const 80))
      (call $body-stream (i32.load (i32.const 84)) (i32.const 88))
      (call $copy (i32.load (i32.const 92)) (local.get $to))
      (call $finish (local.get $body) (local.get $to)) return))
    ;; i: an answer without end
    (if (i32.eq (local.get $what) (i32.const 105)) (then (call $endless (local.get $to)) return))
    ;; a: the authority that was asked for
    (if (i32.eq (local.get $what) (i32.const 97)) (then
      (call $authority (local.get $request) (i32.const 64))
      (drop (call $write (local.get $to) (i32.load (i32.const 68)) (i32.load (i32.const 72))))
      (call $finish (local.get $body) (local.get $to)) return))
    ;; h: half, and a trap; q: half, and an hour
    (if (i32.eq (local.get $what) (i32.const 104)) (then
      (drop (call $write (local.get $to) (i32.const 1040) (i32.const 4))) unreachable))
    (if (i32.eq (local.get $what) (i32.const 113)) (then
      (drop (call $write (local.get $to) (i32.const 1040) (i32.const 4)))
      (call $wait (i64.const 3600000))))
    (drop (call $write (local.get $to) (i32.const 1024) (i32.const 5)))
    (call $finish (local.get $body) (local.get $to))
    ;; f: goes on for an hour after its answer
    (if (i32.eq (local.get $what) (i32.const 102)) (then (call $wait (i64.const 3600000)))))

  (func (export "workbooks:engine/tcp-handler@0.1.0-dev#handle")
    (param $peer i32) (param $length i32) (param $from i32) (param $to i32) (result i32)
    (local $what i32)
    (i32.store8 (i32.const 512) (i32.const 0))
    (drop (call $write (local.get $to) (local.get $peer) (local.get $length)))
    (call $read (local.get $from) (i64.const 1) (i32.const 96))
    (if (i32.load8_u (i32.const 96)) (then (return (i32.const 512))))
    (local.set $what (i32.load8_u (i32.load (i32.const 100))))
    ;; e: echoes
    (if (i32.eq (local.get $what) (i32.const 101)) (then (call $copy (local.get $from) (local.get $to))))
    ;; u: reads to nowhere
    (if (i32.eq (local.get $what) (i32.const 117)) (then (call $copy (local.get $from) (i32.const 0))))
    ;; i: sends without end
    (if (i32.eq (local.get $what) (i32.const 105)) (then (call $endless (local.get $to))))
    ;; t: a trap; w: waits; r: an error of its own
    (if (i32.eq (local.get $what) (i32.const 116)) (then unreachable))
    (if (i32.eq (local.get $what) (i32.const 119)) (then (call $wait (i64.const 3600000))))
    (if (i32.eq (local.get $what) (i32.const 114)) (then (i32.store8 (i32.const 512) (i32.const 1))))
    (i32.const 512))

  ;; The handle and 100, or the case of the error.
  (func (export "open") (param i32 i32) (result i32)
    (call $open (local.get 0) (local.get 1) (i32.const 256))
    (if (result i32) (i32.load8_u (i32.const 256))
      (then (i32.load8_u (i32.const 264)))
      (else (i32.add (i32.load (i32.const 264)) (i32.const 100)))))
  (func (export "close") (param i32) (call $close (i32.sub (local.get 0) (i32.const 100)))))
