// Runs a pattern's program over a subject, keeping on a stack where it can turn back to and what it must then
// undo.
#include <algorithm>

#include "services/workflow/jsonata/failure.h"
#include "services/workflow/jsonata/regex.h"
#include "services/workflow/jsonata/text.h"

namespace soma::workflow::jsonata {
namespace {

using Entry = RegexScratch::Entry;

constexpr uint64_t kInstructionsPerStep = 8;
constexpr uint32_t kUnmatched = UINT32_MAX;
constexpr size_t kUsualEntries = 32;  // room that most searches do not go beyond

bool is_line_end(char16_t unit) {
  return unit == '\n' || unit == '\r' || unit == 0x2028 || unit == 0x2029;
}
bool is_word(char16_t unit) {
  return (unit >= '0' && unit <= '9') || (unit >= 'A' && unit <= 'Z') || (unit >= 'a' && unit <= 'z') ||
         unit == '_';
}

}  // namespace

class RegexMatcher {
 public:
  RegexMatcher(const Regex& regex, uint64_t& steps, RegexScratch& scratch)
      : regex_(regex), registers_(scratch.registers), stack_(scratch.stack), steps_(steps) {
    left_ = steps > UINT64_MAX / kInstructionsPerStep ? UINT64_MAX : steps * kInstructionsPerStep;
    granted_ = left_;
    stack_.reserve(kUsualEntries);
  }

  template <class Text>
  std::optional<Match> search(const Text& text, size_t from) {
    std::optional<Match> match;
    for (size_t start = from; start <= text.size(); ++start) {
      start = candidate(text, start);
      if (start > text.size()) break;
      registers_.assign(regex_.register_count_, kUnmatched);
      stack_.clear();
      if (run(text, 0, static_cast<uint32_t>(start))) {
        match = result();
        break;
      }
    }
    steps_ -= std::min(steps_, (granted_ - left_) / kInstructionsPerStep + 1);
    return match;
  }

 private:
  void spend(uint64_t instructions = 1) {
    if (left_ < instructions) {
      steps_ = 0;
      throw Failure{.code = "U1001", .message = "max_steps"};
    }
    left_ -= instructions;
  }

  // The next start at which the program's first instruction can succeed.
  template <class Text>
  size_t candidate(const Text& text, size_t start) {
    const Instruction& first = regex_.program_[1];  // behind the save of the start
    size_t at = start;
    if (first.op == Op::kLineStart && !regex_.multiline_) return start == 0 ? 0 : text.size() + 1;
    if (first.op == Op::kUnit) {
      while (at < text.size() && static_cast<char16_t>(text[at]) != first.unit) ++at;
      if (at == text.size()) ++at;
    } else if (first.op == Op::kSet || (first.op == Op::kRepeatSet && first.least > 0)) {
      const UnitSet& set = regex_.sets_[first.target];
      while (at < text.size() && !set.contains(static_cast<char16_t>(text[at]))) ++at;
      if (at == text.size()) ++at;
    }
    spend((at - start) / kInstructionsPerStep);
    return at;
  }

  Match result() const {
    Match match{.start = registers_[0], .end = registers_[1]};
    match.groups.reserve(regex_.group_count_);
    for (size_t group = 1; group <= regex_.group_count_; ++group) {
      const uint32_t start = registers_[group * 2], end = registers_[group * 2 + 1];
      if (start == kUnmatched || end == kUnmatched) {
        match.groups.emplace_back();
      } else {
        match.groups.push_back(Match::Group{start, end});
      }
    }
    return match;
  }

  void push(Entry entry) {
    if (stack_.size() >= kMaxBacktrackEntries)
      throw Failure{.code = "U1001", .message = "kMaxBacktrackEntries"};
    stack_.push_back(entry);
  }

  void set_register(uint32_t index, uint32_t value) {
    push({Entry::Kind::kRestore, index, registers_[index], 0});
    registers_[index] = value;
  }

  // The unit that the instruction reads at `at`, which moves; false at the end.
  template <class Text>
  static bool read(const Text& text, bool backward, uint32_t& at, char16_t& unit) {
    if (backward ? at == 0 : at == text.size()) return false;
    unit = static_cast<char16_t>(text[backward ? --at : at++]);
    return true;
  }

