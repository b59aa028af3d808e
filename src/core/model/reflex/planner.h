// From steps to tool calls to an answer. Private to core/model/reflex.
//
//   planner.cpp       the loop over the steps; talk; what cannot be done
//   plan_web.cpp      pages: open, click, search, describe
//   plan_explore.cpp  questions: the page, the rest of it, the pages it links to
//   plan_follow.cpp   "open it": what an answer named; search results
//   plan_compare.cpp  things that stand on pages of their own
//   plan_form.cpp     fields and buttons
//   plan_save.cpp     what a page or an answer holds, to a file
//   plan_work.cpp     commands, code, files
//   plan_memory.cpp   remember and recall
//
// A function that does a step returns false when it waits for a tool's result (the call is then pending in
// the conversation), true when the step is done, well or not. It must come to the same calls in the same
// order each time: that is what makes a session resumable.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/model/reflex/answer.h"
#include "core/model/reflex/conversation.h"
#include "core/model/reflex/intent.h"
#include "core/model/reflex/page.h"
#include "core/model/reflex/toolbox.h"

namespace soma::model::reflex {

struct Decision {
  std::vector<ToolCall> calls;  // not empty: make these, then ask again
  std::string text;             // the answer, when there are no calls
};

// Limits of one plan: beyond them reflex says what it has and that it stopped.
inline constexpr size_t kMaxPlannedCalls = 60;
inline constexpr size_t kMaxExploredPages = 5;
inline constexpr size_t kMaxResults = 10;        // of a search, in an answer
inline constexpr size_t kMaxPageParts = 4;       // "read" with offset, of a long page
inline constexpr size_t kMaxShownBytes = 4'000;  // of one tool's output in an answer

Decision plan(const ConverseRequest& request);

class Planner {
 public:
  explicit Planner(const ConverseRequest& request);
  Decision run();

 private:
  // planner.cpp
  bool execute(size_t index);
  bool execute_on_page(const Step& step);
  bool call_together(size_t index);
  std::vector<ToolCall> independent_calls(const Step& step) const;
  bool talk(const Step& step);
  bool other(const Step& step);
  bool compute(const Step& step);
  bool use_tool(const ToolSpec& tool, const Step& step);
  std::string compose();
  std::string identity() const;
  std::string capabilities() const;
  // Asks for a call, once more when it failed in passing. Null while it is pending.
  const CallResult* ask(ToolCall call, bool retry = false);
  void say(std::string text);
  void cannot(std::string text);
  // Something was done. What changed the world (`notable`) is told also when an answer follows.
  void done(std::string text, bool notable = false);
  void tell_done();

  // plan_web.cpp
  bool navigate(const Step& step);
  bool describe_page(const Step& step);
  bool click(const Step& step);
  bool search(const Step& step);
  void say_results(const Document& page, const std::string& query);
  static std::vector<std::string> linked_headings(const Document& page);
  bool press(const Step& step);
  bool scroll(const Step& step);
  bool back();
  bool screenshot(const Step& step);
  bool list_links();
  bool list_tables();
  bool list_headings();
  bool wait(const Step& step);
  bool summarize_page(const Document& page, const Step& step);

  // plan_follow.cpp
  bool follow(const Step& step);
  bool results();
  bool come_back();
  // What was said last, here or in the answer before.
  std::string last_said() const;
  std::vector<const Element*> mentioned_links(const Document& page, std::string_view said) const;
  std::string with_subject(const std::string& question) const;

  // plan_compare.cpp
  bool compare_pages(const std::string& question, std::optional<Answer>& best);
  // The page in front, read again when it changed; null when there is none (said) or while it is pending
  // (waiting() then).
  const Document* need_page(std::string_view why);
  ToolCall browser_call(std::string_view action, std::initializer_list<json::Member> members = {}) const;
  void show_page(const CallResult& result, std::string_view source);
  // Takes in what an action did: a new page, or lines that changed.
  void after_action(const CallResult& result, std::string did);
  bool act_on(const Element& element, std::string_view action, std::initializer_list<json::Member> members,
              std::string did);

