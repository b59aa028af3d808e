// What is said of a memory's events and records, in lines that a person reads.
//
//   [20:11:01] [STM] [fe400085] [user] Use a firm and aggressive approach with Clara
//   [20:11:59] [LTM] [USER_PREFERENCE (DetectiveStyle)] Prefers firm interrogation
//
// Times are of the event or record, in UTC.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/json/json.h"

namespace soma::cli {

// "USER_PREFERENCE (DetectiveStyle)" by a strategy's id.
using StrategyTitles = std::map<std::string, std::string, std::less<>>;
StrategyTitles strategy_titles(const json::Value& memory);
inline constexpr std::string_view kNoStrategy = "none";  // the API's id of none
// Of a record: its strategy's; "written" of one that no strategy made; the id of a strategy that is not
// known.
std::string strategy_title(const json::Value& record, const StrategyTitles& titles);

// A part of an event: who says it ("user", "blob", …), and its text or JSON.
struct Message {
  std::string role, text;
};
std::vector<Message> messages_of(const json::Value& event);

// A line for each message of the event, long ones cut; a line of its own for one without any.
std::vector<std::string> event_lines(const json::Value& event);
// The whole text, which may have several lines. A record that another one supersedes says so.
std::string record_line(const json::Value& record, const StrategyTitles& titles);

// The whole id when it is short, else its last characters: how generated ids begin is their time.
std::string short_session(std::string_view id);
// "2026-01-31T23:59:59.123Z" of the API's seconds since 1970, or of a text that is one already.
std::string time_text(const json::Value& time);

}  // namespace soma::cli
