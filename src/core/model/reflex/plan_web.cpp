// Pages: open, click, search, describe.
#include <algorithm>
#include <array>

#include <fmt/format.h>
#include "base/os/os.h"
#include "core/model/reflex/planner.h"
#include "core/model/reflex/summary.h"
#include "core/model/reflex/text.h"

namespace soma::model::reflex {
namespace {

std::string page_name(const Document& page) {
  return page.title.empty() ? page.source : fmt::format("{} ({})", page.title, page.source);
}

// "first", "second result", "3rd link": from 1, or 0.
size_t ordinal(std::string_view label) {
  static constexpr std::array<std::string_view, 6> kNames = {"first",  "second", "third",
                                                             "fourth", "fifth",  "sixth"};
  const auto all = words(label);
  if (all.empty() || all.size() > 3) return 0;
  for (size_t i = 0; i < kNames.size(); ++i) {
    if (all[0] == kNames[i] || all[0] == fmt::format("{}{}", i + 1,
                                                     i == 0   ? "st"
                                                     : i == 1 ? "nd"
                                                     : i == 2 ? "rd"
                                                              : "th"))
      return i + 1;
  }
  return 0;
}

// The label without the words around it: "the 'About' link" is "About".
std::string clean_label(std::string_view label) {
  std::string out(strip(label, ".,;:!?\"'`"));
  for (const std::string_view end : {" link", " button", " tab", " menu", " page", " item", " section"}) {
    if (os::to_lower(out).ends_with(end)) out.resize(out.size() - end.size());
  }
  for (const std::string_view begin : {"the ", "on ", "a ", "an ", "link ", "button "}) {
    if (os::to_lower(out).starts_with(begin)) out.erase(0, begin.size());
  }
  return std::string(strip(out, "\"'`"));
}

std::string some_labels(const Document& page) {
  std::string out;
  size_t count = 0;
  for (const Element& element : page.elements) {
    if (element.name.empty() || count == 12) continue;
    out += fmt::format("{}\"{}\"", count == 0 ? "" : ", ", shortened(plain_text(element.name), 40));
    ++count;
  }
  return out.empty() ? "nothing to click" : out;
}

}  // namespace

ToolCall Planner::browser_call(std::string_view action, std::initializer_list<json::Member> members) const {
  json::Value input = json::object({{"action", action}});
  for (const auto& [name, value] : members) input.set(name, value);
  return {tools_.browser->name, std::move(input)};
}

void Planner::show_page(const CallResult& result, std::string_view source) {
  documents_.push_back(parse_document(result.text, source));
  documents_.back().is_page = true;
  page_ = &documents_.back();
  page_stale_ = false;
  page_failed_ = false;
  read_whole_ = false;
  changed_.clear();
}

bool Planner::navigate(const Step& step) {
  const std::string url = step.capture("url");
  if (tools_.browser == nullptr) {
    page_failed_ = true;
    for (const ToolSpec* tool : tools_.others) {
      const auto property = property_named(*tool, {"url", "uri", "href", "link"});
      if (!property) continue;
      const CallResult* result = ask({tool->name, json::object({{*property, url}})}, true);
      if (result == nullptr) return false;
      if (!result->error) return show_page(*result, url), true;
      cannot(fmt::format("open {} with the tool \"{}\": {}", url, tool->name, first_lines(result->text)));
      return true;
    }
    cannot(fmt::format("open {}: there is no browser tool here", url));
    return true;
  }
  const CallResult* result = ask(browser_call("navigate", {{"url", url}}), true);
  if (result == nullptr) return false;
  // An address that was given without a scheme may be served without TLS.
  if (result->error && url.starts_with("https://") && !contains(step.text, "https://")) {
    const CallResult* plain = ask(browser_call("navigate", {{"url", "http://" + url.substr(8)}}));
    if (plain == nullptr) return false;
    if (!plain->error) result = plain;
  }
  if (result->error) {
    page_failed_ = true;
    cannot(fmt::format("open {}: {}", url, first_lines(result->text)));
    return true;
  }
  show_page(*result, url);
  done("opened " + page_->source);
  return true;
}

const Document* Planner::need_page(std::string_view why) {
  if (!come_back()) return nullptr;
  if (tools_.browser == nullptr) {
    if (page_ != nullptr) return page_;
    cannot(fmt::format("{}: there is no browser tool here", why));
    return nullptr;
  }
  if (page_ == nullptr && !page_stale_) {
    cannot(fmt::format("{}: no page is open; name an address to open first", why));
    return nullptr;
  }
  if (page_ != nullptr && !page_stale_) return page_;
  const CallResult* result = ask(browser_call("read"), true);
  if (result == nullptr) return nullptr;
  if (result->error) {
    cannot(fmt::format("{}: the page cannot be read: {}", why, first_lines(result->text)));
    return nullptr;
  }
  const std::vector<std::string> changed = changed_;
  show_page(*result, page_ == nullptr ? "" : page_->source);
  changed_ = changed;
  return page_;
}

void Planner::after_action(const CallResult& result, std::string did) {
  static constexpr std::array<std::string_view, 5> kChanging = {"typed", "chose", "ticked", "unticked",
                                                                "submitted"};
  const bool notable =
      std::ranges::any_of(kChanging, [&](std::string_view verb) { return did.starts_with(verb); });
  done(std::move(did), notable);
  web_shown_ = false;
  if (contains(result.text, "\nURL: ") || result.text.starts_with("URL: ")) {
    show_page(result, page_ == nullptr ? "" : page_->source);
    return;
  }
  changed_ = added_lines(result.text);
  changed_refs_ = added_refs(result.text);
  page_stale_ = contains(result.text, "Changed on the page:");
}

bool Planner::act_on(const Element& element, std::string_view action,
                     std::initializer_list<json::Member> members, std::string did) {
  const std::string name = element.name;
  const std::string kind = element.kind;
  ToolCall call = browser_call(action, members);
  call.input.set("ref", element.ref);
  const CallResult* result = ask(call);
  if (result == nullptr) return false;
  if (result->error) {
    // The page may have changed under its references: read it again, find the same element, try once more.
    const CallResult* read = ask(browser_call("read"));
    if (read == nullptr) return false;
    if (!read->error) {
      show_page(*read, page_ == nullptr ? "" : page_->source);
      const Element* again = find_element(*page_, name, {kind});
      if (again != nullptr && again->ref != call.input.get("ref").string_or("")) {
        call.input.set("ref", again->ref);
        const CallResult* second = ask(call);
        if (second == nullptr) return false;
        if (!second->error) return after_action(*second, std::move(did)), true;
        result = second;
      }
    }
    cannot(fmt::format("{} \"{}\": {}", action, name, first_lines(result->text)));
    return true;
  }
  after_action(*result, std::move(did));
  return true;
}

bool Planner::describe_page(const Step& step) {
  if (page_ == nullptr && !page_stale_ && !documents_.empty()) {
    const Document& document = documents_.back();
    if (summarize_page(document, step)) return true;
    say(fmt::format("Here's what {} says:\n{}", document.source, describe(document)));
    return true;
  }
  const Document* page = need_page(fmt::format("do \"{}\"", shortened(step.text, 80)));
  if (page == nullptr) return !waiting();
  if (summarize_page(*page, step)) return true;
  std::string text = fmt::format("Here's what's on the page at {}:\n{}", page->source, describe(*page));
  if (!changed_.empty())
    text += fmt::format("\n- New on the page: {}", first_lines(fmt::format("{}", fmt::join(changed_, "\n"))));
  say(std::move(text));
  web_shown_ = true;
  return true;
}

// A summary when the request asks for one in sentences; a description of the page is the other kind.
bool Planner::summarize_page(const Document& page, const Step& step) {
  static constexpr std::array<std::string_view, 6> kVerbs = {"summarize", "summarise", "summary",
                                                             "recap",     "condense",  "sum"};
  const bool asked =
      std::ranges::any_of(kVerbs, [&](std::string_view verb) { return contains_word(step.text, verb); });
  if (!asked) return false;
  const size_t wanted = wanted_sentences(step.text);
  const std::string text = summarize(page, wanted == 0 ? kUsualSentences : wanted, wants_points(step.text));
  if (text.empty()) return false;
  say(fmt::format("{}\n\nSource: {}", text, page_name(page)));
  web_shown_ = true;
  return true;
}

bool Planner::click(const Step& step) {
  const std::string label = clean_label(step.capture("label"));
  const Document* page = need_page(fmt::format("click \"{}\"", label));
  if (page == nullptr) return !waiting();
  const Element* element = find_element(*page, label,
                                        {"link", "button", "tab", "menuitem", "summary", "clickable",
                                         "option", "treeitem", "radio", "checkbox", "switch"});
  constexpr double kSame = 0.9;
  const size_t wanted = ordinal(label);
  if (wanted > 0 && (element == nullptr || similarity(label, element->name) < kSame)) {
    element = nullptr;
    size_t count = 0;
    for (const Element& candidate : page->elements) {
      // Navigation comes before the first heading below the page's own: results come behind it.
      const bool content = candidate.kind == "link" && !candidate.section.empty();
      if (content && ++count == wanted) element = &candidate;
    }
  }
  if (element == nullptr) {
    cannot(fmt::format("click \"{}\": nothing on {} has such a label; there is {}", label, page_name(*page),
                       some_labels(*page)));
    return true;
  }
  return act_on(*element, "click", {}, fmt::format("clicked \"{}\"", plain_text(element->name)));
}

bool Planner::search(const Step& step) {
  const std::string query(strip(step.capture("query"), ".,;:!?\"'`"));
  if (page_ == nullptr && !page_stale_) {
    if (const ToolSpec* tool = tools_.for_purpose("search")) return use_tool(*tool, step);
    if (tools_.browser == nullptr && tools_.files != nullptr) return search_files(step);
    cannot(fmt::format(
        "search for \"{}\": no page is open and there is no search tool; name the site to search", query));
    return true;
  }
  const Document* page = need_page(fmt::format("search for \"{}\"", query));
  if (page == nullptr) return !waiting();
  const auto search_field = [](const Document& document) -> const Element* {
    for (const Element& element : document.elements) {
      if (element.kind == "textbox" &&
          (element.has_state("search") || similarity("search", element.name) >= kSimilar ||
           similarity("find", element.name) >= kSimilar))
        return &element;
    }
    return nullptr;
  };
  const Element* field = search_field(*page);
  if (field == nullptr) {
    if (const Element* link = find_element(*page, "search", {"link", "button"})) {
      if (!act_on(*link, "click", {}, fmt::format("clicked \"{}\"", plain_text(link->name)))) return false;
      page = need_page(fmt::format("search for \"{}\"", query));
      if (page == nullptr) return !waiting();
      field = search_field(*page);
    }
  }
  if (field == nullptr) {  // no search here: the answer may still be found by reading
    Step as_question = step;
    as_question.act = Act::kQuestion;
    as_question.text = query;
    return question(as_question, true);
  }
  if (!act_on(*field, "type", {{"text", query}, {"submit", true}}, fmt::format("searched for \"{}\"", query)))
    return false;
  page = need_page("read the results");
  if (page == nullptr) return !waiting();
  say_results(*page, query);
  searched_ = query;
  return true;
}

// Results as most sites list them: headings that are links, each with the text below it.
std::vector<std::string> Planner::linked_headings(const Document& page) {
  std::vector<std::string> lines;
  for (const Element& element : page.elements) {
    const std::string name = plain_text(element.name);
    const bool heading = element.kind == "link" && element.section == name &&
                         std::ranges::any_of(page.headings, [&](const Heading& h) { return h.text == name; });
    if (!heading || lines.size() == kMaxResults) continue;
    const auto below = std::ranges::find(page.passages, name, &Passage::heading);
    lines.push_back(below == page.passages.end() ? name : shortened(name + ": " + below->text, 200));
  }
  return lines;
}

// One line for each result; on a page without such a list, for each part that names the query.
void Planner::say_results(const Document& page, const std::string& query) {
  std::vector<std::string> lines = linked_headings(page);
  if (!lines.empty()) {
    say(fmt::format("Searching {} for \"{}\" found {} {}:\n- {}", page_name(page), query, lines.size(),
                    lines.size() == 1 ? "result" : "results", fmt::join(lines, "\n- ")));
    web_shown_ = true;
    return;
  }
  std::set<std::string> headings;
  const auto want = terms(query);
  for (const Passage& passage : page.passages) {
    const auto have = terms(passage.heading + " " + passage.text);
    const bool all = std::ranges::all_of(
        want, [&](const std::string& term) { return std::ranges::find(have, term) != have.end(); });
    const bool result_of_its_own =
        !passage.heading.empty() && page.headings.front().text != passage.heading && page.headings.size() > 2;
    if (!all || lines.size() == kMaxResults ||
        (result_of_its_own && !headings.insert(passage.heading).second))
      continue;
    lines.push_back(shortened(result_of_its_own ? passage.heading + ": " + passage.text : passage.text, 240));
  }
  for (const Element& element : page.elements) {
    const std::string name = plain_text(element.name);
    const bool named = element.kind == "link" && similarity(query, name) >= kSimilar;
    const bool new_one =
        std::ranges::none_of(lines, [&](const std::string& line) { return contains(line, name); });
    if (named && new_one && lines.size() < kMaxResults) lines.push_back(name);
  }
  if (lines.empty()) {
    say(fmt::format("Searching for \"{}\" gave no result that names it. Here's the page:\n{}", query,
                    describe(page)));
  } else {
    say(fmt::format("Searching {} for \"{}\" found:\n- {}", page_name(page), query,
                    fmt::join(lines, "\n- ")));
  }
  web_shown_ = true;
}

bool Planner::press(const Step& step) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 6> kNames = {
      {{"return", "Enter"},
       {"esc", "Escape"},
       {"up", "ArrowUp"},
       {"down", "ArrowDown"},
       {"left", "ArrowLeft"},
       {"right", "ArrowRight"}}};
  if (need_page("press a key") == nullptr) return !waiting();
  std::string key = capitalized(os::to_lower(step.capture("key")));
  for (const auto& [from, to] : kNames) {
    if (os::to_lower(key) == from) key = to;
  }
  const CallResult* result = ask(browser_call("press", {{"key", key}}));
  if (result == nullptr) return false;
  if (result->error) return cannot(fmt::format("press {}: {}", key, first_lines(result->text))), true;
  after_action(*result, "pressed " + key);
  return true;
}

