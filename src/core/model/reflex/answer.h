// Answers taken out of documents: nothing is invented, each sentence stood in a source. Private to
// core/model/reflex.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/model/reflex/page.h"

namespace soma::model::reflex {

struct Answer {
  std::string text;
  const Document* source = nullptr;
  double confidence = 0;  // 0 to 1
};

// The best answer in all documents: a table's exact one, else the best sentences by BM25. Nothing below
// kMinConfidence.
inline constexpr double kMinConfidence = 0.45;
std::optional<Answer> answer_question(std::span<const Document* const> documents, std::string_view question);

// The sentence nearest to the question when nothing answers it; nothing when all are far.
std::optional<Answer> nearest_passage(std::span<const Document* const> documents, std::string_view question);

// What a reader sees: title, first text, headings, tables, forms, links. Bounded.
std::string describe(const Document& document);

}  // namespace soma::model::reflex
