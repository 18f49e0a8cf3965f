/* Requests of `net` and pages of `browse`. */
#include <string.h>

#include "dock.h"

bool get(char **words, failure *error) {
    workbooks_engine_net_header_t sent = { text("x-guest"), bytes("c") };
    workbooks_engine_net_request_t request = {
        .method = text(words[0]), .url = text(words[1]), .headers = { &sent, 1 },
    };
    if (words[2]) {
        request.credential.is_some = strcmp(words[2], "-") != 0;
        request.credential.val = text(words[2]);
        if (words[3]) request.body = bytes(words[3]);
    }
    workbooks_engine_net_own_response_t response;
    if (!workbooks_engine_net_fetch(&request, &response, error)) return false;

    workbooks_engine_net_borrow_response_t from = workbooks_engine_net_borrow_response(response);
    uint16_t status;
    workbooks_engine_net_list_header_t headers;
    workbooks_engine_net_own_input_stream_t body;
    if (!workbooks_engine_net_method_response_status(from, &status, error)) return false;
    if (!workbooks_engine_net_method_response_headers(from, &headers, error)) return false;
    if (!workbooks_engine_net_method_response_body(from, &body, error)) return false;
    say("%d\n", status);
    for (size_t i = 0; i < headers.len; i++) {
        workbooks_engine_net_header_t *header = &headers.ptr[i];
        if (header->name.len < 2 || memcmp(header->name.ptr, "x-", 2) != 0) continue;
        say("%.*s: %.*s\n", (int)header->name.len, (char *)header->name.ptr, (int)header->value.len,
            (char *)header->value.ptr);
    }
    workbooks_engine_net_list_header_free(&headers);
    say_all(body);
    workbooks_engine_net_response_drop_own(response);
    return true;
}

bool read_page(char **words, failure *error) {
    guest_string_t url = text(words[0]);
    workbooks_engine_browse_page_t page;
    if (!workbooks_engine_browse_fetch(&url, WORKBOOKS_ENGINE_BROWSE_FORMAT_TEXT, &page, error)) return false;
    say("%.*s\n%.*s\n", (int)page.title.len, (char *)page.title.ptr, (int)page.body.len, (char *)page.body.ptr);
    for (size_t i = 0; i < page.links.len; i++) {
        say("-> %.*s\n", (int)page.links.ptr[i].len, (char *)page.links.ptr[i].ptr);
    }
    workbooks_engine_browse_page_free(&page);
    return true;
}
