/* A command: runs the program of the instance and exits. */
#include <stdlib.h>

#include "runtime.h"

/* Waits for the end of what the program began. */
static bool finish(void) {
    JSValue rest = wbx_settle(JS_UNDEFINED);
    return !JS_IsException(rest);
}

__attribute__((export_name("_start"))) void command(void) {
    JS_UpdateStackTop(wbx.rt);
    wbx_wake();
    JS_SetPropertyStr(wbx.ctx, wbx.internal, "command", JS_TRUE);
    if (!wbx_program_read()) {
        static const char none[] = "the engine has no program\n";
        wbx_print(2, none, sizeof none - 1);
        _Exit(1);
    }
    if (!wbx_evaluate() || !finish()) wbx_die(wbx.ctx);
    JSValue status = wbx_internal("status", 0, NULL);
    int32_t number = 1;
    JS_ToInt32(wbx.ctx, &number, status);
    if (number) _Exit(number & 0xff);
}

_Noreturn void wbx_die(JSContext *ctx) {
    wbx_report(ctx);
    _Exit(1);
}
