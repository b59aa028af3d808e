#include "app/server/static_files.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include "core/sandbox/sandbox.h"

namespace soma::server {
namespace {

using os::Result;

bool is_file(const std::string& path) {
  struct stat status{};
  return ::stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode);
}

// The file that a request's path stands for, or nothing.
Result<std::string> find_file(const StaticFiles& files, const std::string& path) {
  const std::string relative =
      path.empty() || path == "/" ? "index.html" : path.substr(path.front() == '/' ? 1 : 0);
  for (const std::string& candidate :
       {relative, relative + (relative.ends_with('/') ? "index.html" : ".html"), relative + "/index.html"}) {
    auto found = sandbox::resolve_inside(files.directory, candidate, true);
    if (found && is_file(*found)) return found;
    if (!found && found.error().code == os::Code::kPermissionDenied) return found;
  }
  return os::fail(os::Code::kNotFound, fmt::format("there is no page {}", path));
}

std::string etag_of(const std::string& path) {
  struct stat status{};
  ::stat(path.c_str(), &status);
  return fmt::format("\"{:x}-{:x}\"", status.st_size,
                     status.st_mtim.tv_sec * 1'000'000'000 + status.st_mtim.tv_nsec);
}

Result<net::Response> answer(const StaticFiles& files, const net::Request& request) {
  if (request.method != "GET" && request.method != "HEAD")
    return os::fail(os::Code::kNotFound, fmt::format("there is no {} {}", request.method, request.path));
  SOMA_ASSIGN(const std::string path, os::percent_decode(request.path));
  Result<std::string> file = find_file(files, path);
  int status = 200;
  // A missing script or picture must stay missing: only page addresses fall back.
  const bool page = path.find('.', path.rfind('/') + 1) == std::string::npos;
  if (!file && file.error().code == os::Code::kNotFound) {
    const std::string fallback =
        files.directory + "/" + (files.fallback.empty() ? "404.html" : files.fallback);
    if (!is_file(fallback) || (!files.fallback.empty() && !page)) return std::unexpected(file.error());
    if (files.fallback.empty()) status = 404;
    file = fallback;
  }
  if (!file) return std::unexpected(file.error());
  const std::string etag = etag_of(*file);
  net::Response response;
  if (status == 200 && request.headers.get("if-none-match") == etag) {
    response.status = 304;
  } else {
    SOMA_ASSIGN(std::string bytes, os::read_file(*file));
    response = net::Response::text(status, std::move(bytes), std::string(net::content_type_of(*file)));
  }
  response.headers.set("etag", etag);
  response.headers.set("cache-control", path.starts_with("/assets/") && !files.fallback.empty()
                                            ? "public, max-age=31536000, immutable"
                                            : "no-cache");
  response.headers.set("x-content-type-options", "nosniff");
  if (!files.content_security_policy.empty())
    response.headers.set("content-security-policy", files.content_security_policy);
  return response;
}

}  // namespace

net::Handler serve_files(StaticFiles files) {
  return net::answering(
      [files = std::move(files)](net::Request& request) -> net::Task<Result<net::Response>> {
        co_return answer(files, request);
      });
}

}  // namespace soma::server