bool Planner::scroll(const Step& step) {
  if (need_page("scroll") == nullptr) return !waiting();
  std::string direction = "down";
  for (const std::string_view word : {"up", "left", "right", "top", "bottom"}) {
    if (contains_word(step.capture("direction"), word)) direction = word;
  }
  const CallResult* result = ask(browser_call("scroll", {{"direction", direction}}));
  if (result == nullptr) return false;
  if (result->error) return cannot("scroll: " + first_lines(result->text)), true;
  after_action(*result,
               (direction == "top" || direction == "bottom" ? "scrolled to the " : "scrolled ") + direction);
  return true;
}

bool Planner::back() {
  if (need_page("go back") == nullptr) return !waiting();
  const CallResult* result = ask(browser_call("back"));
  if (result == nullptr) return false;
  if (result->error) return cannot("go back: " + first_lines(result->text)), true;
  after_action(*result, "went back");
  return true;
}

bool Planner::screenshot(const Step& step) {
  if (tools_.browser == nullptr || (page_ == nullptr && !page_stale_))
    return need_page("take a screenshot"), true;
  const bool full = contains_word(step.text, "full") || contains_word(step.text, "whole") ||
                    contains_word(step.text, "full-page") || contains_word(step.text, "entire");
  ToolCall call = browser_call("screenshot");
  if (full) call.input.set("full_page", true);
  const CallResult* result = ask(std::move(call), true);
  if (result == nullptr) return false;
  if (result->error) return cannot("take a screenshot: " + first_lines(result->text)), true;
  say(result->files.empty() ? "I took a screenshot. " + first_lines(result->text)
                            : fmt::format("I took a screenshot: {}", fmt::join(result->files, ", ")));
  return true;
}

