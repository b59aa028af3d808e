#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include <fmt/format.h>
#include "services/memory/strategies/data_test_kit.h"

namespace soma::memory::test {
namespace {

std::filesystem::path root() {
  const char* given = std::getenv("SOMA_DATA");
  return given != nullptr ? given : SOMA_SOURCE_DIR "/../shared/data";
}

// "1:56 pm on 8 May, 2023"
os::Time time_of(std::string_view text) {
  constexpr std::string_view months[] = {"January",   "February", "March",    "April",
                                         "May",       "June",     "July",     "August",
                                         "September", "October",  "November", "December"};
  int hour = 0, minute = 0, day = 0, year = 0;
  char half[3] = {}, month[16] = {};
  if (std::sscanf(std::string(text).c_str(), "%d:%d %2s on %d %15[A-Za-z], %d", &hour, &minute, half, &day,
                  month, &year) != 6)
    return {};
  const auto place =
      std::find(std::begin(months), std::end(months), std::string_view(month)) - std::begin(months);
  const int of_day = hour % 12 + (half[0] == 'p' ? 12 : 0);
  return os::parse_time(
             fmt::format("{}-{:02}-{:02}T{:02}:{:02}:00.000Z", year, place + 1, day, of_day, minute))
      .value();
}

// The ids of an evidence list, repaired: joined with ";" or spaces, "D30:05".
void add_evidence(std::string_view text, std::set<std::string>& ids) {
  size_t session = 0, turn = 0;
  for (size_t at = 0; at < text.size(); ++at)
    if (text[at] == 'D' &&
        std::sscanf(std::string(text.substr(at)).c_str(), "D%zu:%zu", &session, &turn) == 2)
      ids.insert(fmt::format("D{}:{}", session, turn));
}

void read_session(const json::Value& turns, os::Time at, Dialogue& dialogue) {
  Conversation session;
  for (const json::Value& turn : turns.as_array()) {
    dialogue.turns.push_back({std::string(turn.get("dia_id").string_or("")),
                              std::string(turn.get("speaker").string_or("")),
                              std::string(turn.get("text").string_or(""))});
    session.turns.push_back(
        {.source = dialogue.turns.back().id, .text = dialogue.turns.back().text, .at = at});
  }
  dialogue.sessions.push_back(std::move(session));
}

Dialogue read(const json::Value& item) {
  Dialogue dialogue;
  const json::Value& conversation = item.get("conversation");
  for (const char* key : {"speaker_a", "speaker_b"})
    dialogue.persons.emplace_back(conversation.get(key).string_or(""));
  for (size_t number = 1; conversation.has(fmt::format("session_{}_date_time", number)); ++number) {
    const json::Value& turns = conversation.get(fmt::format("session_{}", number));
    if (turns.is_array())
      read_session(turns,
                   time_of(conversation.get(fmt::format("session_{}_date_time", number)).string_or("")),
                   dialogue);
  }
  std::set<std::string> named, ids;
  for (const json::Value& question : item.get("qa").as_array())
    for (size_t i = 0; i < question.get("evidence").size(); ++i)
      add_evidence(question.get("evidence").at(i).string_or(""), named);
  for (const Utterance& turn : dialogue.turns) ids.insert(turn.id);
  std::ranges::set_intersection(named, ids, std::inserter(dialogue.evidence, dialogue.evidence.end()));
  return dialogue;
}

}  // namespace

std::vector<Conversation> Dialogue::sessions_of(const std::string& user) const {
  std::vector<Conversation> result = sessions;
  size_t at = 0;
  for (Conversation& session : result)
    for (Turn& turn : session.turns) turn.role = turns[at++].person == user ? Role::kUser : Role::kAssistant;
  return result;
}

json::Value data_file(const std::string& relative_path) {
  std::ifstream file(root() / relative_path, std::ios::binary);
  if (!file) return {};
  const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  return json::parse(text).value();
}

std::vector<std::string> data_files(const std::string& folder) {
  std::vector<std::string> names;
  std::error_code missing;
  for (const auto& entry : std::filesystem::directory_iterator(root() / folder, missing))
    if (entry.path().extension() == ".json") names.push_back(entry.path().filename().string());
  std::ranges::sort(names);
  return names;
}

std::vector<Dialogue> locomo() {
  std::vector<Dialogue> dialogues;
  const json::Value file = data_file("locomo/locomo10.json");
  for (size_t i = 0; i < file.size(); ++i) dialogues.push_back(read(file.at(i)));
  return dialogues;
}

}  // namespace soma::memory::test
