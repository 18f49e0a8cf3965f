/* A component: the exports of the world call the program, which was evaluated when the snapshot
 * was made, or is read and evaluated with the first call. */
#include <stdlib.h>

#include "runtime.h"

JSContext *wbx_enter(void) {
    JS_UpdateStackTop(wbx.rt);
    wbx_wake();
    if (!wbx.evaluated) {
        if (!wbx_program_read()) JS_ThrowInternalError(wbx.ctx, "the engine has no program");
        if (JS_HasException(wbx.ctx) || !wbx_evaluate()) wbx_die(wbx.ctx);
    }
    return wbx.ctx;
}

JSValue wbx_call(const wbx_function *function, int argc, JSValue *argv) {
    JSValue result = wbx_glue_invoke(wbx.ctx, wbx.exports, function, argc, argv);
    return JS_IsPromise(result) ? wbx_settle(result) : result;
}

_Noreturn void wbx_die(JSContext *ctx) {
    wbx_report(ctx);
    abort();
}
