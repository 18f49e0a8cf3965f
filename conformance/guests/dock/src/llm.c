/* One question for the model of `llm`. */
#include "dock.h"

bool complete(char **words, failure *error) {
    workbooks_engine_llm_part_t part = { .tag = WORKBOOKS_ENGINE_LLM_PART_TEXT, .val.text = text(words[0]) };
    workbooks_engine_llm_message_t message = { .role = WORKBOOKS_ENGINE_LLM_ROLE_USER, .content = { &part, 1 } };
    workbooks_engine_llm_tool_spec_t tool = {
        text("clock"), text("Says what time it is."), text("{\"type\":\"object\",\"properties\":{}}"),
    };
    workbooks_engine_llm_request_t request = { .messages = { &message, 1 }, .tools = { &tool, 1 } };
    workbooks_engine_llm_completion_t done;
    if (!workbooks_engine_llm_complete(&request, &done, error)) return false;
    for (size_t i = 0; i < done.message.content.len; i++) {
        workbooks_engine_llm_part_t *said = &done.message.content.ptr[i];
        if (said->tag == WORKBOOKS_ENGINE_LLM_PART_TEXT) {
            say("%.*s\n", (int)said->val.text.len, (char *)said->val.text.ptr);
        } else if (said->tag == WORKBOOKS_ENGINE_LLM_PART_TOOL_CALL) {
            workbooks_engine_llm_tool_call_t *call = &said->val.tool_call;
            say("call %.*s: %.*s %.*s\n", (int)call->id.len, (char *)call->id.ptr, (int)call->name.len,
                (char *)call->name.ptr, (int)call->arguments.len, (char *)call->arguments.ptr);
        }
    }
    say("stop %d, %llu tokens in, %llu out\n", done.stop, done.input_tokens, done.output_tokens);
    workbooks_engine_llm_completion_free(&done);
    return true;
}
