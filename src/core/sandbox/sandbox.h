// Untrusted commands in a box: bubblewrap with all namespaces unshared, seccomp, resource limits.
//
// A Sandbox belongs to one session: its workspace directory (mounted at /workspace, also the home and working
// directory) and the mounts that its policy says are writable; the host's programs are readable, its other
// files, its processes, users and network are not there. Each exec() is a box of its own that ends with its
// command, all of its processes included. Used from one loop.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/net/net.h"
#include "base/os/os.h"

namespace soma::sandbox {

inline constexpr std::string_view kWorkspaceMount = "/workspace";

enum class Kind {
  kBubblewrap,
  kNone,  // the command runs as soma's own user with no isolation: only when the configuration says `sandbox:
          // none` in so many words
};

struct Limits {
  os::Duration time = std::chrono::seconds(300);
  uint64_t memory_bytes = 2ull << 30;  // of all processes together
  uint64_t processes = 256;
  uint64_t output_bytes =
      1u
      << 20;  // stdout and stderr together; the rest is dropped and counted, the command goes on to its end
  uint64_t disk_bytes = 1ull << 30;  // of the workspace, and the mounts that are the session's own
  // What writing in mounts of others must leave free on their file system: they have no limit of their own.
  uint64_t reserved_bytes = 1ull << 30;
};

// A folder of the host that a box has beside the workspace.
struct Mount {
  std::string host{};    // must exist whenever something starts
  std::string inside{};  // where the box has it: absolute, and none of the box's own places
  bool writable = false;
  enum class Belongs {
    kHost,      // left as it is: its owner and its size are nobody's business here
    kSessions,  // to all of soma's sessions: handed over to the user that boxes run as
    kSession,   // to this one: handed over, and counted for the disk limit like the workspace
  };
  Belongs belongs = Belongs::kHost;
  // Where `host` lies in a folder that boxes may write in: that folder. Behind it somebody may have put a
  // link in the place of a directory; none is followed, and a command does not start when one was.
  std::string shared{};
  bool operator==(const Mount&) const = default;
};

struct Policy {
  Kind kind = Kind::kBubblewrap;
  bool network = false;
  Limits limits{};
  std::vector<std::pair<std::string, std::string>>
      environment{};  // added to PATH, HOME, LANG, TERM, TZ; nothing is inherited
  std::vector<Mount> mounts{};
  std::string owner{};  // marks what is started, for end_orphans(); not a secret
};

struct Command {
  std::vector<std::string> arguments;  // arguments[0] looked up inside the box
  std::string input{};                 // stdin
  std::string working_directory = "/workspace";
  std::vector<std::pair<std::string, std::string>> environment{};  // after the policy's
  // For start(): the program gets a terminal of this size of its own instead of three streams, with job
  // control.
  std::optional<os::TerminalSize> terminal{};
  // A field that is zero is the policy's.
  Limits limits{
      .time = {}, .memory_bytes = 0, .processes = 0, .output_bytes = 0, .disk_bytes = 0, .reserved_bytes = 0};
};

enum class Stream { kStdout, kStderr };
// Called on the sandbox's loop as output comes; pieces may end inside a UTF-8 sequence.
using OutputSink = std::function<void(Stream, std::string_view)>;

struct Outcome {
  int exit_code = 0;                    // 128 + signal when killed
  std::vector<std::string> exceeded{};  // which limits were met, in words: "time (300 s)", "output (1 MiB;
                                        // 5,242,880 bytes dropped)"
  bool timed_out = false;
  bool cancelled = false;
  os::Duration elapsed{};
};

// A process that lives on between calls (an interpreter, a shell). Destroying it kills the box.
class BoxedProcess {
 public:
  virtual ~BoxedProcess() = default;
  virtual net::Task<os::Result<>> write(std::string_view bytes) = 0;
  // The next output of either stream (of a terminal all is kStdout); kUnavailable when the process has ended
  // (its Outcome in words). Limits as for exec, except time.
  virtual net::Task<os::Result<std::pair<Stream, std::string>>> read() = 0;
  virtual void kill() = 0;
  virtual bool running() const = 0;
  // Of a process with a terminal. kFailedPrecondition for one without.
  virtual os::Result<> resize(os::TerminalSize size) = 0;
  // Once read() has told the end: 128 + signal when killed, and which limits were met, as in Outcome.
  virtual int exit_code() const = 0;
  virtual const std::vector<std::string>& exceeded() const = 0;
};

class Sandbox {
 public:
  virtual ~Sandbox() = default;
  virtual net::Task<os::Result<Outcome>> exec(Command command, OutputSink sink,
                                              net::Cancellation cancellation) = 0;
  virtual net::Task<os::Result<std::unique_ptr<BoxedProcess>>> start(Command command) = 0;
  virtual const std::string& workspace() const = 0;  // the host's path
  virtual const Policy& policy() const = 0;
  // Bytes that the disk limit left for the workspace when it was last looked at.
  virtual uint64_t disk_room() const = 0;
};

struct Availability {
  bool available = false;
  std::string reason{};  // why not, and what to do
};
// Runs one empty box (once per process, remembered): can bubblewrap work here?
Availability probe(os::ProcessLauncher& launcher);

// `workspace` must exist. kFailedPrecondition when the kind is not available here, naming why and the two
// ways out.
os::Result<std::unique_ptr<Sandbox>> make_sandbox(Policy policy, std::string workspace,
                                                  const net::Executor& executor,
                                                  os::ProcessLauncher& launcher, os::Clock& clock);

// Ends what an earlier process with this owner left behind when it was killed, and says how many. Call it
// before any sandbox with that owner is made, and only where no other process can have it.
size_t end_orphans(std::string_view owner);

// The folder that a path leads into: a mount, or else the workspace. The functions below take `root` and
// `mount_point`; of a mount, `root` is the folder that was opened, whatever its path leads to meanwhile.
struct Folder {
  std::string root, mount_point;
  bool writable = true;
  os::Fd held{};
};
// kPermissionDenied: a link stands on the way to a mount's folder (Mount::shared); kNotFound.
os::Result<Folder> folder_of(const std::string& workspace, std::span<const Mount> mounts,
                             std::string_view path);

// A path that a tool names, resolved inside `root` with every symlink followed: kPermissionDenied when it
// leaves it. "/workspace/a" and "a" are the same (and so with any `mount_point` below). With `must_exist`
// false the last components may be missing. The answer is only as good as the moment: whoever opens the path
// later opens what is there later. To read or write, use open_inside.
os::Result<std::string> resolve_inside(const std::string& root, std::string_view path, bool must_exist);

// Where a path leads, held by its directory, so that it cannot be led elsewhere between this call and the
// next.
struct InsidePath {
  os::Fd parent;         // the directory that holds it, O_PATH
  std::string name;      // its last component, no symbolic link when this was made; "." for the root itself
  std::string relative;  // to the root, without symbolic links; "" for the root itself
  bool exists = false;
};
enum class Missing { kRefuse, kAllowLast, kMakeParents };
// Errors: kPermissionDenied (leaves the root), kNotFound, kInvalidArgument (a file used as a directory, a
// NUL, too long, too many links).
os::Result<InsidePath> locate_inside(const std::string& root, std::string_view path, Missing missing,
                                     std::string_view mount_point = kWorkspaceMount);

// Opens what a tool names, race-free against whoever changes links inside meanwhile. `flags` as for open(2),
// `mode` for O_CREAT; never blocks on a pipe, and says kInvalidArgument for what is neither a regular file
// nor a directory. A new file belongs to the owner of its directory.
os::Result<os::Fd> open_inside(const std::string& root, std::string_view path, int flags,
                               unsigned mode = 0644, std::string_view mount_point = kWorkspaceMount);

// Replaces or makes a file in one step: readers see the old bytes or the new ones, and so does a machine that
// lost its power. Missing directories are made; a replaced file keeps its mode. kAlreadyExists when it is
// there and `overwrite` is false.
os::Result<> write_inside(const std::string& root, std::string_view path, std::string_view bytes,
                          bool overwrite, std::string_view mount_point = kWorkspaceMount);

// For a file that is written as its bytes come: its directory, made when missing and held open, and in that a
// new, empty file in place of whatever had the name (a link is removed, not followed; kConflict for a
// directory of that name). `name` is a single component.
os::Result<os::Fd> make_directory_inside(const std::string& root, std::string_view path);
os::Result<os::Fd> replace_in(int directory, const std::string& name);

}  // namespace soma::sandbox
