/* The glue between QuickJS and a world: tables that are generated from the world (world.c), what
 * works on them (memory.c, handles.c, values.c, calls.c), and the runtime around both.
 *
 * The runtime calls `wbx_glue_module` from its module loader and `wbx_glue_invoke` from its
 * `wbx_call`. The exports of the world stand in world.c and call the runtime.
 */
#ifndef WBX_GLUE_H
#define WBX_GLUE_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "quickjs.h"

typedef struct wbx_type wbx_type;
typedef struct wbx_resource wbx_resource;
typedef struct wbx_function wbx_function;

/* ---- what the runtime implements ---- */

/* The context, with the program evaluated and the stack's top noted. Does not return otherwise. */
JSContext *wbx_enter(void);

/* Calls an export of the program: `wbx_glue_invoke` with the main module's namespace, then pending
 * jobs until the promise settles that it may have returned. A value, or an exception. */
JSValue wbx_call(const wbx_function *function, int argc, JSValue *argv);

/* Whether calls of the host are refused, as while a snapshot is made: then an exception is thrown
 * that names the call, such as `kv.get`. */
bool wbx_sealed(JSContext *ctx, const char *call);

/* Says the pending exception with its stack on stderr, and ends the instance. */
_Noreturn void wbx_die(JSContext *ctx);

/* ---- what the glue offers it ---- */

/* The module of an imported interface, `ns:package/interface` with or without `@version`, or of a
 * function that the world itself imports. NULL without an exception if the world has none. */
JSModuleDef *wbx_glue_module(JSContext *ctx, const char *name);

/* Finds a function in the namespace of the program's main module and calls it. */
JSValue wbx_glue_invoke(JSContext *ctx, JSValueConst namespace, const wbx_function *function,
                        int argc, JSValue *argv);

/* ---- the tables ---- */

enum {
    WBX_BOOL, WBX_S8, WBX_U8, WBX_S16, WBX_U16, WBX_S32, WBX_U32, WBX_S64, WBX_U64,
    WBX_F32, WBX_F64, WBX_CHAR, WBX_STRING, WBX_LIST, WBX_RECORD, WBX_TUPLE,
    WBX_VARIANT, WBX_ENUM, WBX_OPTION, WBX_RESULT, WBX_FLAGS, WBX_OWN, WBX_BORROW,
};

/* A field, a case or a flag. */
typedef struct {
    const char *name;
    /* NULL of a case without a payload, and of a flag. */
    const wbx_type *type;
    /* Of a field, from the start of the record. */
    uint32_t offset;
} wbx_field;

/* A type, with its layout by the canonical ABI for 32-bit memories. */
struct wbx_type {
    uint8_t kind, align;
    /* Bytes of the discriminant, or of all flags. */
    uint8_t tag;
    /* Of an option: whether its payload may be undefined itself, so that both are told apart by
     * `{tag, val}`. */
    bool tagged;
    uint32_t size;
    /* Offset of the payload. */
    uint32_t payload;
    /* Core values that it takes as a parameter. */
    uint32_t flat;
    uint32_t count;
    const wbx_field *fields;
    const wbx_type *element;
    const wbx_resource *resource;
};

struct wbx_resource {
    /* The class: `InputStream`. */
    const char *name;
    /* Its place among the world's resources. */
    uint32_t at;
    void (*drop)(int32_t handle);
    /* NULL of an imported one. */
    int32_t (*make)(int32_t rep);
    int32_t (*rep)(int32_t handle);
};

enum { WBX_FREE, WBX_METHOD, WBX_STATIC, WBX_CONSTRUCTOR };

struct wbx_function {
    /* As JavaScript calls it, and as messages do. */
    const char *name, *label;
    /* Of an export, the full name of its interface, and what the program exports that as; NULL
     * of a function of the world itself. */
    const char *interface, *object;
    uint8_t kind;
    const wbx_resource *resource;
    /* A tuple with names. */
    const wbx_type *params;
    /* Or NULL. */
    const wbx_type *result;
    /* NULL of an export. */
    void (*call)(const uint64_t *in, uint64_t *out);
};

typedef struct {
    /* Without version; NULL if there is none. */
    const char *name, *version;
    /* Whether it stands for one function that the world itself imports: its default export. */
    bool bare;
    uint16_t function, functions, resource, resources;
} wbx_interface;

/* Everything that the world imports, by interface, and all its resources. */
typedef struct {
    const wbx_interface *interfaces;
    uint32_t interface_count;
    const wbx_function *functions;
    const wbx_resource *resources;
    uint32_t resource_count;
} wbx_world_table;

extern const wbx_world_table wbx_world;

/* Core parameters at most; more are passed in memory. One more is the place of the result. */
#define WBX_MAX_FLAT 16

/* Called by the exports in world.c. */
uint64_t wbx_export(const wbx_function *function, const uint64_t *in);
void wbx_dispose(int32_t rep);
void wbx_post_return(void);

static inline uint64_t wbx_from_f32(float value) { uint32_t bits; memcpy(&bits, &value, 4); return bits; }
static inline uint64_t wbx_from_f64(double value) { uint64_t bits; memcpy(&bits, &value, 8); return bits; }
static inline float wbx_to_f32(uint64_t bits) { uint32_t low = (uint32_t)bits; float value; memcpy(&value, &low, 4); return value; }
static inline double wbx_to_f64(uint64_t bits) { double value; memcpy(&value, &bits, 8); return value; }

/* ---- between the files of the glue ---- */

/* Where a value stands, for messages: a list that ends at the function's label. */
typedef struct wbx_path {
    const struct wbx_path *up;
    const char *name;
    uint32_t index;
} wbx_path;

typedef struct wbx_handle wbx_handle;

/* One call in one direction. */
typedef struct {
    JSContext *ctx;
    /* The resource on which it is called: what comes out may depend on it. */
    wbx_handle *parent;
    /* Handles that go away with the parameters, and such as were lent to an export. */
    wbx_handle *taken, *lent;
} wbx_frame;

typedef struct { void *chunk; size_t used; } wbx_mark;

/* Whether what the host allocates belongs to a call of the glue: parameters of an export before
 * it runs, results of an import. What an import of the runtime's own gives is the runtime's. */
extern bool wbx_passing;
wbx_mark wbx_memory(void);
void wbx_release(wbx_mark mark);
/* NULL if there is no more memory. */
void *wbx_alloc(size_t size, size_t align);
void wbx_flatten(const wbx_type *type, const uint8_t *from, uint64_t *to);
void wbx_unflatten(const wbx_type *type, const uint64_t *from, uint8_t *to);
uint32_t wbx_load(const uint8_t *from, uint32_t bytes);

bool wbx_refuse(wbx_frame *frame, const wbx_path *at, const char *expected, JSValueConst given);
bool wbx_lower(wbx_frame *frame, const wbx_type *type, JSValueConst value, uint8_t *to, const wbx_path *at);
JSValue wbx_lift(wbx_frame *frame, const wbx_type *type, const uint8_t *from);

bool wbx_lower_handle(wbx_frame *frame, const wbx_type *type, JSValueConst value, uint8_t *to, const wbx_path *at);
JSValue wbx_lift_handle(wbx_frame *frame, const wbx_type *type, int32_t handle);
/* Ends the handles that went away, or keeps them if the call did not come about. */
void wbx_taken(wbx_frame *frame, bool gone);
void wbx_lent(wbx_frame *frame);
JSValue wbx_class(JSContext *ctx, const wbx_resource *resource);
JSValue wbx_import(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv, int magic);

#endif
