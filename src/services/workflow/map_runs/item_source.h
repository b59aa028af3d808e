// Where a distributed map's items come from: the state's input, one object, many objects, the list of them.
//
// A source gives one item after the other and holds no more in memory than the object it reads just now.
// Sources: "ItemReader (Map)" of the AWS Step Functions Developer Guide; recorded answers of the service.
#pragma once

#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json/json.h"
#include "services/workflow/definition/definition.h"
#include "services/workflow/engine/map_run.h"
#include "services/workflow/object_folder.h"

namespace soma::workflow {

inline constexpr size_t kMaxCsvHeaderBytes = 10u << 10;  // the service's limit
inline constexpr uint64_t kMaxReadItems = 100'000'000;   // likewise; MaxItems beyond it means all
inline constexpr std::string_view kItemReaderFailed = "States.ItemReaderFailed";

template <class T = void>
using Read = std::expected<T, engine::ItemFailure>;
std::unexpected<engine::ItemFailure> reading_failed(std::string cause);

// Blocking; one thread at a time.
class ItemSource {
 public:
  virtual ~ItemSource() = default;
  virtual Read<std::optional<engine::MapItem>> next() = 0;  // nothing: there are no more
};
using ItemSourcePtr = std::unique_ptr<ItemSource>;

// ReaderConfig, with its defaults.
struct ReaderConfig {
  std::string input_type = "JSON";  // CSV, JSON, JSONL, PARQUET, MANIFEST
  std::string manifest_type{};      // ATHENA_DATA, S3_INVENTORY
  bool flatten = false;             // Transformation LOAD_AND_FLATTEN
  char delimiter = ',';
  std::optional<std::vector<std::string>> headers{};  // nothing: the first row has them
  std::string items_pointer{};                        // RFC 6901
  bool takes_objects = false;                         // a JSON object's members are items as well
};
ReaderConfig read_reader_config(const json::Value& written, query::Language language);

// The elements of an array, the members of an object.
ItemSourcePtr value_source(json::Value items);
// The items in the text of one object. PARQUET is refused: soma reads text.
Read<ItemSourcePtr> text_source(std::string text, const ReaderConfig& config);
// Another's, which come from `address` (MapItem::source).
ItemSourcePtr located_source(ItemSourcePtr source, std::string address);
// At most so many of another's.
ItemSourcePtr first_items(ItemSourcePtr source, uint64_t count);

// A number of items that is configured, or that a path came to (there it may be text). Nothing: it is absent
// or 0. States.ItemReaderFailed: it is no number, or negative.
Read<std::optional<uint64_t>> read_count(const json::Value& value, std::string_view field);

// What an ItemReader reads: `arguments` are its Parameters or Arguments, `max_items` what its MaxItems came
// to (null: all). `objects` outlives the source.
Read<ItemSourcePtr> open_item_source(const ItemReader& reader, query::Language language,
                                     const json::Value& arguments, const json::Value& max_items,
                                     const ObjectFolder& objects);

}  // namespace soma::workflow
