/* Values of JavaScript to memory of the canonical ABI and back. */
#include <math.h>
#include <stdio.h>

#include "glue.h"

/* ---- refusals ---- */

static size_t append(char *text, size_t room, size_t used, const char *more) {
    int length = snprintf(text + used, room - used, "%s", more);
    return used + (size_t)length < room ? used + (size_t)length : room - 1;
}

static size_t print_path(char *text, size_t room, const wbx_path *at) {
    if (!at) return 0;
    size_t used = print_path(text, room, at->up);
    char number[16];
    snprintf(number, sizeof number, "[%u]", at->index);
    if (at->up && at->up->up && at->name) used = append(text, room, used, ".");
    else if (at->up && at->name) used = append(text, room, used, ": ");
    return append(text, room, used, at->name ? at->name : number);
}

static const char *describe(JSValueConst value) {
    if (JS_IsUndefined(value)) return "undefined";
    if (JS_IsNull(value)) return "null";
    if (JS_IsBool(value)) return "a boolean";
    if (JS_IsNumber(value)) return "a number";
    if (JS_IsBigInt(value)) return "a bigint";
    if (JS_IsString(value)) return "a string";
    if (JS_IsSymbol(value)) return "a symbol";
    if (JS_IsArray(value)) return "an array";
    return "another object";
}

bool wbx_refuse(wbx_frame *frame, const wbx_path *at, const char *expected, JSValueConst given) {
    char path[256] = "";
    print_path(path, sizeof path, at);
    const char *text = JS_IsString(given) ? JS_ToCString(frame->ctx, given) : NULL;
    if (text) JS_ThrowTypeError(frame->ctx, "%s must be %s, not \"%.40s\"", path, expected, text);
    else JS_ThrowTypeError(frame->ctx, "%s must be %s, not %s", path, expected, describe(given));
    if (text) JS_FreeCString(frame->ctx, text);
    return false;
}

/* ---- to memory ---- */

static bool no_memory(wbx_frame *frame) {
    JS_ThrowOutOfMemory(frame->ctx);
    return false;
}

/* Numbers wrap as those of typed arrays do. */
static bool lower_integer(wbx_frame *frame, const wbx_type *type, JSValueConst value, uint8_t *to, const wbx_path *at) {
    int64_t wide = 0;
    int32_t narrow = 0;
    if (type->size < 8) {
        if (!JS_IsNumber(value)) return wbx_refuse(frame, at, "a number", value);
        if (JS_ToInt32(frame->ctx, &narrow, value)) return false;
        wide = narrow;
    } else if (JS_IsBigInt(value)) {
        if (JS_ToBigInt64(frame->ctx, &wide, value)) return false;
    } else {
        double number = NAN;
        if (JS_IsNumber(value)) JS_ToFloat64(frame->ctx, &number, value);
        if (!(fabs(number) <= 9007199254740991.0) || number != trunc(number))
            return wbx_refuse(frame, at, "a bigint", value);
        wide = (int64_t)number;
    }
    memcpy(to, &wide, type->size);
    return true;
}

static bool lower_float(wbx_frame *frame, const wbx_type *type, JSValueConst value, uint8_t *to, const wbx_path *at) {
    double wide;
    if (!JS_IsNumber(value)) return wbx_refuse(frame, at, "a number", value);
    if (JS_ToFloat64(frame->ctx, &wide, value)) return false;
    float narrow = (float)wide;
    memcpy(to, type->size == 4 ? (void *)&narrow : (void *)&wide, type->size);
    return true;
}

static bool lower_char(wbx_frame *frame, JSValueConst value, uint8_t *to, const wbx_path *at) {
    size_t length = 0;
    const uint16_t *units = JS_IsString(value) ? JS_ToCStringLenUTF16(frame->ctx, &length, value) : NULL;
    uint32_t point = 0xd800;
    if (units && length == 1) point = units[0];
    if (units && length == 2 && units[0] >> 10 == 0x36 && units[1] >> 10 == 0x37)
        point = 0x10000 + ((units[0] & 0x3ffu) << 10) + (units[1] & 0x3ffu);
    if (units) JS_FreeCStringUTF16(frame->ctx, units);
    if (point >> 11 == 0x1b) return wbx_refuse(frame, at, "a string of one character", value);
    memcpy(to, &point, 4);
    return true;
}

