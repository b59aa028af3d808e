// Items of objects: their list, what is in one of them, in all of them, in those a manifest names.
#include <fmt/format.h>

#include <deque>

#include "services/workflow/map_runs/gunzip.h"
#include "services/workflow/map_runs/item_source.h"
#include "services/workflow/map_runs/manifest.h"

namespace soma::workflow {
namespace {

using json::Value;
using Item = std::optional<engine::MapItem>;

// The object's text, uncompressed.
Read<std::string> text_of(const ObjectFolder& objects, const ObjectPlace& place) {
  os::Result<Object> object = objects.get(place.bucket, place.key);
  if (!object)
    return reading_failed(
        fmt::format("s3://{}/{} cannot be read: {}", place.bucket, place.key, object.error().message));
  if (!is_gzip(object->bytes)) return std::move(object->bytes);
  os::Result<std::string> text = gunzip(object->bytes, kMaxObjectBytes);
  if (!text)
    return reading_failed(
        fmt::format("s3://{}/{} cannot be read: {}", place.bucket, place.key, text.error().message));
  return std::move(*text);
}

Read<ItemSourcePtr> object_source(const ObjectFolder& objects, const ObjectPlace& place,
                                  const ReaderConfig& config) {
  SOMA_ASSIGN(std::string text, text_of(objects, place));
  SOMA_ASSIGN(ItemSourcePtr source, text_source(std::move(text), config));
  return located_source(std::move(source), place.address());
}

// The objects of a bucket in the order of their keys, page by page.
class ListSource final : public ItemSource {
 public:
  ListSource(const ObjectFolder& objects, const Value& arguments)
      : objects_(objects),
        bucket_(arguments.get("Bucket").string_or("")),
        prefix_(arguments.get("Prefix").string_or("")),
        after_(arguments.get("StartAfter").string_or("")) {}

  const std::string& bucket() const { return bucket_; }
  Read<std::optional<ObjectInfo>> next_info() {
    if (page_.empty() && more_) {
      os::Result<ObjectPage> page = objects_.list(bucket_, prefix_, after_, kMaxListedObjects);
      if (!page)
        return reading_failed(fmt::format("s3://{} cannot be listed: {}", bucket_, page.error().message));
      more_ = page->more;
      page_.assign(page->objects.begin(), page->objects.end());
      if (!page_.empty()) after_ = page_.back().key;
    }
    if (page_.empty()) return std::optional<ObjectInfo>();
    std::optional<ObjectInfo> info = std::move(page_.front());
    page_.pop_front();
    return info;
  }

  Read<Item> next() override {
    SOMA_ASSIGN(const std::optional<ObjectInfo> info, next_info());
    if (!info) return Item();
    const os::Result<Object> object = objects_.get(bucket_, info->key);
    if (!object)
      return reading_failed(
          fmt::format("s3://{}/{} cannot be read: {}", bucket_, info->key, object.error().message));
    Value told = json::object({{"Etag", fmt::format("\"{}\"", object->etag())},
                               {"LastModified", os::unix_ms(info->modified) / 1000},
                               {"Key", info->key},
                               {"Size", info->size},
                               {"StorageClass", "STANDARD"}});
    return engine::MapItem{.value = std::move(told), .source = "S3://" + bucket_};
  }

 private:
  const ObjectFolder& objects_;
  const std::string bucket_, prefix_;
  std::string after_;
  std::deque<ObjectInfo> page_;
  bool more_ = true;
};

// What is in one object after the other.
class ChainSource : public ItemSource {
 public:
  ChainSource(const ObjectFolder& objects, ReaderConfig config)
      : objects_(objects), config_(std::move(config)) {}
  Read<Item> next() final {
    for (;;) {
      if (!now_) {
        SOMA_ASSIGN(const std::optional<ObjectPlace> place, next_object());
        if (!place) return Item();
        SOMA_ASSIGN(now_, object_source(objects_, *place, config_));
      }
      SOMA_ASSIGN(Item item, now_->next());
      if (item) return item;
      now_.reset();
    }
  }

