// Items in one object's text: CSV, JSON, JSON Lines.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "services/workflow/map_runs/csv_reader.h"
#include "services/workflow/map_runs/item_source.h"

namespace soma::workflow {
namespace {

using json::Value;
using Item = std::optional<engine::MapItem>;

class ValueSource final : public ItemSource {
 public:
  explicit ValueSource(Value items) : items_(std::move(items)) {}
  Read<Item> next() override {
    if (at_ >= items_.size()) return Item();
    return engine::item_at(items_, at_++);
  }

 private:
  Value items_;
  size_t at_ = 0;
};

class LocatedItems final : public ItemSource {
 public:
  LocatedItems(ItemSourcePtr source, std::string address)
      : source_(std::move(source)), address_(std::move(address)) {}
  Read<Item> next() override {
    SOMA_ASSIGN(Item item, source_->next());
    if (item) item->source = address_;
    return item;
  }

 private:
  ItemSourcePtr source_;
  const std::string address_;
};

class FirstItems final : public ItemSource {
 public:
  FirstItems(ItemSourcePtr source, uint64_t count) : source_(std::move(source)), left_(count) {}
  Read<Item> next() override {
    if (left_ == 0) return Item();
    --left_;
    return source_->next();
  }

 private:
  ItemSourcePtr source_;
  uint64_t left_;
};

// Each row as an object: fields that are missing are empty, those without a header are left out.
class CsvSource final : public ItemSource {
 public:
  CsvSource(std::string text, char delimiter) : text_(std::move(text)), reader_(text_, delimiter) {}

  Read<bool> take_headers(const std::optional<std::vector<std::string>>& given) {
    headers_ = given ? *given : reader_.next().value_or(std::vector<std::string>());
    // Before they are compared: what is no UTF-8 becomes the same replacement everywhere.
    for (std::string& header : headers_) header = os::to_valid_utf8(header);
    size_t bytes = 0;
    for (const std::string& header : headers_) bytes += header.size() + 1;
    if (bytes > kMaxCsvHeaderBytes)
      return reading_failed(
          fmt::format("The CSV headers have {} bytes; {} are allowed.", bytes, kMaxCsvHeaderBytes));
    std::vector<std::string> sorted = headers_;
    std::ranges::sort(sorted);
    if (std::ranges::adjacent_find(sorted) != sorted.end())
      return reading_failed("CSV headers cannot contain duplicates.");
    return true;
  }

  Read<Item> next() override {
    std::optional<std::vector<std::string>> row = reader_.next();
    if (!row) return Item();
    row->resize(headers_.size());
    json::Object item;
    for (size_t column = 0; column < headers_.size(); ++column)
      item.emplace_back(headers_[column], os::to_valid_utf8((*row)[column]));
    return engine::MapItem{.value = std::move(item)};
  }

 private:
  const std::string text_;
  CsvReader reader_;
  std::vector<std::string> headers_;
};

class JsonLinesSource final : public ItemSource {
 public:
  explicit JsonLinesSource(std::string text) : text_(std::move(text)) {}
  Read<Item> next() override {
    while (at_ < text_.size()) {
      const size_t end = std::min(text_.find('\n', at_), text_.size());
      const std::string_view line = os::trim(std::string_view(text_).substr(at_, end - at_));
      at_ = end + 1;
      ++line_;
      if (line.empty()) continue;
      os::Result<Value> value = json::parse(line);
      if (value) return engine::MapItem{.value = std::move(*value)};
      return reading_failed(fmt::format("Line {} is not valid JSON: {}", line_, value.error().message));
    }
    return Item();
  }

 private:
  const std::string text_;
  size_t at_ = 0, line_ = 0;
};

Read<ItemSourcePtr> json_source(const std::string& text, const ReaderConfig& config) {
  os::Result<Value> whole = json::parse(text, {.max_bytes = kMaxObjectBytes});
  if (!whole) return reading_failed("The object is not valid JSON: " + whole.error().message);
  const Value* items = config.items_pointer.empty() ? &*whole : whole->pointer(config.items_pointer);
  if (items == nullptr)
    return reading_failed(
        fmt::format("ItemsPointer '{}' leads nowhere in the object.", config.items_pointer));
  if (!items->is_array() && !(items->is_object() && config.takes_objects))
    return reading_failed("Attempting to map over non-iterable node.");
  return value_source(*items);
}

struct Delimiter {
  std::string_view name;
  char character;
};
constexpr std::array<Delimiter, 5> kDelimiters{
    {{"COMMA", ','}, {"PIPE", '|'}, {"SEMICOLON", ';'}, {"SPACE", ' '}, {"TAB", '\t'}}};

}  // namespace

std::unexpected<engine::ItemFailure> reading_failed(std::string cause) {
  return std::unexpected(engine::ItemFailure{std::string(kItemReaderFailed), std::move(cause)});
}

ReaderConfig read_reader_config(const Value& written, query::Language language) {
  ReaderConfig config;
  config.input_type = written.get("InputType").string_or("JSON");
  config.manifest_type = written.get("ManifestType").string_or("");
  config.flatten = written.get("Transformation").string_or("NONE") == "LOAD_AND_FLATTEN";
  const auto* delimiter =
      std::ranges::find(kDelimiters, written.get("CSVDelimiter").string_or("COMMA"), &Delimiter::name);
  if (delimiter != kDelimiters.end()) config.delimiter = delimiter->character;
  if (written.get("CSVHeaderLocation").string_or("FIRST_ROW") == "GIVEN") {
    config.headers.emplace();
    for (size_t at = 0; at < written.get("CSVHeaders").size(); ++at)
      config.headers->emplace_back(written.get("CSVHeaders").at(at).string_or(""));
  }
  config.items_pointer = written.get("ItemsPointer").string_or("");
  config.takes_objects = !config.items_pointer.empty() || language == query::Language::kJsonata;
  return config;
}

ItemSourcePtr value_source(Value items) {
  return std::make_unique<ValueSource>(std::move(items));
}

ItemSourcePtr located_source(ItemSourcePtr source, std::string address) {
  return std::make_unique<LocatedItems>(std::move(source), std::move(address));
}

ItemSourcePtr first_items(ItemSourcePtr source, uint64_t count) {
  return std::make_unique<FirstItems>(std::move(source), count);
}

Read<ItemSourcePtr> text_source(std::string text, const ReaderConfig& config) {
  if (config.input_type == "CSV") {
    auto source = std::make_unique<CsvSource>(std::move(text), config.delimiter);
    SOMA_ASSIGN([[maybe_unused]] const bool taken, source->take_headers(config.headers));
    return source;
  }
  if (config.input_type == "JSONL") return std::make_unique<JsonLinesSource>(std::move(text));
  if (config.input_type == "JSON") return json_source(text, config);
  return reading_failed(
      fmt::format("soma does not read InputType {}: give it CSV, JSON or JSONL.", config.input_type));
}

}  // namespace soma::workflow
