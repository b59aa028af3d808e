#include "services/workflow/state_tester/item_reader_data.h"

#include <fmt/format.h>

#include <array>
#include <vector>

#include "base/os/os.h"

namespace soma::workflow::state_tester {
namespace {

using json::Value;
using os::Code;
using os::Result;

Result<ItemData> read_json(std::string_view data, const Value& config) {
  SOMA_ASSIGN(const Value whole, json::parse(data));
  ItemData read;
  const Value* chosen = &whole;
  if (const Value& pointer = config.get("ItemsPointer"); pointer.is_string()) {
    chosen = whole.pointer(pointer.as_string());
    if (chosen == nullptr)
      return os::fail(Code::kInvalidArgument,
                      fmt::format("nothing is at ItemsPointer {}", pointer.as_string()));
    read.pointed_at = json::write(*chosen);
  }
  if (chosen->is_array()) {
    read.items = *chosen;
    return read;
  }
  if (!chosen->is_object()) return os::fail(Code::kInvalidArgument, "it is neither an array nor an object");
  read.items = json::Array();
  for (const auto& [key, value] : chosen->as_object())
    read.items.push_back(json::object({{"Key", key}, {"Value", value}}));
  return read;
}

Result<ItemData> read_lines(std::string_view data) {
  ItemData read{.items = json::Array()};
  for (const std::string_view line : os::split(data, '\n')) {
    if (os::trim(line).empty()) continue;
    SOMA_ASSIGN(Value item, json::parse(line));
    read.items.push_back(std::move(item));
  }
  return read;
}

using Row = std::vector<std::string>;

// RFC 4180: fields may be quoted, a quote inside is written twice.
std::vector<Row> rows_of(std::string_view data, char delimiter) {
  std::vector<Row> rows;
  Row row(1);
  bool quoted = false, any = false;
  for (size_t at = 0; at < data.size(); ++at) {
    const char c = data[at];
    if (quoted && c == '"' && at + 1 < data.size() && data[at + 1] == '"') {
      row.back() += data[++at];
    } else if (c == '"') {
      quoted = !quoted;
    } else if (!quoted && c == delimiter) {
      row.emplace_back();
    } else if (!quoted && c == '\n') {
      if (any) rows.push_back(std::move(row));
      row = Row(1);
      any = false;
      continue;
    } else if (c != '\r' || quoted) {
      row.back() += c;
    }
    any = any || c != '\r';
  }
  if (any) rows.push_back(std::move(row));
  return rows;
}

char delimiter_of(const Value& config) {
  static constexpr std::array<std::pair<std::string_view, char>, 5> kDelimiters{
      {{"COMMA", ','}, {"PIPE", '|'}, {"SEMICOLON", ';'}, {"SPACE", ' '}, {"TAB", '\t'}}};
  const std::string_view name = config.get("CSVDelimiter").string_or("COMMA");
  for (const auto& [known, delimiter] : kDelimiters)
    if (known == name) return delimiter;
  return ',';
}

Result<ItemData> read_csv(std::string_view data, const Value& config) {
  std::vector<Row> rows = rows_of(data, delimiter_of(config));
  Row header;
  if (config.get("CSVHeaderLocation").string_or("") == "GIVEN") {
    for (const Value& name : config.get("CSVHeaders").as_array()) header.emplace_back(name.string_or(""));
  } else if (!rows.empty()) {
    header = std::move(rows.front());
    rows.erase(rows.begin());
  }
  ItemData read{.items = json::Array()};
  for (const Row& row : rows) {
    Value item = json::Object();
    for (size_t column = 0; column < header.size(); ++column)
      item.set(header[column], column < row.size() ? row[column] : std::string());
    read.items.push_back(std::move(item));
  }
  return read;
}

}  // namespace

Result<ItemData> read_item_data(std::string_view data, const Value& reader_config) {
  const std::string_view type = reader_config.get("InputType").string_or("JSON");
  Result<ItemData> read = type == "CSV"     ? read_csv(data, reader_config)
                          : type == "JSONL" ? read_lines(data)
                                            : read_json(data, reader_config);
  if (!read) return os::fail(Code::kInvalidArgument, "MapItemReaderData: " + read.error().to_string());
  return read;
}

}  // namespace soma::workflow::state_tester