  template <class Text>
  bool run(const Text& text, uint32_t pc, uint32_t at) {
    const size_t base = stack_.size();
    for (;;) {
      spend();
      const Instruction& instruction = regex_.program_[pc];
      if (instruction.op == Op::kAccept) return true;
      if (step(text, instruction, pc, at)) continue;
      if (!turn_back(text, base, pc, at)) return false;
    }
  }

  // One instruction: moves pc and at, or fails.
  template <class Text>
  bool step(const Text& text, const Instruction& instruction, uint32_t& pc, uint32_t& at) {
    char16_t unit = 0;
    switch (instruction.op) {
      case Op::kUnit:
        ++pc;
        return read(text, instruction.backward, at, unit) && unit == instruction.unit;
      case Op::kUnitFolded:
        ++pc;
        return read(text, instruction.backward, at, unit) && fold_case(unit) == instruction.unit;
      case Op::kSet:
        ++pc;
        return read(text, instruction.backward, at, unit) && regex_.sets_[instruction.target].contains(unit);
      case Op::kRepeatSet:
        return repeat_set(text, instruction, pc, at);
      case Op::kSplit:
        push({Entry::Kind::kChoice, instruction.greedy ? instruction.least : instruction.target, at, 0});
        pc = instruction.greedy ? instruction.target : instruction.least;
        return true;
      case Op::kJump:
        pc = instruction.target;
        return true;
      case Op::kSave:
      case Op::kMark:
        set_register(instruction.target, at);
        ++pc;
        return true;
      case Op::kClear:
        for (uint32_t index = instruction.least; index <= instruction.most; ++index)
          set_register(index, kUnmatched);
        ++pc;
        return true;
      case Op::kProgress:
        ++pc;
        return registers_[instruction.target] != at;
      case Op::kBackReference:
        ++pc;
        return back_reference(text, instruction, at);
      case Op::kLook:
        return look(text, instruction, pc, at);
      default:
        ++pc;
        return holds(text, instruction.op, at);
    }
  }

  template <class Text>
  bool holds(const Text& text, Op op, uint32_t at) const {
    if (op == Op::kLineStart) {
      return at == 0 || (regex_.multiline_ && is_line_end(static_cast<char16_t>(text[at - 1])));
    }
    if (op == Op::kLineEnd) {
      return at == text.size() || (regex_.multiline_ && is_line_end(static_cast<char16_t>(text[at])));
    }
    const bool before = at > 0 && is_word(static_cast<char16_t>(text[at - 1]));
    const bool behind = at < text.size() && is_word(static_cast<char16_t>(text[at]));
    return (before != behind) == (op == Op::kBoundary);
  }

  template <class Text>
  bool repeat_set(const Text& text, const Instruction& instruction, uint32_t& pc, uint32_t& at) {
    const UnitSet& set = regex_.sets_[instruction.target];
    const uint32_t wanted = instruction.greedy ? instruction.most : instruction.least;
    const uint32_t start = at;
    uint32_t count = 0;
    for (uint32_t next = at; count < wanted; ++count) {
      char16_t unit;
      if (!read(text, instruction.backward, next, unit) || !set.contains(unit)) break;
      at = next;
    }
    spend(count / 4);
    if (count < instruction.least) return false;
    const auto moved = [&](uint32_t by) { return instruction.backward ? start - by : start + by; };
    if (instruction.greedy && count > instruction.least) {
      push({Entry::Kind::kGreedy, pc, moved(count - 1), moved(instruction.least)});
    } else if (!instruction.greedy && count < instruction.most) {
      push({Entry::Kind::kLazy, pc, at, count});
    }
    ++pc;
    return true;
  }

