// Questions: answered from the page in front, then from all that was read, then from the rest of a long page,
// then from the pages it links to (same site, best label first, at most kMaxExploredPages), then from what
// was read for earlier prompts.
#include <algorithm>
#include <array>
#include <set>

#include <fmt/format.h>
#include "base/os/os.h"
#include "core/model/reflex/planner.h"
#include "core/model/reflex/summary.h"
#include "core/model/reflex/text.h"

namespace soma::model::reflex {
namespace {

constexpr double kGoodEnough = 0.62;  // no need to look further

struct Link {
  std::string label, url;
  double score = 0;
};

std::string origin_of(std::string_view url) {
  const size_t host = url.find("://");
  if (host == std::string_view::npos) return "";
  return std::string(url.substr(0, url.find('/', host + 3)));
}

std::string without_fragment(std::string_view url) {
  return std::string(url.substr(0, url.find('#')));
}

// "http://host", "http://host/", "http://host/index.html".
bool is_front_page(std::string_view url) {
  std::string_view path = url.substr(std::min(url.size(), origin_of(url).size()));
  path = path.substr(0, path.find_first_of("?#"));
  return path.empty() || path == "/" || path.starts_with("/index.") || path.starts_with("/home");
}

// How promising a link is for a question: by its label and address; lists of things for prices and counts.
double promise(std::string_view question, const Link& link) {
  std::string path = link.url.substr(std::min(link.url.size(), origin_of(link.url).size()));
  std::ranges::replace_if(
      path, [](char c) { return c == '/' || c == '-' || c == '_' || c == '.' || c == '?' || c == '='; }, ' ');
  const auto wanted = terms(question);
  const auto label = terms(link.label);
  const auto address = terms(path);
  double score = 0;
  for (const std::string& term : wanted) {
    if (std::ranges::find(label, term) != label.end()) {
      score += 1;
    } else if (std::ranges::find(address, term) != address.end()) {
      score += 0.6;
    }
  }
  score /= static_cast<double>(std::max<size_t>(1, wanted.size()));
  struct Hint {
    std::string_view asked, offered;
    double weight;
  };
  static constexpr std::array<Hint, 8> kHints = {
      {{"price cost much cheapest expensive cheaper buy fee fare many item items sell stock",
        "catalogue catalog shop products prices store tickets items fares menu", 0.4},
       {"email phone address contact call write reach where", "contact about", 0.4},
       {"when open opening hours time times schedule leave leaves depart departs arrive long",
        "timetable hours visit opening schedule times plan", 0.4},
       {"when open opening hours", "about contact", 0.2},
       {"book reserve reservation booking", "booking book reserve contact", 0.4},
       {"news latest newest announced happened", "news blog updates", 0.4},
       {"who founded history story when founded built old", "about history story", 0.4},
       {"how where directions", "visit directions travel contact", 0.2}}};
  for (const Hint& hint : kHints) {
    const auto offered = words(hint.offered);
    const bool offers = std::ranges::any_of(words(link.label + " " + path), [&](const std::string& word) {
      return std::ranges::find(offered, word) != offered.end();
    });
    if (!offers) continue;
    const auto asked = words(hint.asked);
    for (const std::string& word : words(question)) {
      if (std::ranges::find(asked, word) == asked.end()) continue;
      score += hint.weight;
      break;
    }
  }
  return score;
}

// Not to be followed in passing: what ends a session, and what is no page.
bool is_no_page(const Link& link) {
  const std::string label = os::to_lower(link.label), url = os::to_lower(link.url);
  for (const std::string_view word : {"logout", "log out", "sign out", "unsubscribe", "delete", "remove"}) {
    if (contains(label, word)) return true;
  }
  return std::ranges::any_of(
      std::array<std::string_view, 9>{".pdf", ".zip", ".png", ".jpg", ".jpeg", ".svg", ".gz", ".mp4", ".xml"},
      [&](std::string_view end) { return url.ends_with(end); });
}

}  // namespace

// `- [text](e5) http://…`
std::vector<std::pair<std::string, std::string>> link_lines(std::string_view text) {
  std::vector<std::pair<std::string, std::string>> out;
  for (const std::string_view line : os::split(text, '\n')) {
    const size_t close = line.rfind(") ");
    if (!line.starts_with("- [") || close == std::string_view::npos) continue;
    out.emplace_back(plain_text(line.substr(2, close - 1)), os::trim(line.substr(close + 2)));
  }
  return out;
}

// The page in front as it is now, with its parts: what was read of it before an action changed it is past.
bool Planner::is_past(const Document& document) const {
  if (page_ == nullptr || document.source != page_->source) return false;
  for (const Document& each : documents_) {
    if (&each == page_) return false;
    if (&each == &document) return true;
  }
  return false;
}

std::vector<const Document*> Planner::sources() const {
  std::vector<const Document*> out;
  for (const Document& document : documents_) {
    if (!is_past(document)) out.push_back(&document);
  }
  return out;
}

void Planner::answer(const Answer& answer) {
  std::string from;
  if (answer.source != nullptr && !answer.source->source.empty()) {
    const Document& source = *answer.source;
    from = source.title.empty() ? source.source : fmt::format("{} ({})", source.title, source.source);
  }
  // Answers from one page name it once, below the last of them.
  const std::string source_line = "\n\nSource: " + from;
  if (!from.empty() && !parts_.empty() && parts_.back().ends_with(source_line) && told_ == did_.size())
    parts_.back().resize(parts_.back().size() - source_line.size());
  say(from.empty() ? answer.text : fmt::format("{}\n\nSource: {}", answer.text, from));
  web_shown_ = true;
}

// What the question is most likely about: the file or output read last, else the page in front.
std::vector<const Document*> Planner::in_front() const {
  std::vector<const Document*> out;
  if (!documents_.empty() && !documents_.back().is_page) return {&documents_.back()};
  for (const Document& document : documents_) {
    if (page_ != nullptr && document.source == page_->source && !is_past(document)) out.push_back(&document);
  }
  return out;
}

bool Planner::question(const Step& step, bool) {
  if (const ToolSpec* tool = tools_.choose(step.text)) return use_tool(*tool, step);
  if (page_stale_ && tools_.browser != nullptr && need_page("read the page") == nullptr) return !waiting();
  const std::string text = with_subject(step.text);
  auto best = answer_question(in_front(), text);
  // "What is it made of" asks about the page in front, and about no other.
  const bool this_page =
      page_ != nullptr && text == step.text && has_pronoun(text) && !is_front_page(page_->source);
  if (this_page) {
    if (!read_on(text)) return false;
    if (!best) best = answer_question(in_front(), text);
    if (best) return answer(*best), true;
    return no_answer(step, false), true;
  }
  if (!best || best->confidence < kGoodEnough) {
    if (!compare_pages(text, best)) return false;
    auto anywhere = answer_question(sources(), text);
    if (anywhere && (!best || anywhere->confidence > best->confidence)) best = std::move(anywhere);
  }
  if ((!best || best->confidence < kGoodEnough) && page_ != nullptr && tools_.browser != nullptr) {
    if (!read_on(text)) return false;
    best = answer_question(sources(), text);
    if ((!best || best->confidence < kGoodEnough) && !explore(text, best)) return false;
  }
  if (best) return answer(*best), true;
  std::deque<Document> earlier;
  for (const auto& past : conversation_.earlier()) {
    if (!past.result.error) earlier.push_back(parse_document(past.result.text, past.call.tool));
  }
  if (!conversation_.remembered().empty())
    earlier.push_back(parse_document(os::join(conversation_.remembered(), "\n"), "memory"));
  std::vector<const Document*> past;
  for (const Document& document : earlier) past.push_back(&document);
  if (const auto found = answer_question(past, text)) return answer(*found), true;
  no_answer(step, past.empty());
  return true;
}

// Names what was read, in one sentence.
void Planner::no_answer(const Step& step, bool nothing_before) {
  const std::string asked = shortened(step.text, 160);
  if (sources().empty() && nothing_before) {
    unknown_ = true;
    cannot(fmt::format(
        "answer \"{}\": I only read what tools and documents say, and nothing here was read yet", asked));
    return;
  }
  std::vector<std::string> others;
  const bool this_page = has_pronoun(step.text);
  for (const Document& document : documents_) {
    const std::string name(document.name());
    const bool listed = std::ranges::find(others, name) != others.end();
    if (document.is_page && !this_page && page_ != nullptr && document.source != page_->source && !listed)
      others.push_back(name);
  }
  cannot(fmt::format("find an answer to \"{}\" {}{}", asked,
                     page_ == nullptr ? "in what I read" : "on " + page_->source,
                     others.empty() ? "" : fmt::format(" (nor on {})", fmt::join(others, ", "))));
  const auto front = in_front();
  constexpr size_t kShownSentences = 2;
  if (const auto near = nearest_passage(others.empty() ? front : sources(), step.text)) {
    parts_.push_back(
        fmt::format("The nearest that {} says: \"{}\"", near->source->name(), shortened(near->text, 300)));
  } else if (this_page && page_ != nullptr) {
    const std::string lead = summarize(*page_, kShownSentences, false);
    if (!lead.empty()) parts_.push_back(fmt::format("The page says: \"{}\"", shortened(lead, 300)));
  }
}

// The other parts of a long page, until they answer.
bool Planner::read_on(std::string_view question) {
  if (read_whole_) return true;
  const Document* part = page_;
  for (size_t count = 1; count < kMaxPageParts; ++count) {
    const size_t hint = part->raw.rfind("with offset ");
    if (hint == std::string::npos ||
        !contains(part->raw.substr(hint > 80 ? hint - 80 : 0), "more characters"))
      break;
    const auto offset = first_number(std::string_view(part->raw).substr(hint));
    if (!offset) break;
    const CallResult* result = ask(browser_call("read", {{"offset", static_cast<int64_t>(*offset)}}), true);
    if (result == nullptr) return false;
    if (result->error) break;
    const std::string source = page_->source;
    documents_.push_back(parse_document(result->text, source));
    part = &documents_.back();
    const auto found = answer_question(sources(), question);
    if (found && found->confidence >= kGoodEnough) break;
  }
  read_whole_ = true;
  return true;
}

// A site whose front page was opened is searched as far as the limit goes; from another page only links that
// promise something are followed. When nothing answers, the page that was left is the one in front again.
bool Planner::explore(std::string_view question, std::optional<Answer>& best) {
  if (!come_back()) return false;
  const Document* start = page_;
  const std::string origin = origin_of(start->source);
  if (origin.empty()) return true;
  constexpr double kPromising = 0.25;
  // A weak answer of the page itself is worth a look elsewhere only where a label is near to the question.
  constexpr double kVeryPromising = 0.5;
  const bool front_page = !did_.empty() && is_front_page(start->source);
  const double least = front_page ? (best ? kPromising : 0) : best ? kVeryPromising : kPromising;
  std::set<std::string> seen;
  for (const Document& document : documents_) seen.insert(without_fragment(document.source));
  std::vector<Link> frontier;
  for (size_t pages = 0; pages < kMaxExploredPages; ++pages) {
    const CallResult* links = ask(browser_call("links"), true);
    if (links == nullptr) return false;
    for (auto& [label, url] : link_lines(links->error ? "" : links->text)) {
      Link link{std::move(label), without_fragment(url)};
      if (origin_of(link.url) != origin || is_no_page(link) || !seen.insert(link.url).second) continue;
      link.score = promise(question, link);
      frontier.push_back(std::move(link));
    }
    const auto next = std::ranges::max_element(frontier, {}, &Link::score);
    if (next == frontier.end() || next->score < least) break;
    const Link chosen = std::move(*next);
    frontier.erase(next);
    const CallResult* result = ask(browser_call("navigate", {{"url", chosen.url}}), true);
    if (result == nullptr) return false;
    if (result->error) continue;
    show_page(*result, chosen.url);
    if (!read_on(question)) return false;
    auto found = answer_question(sources(), question);
    if (found && (!best || found->confidence > best->confidence)) best = std::move(found);
    if (best && best->confidence >= kGoodEnough) return true;
  }
  if (page_ != start && (!best || best->source != page_)) {
    return_to_ = start->source;
    page_ = start;
  }
  return true;
}

}  // namespace soma::model::reflex
