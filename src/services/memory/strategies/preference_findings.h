// Preferences that a conversation shows, before they meet what is known.
#pragma once

#include <string>
#include <vector>

#include "services/memory/strategies/strategies.h"

namespace soma::memory {

inline constexpr size_t kMaxContextBytes = 300;
inline constexpr size_t kMaxPreferenceBytes = 400;

struct PreferenceFinding {
  std::string context;                 // the sentence that says so, with at most one neighbour
  std::string preference;              // in the third person, without "the user"
  std::string subject;                 // "<attitude>|<words of the object>"
  std::vector<std::string> opposites;  // subjects of records that say otherwise
  std::vector<std::string> sources;
};

// What the user's new turns say, and what they take of the options that the assistant offered before. In
// their order; linear.
std::vector<PreferenceFinding> preferences_said(const Conversation& conversation);
// What the new tool calls show (tool_habits.h); counts in `notes`.
std::vector<PreferenceFinding> preferences_shown(const Conversation& conversation, json::Value& notes);

}  // namespace soma::memory
