/* Has source compiled, and runs what came of it. */
#include "workbooks.h"

typedef workbooks_engine_build_own_artifact_t artifact;

/* Has one file of C made into `shape`, with bindings for `caps`. */
static bool compiled(const char *shape, const char *caps, const guest_string_t *source, artifact *made,
                     wb_error *error) {
    guest_string_t language = wb_str("c");
    workbooks_engine_build_source_t file = {wb_str("main.c"), wb_bytes(source->ptr, source->len)};
    workbooks_engine_build_list_source_t files = {&file, 1};
    guest_tuple2_string_string_t wishes[] = {{wb_str("shape"), wb_str(shape)}, {wb_str("caps"), wb_str(caps)}};
    workbooks_engine_build_pairs_t extra = {wishes, 2};
    return workbooks_engine_build_static_artifact_compile(&language, &files, &extra, made, error);
}

/* Cuts `caps\nsource` into its lines; the words of the first go into `words`. */
static char *cut(const guest_string_t *arguments, guest_list_string_t *words, guest_string_t *source) {
    static guest_string_t all[16];
    char *copy = wb_cstr(arguments), *end = strchr(copy, '\n');
    if (!end) abort();
    *end = '\0';
    *source = wb_str(end + 1);
    char *line = strdup(copy);
    words->ptr = all;
    words->len = 0;
    for (char *word = strtok(line, " "); word && words->len < 16; word = strtok(NULL, " "))
        all[words->len++] = wb_str(word);
    return copy;
}

static bool run(const guest_string_t *arguments, guest_string_t *result, wb_error *error) {
    guest_list_string_t caps;
    guest_string_t source;
    cut(arguments, &caps, &source);
    artifact made;
    if (!compiled("command", "", &source, &made, error)) return false;
    guest_string_t argv[] = {wb_str("one"), wb_str("two words")};
    wb_request request = wb_command("program", argv, 2, "its input");
    wb_output output;
    bool done = workbooks_engine_build_method_artifact_run(workbooks_engine_build_borrow_artifact(made), &caps,
                                                           &request, &output, error);
    workbooks_engine_build_artifact_drop_own(made);
    if (!done) return false;
    wb_add(result, "status %d: %.*s", output.status, WB_TEXT(output.stdout_));
    return true;
}

/* As `run`, of a component's one tool. */
static bool called(bool named, const guest_string_t *arguments, guest_string_t *result, wb_error *error) {
    guest_list_string_t caps;
    guest_string_t source, name = wb_str("tool"), given = wb_str("{}");
    char *line = cut(arguments, &caps, &source);
    artifact made;
    if (!compiled("component", line, &source, &made, error)) return false;
    workbooks_engine_build_result_string_error_t said;
    if (!named) caps.len = 0;
    bool done = workbooks_engine_build_method_artifact_call(workbooks_engine_build_borrow_artifact(made), &caps,
                                                            &name, &given, &said, error);
    workbooks_engine_build_artifact_drop_own(made);
    if (!done) return false;
    if (said.is_err) {
        wb_add(result, "the tool: ");
        wb_explain(result, &said.val.err);
    } else {
        *result = said.val.ok;
    }
    return true;
}

static bool call(const guest_string_t *arguments, guest_string_t *result, wb_error *error) {
    return called(true, arguments, result, error);
}

/* Names nothing of what the component was made for. */
static bool unnamed(const guest_string_t *arguments, guest_string_t *result, wb_error *error) {
    return called(false, arguments, result, error);
}

/* Keeps as many artifacts as it is told, then compiles itself, and has what comes of it do the same. */
static bool tool(const guest_string_t *arguments, guest_string_t *result, wb_error *error) {
    static const char own[] = {
#embed "main.c"
    };
    guest_string_t source = {(uint8_t *)own, sizeof own}, name = wb_str("tool"), word = wb_str("build");
    guest_list_string_t caps = {&word, 1};
    artifact made;
    workbooks_engine_build_result_string_error_t said;
    guest_string_t kernel = wb_str("int process(int n) { return n; }");
    for (int kept = wb_is(arguments, "5") ? 5 : 0; kept > 0; kept--)
        if (!compiled("kernel", "", &kernel, &made, error)) return false;
    if (!compiled("component", "build", &source, &made, error)) return false;
    guest_string_t given = wb_str("{}");
    if (!workbooks_engine_build_method_artifact_call(workbooks_engine_build_borrow_artifact(made), &caps, &name,
                                                     &given, &said, error)) return false;
    wb_add(result, "a level down, ");
    if (said.is_err) wb_explain(result, &said.val.err);
    else wb_add(result, "%.*s", WB_TEXT(said.val.ok));
    return true;
}

/* Keeps what it had made until there is no room. */
static bool keep(const guest_string_t *arguments, guest_string_t *result, wb_error *error) {
    artifact made;
    for (int count = 0; compiled("kernel", "", arguments, &made, error); count++) {
        guest_list_u8_t wasm;
        if (!workbooks_engine_build_method_artifact_wasm(workbooks_engine_build_borrow_artifact(made), &wasm, error))
            return false;
        if (count == 0) wb_add(result, "%s, ", memcmp(wasm.ptr, "\0asm", 4) == 0 ? "wasm" : "no wasm");
        guest_list_u8_free(&wasm);
        wb_add(result, "%d ", count + 1);
    }
    wb_explain(result, error);
    return true;
}

WB_TOOLS({"run", "", "{}", run}, {"call", "", "{}", call}, {"unnamed", "", "{}", unnamed},
         {"tool", "", "{}", tool}, {"keep", "", "{}", keep})