bool Planner::list_links() {
  const Document* page = need_page("list the links");
  if (page == nullptr) return !waiting();
  std::string text;
  if (tools_.browser != nullptr) {
    const CallResult* result = ask(browser_call("links"), true);
    if (result == nullptr) return false;
    if (result->error) return cannot("list the links: " + first_lines(result->text)), true;
    for (const std::string_view line : os::split(result->text, '\n')) {
      if (line.starts_with("- [")) text += "\n" + plain_text(line);
    }
  }
  if (text.empty()) {
    for (const Element& element : page->elements) {
      if (element.kind == "link") text += "\n- " + plain_text(element.name);
    }
  }
  say(text.empty() ? "The page has no links."
                   : fmt::format("The links on {}:{}", page_name(*page), shortened(text, kMaxShownBytes)));
  web_shown_ = true;
  return true;
}

bool Planner::list_tables() {
  const Document* page = need_page("read the tables");
  if (page == nullptr) return !waiting();
  std::string text;
  for (const Table& table : page->tables) {
    if (!table.caption.empty()) text += fmt::format("**{}**\n", table.caption);
    text += fmt::format("| {} |\n|", fmt::join(table.headers, " | "));
    for (size_t i = 0; i < table.headers.size(); ++i) text += " --- |";
    text += '\n';
    for (const auto& row : table.rows) text += fmt::format("| {} |\n", fmt::join(row, " | "));
    text += '\n';
  }
  say(text.empty() ? "The page has no table."
                   : fmt::format("On {}:\n\n{}", page_name(*page), shortened(text, kMaxShownBytes)));
  web_shown_ = true;
  return true;
}

