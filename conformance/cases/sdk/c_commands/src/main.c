/* Runs registered commands. */
#include "workbooks.h"

static bool run(const guest_string_t *name, guest_string_t *result, wb_error *error) {
    char *command = wb_cstr(name);
    wb_request request = wb_command(command, NULL, 0, "its input");
    wb_output output;
    if (!workbooks_engine_commands_run(&request, &output, error)) return false;
    wb_add(result, "status %d: %.*s", output.status, WB_TEXT(output.stdout_));
    workbooks_engine_types_output_free(&output);
    free(command);
    return true;
}

WB_TOOLS({"run", "Runs a command.", "{}", run})
