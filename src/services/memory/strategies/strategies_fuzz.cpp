// Conversations of any bytes, as users, assistants and tools say them: facts and preferences of them are
// records within their limits, the same ones each time, and what was remembered is not remembered anew.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/json/json.h"
#include "base/os/text.h"
#include "services/memory/strategies/record_test_kit.h"
#include "services/memory/strategies/strategies.h"

using namespace soma;
using namespace soma::memory;

namespace {

// Turns are parted by zero bytes; the first byte of each says whose it is.
test::Talk talk_of(std::string_view bytes) {
  test::Talk talk;
  for (const std::string_view part : os::split(bytes, '\0')) {
    if (part.empty() || talk.turns.size() == kMaxConversationTurns) continue;
    const std::string text = os::to_valid_utf8(part.substr(1));
    const auto role = static_cast<Role>(static_cast<unsigned char>(part[0]) % 4);
    if (role == Role::kTool)
      talk.tool("tool", json::object({{"text", text}}), std::nullopt, text);
    else
      talk.add({.role = role, .text = text});
  }
  return talk;
}

void check(const Change& change) {
  if (change.text.empty() || change.text.size() > kMaxRecordTextBytes || !os::is_valid_utf8(change.text))
    abort();
  if (change.subject.empty() || change.sources.empty()) abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const test::Talk talk = talk_of(std::string_view(reinterpret_cast<const char*>(data), size));
  for (const StrategyType type : {StrategyType::kSemantic, StrategyType::kUserPreference}) {
    json::Value notes, other_notes;
    test::Records records, other_records;
    const auto changes = records.apply(strategy(type), talk.conversation(), notes);
    const auto again = other_records.apply(strategy(type), talk.conversation(), other_notes);
    if (changes.size() > kMaxChanges || changes.size() != again.size() || notes != other_notes) abort();
    for (size_t i = 0; i < changes.size(); ++i)
      if (changes[i].text != again[i].text) abort();
    for (const Change& change : changes) check(change);
    for (const Change& change : records.apply(strategy(type), talk.conversation(), notes)) check(change);
    if (json::write(notes).size() > kMaxNotesBytes) abort();
  }
  return 0;
}
