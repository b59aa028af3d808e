// A template is compiled into a tree of the parts that compute. What does not stays in the source, which the
// tree points into: a constant field is one pointer, and costs one copy when it is evaluated.
#include <algorithm>
#include <utility>

#include "services/workflow/query/jsonata_glue.h"
#include "services/workflow/query/text_scan.h"

namespace soma::workflow::query {
namespace {

constexpr std::string_view kPathSuffix = ".$";

struct Node {
  enum class Kind { kConstant, kObject, kArray, kSource, kExpression };
  Kind kind = Kind::kConstant;
  const json::Value* constant = nullptr;
  std::vector<std::pair<std::string, Node>> members{};
  std::vector<Node> elements{};
  std::optional<Source> source{};
  std::optional<jsonata::Expression> expression{};
  std::string place{};  // of kSource: the key; of kExpression: where it stands in the state
};

std::unexpected<os::Error> refused(os::Error error, std::string_view location) {
  bool coded = std::ranges::any_of(error.details, [](const auto& detail) { return detail.first == "code"; });
  if (!coded) error.details.emplace_back("code", "SCHEMA_VALIDATION_FAILED");
  error.details.emplace_back("location", location);
  return std::unexpected(std::move(error));
}

std::string upper_type_name(const json::Value& value) {
  std::string name(value.is_integer() ? "number" : json::type_name(value.type()));
  std::ranges::transform(name, name.begin(), [](char c) { return static_cast<char>(c - 'a' + 'A'); });
  return name;
}

class TemplateCompiler {
 public:
  explicit TemplateCompiler(Language language) : language_(language) {}

  // `place`: in the state, for JSONata; `pointer`: within the value.
  os::Result<Node> compile(const json::Value& value, const std::string& place, const std::string& pointer,
                           size_t depth) {
    if (depth > kMaxTemplateDepth) {
      return refused(
          {os::Code::kInvalidArgument,
           "The value is nested deeper than " + std::to_string(kMaxTemplateDepth) + " (kMaxTemplateDepth)"},
          pointer);
    }
    if (value.is_object()) return compile_object(value, place, pointer, depth);
    if (value.is_array()) return compile_array(value, place, pointer, depth);
    if (language_ == Language::kJsonata && value.is_string()) {
      if (auto text = expression_text(value.as_string())) return compile_jsonata(*text, place, pointer);
    }
    return Node{.constant = &value};
  }

  JsonataNeeds& needs() { return needs_; }
  std::vector<Source>& sources() { return sources_; }

 private:
  os::Result<Node> compile_object(const json::Value& value, const std::string& place,
                                  const std::string& pointer, size_t depth) {
    Node node{.kind = Node::Kind::kObject};
    bool constant = true;
    for (const auto& [key, member] : value.as_object()) {
      std::string name = key;
      Node child;
      if (language_ == Language::kJsonPath && key.ends_with(kPathSuffix)) {
        SOMA_ASSIGN(child, compile_source(key, member, pointer));
        name.resize(key.size() - kPathSuffix.size());
      } else {
        SOMA_ASSIGN(child, compile(member, place + "/" + key, json::append_pointer(pointer, key), depth + 1));
      }
      constant = constant && child.kind == Node::Kind::kConstant;
      add_member(node, std::move(name), std::move(child));
    }
    if (constant) return Node{.constant = &value};
    return node;
  }

  // "a" and "a.$" are one member; the later one counts.
  static void add_member(Node& node, std::string name, Node child) {
    auto same = std::ranges::find(node.members, name, &std::pair<std::string, Node>::first);
    if (same != node.members.end()) {
      same->second = std::move(child);
    } else {
      node.members.emplace_back(std::move(name), std::move(child));
    }
  }

  os::Result<Node> compile_array(const json::Value& value, const std::string& place,
                                 const std::string& pointer, size_t depth) {
    Node node{.kind = Node::Kind::kArray};
    bool constant = true;
    for (size_t i = 0; i < value.size(); ++i) {
      std::string index = std::to_string(i);
      SOMA_ASSIGN(Node child,
                  compile(value.at(i), place + "[" + index + "]", pointer + "/" + index, depth + 1));
      constant = constant && child.kind == Node::Kind::kConstant;
      node.elements.push_back(std::move(child));
    }
    if (constant) return Node{.constant = &value};
    return node;
  }

