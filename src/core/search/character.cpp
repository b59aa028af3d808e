// Tables after Unicode 14. A character that none of them names is a letter: what is missing, rare scripts'
// punctuation, then joins two words and loses none. That keeps the tables at a tenth of their whole size.
#include "core/search/character.h"

#include <algorithm>
#include <iterator>
#include <span>

namespace soma::search {
namespace {

struct Range {
  char32_t first, last;
};

// General categories P, S, Z and C; in ascending order.
constexpr Range kBreaks[] = {
    {0x80, 0xA9},       {0xAB, 0xAC},        {0xAE, 0xB1},       {0xB4, 0xB4},       {0xB6, 0xB8},
    {0xBB, 0xBB},       {0xBF, 0xBF},        {0xD7, 0xD7},       {0xF7, 0xF7},       {0x2C2, 0x2C5},
    {0x2D2, 0x2DF},     {0x2E5, 0x2EB},      {0x2EF, 0x2FF},     {0x375, 0x375},     {0x37E, 0x37E},
    {0x384, 0x385},     {0x387, 0x387},      {0x3F6, 0x3F6},     {0x482, 0x482},     {0x55A, 0x55F},
    {0x589, 0x58F},     {0x5BE, 0x5BE},      {0x5C0, 0x5C0},     {0x5C3, 0x5C3},     {0x5C6, 0x5C6},
    {0x5F3, 0x60F},     {0x61B, 0x61F},      {0x66A, 0x66D},     {0x6D4, 0x6D4},     {0x6DD, 0x6DE},
    {0x6E9, 0x6E9},     {0x6FD, 0x6FE},      {0x700, 0x70F},     {0x964, 0x965},     {0x970, 0x970},
    {0x9F2, 0x9F3},     {0xBF3, 0xBFA},      {0xDF4, 0xDF4},     {0xE3F, 0xE3F},     {0xE4F, 0xE4F},
    {0xE5A, 0xE5B},     {0xF01, 0xF17},      {0xF3A, 0xF3D},     {0x104A, 0x104F},   {0x10FB, 0x10FB},
    {0x1360, 0x1368},   {0x1400, 0x1400},    {0x166D, 0x166E},   {0x1680, 0x1680},   {0x17D4, 0x17D6},
    {0x17D8, 0x17DB},   {0x1800, 0x180A},    {0x1FBD, 0x1FBD},   {0x1FBF, 0x1FC1},   {0x1FCD, 0x1FCF},
    {0x1FDD, 0x1FDF},   {0x1FED, 0x1FEF},    {0x1FFD, 0x200B},   {0x200E, 0x206F},   {0x207A, 0x207E},
    {0x208A, 0x208E},   {0x20A0, 0x2101},    {0x2103, 0x2106},   {0x2108, 0x2109},   {0x2114, 0x2114},
    {0x2116, 0x2118},   {0x211E, 0x2123},    {0x2140, 0x2144},   {0x214A, 0x214D},   {0x218A, 0x245F},
    {0x249C, 0x24E9},   {0x2500, 0x2775},    {0x2794, 0x2BFF},   {0x2CE5, 0x2CEA},   {0x2CF9, 0x2CFF},
    {0x2E00, 0x2E7F},   {0x2FF0, 0x3004},    {0x3008, 0x3020},   {0x3030, 0x3030},   {0x3036, 0x3037},
    {0x303D, 0x303F},   {0x309B, 0x309C},    {0x30A0, 0x30A0},   {0x30FB, 0x30FB},   {0x3190, 0x319F},
    {0x31C0, 0x31E3},   {0x3200, 0x33FF},    {0x4DC0, 0x4DFF},   {0xA4FE, 0xA4FF},   {0xA720, 0xA721},
    {0xD800, 0xF8FF},   {0xFD3E, 0xFD4F},    {0xFDFC, 0xFDFF},   {0xFE10, 0xFE19},   {0xFE30, 0xFE6F},
    {0xFEFF, 0xFF0F},   {0xFF1A, 0xFF20},    {0xFF3B, 0xFF40},   {0xFF5B, 0xFF65},   {0xFFE0, 0xFFFF},
    {0x10100, 0x10102}, {0x1CF50, 0x1D164},  {0x1D16A, 0x1D241}, {0x1D300, 0x1D356}, {0x1D800, 0x1DA8B},
    {0x1F000, 0x1FBEF}, {0xE0000, 0x10FFFF},
};

constexpr Range kIgnored[] = {{0xAD, 0xAD}, {0x300, 0x36F}, {0x200C, 0x200D}, {0xFE00, 0xFE0F}};

constexpr Range kUnspaced[] = {
    {0xE00, 0xEFF},   {0x1000, 0x109F},   {0x1100, 0x11FF},   {0x1780, 0x17FF}, {0x2E80, 0x2FDF},
    {0x3005, 0x3007}, {0x3021, 0x302F},   {0x3031, 0x318F},   {0x31A0, 0x31BF}, {0x31F0, 0x31FF},
    {0x3400, 0x4DBF}, {0x4E00, 0x9FFF},   {0xA960, 0xA97F},   {0xAC00, 0xD7FF}, {0xF900, 0xFAFF},
    {0xFF66, 0xFFDC}, {0x1B000, 0x1B16F}, {0x20000, 0x3FFFF},
};

constexpr bool ascending(std::span<const Range> ranges) {
  for (size_t i = 0; i < ranges.size(); ++i) {
    if (ranges[i].first > ranges[i].last || (i > 0 && ranges[i - 1].last >= ranges[i].first)) return false;
  }
  return true;
}
static_assert(ascending(kBreaks) && ascending(kIgnored) && ascending(kUnspaced));

bool contains(std::span<const Range> ranges, char32_t code) {
  const auto after = std::ranges::upper_bound(ranges, code, {}, &Range::first);
  return after != ranges.begin() && code <= std::prev(after)->last;
}

CharacterKind kind_of(char32_t code) {
  if (code < 0x80) {
    const bool word =
        (code >= '0' && code <= '9') || (code >= 'A' && code <= 'Z') || (code >= 'a' && code <= 'z');
    return word ? CharacterKind::kWord : CharacterKind::kBreak;
  }
  if (contains(kIgnored, code)) return CharacterKind::kIgnored;
  if (contains(kBreaks, code)) return CharacterKind::kBreak;
  return contains(kUnspaced, code) ? CharacterKind::kUnspaced : CharacterKind::kWord;
}

// The letter below the accents (compatibility decomposition, lower case), one for each code point from
// `first` on; '.' where there is none.
struct Letters {
  char32_t first;
  std::string_view base;
};
constexpr Letters kLatin[] = {
    {0xC0,
     "aaaaaa.ceeeeiiiidnooooo.ouuuuy..aaaaaa.ceeeeiiiidnooooo.ouuuuy.y"
     "aaaaaaccccccccddddeeeeeeeeeegggggggghhhhiiiiiiiiii..jjkk.llllll."
     ".llnnnnnn...oooooo..rrrrrrssssssssttttttuuuuuuuuuuuuwwyyyzzzzzzs"},
    {0x1A0, "oo"},
    {0x1AF, "uu"},
    {0x1CD,
     "aaiioouuuuuuuuuu.aaaa....ggkkoooo..j...gg..nnaa..ooaaaaeeeeiiiioooorrrruuuusstt..hh......"
     "aaeeooooooooyy"},
    {0x1E00,
     "aabbbbbbccddddddddddeeeeeeeeeeffgghhhhhhhhhhiiiikkkkkkllllllllmm"
     "mmmmnnnnnnnnoooooooopppprrrrrrrrssssssssssttttttttuuuuuuuuuuvvvv"
     "wwwwwwwwwwxxxxyyzzzzzzhtwy.s....aaaaaaaaaaaaaaaaaaaaaaaaeeeeeeee"
     "eeeeeeeeiiiioooooooooooooooooooooooouuuuuuuuuuuuuuyyyyyyyy"},
};

// Letters that are written as two, and single ones that fit no rule.
struct Spelling {
  char32_t code;
  std::string_view folded;
};
constexpr Spelling kSpellings[] = {
    {0xAA, "a"},    {0xBA, "o"},    {0xC6, "ae"},    {0xDE, "th"},    {0xDF, "ss"},   {0xE6, "ae"},
    {0xFE, "th"},   {0x132, "ij"},  {0x133, "ij"},   {0x152, "oe"},   {0x153, "oe"},  {0x386, "α"},
    {0x388, "ε"},   {0x389, "η"},   {0x38A, "ι"},    {0x38C, "ο"},    {0x38E, "υ"},   {0x38F, "ω"},
    {0x390, "ι"},   {0x3AA, "ι"},   {0x3AB, "υ"},    {0x3AC, "α"},    {0x3AD, "ε"},   {0x3AE, "η"},
    {0x3AF, "ι"},   {0x3B0, "υ"},   {0x3C2, "σ"},    {0x3CA, "ι"},    {0x3CB, "υ"},   {0x3CC, "ο"},
    {0x3CD, "υ"},   {0x3CE, "ω"},   {0x401, "е"},    {0x451, "е"},    {0x1E9E, "ss"}, {0xFB00, "ff"},
    {0xFB01, "fi"}, {0xFB02, "fl"}, {0xFB03, "ffi"}, {0xFB04, "ffl"},
};
static_assert(std::ranges::is_sorted(kSpellings, {}, &Spelling::code));

char32_t lower(char32_t code) {
  if (code >= 0x391 && code <= 0x3A9) return code + 0x20;  // Greek
  if (code >= 0x400 && code <= 0x40F) return code + 0x50;  // Cyrillic
  if (code >= 0x410 && code <= 0x42F) return code + 0x20;
  const bool pairs = (code >= 0x460 && code <= 0x481) || (code >= 0x48A && code <= 0x4BF) ||
                     (code >= 0x4D0 && code <= 0x52F);
  if (pairs) return code | 1;
  if (code >= 0x531 && code <= 0x556) return code + 0x30;                                        // Armenian
  if (code >= 0xFF10 && code <= 0xFF5A) return (code - 0xFEE0) | (code >= 0xFF21 ? 0x20u : 0u);  // full-width
  return code;
}

void append_utf8(std::string& text, char32_t code) {
  const auto tail = [&](int shift) { text += static_cast<char>(0x80 | (code >> shift & 0x3F)); };
  if (code < 0x80) {
    text += static_cast<char>(code);
  } else if (code < 0x800) {
    text += static_cast<char>(0xC0 | code >> 6);
    tail(0);
  } else if (code < 0x10000) {
    text += static_cast<char>(0xE0 | code >> 12);
    tail(6);
    tail(0);
  } else {
    text += static_cast<char>(0xF0 | code >> 18);
    tail(12);
    tail(6);
    tail(0);
  }
}

}  // namespace

Character character_at(std::string_view text, size_t at) {
  const auto byte = [&](size_t index) -> char32_t { return static_cast<unsigned char>(text[at + index]); };
  const auto tail = [&](size_t index) { return byte(index) & 0x3F; };
  const char32_t first = byte(0);
  Character character{first, CharacterKind::kBreak, 1};
  if (first >= 0xF0) {
    character = {(first & 0x07) << 18 | tail(1) << 12 | tail(2) << 6 | tail(3), {}, 4};
  } else if (first >= 0xE0) {
    character = {(first & 0x0F) << 12 | tail(1) << 6 | tail(2), {}, 3};
  } else if (first >= 0x80) {
    character = {(first & 0x1F) << 6 | tail(1), {}, 2};
  }
  character.kind = kind_of(character.code);
  return character;
}

void append_folded(std::string& word, char32_t code) {
  if (code < 0x80) {
    word += static_cast<char>(code >= 'A' && code <= 'Z' ? code | 0x20 : code);
    return;
  }
  for (const Letters& letters : kLatin) {
    if (code < letters.first || code - letters.first >= letters.base.size()) continue;
    const char base = letters.base[code - letters.first];
    if (base != '.') {
      word += base;
      return;
    }
  }
  const auto* spelling = std::ranges::lower_bound(kSpellings, code, {}, &Spelling::code);
  if (spelling != std::end(kSpellings) && spelling->code == code) {
    word += spelling->folded;
    return;
  }
  append_utf8(word, lower(code));
}

bool is_apostrophe(char32_t code) {
  return code == '\'' || code == 0x2019 || code == 0x2018 || code == 0xFF07;
}

}  // namespace soma::search
