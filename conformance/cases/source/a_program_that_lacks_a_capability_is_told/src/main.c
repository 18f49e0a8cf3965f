#include "workbooks.h"

static bool length(const guest_string_t *key, guest_string_t *result, wb_error *error) {
    guest_list_u8_t value;
    if (!wb_kv_get(wb_cstr(key), &value, error)) return false;
    wb_add(result, "%zu", value.len);
    guest_list_u8_free(&value);
    return true;
}

WB_TOOLS({"length", "The length of a value.", "{}", length})
