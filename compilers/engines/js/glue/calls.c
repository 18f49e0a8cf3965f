/* Calls in both directions, and the modules that a program imports. */
#include <stdio.h>
#include <stdlib.h>

#include "glue.h"

/* ---- the program calls the host ---- */

static JSValue text_of(JSContext *ctx, JSValueConst payload) {
    if (!JS_IsObject(payload)) return JS_ToString(ctx, payload);
    JSValue tag = JS_GetPropertyStr(ctx, payload, "tag");
    JSValue val = JS_GetPropertyStr(ctx, payload, "val");
    JSValue message = JS_GetPropertyStr(ctx, JS_IsObject(val) ? val : payload, "message");
    const char *kind = JS_IsString(tag) ? JS_ToCString(ctx, tag) : NULL;
    JSValueConst more = JS_IsString(message) ? message : val;
    const char *detail = JS_IsUndefined(more) || JS_IsObject(more) ? NULL : JS_ToCString(ctx, more);
    size_t room = (kind ? strlen(kind) : 0) + (detail ? strlen(detail) : 0) + 16;
    char *text = malloc(room);
    int length = text ? snprintf(text, room, "%s%s%s", kind ? kind : "", kind && detail ? ": " : "",
                                 detail ? detail : kind ? "" : "see payload") : 0;
    JSValue string = JS_NewStringLen(ctx, text ? text : "", (size_t)length);
    free(text);
    if (kind) JS_FreeCString(ctx, kind);
    if (detail) JS_FreeCString(ctx, detail);
    JS_FreeValue(ctx, message);
    JS_FreeValue(ctx, val);
    JS_FreeValue(ctx, tag);
    return string;
}

/* What a function's error is thrown as: an Error whose `payload` is the error of the interface. */
static JSValue throw_payload(JSContext *ctx, const wbx_function *function, JSValue payload) {
    JSValue text = text_of(ctx, payload);
    const char *detail = JS_ToCString(ctx, text);
    JSValue error = JS_NewPlainError(ctx, "%s: %s", function->label, detail ? detail : "");
    if (detail) JS_FreeCString(ctx, detail);
    JS_FreeValue(ctx, text);
    JS_DefinePropertyValueStr(ctx, error, "name", JS_NewString(ctx, "ComponentError"), JS_PROP_C_W_E & ~JS_PROP_ENUMERABLE);
    JS_DefinePropertyValueStr(ctx, error, "payload", payload, JS_PROP_C_W_E);
    return JS_Throw(ctx, error);
}

static JSValue lift_result(wbx_frame *frame, const wbx_function *function, const uint8_t *from) {
    const wbx_type *type = function->result;
    if (!type) return JS_UNDEFINED;
    if (type->kind != WBX_RESULT) return wbx_lift(frame, type, from);
    const wbx_type *payload = type->fields[*from].type;
    JSValue value = payload ? wbx_lift(frame, payload, from + type->payload) : JS_UNDEFINED;
    if (*from == 0 || JS_IsException(value)) return value;
    return throw_payload(frame->ctx, function, value);
}

static JSValue call_host(wbx_frame *frame, const wbx_function *function, JSValueConst self, JSValueConst *argv) {
    JSContext *ctx = frame->ctx;
    const wbx_type *params = function->params;
    uint64_t in[WBX_MAX_FLAT + 1], out = 0;
    uint8_t *memory = wbx_alloc(params->size, params->align);
    uint8_t *result = function->result ? wbx_alloc(function->result->size, function->result->align) : NULL;
    if (!memory || (function->result && !result)) return JS_ThrowOutOfMemory(ctx);
    wbx_path root = { NULL, function->label, 0 };
    bool method = function->kind == WBX_METHOD;
    for (uint32_t i = 0; i < params->count; i++) {
        const wbx_field *field = &params->fields[i];
        wbx_path at = { &root, field->name, 0 };
        JSValueConst value = method && i == 0 ? self : argv[i - method];
        if (!wbx_lower(frame, field->type, value, memory + field->offset, &at)) return JS_EXCEPTION;
    }
    uint32_t used = params->flat;
    if (used > WBX_MAX_FLAT) {
        in[0] = (uintptr_t)memory;
        used = 1;
    } else {
        wbx_flatten(params, memory, in);
    }
    bool placed = function->result && function->result->flat > 1;
    if (placed) in[used] = (uintptr_t)result;
    bool passing = wbx_passing;
    wbx_passing = true;
    function->call(in, &out);
    wbx_passing = passing;
    wbx_taken(frame, true);
    if (function->result && !placed) wbx_unflatten(function->result, &out, result);
    return lift_result(frame, function, result);
}

