// What a page says by date: news, notes, versions. Private to core/model/reflex.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/model/reflex/moment.h"
#include "core/model/reflex/page.h"

namespace soma::model::reflex {

struct DatedEntry {
  Date date;
  std::string title;  // a heading, or the line that the date begins
  std::string text;   // what stands below, at most kMaxDatedText bytes
  size_t place = 0;   // in reading order
  size_t sentences = 0;
};
inline constexpr size_t kMaxDatedText = 400;

// Headings with a date beside them, else lines that begin with a date; empty when fewer than two.
std::vector<DatedEntry> dated_entries(const Document& document);

// "The newest headline", "the oldest two posts", "list the headlines": nothing for another question.
std::optional<std::string> ask_dated(const Document& document, std::string_view question);

}  // namespace soma::model::reflex