static bool put_slice(const void *place, size_t length, uint8_t *to) {
    uint32_t slice[2] = { (uint32_t)(uintptr_t)place, (uint32_t)length };
    memcpy(to, slice, 8);
    return true;
}

/* A surrogate without its other half becomes U+FFFD, which has three bytes as well. */
static bool lower_string(wbx_frame *frame, JSValueConst value, uint8_t *to, const wbx_path *at) {
    if (!JS_IsString(value)) return wbx_refuse(frame, at, "a string", value);
    size_t length;
    const char *text = JS_ToCStringLen(frame->ctx, &length, value);
    if (!text) return false;
    uint8_t *place = wbx_alloc(length, 1);
    if (place) {
        memcpy(place, text, length);
        for (uint8_t *byte = place; (byte = memchr(byte, 0xed, length - (size_t)(byte - place))); byte += 3)
            if (byte[1] >= 0xa0) memcpy(byte, "\xef\xbf\xbd", 3);
    }
    JS_FreeCString(frame->ctx, text);
    return place ? put_slice(place, length, to) : no_memory(frame);
}

/* The typed array for numbers of this kind, or -1. */
static int array_kind(const wbx_type *element) {
    static const int8_t kinds[] = {
        [WBX_S8] = JS_TYPED_ARRAY_INT8, [WBX_U8] = JS_TYPED_ARRAY_UINT8,
        [WBX_S16] = JS_TYPED_ARRAY_INT16, [WBX_U16] = JS_TYPED_ARRAY_UINT16,
        [WBX_S32] = JS_TYPED_ARRAY_INT32, [WBX_U32] = JS_TYPED_ARRAY_UINT32,
        [WBX_S64] = JS_TYPED_ARRAY_BIG_INT64, [WBX_U64] = JS_TYPED_ARRAY_BIG_UINT64,
        [WBX_F32] = JS_TYPED_ARRAY_FLOAT32, [WBX_F64] = JS_TYPED_ARRAY_FLOAT64,
    };
    return element->kind >= WBX_S8 && element->kind <= WBX_F64 ? kinds[element->kind] : -1;
}

static const char *array_name(const wbx_type *element) {
    static const char *const names[] = {
        [WBX_S8] = "an Int8Array", [WBX_U8] = "a Uint8Array", [WBX_S16] = "an Int16Array",
        [WBX_U16] = "a Uint16Array", [WBX_S32] = "an Int32Array", [WBX_U32] = "a Uint32Array",
        [WBX_S64] = "a BigInt64Array", [WBX_U64] = "a BigUint64Array",
        [WBX_F32] = "a Float32Array", [WBX_F64] = "a Float64Array",
    };
    return array_kind(element) < 0 ? "an array" : names[element->kind];
}

static bool lower_bytes(wbx_frame *frame, const wbx_type *element, JSValueConst buffer, size_t offset,
                        size_t length, uint8_t *to) {
    size_t size = 0;
    uint8_t *bytes = length ? JS_GetArrayBuffer(frame->ctx, &size, buffer) : NULL;
    if (length && !bytes) return false;
    uint8_t *place = wbx_alloc(length, element->align);
    if (!place) return no_memory(frame);
    if (length) memcpy(place, bytes + offset, length);
    return put_slice(place, length / element->size, to);
}

