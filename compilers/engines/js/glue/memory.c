/* Memory for one call, and the canonical ABI's two forms of a value: in memory, and flat. */
#include <stdlib.h>

#include "glue.h"

typedef struct chunk {
    struct chunk *before;
    size_t size, used;
    _Alignas(16) uint8_t bytes[];
} chunk;

#define FIRST 16384

/* The memory of calls is a stack: a call marks its top, and everything above is given back at its
 * end. Small calls never leave the first piece. */
static _Alignas(16) uint8_t first[FIRST];
static chunk *top;
static size_t first_used;

wbx_mark wbx_memory(void) {
    return (wbx_mark){ top, top ? top->used : first_used };
}

void wbx_release(wbx_mark mark) {
    while (top != mark.chunk) {
        chunk *before = top->before;
        free(top);
        top = before;
    }
    *(top ? &top->used : &first_used) = mark.used;
}

void *wbx_alloc(size_t size, size_t align) {
    uint8_t *bytes = top ? top->bytes : first;
    size_t *used = top ? &top->used : &first_used;
    size_t limit = top ? top->size : FIRST;
    size_t start = (*used + align - 1) & ~(align - 1);
    if (start <= limit && size <= limit - start) {
        *used = start + size;
        return bytes + start;
    }
    size_t room = size < 4 * FIRST ? 4 * FIRST : size;
    if (room > INT32_MAX) return NULL;
    chunk *next = malloc(sizeof(chunk) + room);
    if (!next) return NULL;
    *next = (chunk){ top, room, size };
    top = next;
    return next->bytes;
}

bool wbx_passing = true;

/* Memory for whoever frees it, or never does: the adapter of preview 1 keeps what it allocates. */
__attribute__((export_name("cabi_realloc_adapter")))
void *wbx_realloc_kept(void *old, size_t old_size, size_t align, size_t size) {
    void *place = aligned_alloc(align, (size + align - 1) & ~(align - 1));
    if (!place && size) __builtin_trap();
    if (old) memcpy(place, old, old_size < size ? old_size : size);
    return place ? place : (void *)align;
}

/* Where the host puts what it passes. */
__attribute__((export_name("cabi_realloc")))
void *cabi_realloc(void *old, size_t old_size, size_t align, size_t size) {
    if (old && size <= old_size) return old;
    if (!wbx_passing) return wbx_realloc_kept(old, old_size, align, size);
    void *place = wbx_alloc(size, align);
    if (!place) __builtin_trap();
    if (old) memcpy(place, old, old_size);
    return place;
}

uint32_t wbx_load(const uint8_t *from, uint32_t bytes) {
    uint32_t value = 0;
    memcpy(&value, from, bytes);
    return value;
}

void wbx_flatten(const wbx_type *type, const uint8_t *from, uint64_t *to) {
    switch (type->kind) {
    case WBX_S8: *to = (uint32_t)(int8_t)*from; break;
    case WBX_S16: *to = (uint32_t)(int16_t)wbx_load(from, 2); break;
    case WBX_S64: case WBX_U64: case WBX_F64: memcpy(to, from, 8); break;
    case WBX_STRING: case WBX_LIST:
        to[0] = wbx_load(from, 4);
        to[1] = wbx_load(from + 4, 4);
        break;
    case WBX_RECORD: case WBX_TUPLE:
        for (uint32_t i = 0; i < type->count; i++) {
            const wbx_field *field = &type->fields[i];
            wbx_flatten(field->type, from + field->offset, to);
            to += field->type->flat;
        }
        break;
    case WBX_VARIANT: case WBX_ENUM: case WBX_OPTION: case WBX_RESULT: {
        memset(to, 0, 8 * type->flat);
        to[0] = wbx_load(from, type->tag);
        const wbx_type *payload = type->fields[to[0]].type;
        if (payload) wbx_flatten(payload, from + type->payload, to + 1);
        break;
    }
    case WBX_FLAGS:
        for (uint32_t i = 0; i < type->flat; i++) to[i] = wbx_load(from + 4 * i, type->tag < 4 ? type->tag : 4);
        break;
    default: *to = wbx_load(from, type->size);
    }
}

void wbx_unflatten(const wbx_type *type, const uint64_t *from, uint8_t *to) {
    switch (type->kind) {
    case WBX_STRING: case WBX_LIST:
        memcpy(to, &from[0], 4);
        memcpy(to + 4, &from[1], 4);
        break;
    case WBX_RECORD: case WBX_TUPLE:
        for (uint32_t i = 0; i < type->count; i++) {
            const wbx_field *field = &type->fields[i];
            wbx_unflatten(field->type, from, to + field->offset);
            from += field->type->flat;
        }
        break;
    case WBX_VARIANT: case WBX_ENUM: case WBX_OPTION: case WBX_RESULT: {
        memcpy(to, &from[0], type->tag);
        const wbx_type *payload = type->fields[from[0]].type;
        if (payload) wbx_unflatten(payload, from + 1, to + type->payload);
        break;
    }
    case WBX_FLAGS:
        for (uint32_t i = 0; i < type->flat; i++) memcpy(to + 4 * i, &from[i], type->tag < 4 ? type->tag : 4);
        break;
    default: memcpy(to, from, type->size);
    }
}
