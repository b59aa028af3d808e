// Whatever a prompt or a page holds, reading it ends, and in bounded memory.
#include <cstddef>
#include <cstdint>

#include "core/model/reflex/planner.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace soma::model;
  if (size > 20'000) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const size_t cut = text.find('\0');
  const std::string prompt(text.substr(0, cut));
  const std::string page(cut == std::string_view::npos ? text : text.substr(cut + 1));
  const reflex::Document document = reflex::parse_document(page, "page");
  const reflex::Document* documents[] = {&document};
  (void)reflex::answer_question(documents, prompt);
  (void)reflex::describe(document);
  ConverseRequest request{.messages = {{Role::kUser, {Text{prompt}}}}};
  (void)reflex::plan(request);
  return 0;
}
