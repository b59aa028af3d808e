// Regular expressions with JavaScript's meaning (ECMA-262 and its annex B, without the flag u). Private to
// jsonata/.
//
// RE2 knows neither look-around nor back-references, PCRE reads other things into a pattern than JavaScript
// does, and both work on other units; so a pattern is compiled here, into a small program that a backtracking
// matcher runs over UTF-16 units. Backtracking can take exponential time: every instruction counts against
// the evaluation's steps, and what is remembered is limited (kMaxBacktrackEntries), so that no pattern pins a
// core.
#pragma once

#include <bitset>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace soma::workflow::jsonata {

inline constexpr size_t kMaxPatternUnits = 10'000;
inline constexpr size_t kMaxPatternNesting = 100;
inline constexpr size_t kMaxProgramLength = 100'000;  // counted repetitions are written out
inline constexpr size_t kMaxBacktrackEntries = 1'000'000;

// A set of UTF-16 units.
class UnitSet {
 public:
  void add(char16_t first, char16_t last);
  void add(const UnitSet& other);
  void invert() { inverted_ = !inverted_; }
  // After the last change: folds the case and prepares contains().
  void close(bool ignore_case);
  bool contains(char16_t unit) const { return unit < 128 ? ascii_[unit] : contains_wide(unit); }

 private:
  bool in_ranges(char16_t unit) const;
  bool contains_wide(char16_t unit) const;

  std::vector<std::pair<char16_t, char16_t>> ranges_;
  bool inverted_ = false;
  bool ignore_case_ = false;
  std::bitset<128> ascii_;
};

// What a case-insensitive match compares.
char16_t fold_case(char16_t unit);

enum class Op : uint8_t {
  kUnit,        // unit
  kUnitFolded,  // unit, folded
  kSet,         // set
  kRepeatSet,   // set, least, most, greedy: as often as that, one entry for all that can be given back
  kSplit,       // first at target, then behind; lazy: the other way round
  kJump,        // target
  kSave,        // register
  kClear,       // registers from `least` to `most`: a repetition forgets its groups
  kMark,        // register: where an iteration began
  kProgress,    // register: fails where the iteration matched nothing
  kLineStart,
  kLineEnd,
  kBoundary,
  kNotBoundary,
  kBackReference,  // group
  kLook,           // runs up to its kAccept; target is behind it
  kAccept,
};

struct Instruction {
  Op op;
  bool greedy = true;     // kSplit, kRepeatSet
  bool negative = false;  // kLook
  bool backward = false;  // reads the unit before the position
  char16_t unit = 0;
  uint32_t target = 0;  // or set, register, group
  uint32_t least = 0;
  uint32_t most = 0;  // UINT32_MAX: without end
};

// Immutable, thread-safe.
class Regex {
 public:
  // `position` is named where the pattern is wrong: fails with S0303.
  static std::shared_ptr<const Regex> compile(std::string_view pattern, std::string_view flags,
                                              size_t position);
  const std::string& pattern() const { return pattern_; }
  size_t group_count() const { return group_count_; }

 private:
  friend class RegexCompiler;
  friend class RegexMatcher;
  std::string pattern_;
  std::vector<Instruction> program_;
  std::vector<UnitSet> sets_;
  size_t group_count_ = 0;
  size_t register_count_ = 0;  // two for each group and the whole, then marks
  bool multiline_ = false;
  bool ignore_case_ = false;
};

struct Match {
  size_t start = 0;  // in units of the subject
  size_t end = 0;
  struct Group {
    size_t start, end;
  };
  std::vector<std::optional<Group>> groups{};
};

// One text that is searched, as UTF-16 where it is not ASCII anyway. The text must outlive it.
class Subject {
 public:
  explicit Subject(std::string_view text);
  size_t size() const { return is_ascii_ ? text_.size() : units_.size(); }
  char16_t operator[](size_t at) const {
    return is_ascii_ ? static_cast<unsigned char>(text_[at]) : units_[at];
  }
  // A piece as text: of the text itself, or made in `storage`.
  std::string_view slice(size_t start, size_t end, std::string& storage) const;
  bool is_ascii() const { return is_ascii_; }
  std::string_view ascii() const { return text_; }
  std::u16string_view units() const { return units_; }

 private:
  std::string_view text_;
  bool is_ascii_;
  std::u16string units_;
};

// What the matcher remembers while it runs, kept for the next search.
struct RegexScratch {
  struct Entry {
    enum class Kind : uint8_t {
      kChoice,   // go on at pc with position a
      kGreedy,   // go on behind pc with position a, then with each towards b
      kLazy,     // at pc, position a, b units read: read one more
      kRestore,  // register pc was a
    };
    Kind kind;
    uint32_t pc;
    uint32_t a;
    uint32_t b;
  };
  std::vector<uint32_t> registers;
  std::vector<Entry> stack;
};

// The first match at or behind `from`. `steps` is what may still be spent, and is counted down; fails with
// U1001 when it is used up.
std::optional<Match> search(const Regex& regex, const Subject& subject, size_t from, uint64_t& steps,
                            RegexScratch& scratch);

}  // namespace soma::workflow::jsonata