JSValue wbx_import(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv, int magic) {
    (void)argc;
    const wbx_function *function = &wbx_world.functions[magic];
    if (wbx_sealed(ctx, function->label)) return JS_EXCEPTION;
    wbx_frame frame = { .ctx = ctx };
    wbx_mark mark = wbx_memory();
    JSValue value = call_host(&frame, function, self, argv);
    wbx_taken(&frame, false);
    wbx_release(mark);
    if (function->kind == WBX_CONSTRUCTOR && !JS_IsException(value)) {
        JSValue prototype = JS_GetPropertyStr(ctx, self, "prototype");
        if (JS_IsObject(prototype)) JS_SetPrototype(ctx, value, prototype);
        JS_FreeValue(ctx, prototype);
    }
    return value;
}

/* ---- modules ---- */

static const wbx_interface *find(const char *name) {
    for (uint32_t i = 0; i < wbx_world.interface_count; i++) {
        const wbx_interface *interface = &wbx_world.interfaces[i];
        size_t length = strlen(interface->name);
        if (strncmp(name, interface->name, length)) continue;
        const char *rest = name + length;
        if (!*rest || (*rest == '@' && interface->version && !strcmp(rest + 1, interface->version))) return interface;
    }
    return NULL;
}

static int fill(JSContext *ctx, JSModuleDef *module) {
    JSAtom atom = JS_GetModuleName(ctx, module);
    const char *name = JS_AtomToCString(ctx, atom);
    JS_FreeAtom(ctx, atom);
    const wbx_interface *interface = name ? find(name) : NULL;
    if (name) JS_FreeCString(ctx, name);
    if (!interface) return -1;
    for (uint32_t i = 0; i < interface->functions; i++) {
        int at = interface->function + (int)i;
        const wbx_function *function = &wbx_world.functions[at];
        if (function->kind != WBX_FREE) continue;
        JSValue value = JS_NewCFunctionMagic(ctx, wbx_import, function->name, (int)function->params->count,
                                             JS_CFUNC_generic_magic, at);
        if (interface->bare && JS_SetModuleExport(ctx, module, "default", JS_DupValue(ctx, value))) return -1;
        if (JS_SetModuleExport(ctx, module, function->name, value)) return -1;
    }
    for (uint32_t i = 0; i < interface->resources; i++) {
        const wbx_resource *resource = &wbx_world.resources[interface->resource + i];
        JSValue class = JS_DupValue(ctx, wbx_class(ctx, resource));
        if (JS_SetModuleExport(ctx, module, resource->name, class)) return -1;
    }
    return 0;
}

JSModuleDef *wbx_glue_module(JSContext *ctx, const char *name) {
    const wbx_interface *interface = find(name);
    JSModuleDef *module = interface ? JS_NewCModule(ctx, name, fill) : NULL;
    if (!module) return NULL;
    if (interface->bare) JS_AddModuleExport(ctx, module, "default");
    for (uint32_t i = 0; i < interface->functions; i++) {
        const wbx_function *function = &wbx_world.functions[interface->function + i];
        if (function->kind == WBX_FREE) JS_AddModuleExport(ctx, module, function->name);
    }
    for (uint32_t i = 0; i < interface->resources; i++)
        JS_AddModuleExport(ctx, module, wbx_world.resources[interface->resource + i].name);
    return module;
}

/* ---- the host calls the program ---- */

static JSValue missing(JSContext *ctx, const wbx_function *function) {
    if (!function->interface)
        return JS_ThrowTypeError(ctx, "the program does not export the function `%s`", function->name);
    return JS_ThrowTypeError(ctx, "the program does not export `%s` with `%s` (%s)", function->object,
                             function->resource ? function->resource->name : function->name, function->interface);
}

/* The object with an interface's functions: by its short name, or by its full one. */
static JSValue find_object(JSContext *ctx, JSValueConst namespace, const wbx_function *function) {
    if (!function->interface) return JS_DupValue(ctx, namespace);
    JSValue object = JS_GetPropertyStr(ctx, namespace, function->object);
    if (!JS_IsUndefined(object)) return object;
    object = JS_GetPropertyStr(ctx, namespace, function->interface);
    const char *version = strchr(function->interface, '@');
    if (!JS_IsUndefined(object) || !version) return object;
    char name[256];
    snprintf(name, sizeof name, "%.*s", (int)(version - function->interface), function->interface);
    return JS_GetPropertyStr(ctx, namespace, name);
}

static JSValue property(JSContext *ctx, JSValue object, const char *name) {
    JSValue value = JS_IsObject(object) ? JS_GetPropertyStr(ctx, object, name) : JS_UNDEFINED;
    JS_FreeValue(ctx, object);
    return value;
}

