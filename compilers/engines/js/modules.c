/* ES modules of the program, and JSON, text, CommonJS, and the world's interfaces as such. */
#include <stdlib.h>

#include "runtime.h"

static bool ends_with(const char *text, const char *end) {
    size_t a = strlen(text), b = strlen(end);
    return a >= b && !strcmp(text + a - b, end);
}

/* ---- a module made of a value ---- */

static int fill(JSContext *ctx, JSModuleDef *module) {
    JSValue exports = JS_GetModulePrivateValue(ctx, module);
    JSPropertyEnum *names = NULL;
    uint32_t count = 0;
    int failed = JS_GetOwnPropertyNames(ctx, &names, &count, exports, JS_GPN_STRING_MASK);
    for (uint32_t i = 0; !failed && i < count; i++) {
        const char *name = JS_AtomToCString(ctx, names[i].atom);
        JSValue value = JS_GetProperty(ctx, exports, names[i].atom);
        failed = !name || JS_IsException(value) || JS_SetModuleExport(ctx, module, name, value);
        JS_FreeCString(ctx, name);
    }
    if (names) JS_FreePropertyEnum(ctx, names, count);
    JS_FreeValue(ctx, exports);
    return failed ? -1 : 0;
}

/* Takes `exports`, an object whose properties are what the module exports. */
static JSModuleDef *of_value(JSContext *ctx, const char *name, JSValue exports) {
    if (JS_IsException(exports)) return NULL;
    JSModuleDef *module = JS_NewCModule(ctx, name, fill);
    JSPropertyEnum *names = NULL;
    uint32_t count = 0;
    if (!module || JS_GetOwnPropertyNames(ctx, &names, &count, exports, JS_GPN_STRING_MASK)) {
        JS_FreeValue(ctx, exports);
        return NULL;
    }
    for (uint32_t i = 0; i < count; i++) {
        const char *key = JS_AtomToCString(ctx, names[i].atom);
        if (key) JS_AddModuleExport(ctx, module, key);
        JS_FreeCString(ctx, key);
    }
    JS_FreePropertyEnum(ctx, names, count);
    JS_SetModulePrivateValue(ctx, module, exports);
    return module;
}

static JSValue as_default(JSContext *ctx, JSValue value) {
    if (JS_IsException(value)) return value;
    JSValue exports = JS_NewObject(ctx);
    JS_SetPropertyStr(ctx, exports, "default", value);
    return exports;
}

/* ---- ES modules ---- */

/* QuickJS wants a zero after the last byte. */
static char *terminated(JSContext *ctx, const wbx_file *file) {
    char *text = js_malloc(ctx, file->size + 1);
    if (!text) return NULL;
    memcpy(text, file->data, file->size);
    text[file->size] = 0;
    return text;
}

static bool describe(JSContext *ctx, JSModuleDef *module, const wbx_file *file) {
    JSValue meta = JS_GetImportMeta(ctx, module);
    if (JS_IsException(meta)) return false;
    JSValue path = JS_NewString(ctx, file->path);
    JSValue url = wbx_internal("url", 1, &path);
    JS_FreeValue(ctx, path);
    bool main = !strcmp(file->path, wbx_program_main()->path);
    bool done = !JS_IsException(url) && JS_SetPropertyStr(ctx, meta, "url", url) >= 0 &&
                JS_SetPropertyStr(ctx, meta, "main", JS_NewBool(ctx, main)) >= 0;
    JS_FreeValue(ctx, meta);
    return done;
}

JSModuleDef *wbx_module_compile(JSContext *ctx, const wbx_file *file) {
    char *text = terminated(ctx, file);
    if (!text) return NULL;
    int flags = JS_EVAL_TYPE_MODULE | JS_EVAL_FLAG_COMPILE_ONLY;
    JSValue made = JS_Eval(ctx, text, file->size, file->path, flags);
    js_free(ctx, text);
    if (JS_IsException(made)) return NULL;
    JSModuleDef *module = JS_VALUE_GET_PTR(made);
    /* The context holds it. */
    JS_FreeValue(ctx, made);
    return describe(ctx, module, file) ? module : NULL;
}

static bool common(JSContext *ctx, const char *name, bool *is) {
    JSValue path = JS_NewString(ctx, name);
    JSValue found = wbx_internal("isCommon", 1, &path);
    JS_FreeValue(ctx, path);
    if (JS_IsException(found)) return false;
    *is = JS_ToBool(ctx, found);
    return true;
}

static JSModuleDef *of_file(JSContext *ctx, const wbx_file *file, const char *type) {
    if (!strcmp(type, "json") || (!*type && ends_with(file->path, ".json"))) {
        char *text = terminated(ctx, file);
        if (!text) return NULL;
        JSValue value = JS_ParseJSON(ctx, text, file->size, file->path);
        js_free(ctx, text);
        return of_value(ctx, file->path, as_default(ctx, value));
    }
    if (!strcmp(type, "text")) {
        JSValue text = JS_NewStringLen(ctx, file->data, file->size);
        return of_value(ctx, file->path, as_default(ctx, text));
    }
    if (!strcmp(type, "bytes")) {
        JSValue bytes = JS_NewUint8ArrayCopy(ctx, (const uint8_t *)file->data, file->size);
        return of_value(ctx, file->path, as_default(ctx, bytes));
    }
    bool is_common;
    if (!common(ctx, file->path, &is_common)) return NULL;
    if (!is_common) return wbx_module_compile(ctx, file);
    JSValue path = JS_NewString(ctx, file->path);
    JSValue exports = wbx_internal("importCommon", 1, &path);
    JS_FreeValue(ctx, path);
    return of_value(ctx, file->path, exports);
}