  template <class Text>
  bool back_reference(const Text& text, const Instruction& instruction, uint32_t& at) {
    const uint32_t start = registers_[instruction.target * 2], end = registers_[instruction.target * 2 + 1];
    if (start == kUnmatched || end == kUnmatched) return true;
    const uint32_t length = end - start;
    if (instruction.backward ? at < length : text.size() - at < length) return false;
    const uint32_t other = instruction.backward ? at - length : at;
    spend(length / 4);
    for (uint32_t index = 0; index < length; ++index) {
      const auto left = static_cast<char16_t>(text[start + index]),
                 right = static_cast<char16_t>(text[other + index]);
      if (left != right && !(regex_.ignore_case_ && fold_case(left) == fold_case(right))) return false;
    }
    at = instruction.backward ? other : other + length;
    return true;
  }

  // The sub-program matches once: there is no turning back into it. What it captured can still be undone.
  template <class Text>
  bool look(const Text& text, const Instruction& instruction, uint32_t& pc, uint32_t at) {
    const size_t base = stack_.size();
    const bool found = run(text, pc + 1, at);
    pc = instruction.target;
    if (instruction.negative) {
      undo(base);
      return !found;
    }
    if (found) {
      const auto kept =
          std::remove_if(stack_.begin() + static_cast<ptrdiff_t>(base), stack_.end(),
                         [](const Entry& entry) { return entry.kind != Entry::Kind::kRestore; });
      stack_.erase(kept, stack_.end());
    }
    return found;
  }

  void undo(size_t base) {
    for (; stack_.size() > base; stack_.pop_back()) {
      if (stack_.back().kind == Entry::Kind::kRestore) registers_[stack_.back().pc] = stack_.back().a;
    }
  }

  // To the last place where there was another way; false when there is none above `base`.
  template <class Text>
  bool turn_back(const Text& text, size_t base, uint32_t& pc, uint32_t& at) {
    while (stack_.size() > base) {
      Entry& entry = stack_.back();
      if (entry.kind == Entry::Kind::kRestore) {
        registers_[entry.pc] = entry.a;
      } else if (entry.kind == Entry::Kind::kChoice) {
        pc = entry.pc;
        at = entry.a;
        stack_.pop_back();
        return true;
      } else if (entry.kind == Entry::Kind::kGreedy) {
        pc = entry.pc + 1;
        at = entry.a;
        if (entry.a == entry.b) {
          stack_.pop_back();
        } else {
          entry.a = entry.a > entry.b ? entry.a - 1 : entry.a + 1;
        }
        return true;
      } else if (read_one_more(text, entry)) {
        pc = entry.pc + 1;
        at = entry.a;
        return true;
      }
      stack_.pop_back();
    }
    return false;
  }

  template <class Text>
  bool read_one_more(const Text& text, Entry& entry) {
    const Instruction& instruction = regex_.program_[entry.pc];
    char16_t unit;
    if (entry.b == instruction.most || !read(text, instruction.backward, entry.a, unit)) return false;
    ++entry.b;
    return regex_.sets_[instruction.target].contains(unit);
  }

  const Regex& regex_;
  std::vector<uint32_t>& registers_;
  std::vector<Entry>& stack_;
  uint64_t& steps_;
  uint64_t left_ = 0;  // instructions
  uint64_t granted_ = 0;
};

namespace {

// Bytes of ASCII as the units they are.
struct AsciiText {
  std::string_view text;
  size_t size() const { return text.size(); }
  unsigned char operator[](size_t at) const { return static_cast<unsigned char>(text[at]); }
};

}  // namespace

Subject::Subject(std::string_view text) : text_(text), is_ascii_(jsonata::is_ascii(text)) {
  if (!is_ascii_) units_ = to_utf16(text);
}

std::string_view Subject::slice(size_t start, size_t end, std::string& storage) const {
  if (is_ascii_) return text_.substr(start, end - start);
  storage = from_utf16(std::u16string_view(units_).substr(start, end - start));
  return storage;
}

std::optional<Match> search(const Regex& regex, const Subject& subject, size_t from, uint64_t& steps,
                            RegexScratch& scratch) {
  RegexMatcher matcher(regex, steps, scratch);
  if (subject.is_ascii()) return matcher.search(AsciiText{subject.ascii()}, from);
  return matcher.search(subject.units(), from);
}

}  // namespace soma::workflow::jsonata
