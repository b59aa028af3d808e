// Questions: answered from what was read, then from the rest of a long page, then from the pages it links to
// (same site, best label first, at most kMaxExploredPages), then from what was read for earlier prompts.
#include <algorithm>
#include <array>
#include <set>

#include <fmt/format.h>
#include "base/os/os.h"
#include "core/model/reflex/planner.h"
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

// The lines of the browser's "links": `- [text](e5) http://…`.
std::vector<Link> read_links(std::string_view text) {
  std::vector<Link> out;
  for (const std::string_view line : os::split(text, '\n')) {
    const size_t close = line.rfind(") ");
    if (!line.starts_with("- [") || close == std::string_view::npos) continue;
    out.push_back(
        {plain_text(line.substr(2, close - 1)), without_fragment(os::trim(line.substr(close + 2)))});
  }
  return out;
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

std::vector<const Document*> Planner::sources() const {
  std::vector<const Document*> out;
  for (const Document& document : documents_) out.push_back(&document);
  return out;
}

void Planner::answer(const Answer& answer) {
  std::string from;
  if (answer.source != nullptr && !answer.source->source.empty()) {
    const Document& source = *answer.source;
    from = source.title.empty() ? source.source : fmt::format("{} ({})", source.title, source.source);
  }
  say(from.empty() ? answer.text : fmt::format("{}\n\nSource: {}", answer.text, from));
  web_shown_ = true;
}

bool Planner::question(const Step& step, bool) {
  if (const ToolSpec* tool = tools_.choose(step.text)) return use_tool(*tool, step);
  if (page_stale_ && tools_.browser != nullptr && need_page("read the page") == nullptr) return !waiting();
  auto best = answer_question(sources(), step.text);
  if ((!best || best->confidence < kGoodEnough) && page_ != nullptr && tools_.browser != nullptr) {
    if (!read_on(step.text)) return false;
    best = answer_question(sources(), step.text);
    if ((!best || best->confidence < kGoodEnough) && !explore(step.text, best)) return false;
  }
  if (best) return answer(*best), true;
  std::deque<Document> earlier;
  for (const auto& past : conversation_.earlier()) {
    if (!past.result.error) earlier.push_back(parse_document(past.result.text, past.call.tool));
  }
  std::vector<const Document*> past;
  for (const Document& document : earlier) past.push_back(&document);
  if (const auto found = answer_question(past, step.text)) return answer(*found), true;
  if (sources().empty() && past.empty()) {
    unknown_ = true;
    cannot(
        fmt::format("answer \"{}\": I know nothing by myself, I only read what tools and documents say, and "
                    "nothing here was read yet",
                    shortened(step.text, 160)));
  } else {
    cannot(fmt::format("find an answer to \"{}\" in what I read{}", shortened(step.text, 160),
                       page_ == nullptr ? "" : " at " + page_->source + " and the pages it links to"));
  }
  return true;
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

bool Planner::explore(std::string_view question, std::optional<Answer>& best) {
  const std::string origin = origin_of(page_->source);
  if (origin.empty()) return true;
  // A site that this prompt opened is searched whole, as far as the limit goes; one that was left open only
  // where a label promises something.
  const double least = did_.empty() ? 0.15 : 0;
  std::set<std::string> seen;
  for (const Document& document : documents_) seen.insert(without_fragment(document.source));
  std::vector<Link> frontier;
  for (size_t pages = 0; pages < kMaxExploredPages; ++pages) {
    const CallResult* links = ask(browser_call("links"), true);
    if (links == nullptr) return false;
    for (Link& link : links->error ? std::vector<Link>() : read_links(links->text)) {
      if (origin_of(link.url) != origin || is_no_page(link) || !seen.insert(link.url).second) continue;
      link.score = promise(question, link);
      frontier.push_back(std::move(link));
    }
    const auto next = std::ranges::max_element(frontier, {}, &Link::score);
    if (next == frontier.end() || next->score < least) return true;
    const Link chosen = *next;
    frontier.erase(next);
    const CallResult* result = ask(browser_call("navigate", {{"url", chosen.url}}), true);
    if (result == nullptr) return false;
    if (result->error) continue;
    show_page(*result, chosen.url);
    did_.push_back("opened " + page_->source);
    if (!read_on(question)) return false;
    auto found = answer_question(sources(), question);
    if (found && (!best || found->confidence > best->confidence)) best = std::move(found);
    if (best && best->confidence >= kGoodEnough) return true;
  }
  return true;
}

}  // namespace soma::model::reflex
