#include <stdlib.h>

#include "guest.h"

bool exports_my_kit_counters_next(guest_string_t *name, uint8_t *ret, exports_my_kit_counters_error_t *err) {
    guest_option_list_u8_t old;
    if (!workbooks_engine_kv_get(name, &old, err)) return false;
    *ret = old.is_some && old.val.len == 1 ? old.val.ptr[0] + 1 : 1;
    guest_list_u8_t new = {ret, 1};
    return workbooks_engine_kv_set(name, &new, err);
}
