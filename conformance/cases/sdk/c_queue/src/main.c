/* Publishes a message, receives it, and acknowledges it. */
#include "workbooks.h"

static bool send(const guest_string_t *body, guest_string_t *result, wb_error *error) {
    guest_string_t queue = wb_str("jobs");
    guest_list_u8_t bytes = {body->ptr, body->len};
    uint64_t depth;
    if (!workbooks_engine_queue_publish(&queue, &bytes, error)) return false;
    if (!workbooks_engine_queue_depth(&queue, &depth, error)) return false;
    wb_add(result, "%llu waiting", (unsigned long long)depth);
    return true;
}

static bool work(const guest_string_t *none, guest_string_t *result, wb_error *error) {
    guest_string_t queue = wb_str("jobs");
    workbooks_engine_queue_list_message_t messages;
    (void)none;
    if (!workbooks_engine_queue_receive(&queue, 60000, 10, &messages, error)) return false;
    for (size_t i = 0; i < messages.len; i++) {
        workbooks_engine_queue_message_t *message = &messages.ptr[i];
        wb_add(result, "%.*s (attempt %u)\n", WB_TEXT(message->body), message->attempts);
        if (!workbooks_engine_queue_acknowledge(&queue, &message->receipt, error)) return false;
    }
    workbooks_engine_queue_list_message_free(&messages);
    return true;
}

WB_TOOLS({"send", "", "{}", send}, {"work", "", "{}", work})
