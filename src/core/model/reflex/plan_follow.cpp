// "Open it", "the second one", "how heavy is it": what an answer named. The answer is text, so that a later
// prompt, or a session that goes on elsewhere, finds the same names in it.
#include <algorithm>
#include <array>
#include <set>

#include <fmt/format.h>
#include "base/os/os.h"
#include "core/model/reflex/planner.h"
#include "core/model/reflex/text.h"

namespace soma::model::reflex {
namespace {

constexpr std::string_view kSource = "\n\nSource: ";

bool is_letter(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || static_cast<unsigned char>(c) >= 0x80;
}

// Where `name` stands in `text` as whole words.
size_t find_name(std::string_view text, std::string_view name) {
  for (size_t at = text.find(name); at != std::string_view::npos; at = text.find(name, at + 1)) {
    const size_t end = at + name.size();
    if ((at == 0 || !is_letter(text[at - 1])) && (end == text.size() || !is_letter(text[end]))) return at;
  }
  return std::string_view::npos;
}

// The page that an answer was taken from: the last "Source: Title (http://…)".
std::string source_of(std::string_view said) {
  const size_t at = said.rfind(kSource);
  if (at == std::string_view::npos) return "";
  std::string_view line = said.substr(at + kSource.size());
  line = line.substr(0, line.find('\n'));
  const size_t open = line.rfind('(');
  if (open != std::string_view::npos && line.ends_with(')'))
    line = line.substr(open + 1, line.size() - open - 2);
  return contains(line, "://") ? std::string(line) : "";
}

// From 0; the last one is the largest number.
size_t place_of(std::string_view nth) {
  static constexpr std::array<std::string_view, 5> kNames = {"first", "second", "third", "fourth", "fifth"};
  for (size_t i = 0; i < kNames.size(); ++i) {
    if (contains_word(nth, kNames[i])) return i;
  }
  if (const auto number = first_number(nth); number && *number >= 1) return static_cast<size_t>(*number) - 1;
  return contains_word(nth, "last") ? std::string_view::npos : 0;
}

}  // namespace

// The page that the search for an answer left is opened again, when something is to be done on it.
bool Planner::come_back() {
  if (return_to_.empty()) return true;
  const CallResult* result = ask(browser_call("navigate", {{"url", return_to_}}), true);
  if (result == nullptr) return false;
  const std::string url = return_to_;
  return_to_.clear();
  if (!result->error) show_page(*result, url);
  return true;
}

std::string Planner::last_said() const {
  return parts_.empty() ? conversation_.last_answer() : parts_.back();
}

// Links of the page whose names stand in the text, in the text's order; of names in one place the longest.
std::vector<const Element*> Planner::mentioned_links(const Document& page, std::string_view said) const {
  constexpr size_t kMinName = 3;
  std::string_view body = said.substr(0, said.find(kSource));
  // The opening line of a list names the page and the query, not what was found.
  if (const size_t list = body.find(":\n"); list != std::string_view::npos) body.remove_prefix(list + 1);
  struct Mention {
    size_t place;
    const Element* element;
  };
  std::vector<Mention> mentions;
  for (const Element& element : page.elements) {
    const std::string name = plain_text(element.name);
    if (element.kind != "link" || name.size() < kMinName) continue;
    const size_t place = find_name(body, name);
    if (place != std::string_view::npos) mentions.push_back({place, &element});
  }
  std::ranges::sort(mentions, [](const Mention& a, const Mention& b) {
    if (a.place != b.place) return a.place < b.place;
    const size_t left = a.element->name.size(), right = b.element->name.size();
    return left == right ? a.element < b.element : left > right;
  });
  std::vector<const Element*> out;
  std::set<std::string> names;
  size_t end = 0;
  for (const Mention& mention : mentions) {
    if (mention.place < end || !names.insert(mention.element->name).second) continue;
    end = mention.place + plain_text(mention.element->name).size();
    out.push_back(mention.element);
  }
  return out;
}

bool Planner::follow(const Step& step) {
  const std::string nth = step.capture("nth");
  std::string said = last_said();
  if (!nth.empty() && find_degree(nth, true) != nullptr && place_of(nth) == 0 &&
      !contains_word(nth, "first")) {
    // "Open the cheapest item" holds a question of its own.
    if (const auto found = answer_question(in_front(), "which item is the " + nth)) said = found->text;
  }
  const std::string source = source_of(said);
  if (tools_.browser != nullptr && !source.empty() && page_ != nullptr && source != page_->source) {
    const CallResult* result = ask(browser_call("navigate", {{"url", source}}), true);
    if (result == nullptr) return false;
    if (!result->error) show_page(*result, source);
  }
  const Document* page = need_page("open what was named");
  if (page == nullptr) return !waiting();
  const auto links = mentioned_links(*page, said);
  if (links.empty()) {
    Step as_click = step;
    as_click.captures = {{"label", nth.empty() ? "first" : nth}};
    if (!nth.empty()) return click(as_click);
    cannot(fmt::format("do \"{}\": what was said before names no link of {}", step.text, page->source));
    return true;
  }
  const Element& element = *links[std::min(place_of(nth), links.size() - 1)];
  return act_on(element, "click", {}, fmt::format("opened \"{}\"", plain_text(element.name)));
}

// "How heavy is it?" right after an answer about one thing of the same page: that thing is meant. Once the
// thing has a page of its own in front, the page is meant.
std::string Planner::with_subject(const std::string& question) const {
  if (!has_pronoun(question) || page_ == nullptr) return question;
  const std::string said = last_said();
  if (source_of(said) != page_->source) return question;
  const auto links = mentioned_links(*page_, said);
  if (!links.empty()) return fmt::format("{} of {}", question, plain_text(links.front()->name));
  for (const Table& table : page_->tables) {
    for (const auto& row : table.rows) {
      if (!row.front().empty() && find_name(said, row.front()) != std::string::npos)
        return fmt::format("{} of {}", question, row.front());
    }
  }
  return question;
}

// "List the results": said already when the step before was the search.
bool Planner::results() {
  if (!searched_.empty()) return true;
  const Document* page = need_page("list the results");
  if (page == nullptr) return !waiting();
  const auto lines = linked_headings(*page);
  if (lines.empty()) return list_links();
  say(fmt::format("The results on {}:\n- {}", page->source, fmt::join(lines, "\n- ")));
  web_shown_ = true;
  return true;
}

}  // namespace soma::model::reflex