  // plan_explore.cpp
  bool question(const Step& step, bool last);
  void no_answer(const Step& step, bool nothing_before);
  std::vector<const Document*> in_front() const;
  bool read_on(std::string_view question);
  bool explore(std::string_view question, std::optional<Answer>& best);
  std::vector<const Document*> sources() const;
  bool is_past(const Document& document) const;
  void answer(const Answer& answer);

  // plan_form.cpp
  bool type(const Step& step);
  bool fill(const Step& step);
  bool fill_field(const std::string& entry);
  bool set_element(const Element& element, const std::string& value);
  bool act_on_field(const Element& element, std::string_view action,
                    std::initializer_list<json::Member> members, std::string did);
  bool select(const Step& step);
  bool tick(const Step& step);
  bool submit(const Step& step);
  bool reach_form(const Step& step);
  std::vector<std::string> missing_fields(const Document& page) const;

  // plan_work.cpp
  bool run_command(const Step& step);
  bool run_code(const Step& step);
  bool write_file(const Step& step);
  bool append_file(const Step& step);
  bool read_file(const Step& step, bool quiet);
  bool list_files(const Step& step);
  bool search_files(const Step& step);
  bool replace_in_file(const Step& step);
  bool delete_file(const Step& step);
  bool move_file(const Step& step);
  bool count_file(const Step& step);
  bool work_in_shell(const std::string& command, const std::string& what, const std::string& did);

  // plan_save.cpp
  bool save(const Step& step);
  std::optional<ToolCall> shell_call(const std::string& command) const;
  std::optional<ToolCall> file_call(std::string_view operation, std::string_view path,
                                    std::initializer_list<json::Member> members = {}) const;
  // 0 pending, 1 done, 2 failed and said.
  enum class Appended { kPending, kDone, kFailed };
  Appended append(const std::string& path, const std::string& line, std::string& problem);

  // plan_memory.cpp
  bool remember(const Step& step);
  bool recall(const Step& step);

  bool waiting() const { return !conversation_.pending().empty(); }
  static bool is_web(Act act);

  const ConverseRequest& request_;
  Conversation conversation_;
  Toolbox tools_;
  std::vector<Step> steps_;

  std::deque<Document> documents_;         // what was read in this turn; addresses stay
  const Document* page_ = nullptr;         // the page in front
  bool page_stale_ = false;                // it changed since it was read
  bool page_failed_ = false;               // the page that the next steps want could not be opened
  bool read_whole_ = false;                // all parts of a long page were read
  std::string last_field_;                 // the ref that was filled last
  std::vector<std::string> changed_;       // lines that the last action added
  std::vector<std::string> changed_refs_;  // and the controls in its report
  std::string memory_;                     // the notes, once read
  struct Done {
    std::string text;  // "opened …", "clicked …"
    bool notable;
  };
  std::vector<Done> did_;
  size_t told_ = 0;                 // how many of did_ the answer told already
  std::vector<std::string> parts_;  // of the answer, in order
  size_t answers_ = 0;              // how many of parts_ say something that was asked
  size_t failures_ = 0;             // and how many say what could not be done
  std::string return_to_;           // the page that a search for an answer left in vain
  std::string searched_;            // the query whose results were said last
  std::set<std::string> filled_;    // refs of fields that were set
  bool unknown_ = false;            // something was asked that no rule and no tool knows
  bool web_shown_ = false;          // something was said about the page in front
};

inline constexpr std::string_view kNotesPath = "memory/notes.md";

// Label and address of each link in the browser's "links".
std::vector<std::pair<std::string, std::string>> link_lines(std::string_view text);
// What a failed call says, in a line.
std::string first_lines(std::string_view text, size_t max_bytes = 400);
// In a fence, bounded.
std::string fenced(std::string_view text);
// "my" is "your", "I am" is "you are".
std::string to_second_person(std::string_view text);

}  // namespace soma::model::reflex