/* Whether the files are only checked: then no import is followed. */
static bool checking;
#define NOTHING "wbx:nothing"

static JSModuleDef *load(JSContext *ctx, const char *name, void *opaque, JSValueConst attributes) {
    if (checking) return JS_NewCModule(ctx, NOTHING, fill);
    if (!strcmp(name, "workbooks:process")) {
        return of_value(ctx, name, JS_GetPropertyStr(ctx, wbx.internal, "process"));
    }
    const wbx_file *file = wbx_program_find(name);
    if (!file) {
        JSModuleDef *module = wbx_glue_module(ctx, name);
        if (!module && !JS_HasException(ctx)) JS_ThrowReferenceError(ctx, "there is no module '%s'", name);
        return module;
    }
    JSValue given = JS_IsObject(attributes) ? JS_GetPropertyStr(ctx, attributes, "type") : JS_UNDEFINED;
    const char *type = JS_IsUndefined(given) ? NULL : JS_ToCString(ctx, given);
    JSModuleDef *module = of_file(ctx, file, type ? type : "");
    JS_FreeCString(ctx, type);
    JS_FreeValue(ctx, given);
    return module;
}

static char *normalize(JSContext *ctx, const char *base, const char *name, void *opaque) {
    JSValue both[] = { JS_NewString(ctx, base), JS_NewString(ctx, name) };
    JSValue path = wbx_internal(checking ? "check" : "resolve", 2, both);
    JS_FreeValue(ctx, both[0]);
    JS_FreeValue(ctx, both[1]);
    if (JS_IsException(path)) return NULL;
    const char *text = JS_ToCString(ctx, path);
    JS_FreeValue(ctx, path);
    char *copy = text ? js_strdup(ctx, checking ? NOTHING : text) : NULL;
    JS_FreeCString(ctx, text);
    return copy;
}

static int supported(JSContext *ctx, void *opaque, JSValueConst attributes) {
    JSPropertyEnum *names;
    uint32_t count;
    if (JS_GetOwnPropertyNames(ctx, &names, &count, attributes, JS_GPN_STRING_MASK)) return -1;
    int failed = 0;
    for (uint32_t i = 0; i < count; i++) {
        const char *name = JS_AtomToCString(ctx, names[i].atom);
        JSValue value = JS_GetProperty(ctx, attributes, names[i].atom);
        const char *type = JS_ToCString(ctx, value);
        bool known = name && type && !strcmp(name, "type") &&
                     (!strcmp(type, "json") || !strcmp(type, "text") || !strcmp(type, "bytes"));
        if (!known && !failed) {
            JS_ThrowTypeError(ctx, "modules are imported `with { type: 'json' }`, 'text' or 'bytes'");
            failed = -1;
        }
        JS_FreeCString(ctx, name);
        JS_FreeCString(ctx, type);
        JS_FreeValue(ctx, value);
    }
    JS_FreePropertyEnum(ctx, names, count);
    return failed;
}

void wbx_modules_install(JSRuntime *rt) {
    JS_SetModuleLoaderFunc2(rt, normalize, load, supported, NULL);
}

void wbx_modules_check(void) {
    /* Of its own: what is compiled here is not what is evaluated. */
    JSContext *ctx = JS_NewContext(wbx.rt);
    if (!ctx) abort();
    checking = true;
    const wbx_file *file;
    for (size_t i = 0; (file = wbx_program_at(i)); i++) {
        static const char *const scripts[] = { ".js", ".mjs", ".cjs", ".ts", ".mts" };
        bool script = false;
        for (int one = 0; one < 5; one++) script = script || ends_with(file->path, scripts[one]);
        if (!script || strstr(file->path, "node_modules/")) continue;
        bool is_common, fine = common(ctx, file->path, &is_common);
        if (fine && is_common) {
            JSValue path = JS_NewString(ctx, file->path);
            JSValue made = wbx_internal("checkCommon", 1, &path);
            fine = !JS_IsException(made);
            JS_FreeValue(ctx, made);
            JS_FreeValue(ctx, path);
        } else if (fine) {
            fine = wbx_module_compile(ctx, file) != NULL;
        }
        if (!fine) {
            JSValue thrown[] = { JS_GetException(ctx), JS_NewString(ctx, file->path) };
            JS_FreeValue(ctx, wbx_internal("report", 2, thrown));
            JS_FreeValue(ctx, thrown[0]);
            JS_FreeValue(ctx, thrown[1]);
        }
    }
    checking = false;
    JS_FreeContext(ctx);
}
