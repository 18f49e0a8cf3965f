/* What a toolkit in C or C++ wants beside guest.h: strings, errors, tools, and some capabilities in
 * few words. Header-only. What the guest's world does not have is not here: guest_world.h, which is
 * generated with guest.h, says what it has.
 *
 * A function that can be refused returns false and fills its last argument. What it gives is the
 * caller's: free it with the guest_..._free of its type. Out of memory is the end of the guest. */
#ifndef WORKBOOKS_H
#define WORKBOOKS_H

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "guest.h"
#include "guest_world.h"

/* ---- strings ------------------------------------------------------------------------------- */

/* For printf: "%.*s" takes WB_TEXT(string). */
#define WB_TEXT(string) (int)(string).len, (const char *)(string).ptr

/* A view of a C string, which must outlive it and is not to be freed. */
static inline guest_string_t wb_str(const char *text) {
    guest_string_t view;
    view.ptr = (uint8_t *)text;
    view.len = strlen(text);
    return view;
}

/* A view of bytes, likewise. */
static inline guest_list_u8_t wb_bytes(const void *bytes, size_t length) {
    guest_list_u8_t view;
    view.ptr = (uint8_t *)bytes;
    view.len = length;
    return view;
}

static inline bool wb_is(const guest_string_t *string, const char *text) {
    return string->len == strlen(text) && memcmp(string->ptr, text, string->len) == 0;
}

static inline void *wb_grown(void *memory, size_t bytes) {
    void *grown = realloc(memory, bytes ? bytes : 1);
    if (!grown) abort();
    return grown;
}

/* A copy as a C string, to be given to free. */
static inline char *wb_cstr(const guest_string_t *string) {
    char *copy = (char *)wb_grown(NULL, string->len + 1);
    if (string->len) memcpy(copy, string->ptr, string->len);
    copy[string->len] = '\0';
    return copy;
}

static inline void wb_vadd(guest_string_t *string, const char *format, va_list values) {
    va_list again;
    va_copy(again, values);
    int more = vsnprintf(NULL, 0, format, again);
    va_end(again);
    if (more < 0) abort();
    string->ptr = (uint8_t *)wb_grown(string->ptr, string->len + (size_t)more + 1);
    vsnprintf((char *)string->ptr + string->len, (size_t)more + 1, format, values);
    string->len += (size_t)more;
}

/* Writes at the end of a string of the caller's own: one that guest_string_free may free, or none
 * yet (all zero). */
__attribute__((format(printf, 2, 3)))
static inline void wb_add(guest_string_t *string, const char *format, ...) {
    va_list values;
    va_start(values, format);
    wb_vadd(string, format, values);
    va_end(values);
}

/* ---- the log ------------------------------------------------------------------------------- */

/* One line into the run's record: wb_log(WORKBOOKS_ENGINE_LOG_LEVEL_INFO, "fetch", "%d", status). */
__attribute__((format(printf, 3, 4)))
static inline void wb_log(workbooks_engine_log_level_t level, const char *target, const char *format, ...) {
    guest_string_t to = wb_str(target), line = {0, 0};
    va_list values;
    va_start(values, format);
    wb_vadd(&line, format, values);
    va_end(values);
    workbooks_engine_log_write(level, &to, &line);
    guest_string_free(&line);
}

/* ---- streams ------------------------------------------------------------------------------- */

/* All that comes until the end; `false` if it breaks off, with what came. Drops the stream. */
static inline bool wb_read_all(wasi_io_streams_own_input_stream_t stream, guest_list_u8_t *all) {
    wasi_io_streams_borrow_input_stream_t from = wasi_io_streams_borrow_input_stream(stream);
    wasi_io_streams_stream_error_t end;
    guest_list_u8_t piece;
    *all = wb_bytes(NULL, 0);
    while (wasi_io_streams_method_input_stream_blocking_read(from, 65536, &piece, &end)) {
        all->ptr = (uint8_t *)wb_grown(all->ptr, all->len + piece.len);
        if (piece.len) memcpy(all->ptr + all->len, piece.ptr, piece.len);
        all->len += piece.len;
        guest_list_u8_free(&piece);
    }
    bool whole = end.tag == WASI_IO_STREAMS_STREAM_ERROR_CLOSED;
    wasi_io_streams_stream_error_free(&end);
    wasi_io_streams_input_stream_drop_own(stream);
    return whole;
}

