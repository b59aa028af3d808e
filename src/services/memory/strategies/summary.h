// Summaries of a session: a record for each of its topics, made of its own sentences.
//
//   <topic name="Broken Window, Tool Marks">
//   user: Examine the broken window for tool marks.
//   assistant: The frame is wiped clean and the glass lies outside.
//   tools: examine_evidence (2)
//   </topic>
//
// The subject of a record is "topic/<session>/<source of the topic's first turn>". The last topic of a
// session is open: its record is rewritten as it grows. A topic that was left is never rewritten. Because a
// topic's beginning is judged by what is before it, a conversation that arrives turn by turn ends with the
// same records as one that arrives at once. Greetings and other stretches that say nothing make no record.
#pragma once

#include "services/memory/strategies/strategies.h"

namespace soma::memory {

inline constexpr size_t kMaxSummaryBytes = 1'200;   // of a topic's sentences
inline constexpr size_t kSummaryShare = 5;          // one part in so many of what the topic's turns say
inline constexpr size_t kMaxSummarySentence = 300;  // bytes; a longer one is cut

const Strategy& summary_strategy();

}  // namespace soma::memory
