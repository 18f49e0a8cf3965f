/* Memory of the canonical ABI to values of JavaScript. */
#include "glue.h"

static JSValue lift_char(JSContext *ctx, uint32_t point) {
    char text[4];
    size_t length = point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
    static const uint8_t lead[] = { 0, 0, 0xc0, 0xe0, 0xf0 };
    for (size_t i = length; i-- > 1; point >>= 6) text[i] = (char)(0x80 | (point & 0x3f));
    text[0] = (char)(lead[length] | point);
    return JS_NewStringLen(ctx, text, length);
}

static JSValue lift_numbers(JSContext *ctx, JSTypedArrayEnum kind, const uint8_t *from, size_t size) {
    JSValue arguments[3] = { JS_NewArrayBufferCopy(ctx, from, size), JS_UNDEFINED, JS_UNDEFINED };
    if (JS_IsException(arguments[0])) return JS_EXCEPTION;
    JSValue array = JS_NewTypedArray(ctx, 3, arguments, kind);
    JS_FreeValue(ctx, arguments[0]);
    return array;
}

static JSValue lift_list(wbx_frame *frame, const wbx_type *element, const uint8_t *from, uint32_t length) {
    JSContext *ctx = frame->ctx;
    size_t size = (size_t)length * element->size;
    switch (element->kind) {
    case WBX_U8: return lift_numbers(ctx, JS_TYPED_ARRAY_UINT8, from, size);
    case WBX_S8: return lift_numbers(ctx, JS_TYPED_ARRAY_INT8, from, size);
    case WBX_U16: return lift_numbers(ctx, JS_TYPED_ARRAY_UINT16, from, size);
    case WBX_S16: return lift_numbers(ctx, JS_TYPED_ARRAY_INT16, from, size);
    case WBX_U32: return lift_numbers(ctx, JS_TYPED_ARRAY_UINT32, from, size);
    case WBX_S32: return lift_numbers(ctx, JS_TYPED_ARRAY_INT32, from, size);
    case WBX_U64: return lift_numbers(ctx, JS_TYPED_ARRAY_BIG_UINT64, from, size);
    case WBX_S64: return lift_numbers(ctx, JS_TYPED_ARRAY_BIG_INT64, from, size);
    case WBX_F32: return lift_numbers(ctx, JS_TYPED_ARRAY_FLOAT32, from, size);
    case WBX_F64: return lift_numbers(ctx, JS_TYPED_ARRAY_FLOAT64, from, size);
    }
    JSValue array = JS_NewArray(ctx);
    for (uint32_t i = 0; i < length && !JS_IsException(array); i++) {
        JSValue item = wbx_lift(frame, element, from + i * element->size);
        if (JS_IsException(item) || JS_DefinePropertyValueUint32(ctx, array, i, item, JS_PROP_C_W_E) < 0) {
            JS_FreeValue(ctx, array);
            array = JS_EXCEPTION;
        }
    }
    return array;
}

static JSValue lift_fields(wbx_frame *frame, const wbx_type *type, const uint8_t *from) {
    JSContext *ctx = frame->ctx;
    JSValue object = type->kind == WBX_TUPLE ? JS_NewArray(ctx) : JS_NewObject(ctx);
    for (uint32_t i = 0; i < type->count && !JS_IsException(object); i++) {
        const wbx_field *field = &type->fields[i];
        JSValue value = wbx_lift(frame, field->type, from + field->offset);
        int defined = JS_IsException(value) ? -1
            : type->kind == WBX_TUPLE ? JS_DefinePropertyValueUint32(ctx, object, i, value, JS_PROP_C_W_E)
            : JS_DefinePropertyValueStr(ctx, object, field->name, value, JS_PROP_C_W_E);
        if (defined < 0) {
            JS_FreeValue(ctx, object);
            object = JS_EXCEPTION;
        }
    }
    return object;
}

static JSValue lift_variant(wbx_frame *frame, const wbx_type *type, const uint8_t *from) {
    JSContext *ctx = frame->ctx;
    const wbx_field *found = &type->fields[wbx_load(from, type->tag)];
    JSValue value = found->type ? wbx_lift(frame, found->type, from + type->payload) : JS_UNDEFINED;
    if (JS_IsException(value)) return value;
    JSValue object = JS_NewObject(ctx);
    if (JS_IsException(object)) {
        JS_FreeValue(ctx, value);
        return object;
    }
    JS_DefinePropertyValueStr(ctx, object, "tag", JS_NewString(ctx, found->name), JS_PROP_C_W_E);
    if (found->type) JS_DefinePropertyValueStr(ctx, object, "val", value, JS_PROP_C_W_E);
    return object;
}

static JSValue lift_flags(JSContext *ctx, const wbx_type *type, const uint8_t *from) {
    JSValue object = JS_NewObject(ctx);
    for (uint32_t i = 0; i < type->count && !JS_IsException(object); i++) {
        JSValue flag = JS_NewBool(ctx, from[i / 8] >> i % 8 & 1);
        JS_DefinePropertyValueStr(ctx, object, type->fields[i].name, flag, JS_PROP_C_W_E);
    }
    return object;
}

JSValue wbx_lift(wbx_frame *frame, const wbx_type *type, const uint8_t *from) {
    JSContext *ctx = frame->ctx;
    uint32_t word = wbx_load(from, type->size < 4 ? type->size : 4);
    uint64_t wide = 0;
    if (type->size == 8) memcpy(&wide, from, 8);
    switch (type->kind) {
    case WBX_BOOL: return JS_NewBool(ctx, word);
    case WBX_S8: return JS_NewInt32(ctx, (int8_t)word);
    case WBX_S16: return JS_NewInt32(ctx, (int16_t)word);
    case WBX_S32: return JS_NewInt32(ctx, (int32_t)word);
    case WBX_U8: case WBX_U16: case WBX_U32: return JS_NewUint32(ctx, word);
    case WBX_S64: return JS_NewBigInt64(ctx, (int64_t)wide);
    case WBX_U64: return JS_NewBigUint64(ctx, wide);
    case WBX_F32: return JS_NewFloat64(ctx, wbx_to_f32(word));
    case WBX_F64: return JS_NewFloat64(ctx, wbx_to_f64(wide));
    case WBX_CHAR: return lift_char(ctx, word);
    case WBX_STRING: return JS_NewStringLen(ctx, (const char *)(uintptr_t)word, wbx_load(from + 4, 4));
    case WBX_LIST: return lift_list(frame, type->element, (const uint8_t *)(uintptr_t)word, wbx_load(from + 4, 4));
    case WBX_RECORD: case WBX_TUPLE: return lift_fields(frame, type, from);
    case WBX_ENUM: return JS_NewString(ctx, type->fields[word].name);
    case WBX_OPTION:
        if (type->tagged) return lift_variant(frame, type, from);
        return *from ? wbx_lift(frame, type->fields[1].type, from + type->payload) : JS_UNDEFINED;
    case WBX_VARIANT: case WBX_RESULT: return lift_variant(frame, type, from);
    case WBX_FLAGS: return lift_flags(ctx, type, from);
    default: return wbx_lift_handle(frame, type, (int32_t)word);
    }
}
