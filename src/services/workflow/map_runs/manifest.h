// What names the objects that a distributed map reads: the manifest of an Athena UNLOAD, and of an inventory.
// Sources: "ItemReader (Map)" of the AWS Step Functions Developer Guide; "Amazon S3 Inventory" of the S3 one.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "services/workflow/map_runs/item_source.h"

namespace soma::workflow {

inline constexpr size_t kMaxManifestFiles = 10'000;  // data files of one manifest

struct ObjectPlace {
  std::string bucket, key;

  std::string address() const;  // "S3://bucket/key": MapItem::source
};

// One s3:// address on each line. States.ItemReaderFailed, here and below: that is no manifest, or it names
// more than kMaxManifestFiles.
Read<std::vector<ObjectPlace>> read_athena_manifest(std::string_view text);

struct Inventory {
  std::vector<ObjectPlace> files;    // CSV
  std::vector<std::string> columns;  // of each
};
// A manifest.json, which stands at `place`.
Read<Inventory> read_inventory_manifest(std::string_view text, const ObjectPlace& place);

}  // namespace soma::workflow
