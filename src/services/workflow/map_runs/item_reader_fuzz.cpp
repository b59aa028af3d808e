// Any bytes as what a distributed map reads: compressed data, CSV, JSON, JSON Lines, manifests, a reader's
// configuration. The first byte chooses; what must hold is asserted.
#include <array>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string>
#include <string_view>

#include "base/aws/aws.h"
#include "services/workflow/map_runs/csv_reader.h"
#include "services/workflow/map_runs/gunzip.h"
#include "services/workflow/map_runs/item_source.h"
#include "services/workflow/map_runs/manifest.h"

using namespace soma;
using namespace soma::workflow;

namespace {

constexpr size_t kMaxUncompressed = 1u << 20;
constexpr size_t kMaxStoredBlock = 0xFFFF;  // RFC 1951 3.2.4

void require(bool holds) {
  if (!holds) abort();
}

void append_number(std::string& bytes, size_t number, int size) {
  for (int byte = 0; byte < size; ++byte) bytes += static_cast<char>(number >> (8 * byte));
}

// One member of one block that is not compressed.
std::string stored(std::string_view text) {
  std::string bytes = std::string("\x1F\x8B\x08\0\0\0\0\0\0\xFF\1", 11);
  append_number(bytes, text.size(), 2);
  append_number(bytes, ~text.size(), 2);
  bytes += text;
  append_number(bytes, aws::crc32(text), 4);
  append_number(bytes, text.size(), 4);
  return bytes;
}

void fuzz_gunzip(std::string_view bytes) {
  if (const auto text = gunzip(bytes, kMaxUncompressed)) {
    require(text->size() <= kMaxUncompressed);
    if (!text->empty()) require(!gunzip(bytes, text->size() - 1));
  }
  const std::string_view block = bytes.substr(0, kMaxStoredBlock);
  const std::string whole = stored(block);
  const auto text = gunzip(whole + whole, kMaxUncompressed);
  require(text && *text == std::string(block) + std::string(block));
  require(!gunzip(std::string_view(whole).substr(0, whole.size() - 1), kMaxUncompressed));
}

using Rows = std::vector<std::vector<std::string>>;

Rows rows_of(std::string_view text, char delimiter) {
  CsvReader reader(text, delimiter);
  Rows rows;
  while (auto row = reader.next()) rows.push_back(std::move(*row));
  return rows;
}

std::string written(const Rows& rows, char delimiter) {
  std::string text;
  for (const auto& row : rows) {
    for (size_t column = 0; column < row.size(); ++column) {
      if (column > 0) text += delimiter;
      text += '"';
      for (const char byte : row[column]) text += std::string(byte == '"' || byte == '\\' ? 2 : 1, byte);
      text += '"';
    }
    text += '\n';
  }
  return text;
}

// Rows that are written with every field in quotes are the same rows.
void fuzz_csv(std::string_view bytes, char delimiter) {
  const Rows rows = rows_of(bytes, delimiter);
  for (const auto& row : rows) require(!row.empty());
  require(rows_of(written(rows, delimiter), delimiter) == rows);
}

// All items, or a failure that has its reason.
void read_all(std::string_view text, const ReaderConfig& config) {
  Read<ItemSourcePtr> source = text_source(std::string(text), config);
  if (!source) return require(!source.error().cause.empty());
  for (size_t count = 0;; ++count) {
    require(count <= text.size());
    const auto item = (*source)->next();
    if (!item) return require(item.error().error == kItemReaderFailed);
    if (!*item) break;
    require(json::parse(json::write((*item)->input())).has_value());
  }
  require(!(*source)->next()->has_value());
}

// Wherever a manifest leads, it does not lead out of the folder.
void check_places(const std::vector<ObjectPlace>& places) {
  static const ObjectFolder objects("/objects");
  require(places.size() <= kMaxManifestFiles);
  for (const ObjectPlace& place : places) {
    const auto path = objects.path_of(place.bucket, place.key);
    if (path) require(path->starts_with("/objects/") && !(*path + "/").contains("/../"));
  }
}

// Takes what stands before the next line end, as text that JSON can hold.
std::string take_line(std::string_view& bytes) {
  const size_t end = std::min(bytes.find('\n'), bytes.size());
  std::string line = os::to_valid_utf8(bytes.substr(0, end));
  bytes.remove_prefix(std::min(end + 1, bytes.size()));
  return line;
}

// As they are, and a line for each text in the manifest of an inventory.
void fuzz_manifests(std::string_view bytes) {
  if (const auto places = read_athena_manifest(bytes)) check_places(*places);
  if (const auto inventory = read_inventory_manifest(bytes, {"b", "k"})) check_places(inventory->files);
  json::Value manifest = json::object({{"destinationBucket", take_line(bytes)}});
  manifest.set("fileSchema", take_line(bytes));
  json::Value files = json::Array{};
  while (!bytes.empty()) files.push_back(json::object({{"key", take_line(bytes)}}));
  const size_t named = files.size();
  manifest.set("files", std::move(files));
  const auto inventory = read_inventory_manifest(json::write(manifest), {"b", "k"});
  require(inventory.has_value() == (named <= kMaxManifestFiles));
  if (!inventory) return;
  require(inventory->files.size() == named);
  check_places(inventory->files);
}

// A configuration on the first lines, the text that it is for on the others.
void fuzz_configuration(std::string_view bytes) {
  const std::string choices = take_line(bytes) + "    ";
  const auto choose = [&](size_t at, std::span<const char* const> words) {
    return words[static_cast<unsigned char>(choices[at]) % words.size()];
  };
  constexpr std::array kTypes{"CSV", "JSON", "JSONL", "PARQUET"};
  constexpr std::array kDelimiters{"COMMA", "PIPE", "SEMICOLON", "SPACE", "TAB", "NONE"};
  constexpr std::array kLocations{"FIRST_ROW", "GIVEN"};
  json::Value written = json::object({{"InputType", choose(0, kTypes)},
                                      {"CSVDelimiter", choose(1, kDelimiters)},
                                      {"CSVHeaderLocation", choose(2, kLocations)}});
  const std::string headers = take_line(bytes);
  json::Value columns = json::Array{};
  for (const std::string_view column : os::split(headers, ',')) columns.push_back(column);
  written.set("CSVHeaders", std::move(columns));
  written.set("ItemsPointer", take_line(bytes));
  const auto count = read_count(headers, "MaxItems");
  require(!count || count->value_or(1) > 0);
  for (const auto language : {query::Language::kJsonPath, query::Language::kJsonata})
    read_all(bytes, read_reader_config(written, language));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0] % 6) {
    case 0:
      fuzz_gunzip(bytes);
      break;
    case 1:
      fuzz_csv(bytes, ",|; \t"[data[0] / 6 % 5]);
      break;
    case 2:
      read_all(bytes, {.input_type = "JSON", .takes_objects = data[0] >= 128});
      break;
    case 3:
      read_all(bytes, {.input_type = "JSONL"});
      break;
    case 4:
      fuzz_manifests(bytes);
      break;
    default:
      fuzz_configuration(bytes);
  }
  return 0;
}
