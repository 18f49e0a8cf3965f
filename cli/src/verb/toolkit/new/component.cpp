// Typed tools: the host asks what there is (describe) and calls one by name (call), with JSON in
// and JSON out. guest.h is generated from the capabilities that the manifest names.
#include <cstdlib>
#include <string>
#include <string_view>

#include "guest.h"

static void give(guest_string_t *to, const std::string &text) {
    guest_string_dup_n(to, text.data(), text.size());
}

bool exports_workbooks_engine_tool_describe(exports_workbooks_engine_tool_list_spec_t *tools,
                                            exports_workbooks_engine_tool_error_t *) {
    using Spec = exports_workbooks_engine_tool_spec_t;
    tools->len = 1;
    tools->ptr = static_cast<Spec *>(std::malloc(sizeof(Spec)));
    if (!tools->ptr) std::abort();
    give(&tools->ptr->name, "echo");
    give(&tools->ptr->description, "Says again what it was told.");
    give(&tools->ptr->parameters, "{}");
    return true;
}

bool exports_workbooks_engine_tool_call(guest_string_t *name, guest_string_t *arguments,
                                        guest_string_t *result,
                                        exports_workbooks_engine_tool_error_t *error) {
    auto text = [](guest_string_t *s) {
        return std::string_view(reinterpret_cast<char *>(s->ptr), s->len);
    };
    if (text(name) != "echo") {
        error->tag = WORKBOOKS_ENGINE_TYPES_ERROR_NOT_FOUND;
        return false;
    }
    give(result, "{\"said\":" + std::string(text(arguments)) + "}");
    return true;
}
