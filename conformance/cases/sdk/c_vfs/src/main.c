/* The workbook's files: by the functions of C, and by SQL. */
#include "workbooks.h"

static bool note(const guest_string_t *words, guest_string_t *result, wb_error *error) {
    FILE *file = fopen("/workspace/notes.txt", "a");
    if (!file) return wb_invalid(error, "it cannot be opened");
    fprintf(file, "%.*s\n", WB_TEXT(*words));
    fclose(file);
    wb_add(result, "noted");
    return true;
}

static bool read(const guest_string_t *name, guest_string_t *result, wb_error *error) {
    guest_string_t path = {name->ptr, name->len};
    guest_list_u8_t bytes;
    if (!workbooks_engine_vfs_read(WORKBOOKS_ENGINE_VFS_VOLUME_WORKSPACE, &path, 0, 4096, &bytes, error)) return false;
    wb_add(result, "%.*s", WB_TEXT(bytes));
    guest_list_u8_free(&bytes);
    return true;
}

static bool sizes(const guest_string_t *none, guest_string_t *result, wb_error *error) {
    guest_string_t sql = wb_str("SELECT path, size FROM files WHERE kind = 'file' ORDER BY path");
    workbooks_engine_vfs_list_value_t params = {NULL, 0};
    workbooks_engine_vfs_rows_t rows;
    (void)none;
    if (!workbooks_engine_vfs_query(&sql, &params, &rows, error)) return false;
    for (size_t i = 0; i < rows.rows.len; i++) {
        workbooks_engine_vfs_value_t *row = rows.rows.ptr[i].ptr;
        wb_add(result, "%.*s: %lld bytes\n", WB_TEXT(row[0].val.text), (long long)row[1].val.integer);
    }
    workbooks_engine_vfs_rows_free(&rows);
    return true;
}

WB_TOOLS({"note", "", "{}", note}, {"read", "", "{}", read}, {"sizes", "", "{}", sizes})
