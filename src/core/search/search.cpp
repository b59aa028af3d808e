// An inverted index: for each word the documents that have it, by slot, a small number that a document gets
// when it is added. Postings are appended, so they are in the order of slots, and a search adds up one flat
// array of sums, one for each slot.
//
// A removed document leaves its slot empty and its postings where they are; the words' document counts are
// kept exact by the document's own list of words, and a word with a count of 0 goes at once. When more slots
// are empty than taken, all are numbered anew: a removal costs what an addition costs, on average.
#include "core/search/search.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <unordered_map>

#include "core/search/term_reader.h"

namespace soma::search {
namespace {

// The usual values; Robertson & Zaragoza recommend 1.2 to 2 and 0.5 to 0.8.
constexpr double kK1 = 1.2;
constexpr double kB = 0.75;

constexpr size_t kMinEmptySlots = 64;  // fewer are not worth numbering anew
constexpr uint32_t kNoSlot = UINT32_MAX;

struct TextHash {
  using is_transparent = void;
  size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
};
template <typename T>
using TextMap = std::unordered_map<std::string, T, TextHash, std::equal_to<>>;

// Weights of parts are whole numbers of these, so that the sum of all lengths stays exact.
constexpr uint32_t kUnitsPerWord = 256;
static_assert(kMaxDocumentTerms * kMaxPartWeight * kUnitsPerWord < UINT32_MAX);

struct Posting {
  uint32_t slot;
  uint32_t units;  // how often the document has the word, by the weights of its parts
};

struct Word {
  const std::string* text = nullptr;  // the key in `words_by_text`; null: the place is free
  std::vector<Posting> postings;      // by slot, ascending; those of removed documents included
  uint32_t documents = 0;             // without the removed ones
};

struct Document {
  uint64_t number = 0;
  bool present = false;
  uint64_t length = 0;          // units of all its words
  std::vector<uint32_t> words;  // places in `words`, each once
};

double inverse_document_frequency(size_t documents, size_t having) {
  const double n = static_cast<double>(documents), df = static_cast<double>(having);
  return std::log(1 + (n - df + 0.5) / (df + 0.5));
}

struct QueryWord {
  const Word* word = nullptr;  // null: no document has it
  double count = 0;            // in the query
};

struct Sum {
  double score = 0;
  double covered = 0;  // of the query's mass
};

}  // namespace

struct Index::State {
  TextMap<uint32_t> words_by_text;
  std::vector<Word> words;
  std::vector<uint32_t> free_words;
  std::vector<Document> slots;
  std::unordered_map<uint64_t, uint32_t> slots_by_number;
  uint64_t total_length = 0;  // units, of the present documents

