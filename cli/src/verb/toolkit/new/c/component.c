/* Typed tools: the host asks what there is and calls one by name, with JSON in and JSON out.
 * guest.h is generated from the capabilities that the manifest names, workbooks.h makes it short. */
#include "workbooks.h"

static bool echo(const guest_string_t *arguments, guest_string_t *result, wb_error *error) {
    if (arguments->len == 0) return wb_invalid(error, "there is nothing to say");
    wb_add(result, "{\"said\":%.*s}", WB_TEXT(*arguments));
    return true;
}

WB_TOOLS({"echo", "Says again what it was told.", "{}", echo})
