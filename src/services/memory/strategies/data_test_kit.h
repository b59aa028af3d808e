// Third-party data that the strategies are measured with, read where it is: $SOMA_DATA, else
// ../shared/data beside the source tree. Test code.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "base/json/json.h"
#include "services/memory/strategies/strategies.h"

namespace soma::memory::test {

// Knows nothing: each consolidation stands alone.
class RecordsOnPaper final : public KnownRecords {
 public:
  std::vector<Known> like(Place, std::string_view, size_t) const override { return {}; }
  std::vector<Known> about(Place, std::string_view) const override { return {}; }
};

struct Utterance {
  std::string id, person, text;
};

// A long conversation of two persons from LoCoMo.
struct Dialogue {
  std::vector<std::string> persons;
  std::vector<Utterance> turns;
  std::vector<Conversation> sessions;  // every turn as the user's
  std::set<std::string> evidence;      // ids of the turns that answer some question

  // The sessions with one person as the user and the other one as the assistant.
  std::vector<Conversation> sessions_of(const std::string& user) const;
};

std::vector<Dialogue> locomo();                           // empty when the data is not there
json::Value data_file(const std::string& relative_path);  // null when it is not there
// Names of the .json files of a folder, in order.
std::vector<std::string> data_files(const std::string& folder);

}  // namespace soma::memory::test