/* Writes all of it; `false` if the other side takes no more. */
static inline bool wb_write_all(wasi_io_streams_borrow_output_stream_t stream, const void *bytes, size_t length) {
    const uint8_t *at = (const uint8_t *)bytes;
    while (length > 0) {
        /* One call takes no more than 4096 bytes. */
        guest_list_u8_t piece = wb_bytes(at, length < 4096 ? length : 4096);
        wasi_io_streams_stream_error_t failed;
        if (!wasi_io_streams_method_output_stream_blocking_write_and_flush(stream, &piece, &failed)) {
            wasi_io_streams_stream_error_free(&failed);
            return false;
        }
        at += piece.len;
        length -= piece.len;
    }
    return true;
}

#ifdef WORKBOOKS_ENGINE_TYPES_ERROR_REVOKED

/* ---- errors -------------------------------------------------------------------------------- */

typedef workbooks_engine_types_error_t wb_error;

/* `return wb_refuse(error, WORKBOOKS_ENGINE_TYPES_ERROR_NOT_FOUND);` */
static inline bool wb_refuse(wb_error *error, uint8_t tag) {
    memset(error, 0, sizeof *error);
    error->tag = tag;
    return false;
}

/* `return wb_invalid(error, "no number: %s", word);` */
__attribute__((format(printf, 2, 3)))
static inline bool wb_invalid(wb_error *error, const char *format, ...) {
    va_list values;
    wb_refuse(error, WORKBOOKS_ENGINE_TYPES_ERROR_INVALID);
    va_start(values, format);
    wb_vadd(&error->val.invalid, format, values);
    va_end(values);
    return false;
}

/* Its code, as the contract writes it: "not-found". */
static inline const char *wb_code(const wb_error *error) {
    static const char *const codes[] = {
        "revoked", "rate-limited", "too-large", "quota", "timeout", "cancelled", "not-found",
        "conflict", "unsupported", "invalid", "denied", "unavailable", "other",
    };
    return error->tag < sizeof codes / sizeof *codes ? codes[error->tag] : "other";
}

/* Writes its code and what it says at the end of a string. */
static inline void wb_explain(guest_string_t *into, const wb_error *error) {
    wb_add(into, "%s", wb_code(error));
    switch (error->tag) {
    case WORKBOOKS_ENGINE_TYPES_ERROR_RATE_LIMITED:
        wb_add(into, ": try again in %llu ms", (unsigned long long)error->val.rate_limited);
        break;
    case WORKBOOKS_ENGINE_TYPES_ERROR_TOO_LARGE:
    case WORKBOOKS_ENGINE_TYPES_ERROR_QUOTA:
        wb_add(into, ": the cap is %llu", (unsigned long long)error->val.quota);
        break;
    case WORKBOOKS_ENGINE_TYPES_ERROR_UNSUPPORTED:
    case WORKBOOKS_ENGINE_TYPES_ERROR_INVALID:
    case WORKBOOKS_ENGINE_TYPES_ERROR_DENIED:
    case WORKBOOKS_ENGINE_TYPES_ERROR_UNAVAILABLE:
        wb_add(into, ": %.*s", WB_TEXT(error->val.invalid));
        break;
    case WORKBOOKS_ENGINE_TYPES_ERROR_OTHER:
        wb_add(into, ": %.*s", WB_TEXT(error->val.other.message));
        break;
    default:
        break;
    }
}

#endif

#ifdef WORKBOOKS_EXPORTS_TOOL

/* ---- tools --------------------------------------------------------------------------------- */

/* A tool: arguments in, result out, both JSON. `parameters` is the JSON Schema of the arguments. */
typedef struct {
    const char *name, *description, *parameters;
    bool (*call)(const guest_string_t *arguments, guest_string_t *result, wb_error *error);
} wb_tool;

static inline bool wb_describe(const wb_tool *tools, size_t count, exports_workbooks_engine_tool_list_spec_t *list) {
    list->len = count;
    list->ptr = (exports_workbooks_engine_tool_spec_t *)wb_grown(NULL, count * sizeof *list->ptr);
    for (size_t i = 0; i < count; i++) {
        guest_string_dup(&list->ptr[i].name, tools[i].name);
        guest_string_dup(&list->ptr[i].description, tools[i].description);
        guest_string_dup(&list->ptr[i].parameters, tools[i].parameters);
    }
    return true;
}

