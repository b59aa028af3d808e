// What a turn of a talk does: asks, greets, thanks, complains, changes the subject. By phrases, in English.
#pragma once

#include <string_view>

namespace soma::memory::topics {

struct Cues {
  bool question = false;     // a sentence ends with a question mark
  bool ends_asking = false;  // the last one does
  bool request = false;      // somebody is told or asked to do something
  bool asks_you = false;     // a question about the one who is asked
  bool small_talk = false;   // a question that opens a subject among strangers: work, family, music
  bool follow_up = false;    // a question that stays with the subject: which, why, how long
  bool asks_back = false;    // "it", "they" or the like in the question
  bool points_back = false;  // "it", "that", "they" in what is said after an acknowledgement
  bool about_self = false;   // begins with I or my, after an acknowledgement
  bool greeting = false;
  bool farewell = false;
  bool thanks = false;           // thanks, which may be no more than polite, or praise
  bool praise = false;           // says that it worked
  bool complaint = false;        // says that it did not work; stronger than thanks
  bool dismissal = false;        // "never mind"
  bool done = false;             // "that's all"
  bool changes_subject = false;  // "by the way", "let's move on"
};

// Of the first kMaxCueBytes of a text.
inline constexpr size_t kMaxCueBytes = 2'000;
Cues cues(std::string_view text);

// Does a sentence only greet, thank or say goodbye?
bool is_courtesy(std::string_view sentence);

// The first sentence that asks for something; empty when there is none. A view into `text`.
std::string_view request_sentence(std::string_view text);

}  // namespace soma::memory::topics
