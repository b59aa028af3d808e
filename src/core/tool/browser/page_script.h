// What soma runs inside a page, in a world of its own: the page's scripts cannot see or change it.
//
// The script defines `soma` there, with the functions that Tab::script calls by name:
//
//   read(offset, limit)              {title, url, status, state, text, offset, more, total, nextRef}
//   mark(), changes(limit)           {added[], removed[], moreAdded, moreRemoved}: lines of text since mark()
//   locate(target)                   scrolls it into view: {ok, x, y, kind, name, type, editable, …} or
//   {error} focusText(target, clear), setValue(target, value), select(target, value), submitForm(target)
//   scroll(target, direction, amount), links(limit), tables(limits), waitFor(condition, ms), quiet(quietMs,
//   maxMs, acted)
//
// A target is {ref} or {selector} or {text}.
//
// The text is Markdown for a model to read: headings, lists, tables, `[text](e5)` for links, and one line for
// each control:
//
//   [e12] button "Send"
//   [e13] textbox "Name" = "Ada" (required)
//   [e14] checkbox "I agree" (checked)
//   [e15] select "Size" = "Small" options: "Small", "Large"
//
// A ref stays with its element while the document lives, and is never used again in the session: the next
// document counts on.
#pragma once

#include <cstdint>
#include <string>

namespace soma::tool::browser {

inline constexpr int kMaxPageText = 20'000;  // characters of one result
inline constexpr int kMaxChangedLines = 60;

// The whole script, an expression to be evaluated in the world of a document; does nothing the second time.
// References count from `first_ref`.
std::string page_script(int64_t first_ref);

// Its two halves.
extern const char* const kReadScript;   // what is on the page
extern const char* const kReachScript;  // finding, clicking, waiting

}  // namespace soma::tool::browser
