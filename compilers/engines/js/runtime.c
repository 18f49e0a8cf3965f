/* Evaluating the prelude and the program, calling it, and waiting for it. */
#include <stdlib.h>
#include <time.h>

#include "runtime.h"

wbx_state wbx;

/* The prelude: functions of `internal`, in order. */
static const char prelude[] = {
#embed "prelude.js"
    , 0
};

/* ---- promises that nobody heard of ---- */

static JSValue unheard;

static void track(JSContext *ctx, JSValueConst promise, JSValueConst reason, bool handled, void *opaque) {
    JSValue both[] = { JS_DupValue(ctx, promise), JS_DupValue(ctx, reason), JS_NewBool(ctx, handled) };
    JS_FreeValue(ctx, wbx_internal("track", 3, both));
    JS_FreeValue(ctx, both[0]);
    JS_FreeValue(ctx, both[1]);
}

void wbx_runtime_new(void) {
    wbx.rt = JS_NewRuntime();
    if (!wbx.rt) abort();
    JS_SetMaxStackSize(wbx.rt, WBX_STACK);
    wbx.ctx = JS_NewContext(wbx.rt);
    if (!wbx.ctx) abort();
    JS_SetHostPromiseRejectionTracker(wbx.rt, track, NULL);
    wbx_modules_install(wbx.rt);
    wbx.exports = JS_UNDEFINED;
    wbx.internal = JS_NewObject(wbx.ctx);
    wbx_native_install(wbx.ctx, wbx.internal);
    JSValue made = JS_Eval(wbx.ctx, prelude, sizeof prelude - 1, "wbx:prelude", JS_EVAL_TYPE_GLOBAL);
    JSValue done = JS_IsException(made) ? made : JS_Call(wbx.ctx, made, JS_UNDEFINED, 1, &wbx.internal);
    if (JS_IsException(done)) wbx_die(wbx.ctx);
    JS_FreeValue(wbx.ctx, made);
    JS_FreeValue(wbx.ctx, done);
}

JSValue wbx_internal(const char *name, int argc, JSValue *argv) {
    JSValue function = JS_GetPropertyStr(wbx.ctx, wbx.internal, name);
    JSValue result = JS_Call(wbx.ctx, function, wbx.internal, argc, argv);
    JS_FreeValue(wbx.ctx, function);
    return result;
}

/* Microtasks, until there are none. */
static bool jobs(void) {
    JSContext *ctx;
    int ran;
    while ((ran = JS_ExecutePendingJob(wbx.rt, &ctx)) > 0) {}
    return ran == 0;
}

static void nap(double milliseconds) {
    struct timespec time = { (time_t)(milliseconds / 1e3), (long)((milliseconds - (double)(time_t)(milliseconds / 1e3) * 1e3) * 1e6) };
    clock_nanosleep(CLOCK_MONOTONIC, 0, &time, NULL);
}

/* One turn: a number of milliseconds to wait, 0 if something ran, less if nothing is to come, NaN
 * with an exception. */
static double turn(void) {
    double wait;
    JSValue result = wbx_internal("turn", 0, NULL);
    if (JS_IsException(result) || JS_ToFloat64(wbx.ctx, &wait, result)) return 0.0 / 0.0;
    return wait;
}

JSValue wbx_settle(JSValue promise) {
    JSContext *ctx = wbx.ctx;
    bool is_promise = JS_IsPromise(promise);
    if (is_promise) JS_PromiseMarkAsHandled(ctx, promise);
    for (;;) {
        if (!jobs()) break;
        if (is_promise && JS_PromiseState(ctx, promise) != JS_PROMISE_PENDING) {
            bool rejected = JS_PromiseState(ctx, promise) == JS_PROMISE_REJECTED;
            JSValue result = JS_PromiseResult(ctx, promise);
            JS_FreeValue(ctx, promise);
            return rejected ? JS_Throw(ctx, result) : result;
        }
        if (!is_promise && !JS_IsUndefined(promise)) return promise;
        double wait = turn();
        if (wait != wait) break;
        if (wait > 0) nap(wait);
        if (wait < 0) {
            if (!is_promise) return promise;
            JS_FreeValue(ctx, promise);
            JSValue thrown = wbx_internal("stuck", 0, NULL);
            return JS_IsException(thrown) ? thrown : JS_Throw(ctx, thrown);
        }
    }
    JS_FreeValue(ctx, promise);
    return JS_EXCEPTION;
}

static bool evaluate(JSContext *ctx, const wbx_file *main) {
    JSValue path = JS_NewString(ctx, main->path);
    JSValue common = wbx_internal("isCommon", 1, &path);
    bool is_common = JS_ToBool(ctx, common) > 0;
    if (JS_IsException(common)) return false;
    if (is_common) {
        wbx.exports = wbx_internal("importCommon", 1, &path);
        JS_FreeValue(ctx, path);
        return !JS_IsException(wbx.exports);
    }
    JS_FreeValue(ctx, path);
    JSModuleDef *module = wbx_module_compile(ctx, main);
    if (!module) return false;
    JSValue done = JS_EvalFunction(ctx, JS_DupValue(ctx, JS_MKPTR(JS_TAG_MODULE, module)));
    if (JS_IsException(done)) return false;
    done = wbx_settle(done);
    if (JS_IsException(done)) return false;
    JS_FreeValue(ctx, done);
    wbx.exports = JS_GetModuleNamespace(ctx, module);
    return !JS_IsException(wbx.exports);
}

bool wbx_evaluate(void) {
    if (wbx.evaluated) return true;
    wbx.evaluated = true;
    const wbx_file *main = wbx_program_main();
    if (!main) {
        JS_ThrowInternalError(wbx.ctx, "there is no program");
        return false;
    }
    return evaluate(wbx.ctx, main);
}

void wbx_report(JSContext *ctx) {
    JSValue thrown = JS_GetException(ctx);
    JSValue text = wbx_internal("uncaught", 1, &thrown);
    if (JS_IsException(text)) {
        static const char sorry[] = "Uncaught exception, which cannot be shown\n";
        wbx_print(2, sorry, sizeof sorry - 1);
    }
    JS_FreeValue(ctx, thrown);
}

bool wbx_sealed(JSContext *ctx, const char *call) {
    if (wbx.phase != WBX_PREPARING) return false;
    JSValue name = JS_NewString(ctx, call);
    JSValue thrown = wbx_internal("sealed", 1, &name);
    JS_FreeValue(ctx, name);
    if (!JS_IsException(thrown)) JS_Throw(ctx, thrown);
    return true;
}

/* ---- the program of an instance ---- */

__attribute__((import_module("workbooks:engine/program@0.1.0-dev"), import_name("read")))
void program_read(uint32_t *list);

bool wbx_program_read(void) {
    uint32_t list[2] = { 0, 0 };
    program_read(list);
    return wbx_program_open((uint8_t *)list[0], list[1]);
}