  os::Result<Node> compile_source(const std::string& key, const json::Value& value,
                                  const std::string& pointer) {
    std::string message = "The value for the field '" + key + "' must be ";
    if (!value.is_string()) {
      message += "a STRING that contains a JSONPath but was an " + upper_type_name(value);
      return refused({os::Code::kInvalidArgument, std::move(message)}, pointer);
    }
    auto source = Source::compile(value.as_string());
    if (!source) {
      os::Error error{os::Code::kInvalidArgument,
                      message + "a valid JSONPath or a valid intrinsic function call",
                      source.error().message};
      return refused(std::move(error), pointer);
    }
    sources_.push_back(*source);
    return Node{.kind = Node::Kind::kSource, .source = std::move(*source), .place = key};
  }

  os::Result<Node> compile_jsonata(std::string_view text, const std::string& place,
                                   const std::string& pointer) {
    auto expression = compile_expression(text);
    if (!expression) return refused(std::move(expression.error()), pointer);
    needs_.add(*expression);
    return Node{.kind = Node::Kind::kExpression, .expression = std::move(*expression), .place = place};
  }

  Language language_;
  JsonataNeeds needs_{};
  std::vector<Source> sources_{};
};

struct Evaluation {
  const Scope& scope;
  const jsonata::Surroundings& surroundings;
  const JsonataBindings* bindings;  // null in JSONPath

  Outcome<json::Value> operator()(const Node& node) const {
    switch (node.kind) {
      case Node::Kind::kConstant:
        return *node.constant;
      case Node::Kind::kSource:
        return node.source->evaluate(scope, surroundings, node.place);
      case Node::Kind::kExpression:
        return evaluate_expression(*node.expression, node.place, *bindings, surroundings);
      case Node::Kind::kObject:
        return object(node);
      case Node::Kind::kArray:
        break;
    }
    return array(node);
  }

 private:
  Outcome<json::Value> object(const Node& node) const {
    json::Object object;
    object.reserve(node.members.size());
    for (const auto& [name, member] : node.members) {
      SOMA_ASSIGN(json::Value value, (*this)(member));
      object.emplace_back(name, std::move(value));
    }
    return object;
  }
  Outcome<json::Value> array(const Node& node) const {
    json::Array array;
    array.reserve(node.elements.size());
    for (const Node& element : node.elements) {
      SOMA_ASSIGN(json::Value value, (*this)(element));
      array.push_back(std::move(value));
    }
    return array;
  }
};

}  // namespace

struct Template::Program {
  json::Value source;
  std::string location;
  Language language = Language::kJsonPath;
  Node root{};
  JsonataNeeds needs{};
  std::vector<std::string> variables{};
  bool reads_context = false;  // JSONPath
};

os::Result<Template> Template::compile(const json::Value& value, Language language,
                                       std::string_view location) {
  auto program = std::make_shared<Program>(Program{value, std::string(location), language});
  TemplateCompiler compiler(language);
  SOMA_ASSIGN(program->root, compiler.compile(program->source, program->location, "", 1));
  program->needs = std::move(compiler.needs());
  program->needs.settle();
  program->variables = program->needs.variables;
  for (const Source& source : compiler.sources()) {
    program->reads_context = program->reads_context || source.reads_context();
    std::ranges::move(source.variables(), std::back_inserter(program->variables));
  }
  std::ranges::sort(program->variables);
  program->variables.erase(std::ranges::unique(program->variables).begin(), program->variables.end());
  Template compiled;
  compiled.program_ = std::move(program);
  return compiled;
}

Outcome<json::Value> Template::evaluate(const Scope& scope, const jsonata::Surroundings& surroundings) const {
  if (constant()) return program_->source;
  if (program_->language == Language::kJsonPath)
    return Evaluation{scope, surroundings, nullptr}(program_->root);
  JsonataBindings bindings(program_->needs, scope);
  return Evaluation{scope, surroundings, &bindings}(program_->root);
}

bool Template::constant() const {
  return program_->root.kind == Node::Kind::kConstant;
}
const json::Value& Template::source() const {
  return program_->source;
}
const std::string& Template::location() const {
  return program_->location;
}

std::string_view Template::expression() const {
  return program_->root.kind == Node::Kind::kExpression ? program_->root.expression->text()
                                                        : std::string_view();
}

std::vector<std::string> Template::variables() const {
  return program_->variables;
}

bool Template::reads(std::string_view states_member) const {
  if (program_->language == Language::kJsonPath) return states_member == "context" && program_->reads_context;
  return std::ranges::any_of(program_->needs.states, [&](const std::vector<std::string>& steps) {
    return steps.empty() || steps.front() == states_member;
  });
}

}  // namespace soma::workflow::query