static bool lower_list(wbx_frame *frame, const wbx_type *type, JSValueConst value, uint8_t *to, const wbx_path *at) {
    JSContext *ctx = frame->ctx;
    const wbx_type *element = type->element;
    int kind = JS_GetTypedArrayType(value), wanted = array_kind(element);
    if (wanted >= 0 && (kind == wanted || (kind == JS_TYPED_ARRAY_UINT8C && wanted == JS_TYPED_ARRAY_UINT8))) {
        size_t offset, length;
        JSValue buffer = JS_GetTypedArrayBuffer(ctx, value, &offset, &length, NULL);
        if (JS_IsException(buffer)) return false;
        bool done = lower_bytes(frame, element, buffer, offset, length, to);
        JS_FreeValue(ctx, buffer);
        return done;
    }
    if (element->kind == WBX_U8 && JS_IsArrayBuffer(value)) {
        size_t length = 0;
        if (!JS_GetArrayBuffer(ctx, &length, value) && length) return false;
        return lower_bytes(frame, element, value, 0, length, to);
    }
    int64_t length;
    if (!JS_IsArray(value)) return wbx_refuse(frame, at, array_name(element), value);
    if (JS_GetLength(ctx, value, &length)) return false;
    if (length > INT32_MAX / (int64_t)element->size) return no_memory(frame);
    uint8_t *place = wbx_alloc((size_t)length * element->size, element->align);
    if (!place) return no_memory(frame);
    for (uint32_t i = 0; i < (uint32_t)length; i++) {
        wbx_path here = { at, NULL, i };
        JSValue item = JS_GetPropertyUint32(ctx, value, i);
        bool done = !JS_IsException(item) && wbx_lower(frame, element, item, place + i * element->size, &here);
        JS_FreeValue(ctx, item);
        if (!done) return false;
    }
    return put_slice(place, (size_t)length, to);
}

static bool lower_property(wbx_frame *frame, const wbx_type *type, JSValueConst object, const char *name,
                           uint8_t *to, const wbx_path *at) {
    wbx_path here = { at, name, 0 };
    JSValue value = JS_GetPropertyStr(frame->ctx, object, name);
    bool done = !JS_IsException(value) && wbx_lower(frame, type, value, to, &here);
    JS_FreeValue(frame->ctx, value);
    return done;
}

static bool lower_record(wbx_frame *frame, const wbx_type *type, JSValueConst value, uint8_t *to, const wbx_path *at) {
    if (!JS_IsObject(value)) return wbx_refuse(frame, at, "an object", value);
    for (uint32_t i = 0; i < type->count; i++) {
        const wbx_field *field = &type->fields[i];
        if (!lower_property(frame, field->type, value, field->name, to + field->offset, at)) return false;
    }
    return true;
}

static bool lower_tuple(wbx_frame *frame, const wbx_type *type, JSValueConst value, uint8_t *to, const wbx_path *at) {
    int64_t length = -1;
    if (JS_IsArray(value) && JS_GetLength(frame->ctx, value, &length)) return false;
    char expected[32];
    snprintf(expected, sizeof expected, "an array of %u", type->count);
    if (length != type->count) return wbx_refuse(frame, at, expected, value);
    for (uint32_t i = 0; i < type->count; i++) {
        wbx_path here = { at, NULL, i };
        const wbx_field *field = &type->fields[i];
        JSValue item = JS_GetPropertyUint32(frame->ctx, value, i);
        bool done = !JS_IsException(item) && wbx_lower(frame, field->type, item, to + field->offset, &here);
        JS_FreeValue(frame->ctx, item);
        if (!done) return false;
    }
    return true;
}

/* The number of the case that a string names, or the number of cases. */
static uint32_t find_case(wbx_frame *frame, const wbx_type *type, JSValueConst tag) {
    const char *text = JS_IsString(tag) ? JS_ToCString(frame->ctx, tag) : NULL;
    uint32_t i = 0;
    while (i < type->count && (!text || strcmp(text, type->fields[i].name))) i++;
    if (text) JS_FreeCString(frame->ctx, text);
    return i;
}

static bool refuse_case(wbx_frame *frame, const wbx_type *type, JSValueConst tag, const wbx_path *at) {
    char expected[160] = "one of";
    size_t used = strlen(expected);
    for (uint32_t i = 0; i < type->count; i++) {
        used = append(expected, sizeof expected, used, i ? ", " : " ");
        used = append(expected, sizeof expected, used, type->fields[i].name);
    }
    return wbx_refuse(frame, at, expected, tag);
}

