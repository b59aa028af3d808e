// An os::FileSystem as an SQLite VFS, so that the whole store runs on files that fail.
//
// SQLite wants two tables of C functions: one for the file system, one for open files. Each function here
// translates its arguments, calls the interface, and gives the result code that SQLite acts upon: a full disk
// is SQLITE_FULL, which it undoes and survives; all else is an I/O error of the kind that failed. Source:
// https://www.sqlite.org/vfs.html and sqlite3.h.
#include <sqlite3.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstring>
#include <new>
#include <thread>

#include "base/store/shared_file.h"
#include "base/store/store.h"

namespace soma::store {
namespace {

constexpr int kMaxPathBytes = 1024;
constexpr double kJulianDayOfUnixEpoch = 2440587.5;
constexpr double kMsPerDay = 86'400'000.0;

// What a registered VFS works on; SQLite keeps pointers to it.
struct Mount {
  std::string name;
  os::FileSystem* files = nullptr;
  SharedFiles shared;
  std::atomic<uint64_t> temporary_files = 0;
  sqlite3_vfs vfs{};
};

Mount& mount_of(sqlite3_vfs* vfs) {
  return *static_cast<Mount*>(vfs->pAppData);
}

std::string parent_of(const std::string& path) {
  const size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

struct OpenFile {
  Mount* mount = nullptr;
  std::string path;
  std::unique_ptr<os::File> file;
  std::shared_ptr<SharedFile> shared;  // of a main database file
  bool name_is_new = false;            // its directory entry is not durable yet
  bool remove_on_close = false;
  int lock = SQLITE_LOCK_NONE;
  unsigned shared_slots = 0, exclusive_slots = 0;
};

// SQLite allocates this much for us and reads only its first member.
struct Handle {
  sqlite3_file base;
  OpenFile* open;
};

OpenFile& open_of(sqlite3_file* file) {
  return *reinterpret_cast<Handle*>(file)->open;
}

int code_of(const os::Error& error, int otherwise) {
  return error.code == os::Code::kLimitExceeded ? SQLITE_FULL : otherwise;
}

int close_file(sqlite3_file* file) {
  auto* handle = reinterpret_cast<Handle*>(file);
  OpenFile& open = *handle->open;
  if (open.shared) open.shared->unlock(open.lock, SQLITE_LOCK_NONE);
  const bool left_behind = open.remove_on_close && !open.mount->files->remove(open.path);
  delete handle->open;
  handle->open = nullptr;
  handle->base.pMethods = nullptr;
  return left_behind ? SQLITE_IOERR_DELETE : SQLITE_OK;
}

int read_file(sqlite3_file* file, void* buffer, int count, sqlite3_int64 offset) {
  const std::span<std::byte> wanted(static_cast<std::byte*>(buffer), static_cast<size_t>(count));
  const os::Result<size_t> got = open_of(file).file->read_at(static_cast<uint64_t>(offset), wanted);
  if (!got) return SQLITE_IOERR_READ;
  if (*got == wanted.size()) return SQLITE_OK;
  std::ranges::fill(wanted.subspan(*got), std::byte{0});
  return SQLITE_IOERR_SHORT_READ;
}

int write_file(sqlite3_file* file, const void* buffer, int count, sqlite3_int64 offset) {
  const std::span<const std::byte> bytes(static_cast<const std::byte*>(buffer), static_cast<size_t>(count));
  const os::Result<> written = open_of(file).file->write_at(static_cast<uint64_t>(offset), bytes);
  return written ? SQLITE_OK : code_of(written.error(), SQLITE_IOERR_WRITE);
}

int truncate_file(sqlite3_file* file, sqlite3_int64 size) {
  const os::Result<> truncated = open_of(file).file->truncate(static_cast<uint64_t>(size));
  return truncated ? SQLITE_OK : code_of(truncated.error(), SQLITE_IOERR_TRUNCATE);
}

// A file is durable when its name is, too.
int sync_file(sqlite3_file* file, int) {
  OpenFile& open = open_of(file);
  if (!open.file->sync()) return SQLITE_IOERR_FSYNC;
  if (open.name_is_new && !open.mount->files->sync_directory(parent_of(open.path)))
    return SQLITE_IOERR_DIR_FSYNC;
  open.name_is_new = false;
  return SQLITE_OK;
}

int file_size(sqlite3_file* file, sqlite3_int64* size) {
  const os::Result<uint64_t> bytes = open_of(file).file->size();
  if (!bytes) return SQLITE_IOERR_FSTAT;
  *size = static_cast<sqlite3_int64>(*bytes);
  return SQLITE_OK;
}

int lock_file(sqlite3_file* file, int level) {
  OpenFile& open = open_of(file);
  return !open.shared || open.shared->lock(open.lock, level) ? SQLITE_OK : SQLITE_BUSY;
}

int unlock_file(sqlite3_file* file, int level) {
  OpenFile& open = open_of(file);
  if (open.shared) open.shared->unlock(open.lock, level);
  return SQLITE_OK;
}

int check_reserved_lock(sqlite3_file* file, int* reserved) {
  OpenFile& open = open_of(file);
  *reserved = open.shared && open.shared->reserved() ? 1 : 0;
  return SQLITE_OK;
}

int file_control(sqlite3_file*, int, void*) {
  return SQLITE_NOTFOUND;
}

int sector_size(sqlite3_file*) {
  return 4096;
}

// A write leaves the bytes beside it alone even when it is torn.
int device_characteristics(sqlite3_file*) {
  return SQLITE_IOCAP_POWERSAFE_OVERWRITE;
}

int map_shared(sqlite3_file* file, int region, int bytes, int extend, void volatile** memory) {
  OpenFile& open = open_of(file);
  *memory = open.shared->region(static_cast<size_t>(region), static_cast<size_t>(bytes), extend != 0);
  return SQLITE_OK;
}

int lock_shared(sqlite3_file* file, int first, int count, int flags) {
  OpenFile& open = open_of(file);
  if ((flags & SQLITE_SHM_UNLOCK) != 0) {
    open.shared->unlock_slots(first, count, open.shared_slots, open.exclusive_slots);
    return SQLITE_OK;
  }
  const bool exclusive = (flags & SQLITE_SHM_EXCLUSIVE) != 0;
  return open.shared->lock_slots(first, count, exclusive, open.shared_slots, open.exclusive_slots)
             ? SQLITE_OK
             : SQLITE_BUSY;
}

void shared_barrier(sqlite3_file*) {
  std::atomic_thread_fence(std::memory_order_seq_cst);
}

int unmap_shared(sqlite3_file* file, int) {
  OpenFile& open = open_of(file);
  open.shared->unlock_slots(0, SQLITE_SHM_NLOCK, open.shared_slots, open.exclusive_slots);
  return SQLITE_OK;
}

constexpr sqlite3_io_methods kMethods = {
    .iVersion = 2,
    .xClose = close_file,
    .xRead = read_file,
    .xWrite = write_file,
    .xTruncate = truncate_file,
    .xSync = sync_file,
    .xFileSize = file_size,
    .xLock = lock_file,
    .xUnlock = unlock_file,
    .xCheckReservedLock = check_reserved_lock,
    .xFileControl = file_control,
    .xSectorSize = sector_size,
    .xDeviceCharacteristics = device_characteristics,
    .xShmMap = map_shared,
    .xShmLock = lock_shared,
    .xShmBarrier = shared_barrier,
    .xShmUnmap = unmap_shared,
    .xFetch = nullptr,
    .xUnfetch = nullptr,
};

int open_path(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* out_flags) {
  Mount& mount = mount_of(vfs);
  auto* handle = reinterpret_cast<Handle*>(file);
  handle->base.pMethods = nullptr;
  auto open = std::make_unique<OpenFile>();
  open->mount = &mount;
  open->path = name != nullptr ? name : "/temporary-" + std::to_string(++mount.temporary_files);
  const bool create = (flags & SQLITE_OPEN_CREATE) != 0 && (flags & SQLITE_OPEN_READWRITE) != 0;
  open->name_is_new = create && !mount.files->exists(open->path);
  const os::OpenMode mode =
      create ? os::OpenMode::kCreate
             : ((flags & SQLITE_OPEN_READONLY) != 0 ? os::OpenMode::kRead : os::OpenMode::kReadWrite);
  auto opened = mount.files->open(open->path, mode);
  if (!opened) return code_of(opened.error(), SQLITE_CANTOPEN);
  open->file = std::move(*opened);
  if ((flags & SQLITE_OPEN_MAIN_DB) != 0) open->shared = mount.shared.get(open->path);
  open->remove_on_close = (flags & SQLITE_OPEN_DELETEONCLOSE) != 0;
  if (out_flags != nullptr) *out_flags = flags;
  handle->open = open.release();
  handle->base.pMethods = &kMethods;
  return SQLITE_OK;
}

int delete_path(sqlite3_vfs* vfs, const char* name, int sync_directory) {
  Mount& mount = mount_of(vfs);
  if (const os::Result<> removed = mount.files->remove(name); !removed)
    return removed.error().code == os::Code::kNotFound ? SQLITE_IOERR_DELETE_NOENT : SQLITE_IOERR_DELETE;
  if (sync_directory != 0 && !mount.files->sync_directory(parent_of(name))) return SQLITE_IOERR_DIR_FSYNC;
  return SQLITE_OK;
}

// An empty log counts as none, or SQLite would look for what to recover in it.
int access_path(sqlite3_vfs* vfs, const char* name, int flags, int* result) {
  os::FileSystem& files = *mount_of(vfs).files;
  *result = files.exists(name) ? 1 : 0;
  if (flags != SQLITE_ACCESS_EXISTS || *result == 0) return SQLITE_OK;
  const auto file = files.open(name, os::OpenMode::kRead);
  if (!file) return SQLITE_IOERR_ACCESS;
  const os::Result<uint64_t> bytes = (*file)->size();
  if (!bytes) return SQLITE_IOERR_ACCESS;
  *result = *bytes > 0 ? 1 : 0;
  return SQLITE_OK;
}

int full_path(sqlite3_vfs*, const char* name, int space, char* out) {
  const size_t length = std::strlen(name);
  if (length >= static_cast<size_t>(space)) return SQLITE_CANTOPEN;
  std::memcpy(out, name, length + 1);
  return SQLITE_OK;
}

// Feeds only the log's salt and names of temporary files: it need not be secret, and SQLite's own is good.
int randomness(sqlite3_vfs*, int count, char* out) {
  sqlite3_vfs* standard = sqlite3_vfs_find("unix");
  return standard->xRandomness(standard, count, out);
}

int sleep_for(sqlite3_vfs*, int microseconds) {
  std::this_thread::sleep_for(std::chrono::microseconds(microseconds));
  return microseconds;
}

int current_time(sqlite3_vfs*, sqlite3_int64* julian_ms) {
  const auto since_epoch = std::chrono::system_clock::now().time_since_epoch();
  *julian_ms = static_cast<sqlite3_int64>(kJulianDayOfUnixEpoch * kMsPerDay) +
               std::chrono::duration_cast<std::chrono::milliseconds>(since_epoch).count();
  return SQLITE_OK;
}

int last_error(sqlite3_vfs*, int, char*) {
  return 0;
}

}  // namespace

os::Result<> register_file_system(const std::string& vfs_name, os::FileSystem& files) {
  if (sqlite3_vfs_find(vfs_name.c_str()) != nullptr)
    return os::fail(os::Code::kAlreadyExists, "a VFS named " + vfs_name + " is registered");
  auto* mount = new Mount;
  mount->name = vfs_name;
  mount->files = &files;
  sqlite3_vfs& vfs = mount->vfs;
  vfs.iVersion = 2;
  vfs.szOsFile = sizeof(Handle);
  vfs.mxPathname = kMaxPathBytes;
  vfs.zName = mount->name.c_str();
  vfs.pAppData = mount;
  vfs.xOpen = open_path;
  vfs.xDelete = delete_path;
  vfs.xAccess = access_path;
  vfs.xFullPathname = full_path;
  vfs.xRandomness = randomness;
  vfs.xSleep = sleep_for;
  vfs.xGetLastError = last_error;
  vfs.xCurrentTimeInt64 = current_time;
  if (const int result = sqlite3_vfs_register(&vfs, 0); result != SQLITE_OK) {
    delete mount;
    return os::fail(os::Code::kInternal, "the VFS " + vfs_name + " cannot be registered");
  }
  return {};
}

void unregister_file_system(const std::string& vfs_name) {
  sqlite3_vfs* vfs = sqlite3_vfs_find(vfs_name.c_str());
  if (vfs == nullptr || vfs->xOpen != open_path) return;
  sqlite3_vfs_unregister(vfs);
  delete &mount_of(vfs);
}

}  // namespace soma::store
