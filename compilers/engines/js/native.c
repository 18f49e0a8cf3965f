/* What the prelude is built on: output, text, time, chance, and the program's files. */
#include <errno.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>
#include <wasi/api.h>

#include "runtime.h"

void wbx_print(int fd, const char *text, size_t size) {
    /* While a snapshot is made stdout is where it goes. */
    if (wbx.phase == WBX_PREPARING) fd = 2;
    while (size > 0) {
        ssize_t wrote = write(fd, text, size);
        if (wrote < 0 && errno == EINTR) continue;
        if (wrote <= 0) return;
        text += wrote;
        size -= (size_t)wrote;
    }
}

static double monotonic(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

double wbx_now(void) { return monotonic() - wbx.origin; }

/* ---- chance ---- */

static uint64_t chance[2] = { 0x9e3779b97f4a7c15, 0xbf58476d1ce4e5b9 };

void wbx_wake(void) {
    if (wbx.phase != WBX_ASLEEP) return;
    wbx.phase = WBX_AWAKE;
    wbx.origin = monotonic() - wbx.elapsed;
    (void)__wasi_random_get((uint8_t *)chance, sizeof chance);
    chance[0] |= 1;
}

/* xoroshiro128+, as its authors published it. */
static uint64_t next(void) {
    uint64_t a = chance[0], b = chance[1], sum = a + b;
    b ^= a;
    chance[0] = (a << 24 | a >> 40) ^ b ^ (b << 16);
    chance[1] = b << 37 | b >> 27;
    return sum;
}

static JSValue js_random(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv) {
    return JS_NewFloat64(ctx, (double)(next() >> 11) * 0x1p-53);
}

/* Secrets that a snapshot keeps are none. */
static JSValue js_entropy(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv) {
    size_t size;
    uint8_t *bytes = JS_GetUint8Array(ctx, &size, argv[0]);
    if (!bytes) return JS_EXCEPTION;
    if (wbx_sealed(ctx, "crypto")) return JS_EXCEPTION;
    if (__wasi_random_get(bytes, size)) return JS_ThrowInternalError(ctx, "there is no entropy");
    return JS_UNDEFINED;
}

/* ---- text ---- */

static JSValue js_write(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv) {
    int32_t fd;
    size_t size;
    if (JS_ToInt32(ctx, &fd, argv[0])) return JS_EXCEPTION;
    if (JS_IsString(argv[1])) {
        const char *text = JS_ToCStringLen(ctx, &size, argv[1]);
        if (!text) return JS_EXCEPTION;
        wbx_print(fd, text, size);
        JS_FreeCString(ctx, text);
    } else {
        uint8_t *bytes = JS_GetUint8Array(ctx, &size, argv[1]);
        if (!bytes) return JS_EXCEPTION;
        wbx_print(fd, (const char *)bytes, size);
    }
    return JS_UNDEFINED;
}

static JSValue js_encode(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv) {
    size_t size;
    const char *text = JS_ToCStringLen(ctx, &size, argv[0]);
    if (!text) return JS_EXCEPTION;
    JSValue bytes = JS_NewUint8ArrayCopy(ctx, (const uint8_t *)text, size);
    JS_FreeCString(ctx, text);
    return bytes;
}

/* The length of the longest prefix that is UTF-8. */
static size_t valid(const uint8_t *at, size_t size) {
    size_t i = 0;
    while (i < size) {
        uint8_t lead = at[i];
        size_t more = lead < 0x80 ? 0 : lead >= 0xc2 && lead < 0xe0 ? 1 : (lead & 0xf0) == 0xe0 ? 2 : lead >= 0xf0 && lead < 0xf5 ? 3 : 9;
        if (more == 9 || i + more >= size) return i;
        for (size_t j = 1; j <= more; j++) {
            if ((at[i + j] & 0xc0) != 0x80) return i;
        }
        if ((lead == 0xe0 && at[i + 1] < 0xa0) || (lead == 0xed && at[i + 1] > 0x9f) ||
            (lead == 0xf0 && at[i + 1] < 0x90) || (lead == 0xf4 && at[i + 1] > 0x8f)) return i;
        i += more + 1;
    }
    return i;
}

static JSValue js_valid(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv) {
    size_t size;
    uint8_t *bytes = JS_GetUint8Array(ctx, &size, argv[0]);
    return bytes ? JS_NewInt64(ctx, (int64_t)valid(bytes, size)) : JS_EXCEPTION;
}

static JSValue js_decode(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv) {
    size_t size;
    uint8_t *bytes = JS_GetUint8Array(ctx, &size, argv[0]);
    return bytes ? JS_NewStringLen(ctx, (const char *)bytes, size) : JS_EXCEPTION;
}

/* ---- the process ---- */

static JSValue js_now(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv) {
    return JS_NewFloat64(ctx, wbx_now());
}

/* Bytes of stdin, at most so many; none at its end. */
static JSValue js_read(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv) {
    int32_t most;
    if (JS_ToInt32(ctx, &most, argv[0])) return JS_EXCEPTION;
    if (most < 1) most = 1;
    if (wbx_sealed(ctx, "stdin")) return JS_EXCEPTION;
    uint8_t *buffer = js_malloc(ctx, (size_t)most);
    if (!buffer) return JS_EXCEPTION;
    ssize_t got;
    do got = read(0, buffer, (size_t)most); while (got < 0 && errno == EINTR);
    JSValue bytes = got < 0 ? JS_ThrowPlainError(ctx, "stdin: %s", strerror(errno))
                            : JS_NewUint8ArrayCopy(ctx, buffer, (size_t)got);
    js_free(ctx, buffer);
    return bytes;
}

/* Arguments or variables: an array of texts. */
static JSValue strings(JSContext *ctx, bool environment) {
    __wasi_size_t count, size;
    __wasi_errno_t failed = environment ? __wasi_environ_sizes_get(&count, &size)
                                        : __wasi_args_sizes_get(&count, &size);
    JSValue array = JS_NewArray(ctx);
    if (failed || JS_IsException(array) || count == 0) return array;
    uint8_t **each = malloc((count + 1) * sizeof *each), *all = malloc(size + 1);
    if (each && all && !(environment ? __wasi_environ_get(each, all) : __wasi_args_get(each, all))) {
        for (uint32_t i = 0; i < count; i++) {
            JS_SetPropertyUint32(ctx, array, i, JS_NewString(ctx, (const char *)each[i]));
        }
    }
    free(each);
    free(all);
    return array;
}

static JSValue js_strings(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv) {
    return strings(ctx, JS_ToBool(ctx, argv[0]));
}

static JSValue js_exit(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv) {
    int32_t status;
    if (JS_ToInt32(ctx, &status, argv[0])) return JS_EXCEPTION;
    if (wbx_sealed(ctx, "exit")) return JS_EXCEPTION;
    _Exit(status & 0xff);
}

/* ---- files ---- */

static JSValue js_has(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv) {
    const char *path = JS_ToCString(ctx, argv[0]);
    if (!path) return JS_EXCEPTION;
    const wbx_file *file = wbx_program_find(path);
    JS_FreeCString(ctx, path);
    return JS_NewBool(ctx, file != NULL);
}

static JSValue js_text(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv) {
    const char *path = JS_ToCString(ctx, argv[0]);
    if (!path) return JS_EXCEPTION;
    const wbx_file *file = wbx_program_find(path);
    JS_FreeCString(ctx, path);
    return file ? JS_NewStringLen(ctx, file->data, file->size) : JS_UNDEFINED;
}

/* Whether the world has an interface of this name, with its version or without. */
static JSValue js_known(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv) {
    const char *name = JS_ToCString(ctx, argv[0]);
    if (!name) return JS_EXCEPTION;
    bool found = false;
    for (uint32_t i = 0; !found && i < wbx_world.interface_count; i++) {
        const wbx_interface *one = &wbx_world.interfaces[i];
        size_t length = strlen(one->name);
        const char *rest = name + length;
        found = !strncmp(name, one->name, length) &&
                (!*rest || (*rest == '@' && one->version && !strcmp(rest + 1, one->version)));
    }
    JS_FreeCString(ctx, name);
    return JS_NewBool(ctx, found);
}

/* A function of a text, whose stack names `path`. */
static JSValue js_compile(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv) {
    size_t size;
    const char *text = JS_ToCStringLen(ctx, &size, argv[0]);
    const char *path = JS_ToCString(ctx, argv[1]);
    JSValue made = JS_EXCEPTION;
    if (text && path) {
        int flags = JS_EVAL_TYPE_GLOBAL;
        if (argc > 2 && JS_ToBool(ctx, argv[2])) flags |= JS_EVAL_FLAG_COMPILE_ONLY;
        made = JS_Eval(ctx, text, size, path, flags);
    }
    JS_FreeCString(ctx, text);
    JS_FreeCString(ctx, path);
    return made;
}

/* Whether a promise is pending, whether it is rejected, and with what it settled. */
static JSValue js_settled(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv) {
    JSPromiseStateEnum state = JS_PromiseState(ctx, argv[0]);
    JSValue parts[] = { JS_NewBool(ctx, state == JS_PROMISE_PENDING), JS_NewBool(ctx, state == JS_PROMISE_REJECTED),
                        state == JS_PROMISE_PENDING ? JS_UNDEFINED : JS_PromiseResult(ctx, argv[0]) };
    return JS_NewArrayFrom(ctx, 3, parts);
}

static JSValue js_preparing(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv) {
    return JS_NewBool(ctx, wbx.phase == WBX_PREPARING);
}

static const JSCFunctionListEntry functions[] = {
    JS_CFUNC_DEF("random", 0, js_random),   JS_CFUNC_DEF("entropy", 1, js_entropy),
    JS_CFUNC_DEF("write", 2, js_write),     JS_CFUNC_DEF("encode", 1, js_encode),
    JS_CFUNC_DEF("valid", 1, js_valid),     JS_CFUNC_DEF("decode", 1, js_decode),
    JS_CFUNC_DEF("now", 0, js_now),         JS_CFUNC_DEF("read", 1, js_read),
    JS_CFUNC_DEF("strings", 1, js_strings), JS_CFUNC_DEF("exit", 1, js_exit),
    JS_CFUNC_DEF("has", 1, js_has),         JS_CFUNC_DEF("text", 1, js_text),
    JS_CFUNC_DEF("known", 1, js_known),     JS_CFUNC_DEF("settled", 1, js_settled),
    JS_CFUNC_DEF("compile", 3, js_compile), JS_CFUNC_DEF("preparing", 0, js_preparing),
};

void wbx_native_install(JSContext *ctx, JSValueConst internal) {
    JS_SetPropertyFunctionList(ctx, internal, functions, sizeof functions / sizeof *functions);
}