static bool lower_case(wbx_frame *frame, const wbx_type *type, uint32_t at_case, JSValueConst value, uint8_t *to,
                       const wbx_path *at) {
    memcpy(to, &at_case, type->tag);
    const wbx_type *payload = type->fields[at_case].type;
    return !payload || wbx_lower(frame, payload, value, to + type->payload, at);
}

static bool lower_enum(wbx_frame *frame, const wbx_type *type, JSValueConst value, uint8_t *to, const wbx_path *at) {
    uint32_t found = find_case(frame, type, value);
    if (found == type->count) return refuse_case(frame, type, value, at);
    return lower_case(frame, type, found, JS_UNDEFINED, to, at);
}

static bool lower_variant(wbx_frame *frame, const wbx_type *type, JSValueConst value, uint8_t *to, const wbx_path *at) {
    if (!JS_IsObject(value)) return wbx_refuse(frame, at, "an object with `tag`", value);
    JSValue tag = JS_GetPropertyStr(frame->ctx, value, "tag");
    if (JS_IsException(tag)) return false;
    uint32_t found = find_case(frame, type, tag);
    wbx_path here = { at, "tag", 0 };
    bool known = found < type->count || refuse_case(frame, type, tag, &here);
    JS_FreeValue(frame->ctx, tag);
    if (!known) return false;
    if (!type->fields[found].type) return lower_case(frame, type, found, JS_UNDEFINED, to, at);
    memcpy(to, &found, type->tag);
    return lower_property(frame, type->fields[found].type, value, "val", to + type->payload, at);
}

/* What is absent is false. */
static bool lower_flags(wbx_frame *frame, const wbx_type *type, JSValueConst value, uint8_t *to, const wbx_path *at) {
    memset(to, 0, type->size);
    if (JS_IsUndefined(value) || JS_IsNull(value)) return true;
    if (!JS_IsObject(value)) return wbx_refuse(frame, at, "an object", value);
    for (uint32_t i = 0; i < type->count; i++) {
        JSValue flag = JS_GetPropertyStr(frame->ctx, value, type->fields[i].name);
        if (JS_IsException(flag)) return false;
        if (JS_ToBool(frame->ctx, flag)) to[i / 8] |= (uint8_t)(1u << i % 8);
        JS_FreeValue(frame->ctx, flag);
    }
    return true;
}

bool wbx_lower(wbx_frame *frame, const wbx_type *type, JSValueConst value, uint8_t *to, const wbx_path *at) {
    switch (type->kind) {
    case WBX_BOOL:
        if (!JS_IsBool(value)) return wbx_refuse(frame, at, "a boolean", value);
        *to = (uint8_t)JS_ToBool(frame->ctx, value);
        return true;
    case WBX_F32: case WBX_F64: return lower_float(frame, type, value, to, at);
    case WBX_CHAR: return lower_char(frame, value, to, at);
    case WBX_STRING: return lower_string(frame, value, to, at);
    case WBX_LIST: return lower_list(frame, type, value, to, at);
    case WBX_RECORD: return lower_record(frame, type, value, to, at);
    case WBX_TUPLE: return lower_tuple(frame, type, value, to, at);
    case WBX_ENUM: return lower_enum(frame, type, value, to, at);
    case WBX_OPTION:
        if (!type->tagged) {
            bool some = !JS_IsUndefined(value) && !JS_IsNull(value);
            return lower_case(frame, type, some, value, to, at);
        }
        return lower_variant(frame, type, value, to, at);
    case WBX_VARIANT: case WBX_RESULT: return lower_variant(frame, type, value, to, at);
    case WBX_FLAGS: return lower_flags(frame, type, value, to, at);
    case WBX_OWN: case WBX_BORROW: return wbx_lower_handle(frame, type, value, to, at);
    default: return lower_integer(frame, type, value, to, at);
    }
}
