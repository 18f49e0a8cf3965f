/* Resources: classes over handles of the host, and objects of the program that the host holds. */
#include <stdlib.h>

#include "glue.h"

/* What an object of a class stands for. What came out of a method keeps that method's resource
 * alive: the host does not let a stream go before what waits on it. */
struct wbx_handle {
    const wbx_resource *resource;
    int32_t index;
    /* `object`: whether the object of JavaScript is still there. */
    bool owned, closed, object;
    /* The object, and handles whose parent it is. */
    uint32_t users;
    wbx_handle *parent;
    /* In the list of taken or lent handles of a call. */
    wbx_handle *next;
};

static JSClassID class_id;
static JSValue *classes, *prototypes;

static void end(wbx_handle *handle) {
    if (handle->index && handle->owned) handle->resource->drop(handle->index);
    handle->index = 0;
}

static void leave(wbx_handle *handle) {
    while (handle) {
        bool last = --handle->users == 0;
        if (!last && !(handle->closed && handle->object && handle->users == 1)) return;
        wbx_handle *parent = handle->parent;
        handle->parent = NULL;
        end(handle);
        if (last) free(handle);
        handle = parent;
    }
}

static void finalizer(JSRuntime *runtime, JSValueConst object) {
    (void)runtime;
    wbx_handle *handle = JS_GetOpaque(object, class_id);
    if (!handle) return;
    handle->object = false;
    leave(handle);
}

static JSValue dispose(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv) {
    (void)argc, (void)argv;
    wbx_handle *handle = JS_GetOpaque2(ctx, self, class_id);
    if (!handle) return JS_EXCEPTION;
    handle->closed = true;
    handle->users++;
    leave(handle);
    return JS_UNDEFINED;
}

static JSValue no_constructor(JSContext *ctx, JSValueConst target, int argc, JSValueConst *argv, int magic) {
    (void)target, (void)argc, (void)argv;
    return JS_ThrowTypeError(ctx, "%s has no constructor", wbx_world.resources[magic].name);
}

static void define_symbol(JSContext *ctx, JSValueConst object, const char *name, JSValue value) {
    JSValue global = JS_GetGlobalObject(ctx);
    JSValue symbols = JS_GetPropertyStr(ctx, global, "Symbol");
    JSValue symbol = JS_GetPropertyStr(ctx, symbols, name);
    JSAtom atom = JS_ValueToAtom(ctx, symbol);
    JS_DefinePropertyValue(ctx, object, atom, value, JS_PROP_CONFIGURABLE | JS_PROP_WRITABLE);
    JS_FreeAtom(ctx, atom);
    JS_FreeValue(ctx, symbol);
    JS_FreeValue(ctx, symbols);
    JS_FreeValue(ctx, global);
}

/* The class's functions stand among those of the world. */
static void make_class(JSContext *ctx, const wbx_resource *resource) {
    const wbx_interface *last = &wbx_world.interfaces[wbx_world.interface_count];
    uint32_t functions = 0;
    for (const wbx_interface *i = wbx_world.interfaces; i < last; i++) functions += i->functions;
    JSValue prototype = JS_NewObject(ctx), class = JS_UNDEFINED;
    for (int pass = 0; pass < 2; pass++) {
        for (uint32_t i = 0; i < functions; i++) {
            const wbx_function *function = &wbx_world.functions[i];
            if (function->resource != resource) continue;
            bool constructor = function->kind == WBX_CONSTRUCTOR;
            if (constructor != (pass == 0)) continue;
            bool method = function->kind == WBX_METHOD;
            JSValue value = JS_NewCFunctionMagic(ctx, wbx_import, constructor ? resource->name : function->name,
                (int)function->params->count - method,
                constructor ? JS_CFUNC_constructor_magic : JS_CFUNC_generic_magic, (int)i);
            if (constructor) class = value;
            else JS_DefinePropertyValueStr(ctx, method ? prototype : class, function->name, value,
                                           JS_PROP_CONFIGURABLE | JS_PROP_WRITABLE);
        }
        if (pass == 0 && JS_IsUndefined(class))
            class = JS_NewCFunctionMagic(ctx, no_constructor, resource->name, 0,
                                         JS_CFUNC_constructor_magic, (int)resource->at);
    }
    JS_SetConstructor(ctx, class, prototype);
    define_symbol(ctx, prototype, "dispose", JS_NewCFunction(ctx, dispose, "[Symbol.dispose]", 0));
    define_symbol(ctx, prototype, "toStringTag", JS_NewString(ctx, resource->name));
    classes[resource->at] = class;
    prototypes[resource->at] = prototype;
}

JSValue wbx_class(JSContext *ctx, const wbx_resource *resource) {
    if (!classes) {
        JSRuntime *runtime = JS_GetRuntime(ctx);
        static const JSClassDef definition = { "Resource", .finalizer = finalizer };
        JS_NewClassID(runtime, &class_id);
        JS_NewClass(runtime, class_id, &definition);
        classes = malloc(2 * sizeof(JSValue) * wbx_world.resource_count);
        if (!classes) __builtin_trap();
        prototypes = classes + wbx_world.resource_count;
        for (uint32_t i = 0; i < 2 * wbx_world.resource_count; i++) classes[i] = JS_UNDEFINED;
    }
    if (JS_IsUndefined(classes[resource->at])) make_class(ctx, resource);
    return classes[resource->at];
}

