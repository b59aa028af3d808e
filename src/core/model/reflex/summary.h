// A summary made of a document's own sentences. Private to core/model/reflex.
#pragma once

#include <string>
#include <string_view>

#include "core/model/reflex/page.h"

namespace soma::model::reflex {

// How many sentences a request wants: "in 3 sentences", "in one line"; 0 when it does not say.
size_t wanted_sentences(std::string_view request);
bool wants_points(std::string_view request);

inline constexpr size_t kUsualSentences = 4, kMaxSentences = 20;
// The `count` sentences that share most words with the rest, in reading order; empty for a page without text.
std::string summarize(const Document& document, size_t count, bool points);

}  // namespace soma::model::reflex
