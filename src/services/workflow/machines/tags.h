// Tags of machines and activities: sorted by key, each key once.
#pragma once

#include <string>
#include <vector>

#include "base/json/json.h"
#include "services/workflow/errors.h"

namespace soma::workflow {

inline constexpr size_t kMaxTags = 50;  // of one resource

struct Tag {
  std::string key, value;
  friend bool operator==(const Tag&, const Tag&) = default;
};

// `more` over `tags`: a key that is there already gets the new value. TooManyTags past kMaxTags.
Answered<std::vector<Tag>> with_tags(std::vector<Tag> tags, const std::vector<Tag>& more);
std::vector<Tag> without_tags(std::vector<Tag> tags, const std::vector<std::string>& keys);

// [{"key", "value"}], as the API and the journal spell them.
json::Value tags_json(const std::vector<Tag>& tags);
std::vector<Tag> tags_from_json(const json::Value& list);

}  // namespace soma::workflow