/* ---- objects of the program ---- */

typedef struct { JSValue value; uint32_t free; } rep;

static rep *reps;
static uint32_t rep_count, rep_room, rep_free;

static int32_t new_rep(JSValue value) {
    if (rep_free) {
        uint32_t at = rep_free;
        rep_free = reps[at - 1].free;
        reps[at - 1].value = value;
        return (int32_t)at;
    }
    if (rep_count == rep_room) {
        rep_room = rep_room ? 2 * rep_room : 16;
        reps = realloc(reps, rep_room * sizeof(rep));
        if (!reps) __builtin_trap();
    }
    reps[rep_count] = (rep){ value, 0 };
    return (int32_t)++rep_count;
}

static JSValue free_rep(int32_t at) {
    JSValue value = reps[at - 1].value;
    reps[at - 1] = (rep){ JS_UNDEFINED, rep_free };
    rep_free = (uint32_t)at;
    return value;
}

static JSValue taken_back = JS_UNDEFINED;
static bool taking_back;

/* The host let go of an object. If it gave it back, the object lives on. */
void wbx_dispose(int32_t at) {
    if (taking_back) {
        taken_back = free_rep(at);
        return;
    }
    wbx_passing = false;
    JSContext *ctx = wbx_enter();
    JSValue object = free_rep(at);
    JSValue global = JS_GetGlobalObject(ctx);
    JSValue symbols = JS_GetPropertyStr(ctx, global, "Symbol");
    JSValue symbol = JS_GetPropertyStr(ctx, symbols, "dispose");
    JSAtom atom = JS_ValueToAtom(ctx, symbol);
    JSValue method = JS_GetProperty(ctx, object, atom);
    JSValue done = JS_IsFunction(ctx, method) ? JS_Call(ctx, method, object, 0, NULL) : JS_UNDEFINED;
    if (JS_IsException(done) || JS_IsException(method)) wbx_die(ctx);
    JS_FreeValue(ctx, done);
    JS_FreeValue(ctx, method);
    JS_FreeAtom(ctx, atom);
    JS_FreeValue(ctx, symbol);
    JS_FreeValue(ctx, symbols);
    JS_FreeValue(ctx, global);
    JS_FreeValue(ctx, object);
    wbx_passing = true;
}

/* ---- across the border ---- */

bool wbx_lower_handle(wbx_frame *frame, const wbx_type *type, JSValueConst value, uint8_t *to, const wbx_path *at) {
    const wbx_resource *resource = type->resource;
    if (resource->make) {
        if (!JS_IsObject(value)) return wbx_refuse(frame, at, "an object", value);
        int32_t index = resource->make(new_rep(JS_DupValue(frame->ctx, value)));
        memcpy(to, &index, 4);
        return true;
    }
    wbx_handle *handle = class_id ? JS_GetOpaque(value, class_id) : NULL;
    if (!handle || handle->resource != resource) return wbx_refuse(frame, at, resource->name, value);
    if (!handle->index || handle->closed) {
        JS_ThrowTypeError(frame->ctx, "this %s was disposed of or given away", resource->name);
        return false;
    }
    if (type->kind == WBX_OWN) {
        if (!handle->owned) {
            JS_ThrowTypeError(frame->ctx, "this %s was lent for a call and cannot be given away", resource->name);
            return false;
        }
        handle->closed = true;
        handle->next = frame->taken;
        frame->taken = handle;
    } else if (!frame->parent) {
        frame->parent = handle;
    }
    memcpy(to, &handle->index, 4);
    return true;
}

void wbx_taken(wbx_frame *frame, bool gone) {
    for (wbx_handle *handle = frame->taken; handle; handle = handle->next) {
        handle->closed = gone;
        if (gone) handle->index = 0;
    }
    frame->taken = NULL;
}

void wbx_lent(wbx_frame *frame) {
    for (wbx_handle *handle = frame->lent, *next; handle; handle = next) {
        next = handle->next;
        if (handle->index) handle->resource->drop(handle->index);
        handle->index = 0;
        leave(handle);
    }
    frame->lent = NULL;
}

JSValue wbx_lift_handle(wbx_frame *frame, const wbx_type *type, int32_t index) {
    JSContext *ctx = frame->ctx;
    const wbx_resource *resource = type->resource;
    if (resource->make) {
        if (type->kind == WBX_BORROW) return JS_DupValue(ctx, reps[index - 1].value);
        taking_back = true;
        resource->drop(index);
        taking_back = false;
        return taken_back;
    }
    wbx_class(ctx, resource);
    JSValue object = JS_NewObjectProtoClass(ctx, prototypes[resource->at], class_id);
    wbx_handle *handle = JS_IsException(object) ? NULL : malloc(sizeof(wbx_handle));
    if (!handle) {
        resource->drop(index);
        JS_FreeValue(ctx, object);
        return JS_ThrowOutOfMemory(ctx);
    }
    bool owned = type->kind == WBX_OWN;
    *handle = (wbx_handle){ resource, index, owned, false, true, 1, owned ? frame->parent : NULL, NULL };
    if (handle->parent) handle->parent->users++;
    if (!owned) {
        handle->users++;
        handle->next = frame->lent;
        frame->lent = handle;
    }
    JS_SetOpaque(object, handle);
    return object;
}
