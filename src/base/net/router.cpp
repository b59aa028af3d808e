// A tree of path segments. At each node the literal child is tried before the parameter, and the parameter
// before the rest; when a branch leads nowhere the next one is tried. A path can visit each node once at
// most, so a hostile path costs no more than the tree is large.
#include <algorithm>
#include <cstdlib>
#include <map>

#include "base/net/server.h"
#include "base/os/os.h"

namespace soma::net {

namespace {

constexpr std::string_view kRestMark = "\xE2\x80\xA6";  // …

struct Route {
  std::string method;
  Handler handler;
  Router::Options options;
  std::vector<std::string> names;  // of the parameters, in the order of the path
};

struct Node {
  std::map<std::string, std::unique_ptr<Node>, std::less<>> literals;
  std::unique_ptr<Node> parameter;
  std::vector<Route> routes;       // that end here
  std::vector<Route> rest_routes;  // that take the rest of the path
};

// A pattern is written by a programmer: a wrong one ends the program at start-up, where it is seen.
[[noreturn]] void refuse_pattern(std::string_view pattern, std::string_view why) {
  os::log(os::Level::kError, "router.pattern.invalid", {{"pattern", pattern}, {"why", why}});
  std::abort();
}

bool is_parameter_name(std::string_view name) {
  return !name.empty() && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  });
}

// Follows a path through the tree, collecting what the parameters match.
struct Search {
  std::string_view method;
  const Route* found = nullptr;
  std::vector<std::string_view> values{};
  std::vector<std::string_view> allowed{};  // methods of routes whose path fits

  bool take(const std::vector<Route>& routes) {
    const auto by_method = [&](std::string_view wanted) {
      const auto route = std::ranges::find(routes, wanted, &Route::method);
      if (route != routes.end()) found = &*route;
      return found != nullptr;
    };
    if (by_method(method) || (method == "HEAD" && by_method("GET"))) return true;
    for (const Route& route : routes) allowed.push_back(route.method);
    return false;
  }

  // `path` starts after a slash; `at_end`: there was no further slash.
  bool descend(const Node& node, std::string_view path, bool at_end) {
    if (at_end) return take(node.routes);
    const size_t slash = path.find('/');
    const std::string_view segment = path.substr(0, slash);
    const bool last = slash == std::string_view::npos;
    const std::string_view after = last ? std::string_view() : path.substr(slash + 1);
    const auto literal = node.literals.find(segment);
    if (literal != node.literals.end() && descend(*literal->second, after, last)) return true;
    if (node.parameter && !segment.empty()) {
      values.push_back(segment);
      if (descend(*node.parameter, after, last)) return true;
      values.pop_back();
    }
    if (node.rest_routes.empty()) return false;
    values.push_back(path);
    if (take(node.rest_routes)) return true;
    values.pop_back();
    return false;
  }
};

std::string allow_header(std::vector<std::string_view> methods) {
  if (std::ranges::count(methods, "GET") > 0) methods.emplace_back("HEAD");
  std::ranges::sort(methods);
  const auto repeats = std::ranges::unique(methods);
  methods.erase(repeats.begin(), repeats.end());
  std::string text;
  for (const std::string_view method : methods) {
    if (!text.empty()) text += ", ";
    text += method;
  }
  return text;
}

}  // namespace

struct Router::State {
  Node root;
  Handler fallback;
};

Router::Router() : state_(std::make_unique<State>()) {}
Router::~Router() = default;

void Router::add(std::string_view method, std::string_view pattern, Handler handler) {
  add(method, pattern, std::move(handler), Options());
}

void Router::add(std::string_view method, std::string_view pattern, Handler handler, Options options) {
  if (!pattern.starts_with('/')) refuse_pattern(pattern, "it must start with '/'");
  Route route{std::string(method), std::move(handler), options, {}};
  Node* node = &state_->root;
  std::vector<Route>* routes = &node->routes;
  const std::vector<std::string_view> segments = os::split(pattern.substr(1), '/');
  for (size_t i = 0; i < segments.size(); ++i) {
    std::string_view segment = segments[i];
    if (segment.starts_with('{') && segment.ends_with('}')) {
      std::string_view name = segment.substr(1, segment.size() - 2);
      const bool rest = name.ends_with(kRestMark);
      if (rest) name.remove_suffix(kRestMark.size());
      if (!is_parameter_name(name)) refuse_pattern(pattern, "a parameter's name must be [A-Za-z0-9_]+");
      if (rest && i + 1 != segments.size()) refuse_pattern(pattern, "only the last parameter takes the rest");
      route.names.emplace_back(name);
      if (rest) {
        routes = &node->rest_routes;
        break;
      }
      if (!node->parameter) node->parameter = std::make_unique<Node>();
      node = node->parameter.get();
    } else {
      if (segment.find_first_of("{}") != std::string_view::npos)
        refuse_pattern(pattern, "a parameter is a whole segment");
      auto& child = node->literals[std::string(segment)];
      if (!child) child = std::make_unique<Node>();
      node = child.get();
    }
    routes = &node->routes;
  }
  if (std::ranges::count(*routes, method, &Route::method) > 0)
    refuse_pattern(pattern, "added twice for one method");
  routes->push_back(std::move(route));
}

void Router::set_fallback(Handler handler) {
  state_->fallback = std::move(handler);
}

Router::Match Router::match(std::string_view method, std::string_view path) const {
  Match match;
  Search search{method};
  if (path.starts_with('/') && search.descend(state_->root, path.substr(1), false)) {
    for (size_t i = 0; i < search.values.size(); ++i) {
      os::Result<std::string> value = os::percent_decode(search.values[i]);
      if (!value) {
        match.status = 400;
        return match;
      }
      match.parameters.emplace_back(search.found->names[i], std::move(*value));
    }
    match.handler = &search.found->handler;
    match.options = search.found->options;
    match.status = 200;
  } else if (!search.allowed.empty()) {
    match.status = 405;
    match.allow = allow_header(std::move(search.allowed));
  } else if (state_->fallback) {
    match.handler = &state_->fallback;
    match.status = 200;
  }
  return match;
}

}  // namespace soma::net