static inline bool wb_call(const wb_tool *tools, size_t count, guest_string_t *name, guest_string_t *arguments,
                           guest_string_t *result, wb_error *error) {
    result->ptr = NULL;
    result->len = 0;
    for (size_t i = 0; i < count; i++) {
        if (!wb_is(name, tools[i].name)) continue;
        bool done = tools[i].call(arguments, result, error);
        guest_string_free(name);
        guest_string_free(arguments);
        return done;
    }
    return wb_refuse(error, WORKBOOKS_ENGINE_TYPES_ERROR_NOT_FOUND);
}

/* The tools of this guest, once in one file:
 * WB_TOOLS({"greet", "Greets.", "{}", greet}, {"count", "Counts.", "{}", count}) */
#define WB_TOOLS(...)                                                                              \
    static const wb_tool wb_all_tools[] = {__VA_ARGS__};                                           \
    bool exports_workbooks_engine_tool_describe(exports_workbooks_engine_tool_list_spec_t *list,   \
                                                exports_workbooks_engine_tool_error_t *error) {    \
        (void)error;                                                                               \
        return wb_describe(wb_all_tools, sizeof wb_all_tools / sizeof *wb_all_tools, list);        \
    }                                                                                              \
    bool exports_workbooks_engine_tool_call(guest_string_t *name, guest_string_t *arguments,       \
                                            guest_string_t *result,                                \
                                            exports_workbooks_engine_tool_error_t *error) {        \
        return wb_call(wb_all_tools, sizeof wb_all_tools / sizeof *wb_all_tools, name, arguments,  \
                       result, error);                                                             \
    }

#endif

#if defined(WORKBOOKS_IMPORTS_COMMANDS) || defined(WORKBOOKS_IMPORTS_EXEC) ||                      \
    defined(WORKBOOKS_IMPORTS_PARALLEL) || defined(WORKBOOKS_IMPORTS_POSIX) ||                     \
    defined(WORKBOOKS_IMPORTS_BUILD)

/* ---- commands, exec, parallel, posix, build ------------------------------------------------ */

typedef workbooks_engine_types_command_request_t wb_request;
typedef workbooks_engine_types_output_t wb_output;

/* A request: views of a name, of arguments, and of what is written to its input. */
static inline wb_request wb_command(const char *name, guest_string_t *argv, size_t count, const char *input) {
    wb_request request;
    memset(&request, 0, sizeof request);
    request.name = wb_str(name);
    request.argv.ptr = argv;
    request.argv.len = count;
    request.stdin_ = wb_bytes(input, input ? strlen(input) : 0);
    return request;
}

#endif

#ifdef WORKBOOKS_IMPORTS_KV

/* ---- kv ------------------------------------------------------------------------------------ */

/* The value of a key; not-found if it has none. */
static inline bool wb_kv_get(const char *key, guest_list_u8_t *value, wb_error *error) {
    guest_string_t of = wb_str(key);
    guest_option_list_u8_t found;
    if (!workbooks_engine_kv_get(&of, &found, error)) return false;
    if (!found.is_some) return wb_refuse(error, WORKBOOKS_ENGINE_TYPES_ERROR_NOT_FOUND);
    *value = found.val;
    return true;
}

static inline bool wb_kv_set(const char *key, const void *bytes, size_t length, wb_error *error) {
    guest_string_t of = wb_str(key);
    guest_list_u8_t value = wb_bytes(bytes, length);
    return workbooks_engine_kv_set(&of, &value, error);
}

#endif

#ifdef WORKBOOKS_IMPORTS_NET

/* ---- net ----------------------------------------------------------------------------------- */

/* GET: the status and the whole body; unavailable if it breaks off. */
static inline bool wb_fetch(const char *url, uint16_t *status, guest_list_u8_t *body, wb_error *error) {
    workbooks_engine_net_request_t request;
    memset(&request, 0, sizeof request);
    request.method = wb_str("GET");
    request.url = wb_str(url);
    workbooks_engine_net_own_response_t response;
    if (!workbooks_engine_net_fetch(&request, &response, error)) return false;
    workbooks_engine_net_borrow_response_t of = workbooks_engine_net_borrow_response(response);
    workbooks_engine_net_own_input_stream_t stream;
    bool done = workbooks_engine_net_method_response_status(of, status, error) &&
                workbooks_engine_net_method_response_body(of, &stream, error);
    if (done && !wb_read_all(stream, body)) {
        guest_list_u8_free(body);
        wb_refuse(error, WORKBOOKS_ENGINE_TYPES_ERROR_UNAVAILABLE);
        wb_add(&error->val.unavailable, "the body broke off");
        done = false;
    }
    workbooks_engine_net_response_drop_own(response);
    return done;
}

#endif

#endif
