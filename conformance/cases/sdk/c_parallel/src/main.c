/* One command over several inputs. */
#include "workbooks.h"

static bool map(const guest_string_t *name, guest_string_t *result, wb_error *error) {
    char *command = wb_cstr(name);
    wb_request all[] = {
        wb_command(command, NULL, 0, "one"),
        wb_command(command, NULL, 0, "two"),
        wb_command("nobody", NULL, 0, "three"),
    };
    workbooks_engine_parallel_list_command_request_t requests = {all, 3};
    workbooks_engine_parallel_options_t options;
    workbooks_engine_parallel_list_result_output_error_t done;
    memset(&options, 0, sizeof options);
    if (!workbooks_engine_parallel_run_many(&requests, &options, &done, error)) return false;
    for (size_t i = 0; i < done.len; i++) {
        if (done.ptr[i].is_err) wb_explain(result, &done.ptr[i].val.err);
        else wb_add(result, "%.*s", WB_TEXT(done.ptr[i].val.ok.stdout_));
        wb_add(result, "\n");
    }
    workbooks_engine_parallel_list_result_output_error_free(&done);
    return true;
}

WB_TOOLS({"map", "Runs a command over three inputs.", "{}", map})
