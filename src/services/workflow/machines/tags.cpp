#include "services/workflow/machines/tags.h"

#include <fmt/format.h>

#include <algorithm>

namespace soma::workflow {

Answered<std::vector<Tag>> with_tags(std::vector<Tag> tags, const std::vector<Tag>& more) {
  for (const Tag& tag : more) {
    const auto place = std::ranges::lower_bound(tags, tag.key, {}, &Tag::key);
    if (place != tags.end() && place->key == tag.key)
      place->value = tag.value;
    else
      tags.insert(place, tag);
  }
  if (tags.size() > kMaxTags)
    return refuse(error::kTooManyTags,
                  fmt::format("Too many tags: the resource would have {}; the limit is {} (kMaxTags)",
                              tags.size(), kMaxTags));
  return tags;
}

std::vector<Tag> without_tags(std::vector<Tag> tags, const std::vector<std::string>& keys) {
  std::erase_if(tags, [&](const Tag& tag) { return std::ranges::find(keys, tag.key) != keys.end(); });
  return tags;
}

json::Value tags_json(const std::vector<Tag>& tags) {
  json::Value list = json::Array{};
  for (const Tag& tag : tags) list.push_back(json::object({{"key", tag.key}, {"value", tag.value}}));
  return list;
}

std::vector<Tag> tags_from_json(const json::Value& list) {
  std::vector<Tag> tags;
  if (!list.is_array()) return tags;
  for (const json::Value& entry : list.as_array())
    tags.push_back(
        {std::string(entry.get("key").string_or("")), std::string(entry.get("value").string_or(""))});
  return tags;
}

}  // namespace soma::workflow
