// Typed tools: the host asks what there is and calls one by name, with JSON in and JSON out.
// guest.h is generated from the capabilities that the manifest names, workbooks.h makes it short.
#include <string>

#include "workbooks.h"

static bool echo(const guest_string_t *arguments, guest_string_t *result, wb_error *error) {
    std::string said(reinterpret_cast<const char *>(arguments->ptr), arguments->len);
    if (said.empty()) return wb_invalid(error, "there is nothing to say");
    said = "{\"said\":" + said + "}";
    guest_string_dup_n(result, said.data(), said.size());
    return true;
}

WB_TOOLS({"echo", "Says again what it was told.", "{}", echo})
