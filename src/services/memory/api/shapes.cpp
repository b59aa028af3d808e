#include "services/memory/api/shapes.h"

#include <fmt/format.h>

namespace soma::memory::api {
namespace {

using json::Value;
using os::Result;

Result<std::string> checked(std::string_view text, const TextShape& shape, const char* member) {
  Faults faults;
  check_text(text, shape, member, faults);
  SOMA_TRY(faults.result());
  return std::string(text);
}

void check_entry(const MetadataEntry& entry, const std::string& path, Faults& faults) {
  check_text(entry.key, kMetadataKey, fmt::format("the key {}", path), faults);
  if (const auto* text = std::get_if<std::string>(&entry.value))
    check_text(*text, kMetadataText, path + ".stringValue", faults);
  if (const auto* texts = std::get_if<std::vector<std::string>>(&entry.value))
    for (const std::string& text : *texts) check_text(text, kMetadataText, path + ".stringListValue", faults);
}

MetadataFilter read_filter(const Value& element, Faults& faults, std::string path,
                           std::initializer_list<std::string_view> operators) {
  MetadataFilter filter;
  Members members(element, faults, std::move(path));
  Members left = members.object("left", kRequired);
  if (members.has("left")) filter.key = left.text("metadataKey", kRequired, kMetadataKey);
  left.done();
  filter.op = parse_metadata_operator(members.choice("operator", kRequired, operators))
                  .value_or(MetadataOperator::kExists);
  const bool has_value = filter.op != MetadataOperator::kExists && filter.op != MetadataOperator::kNotExists;
  Members right = members.object("right", has_value ? kRequired : kOptional);
  if (members.has("right") && has_value) {
    const Value& value = right.value("metadataValue", kRequired);
    auto read = metadata_value_from_json(value, "metadataValue");
    if (read)
      filter.value = std::move(*read);
    else if (!value.is_null())
      right.fault("metadataValue", read.error().message);
  } else if (members.has("right")) {
    members.fault("right", "must be absent: EXISTS and NOT_EXISTS compare with nothing");
  }
  right.has("metadataValue");
  right.done();
  members.done();
  return filter;
}

}  // namespace

Result<std::string> memory_id(std::string_view text) {
  SOMA_TRY(checked(text, kMemoryId, "memoryId"));
  return std::string(text.substr(text.rfind('/') + 1));
}
Result<std::string> actor_id(std::string_view text) {
  return checked(text, kActorId, "actorId");
}
Result<std::string> session_id(std::string_view text) {
  return checked(text, kSessionId, "sessionId");
}
Result<std::string> event_id(std::string_view text) {
  return checked(text, kEventId, "eventId");
}
Result<std::string> record_id(std::string_view text) {
  return checked(text, kRecordId, "memoryRecordId");
}

Result<> check_client_token(std::string_view text) {
  SOMA_TRY(checked(text, kClientToken, "clientToken"));
  return {};
}
Result<> check_namespace(std::string_view text) {
  if (!text.empty()) SOMA_TRY(checked(text, kNamespace, "namespace"));
  return {};
}

PageRequest read_page(Members& body, size_t most) {
  PageRequest page;
  if (const auto limit = body.integer("maxResults", kOptional, 1, static_cast<int64_t>(most)))
    page.limit = static_cast<size_t>(*limit);
  page.token = body.text("nextToken", kOptional, kPageToken);
  return page;
}

std::optional<std::string> read_template(Members& members) {
  auto older = members.only_text("namespaces", 1, kTemplate);
  auto newer = members.only_text("namespaceTemplates", 1, kTemplate);
  if (older && newer && *older != *newer)
    members.fault("namespaces", "must be absent, or say the same as namespaceTemplates");
  return newer ? newer : older;
}

std::vector<MetadataFilter> read_filters(Members& members, std::string_view member,
                                         std::initializer_list<std::string_view> operators) {
  std::vector<MetadataFilter> filters;
  for (const Value& element : members.list(member, kOptional, 1, kMaxMetadataFilters))
    filters.push_back(
        read_filter(element, members.faults(), members.path_of(member, filters.size()), operators));
  return filters;
}

Metadata read_metadata(Members& members, std::string_view member, size_t most) {
  const Value& given = members.value(member, kOptional);
  if (given.is_null()) return {};
  auto read = metadata_from_json(given, most);
  if (!read) {
    members.fault(member, read.error().message);
    return {};
  }
  for (const MetadataEntry& entry : *read)
    check_entry(entry, fmt::format("{}.{}", members.path_of(member), entry.key), members.faults());
  return std::move(*read);
}

Value time_json(os::Time time, Times times) {
  if (times == Times::kText) return os::format_time(time);
  constexpr int64_t kMillisecondsPerSecond = 1'000;
  const int64_t milliseconds = os::unix_ms(time);
  if (milliseconds % kMillisecondsPerSecond == 0) return milliseconds / kMillisecondsPerSecond;
  return static_cast<double>(milliseconds) / kMillisecondsPerSecond;
}

}  // namespace soma::memory::api
