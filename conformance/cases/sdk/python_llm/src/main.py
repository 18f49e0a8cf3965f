"""Asks the model of the policy."""

from workbooks import llm, tool


@tool
def complete(text: str):
    """What the model says."""
    message = llm.Message(llm.Role.USER, [llm.Part_Text(text)], None)
    done = llm.complete(llm.Request(None, [message], [], None, []))
    return [[part.value for part in done.message.content], done.stop.name, done.input_tokens]
