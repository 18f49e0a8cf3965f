/* Tools that keep notes: each under `note/TITLE` in the pairs of the tenant. */
#include <stdlib.h>
#include <string.h>

#include "guest.h"
#include "json.h"

#define PREFIX "note/"

typedef exports_workbooks_engine_tool_error_t failure;
typedef exports_workbooks_engine_tool_spec_t spec;

#define NO_ARGUMENTS "{\"type\":\"object\",\"properties\":{}}"
#define TITLE_ONLY \
    "{\"type\":\"object\",\"properties\":{\"title\":{\"type\":\"string\"}},\"required\":[\"title\"]}"
#define TITLE_AND_TEXT \
    "{\"type\":\"object\",\"properties\":{\"title\":{\"type\":\"string\"},\"text\":{\"type\":\"string\"}}," \
    "\"required\":[\"title\",\"text\"]}"

static bool invalid(failure *err, const char *what) {
    err->tag = WORKBOOKS_ENGINE_TYPES_ERROR_INVALID;
    guest_string_dup(&err->val.invalid, what);
    return false;
}

static bool not_found(failure *err) {
    err->tag = WORKBOOKS_ENGINE_TYPES_ERROR_NOT_FOUND;
    return false;
}

static guest_string_t borrowed(const text *t) {
    return (guest_string_t){.ptr = (uint8_t *)t->bytes, .len = t->length};
}

/* Hands a result over to the caller, who frees it. */
static bool done(text *result, guest_string_t *ret) {
    *ret = borrowed(result);
    return true;
}

static bool argument(guest_string_t *arguments, const char *name, text *out, failure *err) {
    bool found;
    if (!json_get((const char *)arguments->ptr, arguments->len, name, out, &found))
        return invalid(err, "the arguments are no JSON object of strings");
    return found || invalid(err, name[1] == 'i' ? "the argument title is missing" : "the argument text is missing");
}

static bool add(const text *key, guest_string_t *arguments, guest_string_t *ret, failure *err) {
    text body = {0}, result = {0};
    guest_string_t name = borrowed(key);
    guest_option_list_u8_t old;
    bool good = argument(arguments, "text", &body, err) && workbooks_engine_kv_get(&name, &old, err);
    if (good) {
        guest_list_u8_t value = {.ptr = (uint8_t *)body.bytes, .len = body.length};
        good = workbooks_engine_kv_set(&name, &value, err);
        text_puts(&result, old.is_some ? "{\"replaced\":true}" : "{\"replaced\":false}");
        guest_option_list_u8_free(&old);
    }
    free(body.bytes);
    if (good) return done(&result, ret);
    free(result.bytes);
    return false;
}

static bool read(const text *key, guest_string_t *ret, failure *err) {
    guest_string_t name = borrowed(key);
    guest_option_list_u8_t value;
    if (!workbooks_engine_kv_get(&name, &value, err)) return false;
    if (!value.is_some) return not_found(err);
    text result = {0};
    text_puts(&result, "{\"text\":");
    json_put(&result, (const char *)value.val.ptr, value.val.len);
    text_puts(&result, "}");
    guest_option_list_u8_free(&value);
    return done(&result, ret);
}

static bool list(guest_string_t *ret, failure *err) {
    guest_string_t prefix, cursor;
    guest_string_set(&prefix, PREFIX);
    bool more = false;
    text result = {0};
    text_puts(&result, "{\"titles\":[");
    do {
        guest_tuple2_list_string_option_string_t page;
        bool good = workbooks_engine_kv_keys(&prefix, more ? &cursor : NULL, 100, &page, err);
        if (more) guest_string_free(&cursor);
        if (!good) {
            free(result.bytes);
            return false;
        }
        for (size_t i = 0; i < page.f0.len; i++) {
            const guest_string_t *key = &page.f0.ptr[i];
            if (result.bytes[result.length - 1] != '[') text_puts(&result, ",");
            json_put(&result, (const char *)key->ptr + strlen(PREFIX), key->len - strlen(PREFIX));
        }
        guest_list_string_free(&page.f0);
        more = page.f1.is_some;
        cursor = page.f1.val;
    } while (more);
    text_puts(&result, "]}");
    return done(&result, ret);
}

static bool remove_note(const text *key, guest_string_t *ret, failure *err) {
    guest_string_t name = borrowed(key);
    bool was_there;
    if (!workbooks_engine_kv_delete(&name, &was_there, err)) return false;
    guest_string_dup(ret, was_there ? "{\"removed\":true}" : "{\"removed\":false}");
    return true;
}

static bool is(const guest_string_t *name, const char *word) {
    return name->len == strlen(word) && memcmp(name->ptr, word, name->len) == 0;
}

bool exports_workbooks_engine_tool_describe(exports_workbooks_engine_tool_list_spec_t *ret, failure *err) {
    static const char *const tools[][3] = {
        {"add", "Keeps a note, instead of the one with this title if there is one.", TITLE_AND_TEXT},
        {"read", "The text of the note with this title.", TITLE_ONLY},
        {"list", "The titles of all notes.", NO_ARGUMENTS},
        {"remove", "Forgets the note with this title.", TITLE_ONLY},
    };
    (void)err;
    ret->len = sizeof tools / sizeof tools[0];
    ret->ptr = calloc(ret->len, sizeof(spec));
    if (!ret->ptr) abort();
    for (size_t i = 0; i < ret->len; i++) {
        guest_string_dup(&ret->ptr[i].name, tools[i][0]);
        guest_string_dup(&ret->ptr[i].description, tools[i][1]);
        guest_string_dup(&ret->ptr[i].parameters, tools[i][2]);
    }
    return true;
}

bool exports_workbooks_engine_tool_call(guest_string_t *name, guest_string_t *arguments, guest_string_t *ret, failure *err) {
    text title = {0}, key = {0};
    bool good;
    if (is(name, "list")) good = list(ret, err);
    else if (!is(name, "add") && !is(name, "read") && !is(name, "remove")) good = not_found(err);
    else if ((good = argument(arguments, "title", &title, err))) {
        text_puts(&key, PREFIX);
        text_add(&key, title.bytes, title.length);
        good = is(name, "add") ? add(&key, arguments, ret, err)
             : is(name, "read") ? read(&key, ret, err)
                                : remove_note(&key, ret, err);
    }
    free(title.bytes);
    free(key.bytes);
    guest_string_free(name);
    guest_string_free(arguments);
    return good;
}
