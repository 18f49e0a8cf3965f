/* The initialiser: evaluates the prelude, and checks or evaluates a program, once, before there is
 * an instance. It reads a word and the program from stdin and writes the memory to stdout, or, with
 * status 1, what is wrong with the program. */
#include <stdlib.h>
#include <unistd.h>
#include <wasi/api.h>

#include "runtime.h"

void __wasm_call_ctors(void);

/* All of stdin, with a zero after it. */
static uint8_t *input(size_t *size) {
    size_t room = 1 << 16;
    uint8_t *bytes = malloc(room + 1);
    *size = 0;
    for (;;) {
        if (!bytes) abort();
        ssize_t got = read(0, bytes + *size, room - *size);
        if (got < 0) abort();
        if (got == 0) break;
        *size += (size_t)got;
        if (*size == room) bytes = realloc(bytes, (room *= 2) + 1);
    }
    bytes[*size] = 0;
    return bytes;
}

static void output(const uint8_t *bytes, size_t size) {
    while (size > 0) {
        __wasi_ciovec_t part = { bytes, size };
        __wasi_size_t wrote;
        if (__wasi_fd_write(1, &part, 1, &wrote) || wrote == 0) abort();
        bytes += wrote;
        size -= wrote;
    }
}

/* Ends with what was reported, if anything was. */
static void refuse(void) {
    JSValue text = wbx_internal("reported", 0, NULL);
    size_t size;
    const char *bytes = JS_ToCStringLen(wbx.ctx, &size, text);
    if (!bytes) wbx_die(wbx.ctx);
    if (size > 0) {
        output((const uint8_t *)bytes, size);
        _Exit(1);
    }
    JS_FreeCString(wbx.ctx, bytes);
    JS_FreeValue(wbx.ctx, text);
}

static void evaluate(void) {
    if (!wbx_evaluate()) {
        JSValue thrown = JS_GetException(wbx.ctx);
        JS_FreeValue(wbx.ctx, wbx_internal("report", 1, &thrown));
        JS_FreeValue(wbx.ctx, thrown);
    }
    refuse();
}

__attribute__((export_name("wizer-initialize"))) void prepare(void) {
    __wasm_call_ctors();
    wbx_runtime_new();
    size_t size;
    uint8_t *bytes = input(&size);
    uint8_t *program = memchr(bytes, '\n', size);
    if (!program) abort();
    *program++ = 0;
    size -= (size_t)(program - bytes);
    const char *word = (const char *)bytes;
    if (strcmp(word, "prelude")) {
        if (!wbx_program_open(program, size)) abort();
        wbx_modules_check();
        refuse();
        if (!strcmp(word, "check")) _Exit(0);
        evaluate();
    }
    JS_RunGC(wbx.rt);
    wbx.elapsed = wbx_now();
    wbx.phase = WBX_ASLEEP;
    /* What lies below was the stack of calls that are over. */
    uint8_t *here = __builtin_frame_address(0);
    for (uint8_t *at = (uint8_t *)16; at + 4096 < here; at++) *(volatile uint8_t *)at = 0;
    output((const uint8_t *)0, __builtin_wasm_memory_size(0) << 16);
}
