// The TypeScript compiler as one module: `wizer-initialize` reads the compiler, its driver and the
// standard library from stdin, warms them, and writes all of its memory to stdout; that memory is
// the module that `_start` runs, which reads a request from stdin and writes its answer to stdout.
//
// Exit statuses: 0 it answered, 3 it threw, 4 out of memory, 5 out of stack.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <wasi/api.h>
#include "quickjs.h"

// Whichever is full first ends the step as one that is nested too deeply: this, or the wasm stack of
// 8 MiB that lanes have.
#define STACK (6 << 20)

static JSRuntime *runtime;
static JSContext *context;
static JSValue run;

static void die(void) {
  JSValue thrown = JS_GetException(context);
  const char *text = JS_ToCString(context, thrown);
  if (!text) exit(4);
  int status = strstr(text, "out of memory") ? 4 : strstr(text, "call stack size") ? 5 : 3;
  JSValue stack = JS_GetPropertyStr(context, thrown, "stack");
  const char *trace = JS_IsString(stack) ? JS_ToCString(context, stack) : NULL;
  fprintf(stderr, "%s\n%s", text, trace ? trace : "");
  exit(status);
}

static JSValue must(JSValue value) {
  if (JS_IsException(value)) die();
  return value;
}

static void *allocated(void *memory) {
  if (!memory) exit(4);
  return memory;
}

// Not by stdio, whose buffers and end-of-file flags would be part of the snapshot.
static char *slurp(size_t *length) {
  size_t room = 1 << 16;
  char *text = allocated(malloc(room + 1));
  for (*length = 0;;) {
    if (*length == room) text = allocated(realloc(text, (room *= 2) + 1));
    ssize_t got = read(STDIN_FILENO, text + *length, room - *length);
    if (got < 0) exit(3);
    if (got == 0) break;
    *length += got;
  }
  text[*length] = 0;
  return text;
}

static void put(uintptr_t from, size_t length) {
  while (length) {
    __wasi_ciovec_t part = {.buf = (const uint8_t *)from, .buf_len = length};
    size_t written;
    if (__wasi_fd_write(STDOUT_FILENO, &part, 1, &written)) exit(3);
    from += written;
    length -= written;
  }
}

// What is freed stays in the snapshot unless it is zero.
static void forget(void *memory, size_t length) {
  explicit_bzero(memory, length);
  free(memory);
}

// Without its source: 9 MB of it would be kept in every function that it holds.
static void evaluate(const char *text, size_t length, const char *name) {
  JSValue code = must(JS_Eval(context, text, length, name, JS_EVAL_TYPE_GLOBAL | JS_EVAL_FLAG_COMPILE_ONLY));
  size_t size;
  uint8_t *bytes = JS_WriteObject(context, &size, code, JS_WRITE_OBJ_BYTECODE | JS_WRITE_OBJ_STRIP_SOURCE);
  if (!bytes) die();
  JS_FreeValue(context, code);
  JS_RunGC(runtime);
  code = must(JS_ReadObject(context, bytes, size, JS_READ_OBJ_BYTECODE));
  explicit_bzero(bytes, size);
  js_free(context, bytes);
  JS_FreeValue(context, must(JS_EvalFunction(context, code)));
}

static JSValue call(JSValue function, JSValue argument) {
  JSValue result = must(JS_Call(context, function, JS_UNDEFINED, 1, &argument));
  JS_FreeValue(context, argument);
  return result;
}

// A part of the input: its length in four bytes (little-endian), then its text, which ends in a
// zero that is not counted.
static const char *part(const char **at, size_t *length) {
  uint32_t size;
  memcpy(&size, *at, sizeof size);
  const char *text = *at + sizeof size;
  *at = text + size + 1;
  *length = size;
  return text;
}

__attribute__((export_name("wizer-initialize"))) void initialize(void) {
  runtime = allocated(JS_NewRuntime());
  JS_SetMaxStackSize(runtime, STACK);
  JS_SetGCThreshold(runtime, (size_t)-1);
  context = allocated(JS_NewContext(runtime));
  size_t length, all;
  char *input = slurp(&all);
  const char *at = input, *text;
  text = part(&at, &length);
  evaluate(text, length, "typescript.js");
  text = part(&at, &length);
  evaluate(text, length, "driver.js");
  text = part(&at, &length);
  JSValue libraries = must(JS_ParseJSON(context, text, length, "libraries"));
  forget(input, all);
  JSValue global = JS_GetGlobalObject(context);
  // Lexical declarations are no properties of the global object, but these are `var`.
  JSValue warm = must(JS_GetPropertyStr(context, global, "warm"));
  JS_FreeValue(context, call(warm, libraries));
  JS_FreeValue(context, warm);
  run = must(JS_GetPropertyStr(context, global, "run"));
  JS_FreeValue(context, global);
  JS_RunGC(runtime);
  put(0, __builtin_wasm_memory_size(0) << 16);
}

int main(void) {
  JS_UpdateStackTop(runtime);
  size_t length;
  char *request = slurp(&length);
  JSValue argument = must(JS_NewStringLen(context, request, length));
  free(request);
  JSValue answer = call(run, argument);
  const char *text = JS_ToCStringLen(context, &length, answer);
  if (!text) die();
  put((uintptr_t)text, length);
  _exit(0);
}
