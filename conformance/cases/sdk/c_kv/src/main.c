/* Counts under a key. */
#include "workbooks.h"

static bool count(const guest_string_t *key, guest_string_t *result, wb_error *error) {
    char *name = wb_cstr(key), text[16];
    guest_list_u8_t before;
    int count = 0;
    if (wb_kv_get(name, &before, error)) {
        guest_string_t digits = {before.ptr, before.len};
        count = atoi(wb_cstr(&digits));
        guest_list_u8_free(&before);
    } else if (error->tag != WORKBOOKS_ENGINE_TYPES_ERROR_NOT_FOUND) {
        return false;
    }
    int length = snprintf(text, sizeof text, "%d", count + 1);
    if (!wb_kv_set(name, text, (size_t)length, error)) return false;
    wb_add(result, "%s", text);
    return true;
}

WB_TOOLS({"count", "Counts under a key.", "{}", count})
