/* The smallest runtime: one module, no clock, no output but the world's `print`. */
#include <stdint.h>
#include <stdio.h>

#include "glue.h"

__attribute__((import_module("$root"), import_name("print")))
extern void print(const char *text, size_t length);

/* What it gives stays: the glue's own memory is not used for it. */
__attribute__((import_module("$root"), import_name("source")))
extern void source(uint32_t *list);

static JSContext *ctx;
static JSValue main_module;
static bool sealed;

static JSModuleDef *load(JSContext *ctx, const char *name, void *opaque) {
    (void)opaque;
    JSModuleDef *module = wbx_glue_module(ctx, name);
    if (!module && !JS_HasException(ctx)) JS_ThrowReferenceError(ctx, "there is no module %s", name);
    return module;
}

static JSValue settle(JSValue value) {
    JSContext *other;
    int more;
    while ((more = JS_ExecutePendingJob(JS_GetRuntime(ctx), &other)) > 0) {}
    if (more < 0) wbx_die(ctx);
    if (!JS_IsPromise(value)) return value;
    JSValue result = JS_PromiseResult(ctx, value);
    bool rejected = JS_PromiseState(ctx, value) == JS_PROMISE_REJECTED;
    if (JS_PromiseState(ctx, value) == JS_PROMISE_PENDING) result = JS_ThrowTypeError(ctx, "it never settles");
    JS_FreeValue(ctx, value);
    return rejected ? JS_Throw(ctx, result) : result;
}

JSContext *wbx_enter(void) {
    if (ctx) {
        JS_UpdateStackTop(JS_GetRuntime(ctx));
        return ctx;
    }
    JSRuntime *runtime = JS_NewRuntime();
    JS_SetMaxStackSize(runtime, 160 * 1024);
    ctx = JS_NewContext(runtime);
    JS_SetModuleLoaderFunc(runtime, NULL, load, NULL);
    uint32_t program[2];
    source(program);
    const char *text = (const char *)program[0];
    JSValue module = JS_Eval(ctx, text, program[1] - 1, "main.js", JS_EVAL_TYPE_MODULE | JS_EVAL_FLAG_COMPILE_ONLY);
    if (JS_IsException(module)) wbx_die(ctx);
    JSModuleDef *definition = JS_VALUE_GET_PTR(module);
    sealed = true;
    JSValue done = settle(JS_EvalFunction(ctx, module));
    if (JS_IsException(done)) wbx_die(ctx);
    sealed = false;
    if (text[program[1] - 1]) __builtin_trap();
    main_module = JS_GetModuleNamespace(ctx, definition);
    return ctx;
}

JSValue wbx_call(const wbx_function *function, int argc, JSValue *argv) {
    return settle(wbx_glue_invoke(ctx, main_module, function, argc, argv));
}

bool wbx_sealed(JSContext *ctx, const char *call) {
    if (sealed) JS_ThrowTypeError(ctx, "%s cannot be called yet", call);
    return sealed;
}

_Noreturn void wbx_die(JSContext *ctx) {
    JSValue error = JS_GetException(ctx);
    size_t length = 0;
    const char *text = JS_ToCStringLen(ctx, &length, error);
    if (text) print(text, length);
    __builtin_trap();
}

/* The system as the C library sees it: a clock that stands still. */
#define WASI(name) __imported_wasi_snapshot_preview1_##name
int32_t WASI(clock_time_get)(int32_t id, int64_t precision, uint64_t *now) { (void)id, (void)precision; *now = 1; return 0; }
int32_t WASI(fd_write)(int32_t fd, int32_t a, int32_t b, int32_t c) { (void)fd, (void)a, (void)b, (void)c; return 8; }
int32_t WASI(fd_close)(int32_t fd) { (void)fd; return 8; }
int32_t WASI(fd_fdstat_get)(int32_t fd, int32_t to) { (void)fd, (void)to; return 8; }
int32_t WASI(fd_seek)(int32_t fd, int64_t offset, int32_t whence, int32_t to) { (void)fd, (void)offset, (void)whence, (void)to; return 8; }
int32_t WASI(environ_get)(int32_t a, int32_t b) { (void)a, (void)b; return 8; }
int32_t WASI(environ_sizes_get)(int32_t a, int32_t b) { (void)a, (void)b; return 8; }
int32_t WASI(random_get)(int32_t a, int32_t b) { (void)a, (void)b; return 8; }
_Noreturn void WASI(proc_exit)(int32_t status) { (void)status; __builtin_trap(); }