  uint32_t place_of(const std::string& text);
  std::map<uint32_t, uint32_t> units_by_place(std::span<const Part> parts);
  void forget(uint32_t place);
  void renumber();
  std::vector<QueryWord> query_words(std::string_view query) const;
  std::vector<Sum> sums(const std::vector<QueryWord>& query, double& mass) const;
};

uint32_t Index::State::place_of(const std::string& text) {
  if (const auto found = words_by_text.find(text); found != words_by_text.end()) return found->second;
  if (free_words.empty()) {
    free_words.push_back(static_cast<uint32_t>(words.size()));
    words.emplace_back();
  }
  const uint32_t place = free_words.back();
  words[place].text = &words_by_text.emplace(text, place).first->first;
  free_words.pop_back();
  return place;
}

// What a document of these parts has of each word.
std::map<uint32_t, uint32_t> Index::State::units_by_place(std::span<const Part> parts) {
  std::map<uint32_t, uint32_t> units;
  size_t read = 0;
  for (const Part& part : parts) {
    const double wanted = std::round(part.weight * kUnitsPerWord);
    const auto weight = static_cast<uint32_t>(std::clamp(wanted, 1.0, kMaxPartWeight * kUnitsPerWord));
    TermReader reader(part.text);
    for (std::string term; read < kMaxDocumentTerms && reader.next(term); ++read)
      units[place_of(term)] += weight;
  }
  return units;
}

void Index::State::forget(uint32_t place) {
  words_by_text.erase(words_by_text.find(*words[place].text));
  words[place] = {};
  free_words.push_back(place);
}

// Slots without gaps, in the same order.
void Index::State::renumber() {
  std::vector<uint32_t> moved(slots.size(), kNoSlot);
  std::vector<Document> kept;
  kept.reserve(slots_by_number.size());
  for (size_t slot = 0; slot < slots.size(); ++slot) {
    if (!slots[slot].present) continue;
    moved[slot] = static_cast<uint32_t>(kept.size());
    slots_by_number[slots[slot].number] = moved[slot];
    kept.push_back(std::move(slots[slot]));
  }
  slots = std::move(kept);
  for (Word& word : words) {
    std::erase_if(word.postings, [&](const Posting& posting) { return moved[posting.slot] == kNoSlot; });
    for (Posting& posting : word.postings) posting.slot = moved[posting.slot];
    word.postings.shrink_to_fit();
  }
}

// The query's words, each once, in the order of the query.
std::vector<QueryWord> Index::State::query_words(std::string_view query) const {
  std::vector<QueryWord> found;
  TextMap<size_t> seen;
  TermReader reader(query);
  size_t read = 0;
  for (std::string term; read < kMaxDocumentTerms && reader.next(term); ++read) {
    if (const auto known = seen.find(term); known != seen.end()) {
      found[known->second].count += 1;
      continue;
    }
    if (found.size() == kMaxQueryTerms) continue;
    const auto place = words_by_text.find(term);
    found.push_back({place == words_by_text.end() ? nullptr : &words[place->second], 1});
    seen.emplace(std::move(term), found.size() - 1);
  }
  return found;
}

// For each slot what its document scores; `mass` becomes what a document would cover that has all words.
std::vector<Sum> Index::State::sums(const std::vector<QueryWord>& query, double& mass) const {
  const size_t documents = slots_by_number.size();
  const double average = static_cast<double>(total_length) / static_cast<double>(documents);
  std::vector<Sum> sums(slots.size());
  for (const auto& [word, in_query] : query) {
    const double weight = inverse_document_frequency(documents, word == nullptr ? 1 : word->documents);
    mass += weight * in_query;
    if (word == nullptr) continue;
    for (const Posting& posting : word->postings) {
      const Document& document = slots[posting.slot];
      if (!document.present) continue;
      const double count = static_cast<double>(posting.units) / kUnitsPerWord;
      const double longer = 1 - kB + kB * static_cast<double>(document.length) / average;
      sums[posting.slot].score += in_query * weight * count * (kK1 + 1) / (count + kK1 * longer);
      sums[posting.slot].covered += weight * std::min(count, in_query);
    }
  }
  return sums;
}

Index::Index() : state_(std::make_unique<State>()) {}
Index::~Index() = default;
Index::Index(Index&&) noexcept = default;
Index& Index::operator=(Index&&) noexcept = default;

void Index::add(uint64_t number, std::string_view text) {
  const Part whole{text};
  add(number, std::span(&whole, 1));
}

void Index::add(uint64_t number, std::span<const Part> parts) {
  remove(number);
  State& state = *state_;
  const auto found = state.units_by_place(parts);
  const auto slot = static_cast<uint32_t>(state.slots.size());
  Document document{number, true, 0, {}};
  document.words.reserve(found.size());
  for (const auto& [place, units] : found) {
    Word& word = state.words[place];
    word.postings.push_back({slot, units});
    ++word.documents;
    document.words.push_back(place);
    document.length += units;
  }
  state.total_length += document.length;
  state.slots.push_back(std::move(document));
  state.slots_by_number.emplace(number, slot);
}

void Index::remove(uint64_t number) {
  State& state = *state_;
  const auto found = state.slots_by_number.find(number);
  if (found == state.slots_by_number.end()) return;
  Document& document = state.slots[found->second];
  for (const uint32_t place : document.words) {
    if (--state.words[place].documents == 0) state.forget(place);
  }
  state.total_length -= document.length;
  document = {};
  state.slots_by_number.erase(found);
  const size_t present = state.slots_by_number.size(), empty = state.slots.size() - present;
  if (empty > present && empty >= kMinEmptySlots) state.renumber();
}

size_t Index::size() const {
  return state_->slots_by_number.size();
}

size_t Index::bytes() const {
  constexpr size_t kNodeBytes =
      4 * sizeof(void*);  // of a hash table: links, the hash, its place in the table
  const State& state = *state_;
  size_t bytes = sizeof(State) + state.free_words.capacity() * sizeof(uint32_t);
  bytes += state.words.capacity() * sizeof(Word);
  for (const Word& word : state.words) bytes += word.postings.capacity() * sizeof(Posting);
  for (const auto& [text, place] : state.words_by_text)
    bytes += sizeof(text) + sizeof(place) + kNodeBytes + (text.capacity() > 15 ? text.capacity() + 1 : 0);
  bytes += state.slots.capacity() * sizeof(Document);
  for (const Document& document : state.slots) bytes += document.words.capacity() * sizeof(uint32_t);
  return bytes + state.slots_by_number.size() * (2 * sizeof(uint64_t) + kNodeBytes);
}

std::vector<Hit> Index::search(std::string_view query, size_t limit,
                               const std::function<bool(uint64_t)>& accept) const {
  const State& state = *state_;
  const auto words = state.query_words(query);
  if (limit == 0 || words.empty() || size() == 0) return {};
  double mass = 0;
  const auto sums = state.sums(words, mass);
  const auto better = [](const Hit& left, const Hit& right) {
    return left.score != right.score ? left.score > right.score : left.document < right.document;
  };
  std::vector<Hit> best;  // a heap with the worst on top
  for (size_t slot = 0; slot < sums.size(); ++slot) {
    if (sums[slot].score <= 0) continue;
    const Hit hit{state.slots[slot].number, sums[slot].score, std::min(1.0, sums[slot].covered / mass)};
    if (best.size() == limit && !better(hit, best.front())) continue;
    if (accept && !accept(hit.document)) continue;
    if (best.size() == limit) {
      std::ranges::pop_heap(best, better);
      best.pop_back();
    }
    best.push_back(hit);
    std::ranges::push_heap(best, better);
  }
  std::ranges::sort_heap(best, better);
  return best;
}

std::vector<std::string> terms(std::string_view text) {
  std::vector<std::string> found;
  TermReader reader(text);
  for (std::string term; found.size() < kMaxDocumentTerms && reader.next(term);) found.push_back(term);
  return found;
}

}  // namespace soma::search