JSValue wbx_glue_invoke(JSContext *ctx, JSValueConst namespace, const wbx_function *function, int argc, JSValue *argv) {
    JSValue self = function->kind == WBX_METHOD ? JS_DupValue(ctx, argv[0]) : find_object(ctx, namespace, function);
    if (JS_IsException(self)) return self;
    if (function->kind == WBX_STATIC || function->kind == WBX_CONSTRUCTOR)
        self = property(ctx, self, function->resource->name);
    JSValue result;
    if (function->kind == WBX_CONSTRUCTOR) {
        result = JS_IsFunction(ctx, self) ? JS_CallConstructor(ctx, self, argc, argv) : missing(ctx, function);
    } else {
        int method = function->kind == WBX_METHOD;
        JSValue callee = property(ctx, JS_DupValue(ctx, self), function->name);
        result = JS_IsFunction(ctx, callee) ? JS_Call(ctx, callee, self, argc - method, argv + method)
            : JS_IsException(callee) ? JS_EXCEPTION : missing(ctx, function);
        JS_FreeValue(ctx, callee);
    }
    JS_FreeValue(ctx, self);
    return result;
}

/* What was thrown becomes the error of a function that can say one: the `payload` of an Error, or
 * a value that is no Error. Whatever else was thrown ends the instance. */
static bool lower_thrown(wbx_frame *frame, const wbx_type *type, uint8_t *to, const wbx_path *at) {
    JSContext *ctx = frame->ctx;
    if (type->kind != WBX_RESULT) return false;
    JSValue thrown = JS_GetException(ctx);
    JSValue payload = JS_IsObject(thrown) ? JS_GetPropertyStr(ctx, thrown, "payload") : JS_UNDEFINED;
    bool bare = JS_IsUndefined(payload);
    if (JS_IsException(payload) || (bare && JS_IsError(thrown))) {
        JS_Throw(ctx, thrown);
        return false;
    }
    const wbx_type *error = type->fields[1].type;
    *to = 1;
    bool done = !error || wbx_lower(frame, error, bare ? thrown : payload, to + type->payload, at);
    JS_FreeValue(ctx, payload);
    JS_FreeValue(ctx, thrown);
    return done;
}

static bool lower_result(wbx_frame *frame, const wbx_function *function, JSValueConst value, uint8_t *to) {
    const wbx_type *type = function->result;
    wbx_path root = { NULL, function->label, 0 }, at = { &root, "the result", 0 };
    if (JS_IsException(value)) return type && lower_thrown(frame, type, to, &at);
    if (!type) return true;
    if (type->kind != WBX_RESULT) return wbx_lower(frame, type, value, to, &at);
    const wbx_type *payload = type->fields[0].type;
    *to = 0;
    return !payload || wbx_lower(frame, payload, value, to + type->payload, &at);
}

/* Gives the core value, or the place in memory where the result stands. */
uint64_t wbx_export(const wbx_function *function, const uint64_t *in) {
    wbx_passing = false;
    JSContext *ctx = wbx_enter();
    wbx_frame frame = { .ctx = ctx };
    const wbx_type *params = function->params, *type = function->result;
    const uint8_t *memory = (const uint8_t *)(uintptr_t)in[0];
    if (params->flat <= WBX_MAX_FLAT) {
        uint8_t *place = wbx_alloc(params->size, params->align);
        if (!place) __builtin_trap();
        wbx_unflatten(params, in, place);
        memory = place;
    }
    JSValue argv[params->count + 1];
    for (uint32_t i = 0; i < params->count; i++) {
        argv[i] = wbx_lift(&frame, params->fields[i].type, memory + params->fields[i].offset);
        if (JS_IsException(argv[i])) wbx_die(ctx);
    }
    wbx_post_return();
    JSValue value = wbx_call(function, (int)params->count, argv);
    for (uint32_t i = 0; i < params->count; i++) JS_FreeValue(ctx, argv[i]);
    uint8_t *result = type ? wbx_alloc(type->size, type->align) : NULL;
    if (type && !result) __builtin_trap();
    if (type) memset(result, 0, type->size);
    if (!lower_result(&frame, function, value, result)) wbx_die(ctx);
    wbx_taken(&frame, true);
    wbx_lent(&frame);
    JS_FreeValue(ctx, value);
    wbx_passing = true;
    if (!type || type->flat > 1) return (uintptr_t)result;
    uint64_t flat = 0;
    wbx_flatten(type, result, &flat);
    wbx_post_return();
    return flat;
}

void wbx_post_return(void) {
    wbx_release((wbx_mark){ NULL, 0 });
}
