// From events to what strategies read: the messages of a conversation.
#pragma once

#include <vector>

#include "services/memory/memory_types.h"

namespace soma::memory {

// Of each payload that says something its turn, in order. What frameworks put into a message's text is
// unpacked: the Converse shape ({"role", "content": [{"text"} | {"toolUse"} | {"toolResult"}]}), by itself or
// as the member "message" (so Strands' session manager writes it), and soma's own for a call of a tool
// ({"tool", "arguments", "status", "result"}). Texts of documents are an assistant's words: nobody's own.
std::vector<Turn> turns_of(const Event& event);

// A turn's source: "<event id>/<index of the payload>", and its index again.
std::string source_of(std::string_view event_id, size_t index);
size_t index_of(std::string_view source);

}  // namespace soma::memory