bool Planner::list_headings() {
  const Document* page = need_page("list the headings");
  if (page == nullptr) return !waiting();
  std::string text;
  for (const Heading& heading : page->headings)
    text += fmt::format("\n{}- {}", std::string(2 * static_cast<size_t>(std::max(heading.level - 1, 0)), ' '),
                        heading.text);
  say(text.empty() ? "The page has no headings."
                   : fmt::format("The headings on {}:{}", page_name(*page), shortened(text, kMaxShownBytes)));
  web_shown_ = true;
  return true;
}

bool Planner::wait(const Step& step) {
  if (need_page("wait") == nullptr) return !waiting();
  std::string what(strip(step.capture("what"), ".,;:!?\"'`"));
  const bool loads = contains_word(what, "load") || contains_word(what, "loads") ||
                     contains_word(what, "page") || contains_word(what, "seconds");
  ToolCall call = browser_call("wait");
  if (!loads) call.input.set("text", what);
  const CallResult* result = ask(std::move(call));
  if (result == nullptr) return false;
  if (result->error) return cannot(fmt::format("wait for \"{}\": {}", what, first_lines(result->text))), true;
  page_stale_ = true;
  done(loads ? "waited for the page" : fmt::format("waited until \"{}\" was there", what));
  return true;
}

}  // namespace soma::model::reflex