 protected:
  virtual Read<std::optional<ObjectPlace>> next_object() = 0;

 private:
  const ObjectFolder& objects_;
  const ReaderConfig config_;
  ItemSourcePtr now_;
};

class FlattenedList final : public ChainSource {
 public:
  FlattenedList(const ObjectFolder& objects, const Value& arguments, ReaderConfig config)
      : ChainSource(objects, std::move(config)), list_(objects, arguments) {}

 private:
  Read<std::optional<ObjectPlace>> next_object() override {
    SOMA_ASSIGN(std::optional<ObjectInfo> info, list_.next_info());
    if (!info) return std::optional<ObjectPlace>();
    return ObjectPlace{list_.bucket(), std::move(info->key)};
  }
  ListSource list_;
};

class NamedObjects final : public ChainSource {
 public:
  NamedObjects(const ObjectFolder& objects, std::vector<ObjectPlace> places, ReaderConfig config)
      : ChainSource(objects, std::move(config)), places_(std::move(places)) {}

 private:
  Read<std::optional<ObjectPlace>> next_object() override {
    if (at_ == places_.size()) return std::optional<ObjectPlace>();
    return places_[at_++];
  }
  const std::vector<ObjectPlace> places_;
  size_t at_ = 0;
};

Read<ItemSourcePtr> reader_source(const ItemReader& reader, const ReaderConfig& config,
                                  const Value& arguments, const ObjectFolder& objects) {
  if (reader.resource.ends_with(":listObjectsV2")) {
    if (config.flatten) return std::make_unique<FlattenedList>(objects, arguments, config);
    return std::make_unique<ListSource>(objects, arguments);
  }
  const ObjectPlace place{std::string(arguments.get("Bucket").string_or("")),
                          std::string(arguments.get("Key").string_or(""))};
  const bool inventory = config.input_type == "MANIFEST" || config.manifest_type == "S3_INVENTORY";
  if (!inventory && config.manifest_type.empty()) return object_source(objects, place, config);
  SOMA_ASSIGN(const std::string manifest, text_of(objects, place));
  if (!inventory) {
    SOMA_ASSIGN(std::vector<ObjectPlace> files, read_athena_manifest(manifest));
    return std::make_unique<NamedObjects>(objects, std::move(files), config);
  }
  SOMA_ASSIGN(Inventory named, read_inventory_manifest(manifest, place));
  ReaderConfig rows{.input_type = "CSV"};
  rows.headers = std::move(named.columns);
  return std::make_unique<NamedObjects>(objects, std::move(named.files), std::move(rows));
}

}  // namespace

Read<std::optional<uint64_t>> read_count(const Value& value, std::string_view field) {
  if (value.is_null()) return std::optional<uint64_t>();
  Value number = value;
  if (value.is_string()) number = json::parse(value.as_string()).value_or(Value());
  if (!number.is_integer()) return reading_failed(fmt::format("field {} must be an integer", field));
  if (number.type() == json::Type::kInt && number.as_int() < 0)
    return reading_failed(fmt::format("field {} must be positive", field));
  if (number.as_uint() == 0) return std::optional<uint64_t>();
  return number.as_uint();
}

Read<ItemSourcePtr> open_item_source(const ItemReader& reader, query::Language language,
                                     const Value& arguments, const Value& max_items,
                                     const ObjectFolder& objects) {
  SOMA_ASSIGN(const std::optional<uint64_t> limit, read_count(max_items, "MaxItems"));
  const ReaderConfig config = read_reader_config(reader.reader_config, language);
  SOMA_ASSIGN(ItemSourcePtr source, reader_source(reader, config, arguments, objects));
  if (limit.value_or(kMaxReadItems + 1) > kMaxReadItems) return source;
  return first_items(std::move(source), *limit);
}

}  // namespace soma::workflow
