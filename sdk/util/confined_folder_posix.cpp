#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <utility>

#include "util/confined_folder.hpp"

namespace multiconnection::util {
namespace {

constexpr int kFolderFlags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
/// Never waits for the other end of a pipe, never takes a terminal.
constexpr int kFileFlags = O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;

Error systemError(int number, std::string message) {
  return {std::error_code(number, std::system_category()), std::move(message)};
}

Error cannot(const char* what, const std::string& name) {
  return systemError(errno, std::string("cannot ") + what + " '" + name + "'");
}

bool isPlain(const std::string& part) { return !part.empty() && part != "." && part != ".."; }

std::string lastPart(const std::string& path) { return path.substr(path.rfind('/') + 1); }

/// Calls `visit` for each file below, as far as they can be seen.
template <class Visit>
void forEachFile(const std::string& folder, Visit visit) {
  namespace fs = std::filesystem;
  std::error_code error;
  for (fs::recursive_directory_iterator at(folder, error), end; !error && at != end;
       at.increment(error)) {
    std::error_code ignored;
    if (at->is_regular_file(ignored) && !at->is_symlink(ignored)) visit(*at);
  }
}

}  // namespace

Result<std::size_t> DataFile::read(std::uint64_t offset, std::span<std::uint8_t> into) const {
  std::size_t done = 0;
  while (done < into.size()) {
    const ssize_t count = ::pread(file_.get(), into.data() + done, into.size() - done,
                                  static_cast<off_t>(offset + done));
    if (count == 0) break;
    if (count > 0) {
      done += static_cast<std::size_t>(count);
    } else if (errno != EINTR) {
      return cannot("read", name_);
    }
  }
  return done;
}

Result<void> DataFile::write(std::uint64_t offset, std::span<const std::uint8_t> bytes) {
  while (!bytes.empty()) {
    const ssize_t count =
        ::pwrite(file_.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (count >= 0) {
      offset += static_cast<std::uint64_t>(count);
      bytes = bytes.subspan(static_cast<std::size_t>(count));
    } else if (errno != EINTR) {
      return cannot("write", name_);
    }
  }
  return {};
}

Result<std::uint64_t> DataFile::size() const {
  struct stat about {};
  if (::fstat(file_.get(), &about) != 0) return cannot("measure", name_);
  return static_cast<std::uint64_t>(about.st_size);
}

Result<void> DataFile::truncate(std::uint64_t size) {
  if (::ftruncate(file_.get(), static_cast<off_t>(size)) != 0) return cannot("shorten", name_);
  return {};
}

Result<void> DataFile::sync() {
  if (::fdatasync(file_.get()) != 0) return cannot("write", name_);
  return {};
}

Result<ConfinedFolder> ConfinedFolder::open(const std::string& path) {
  // The folder itself may be a link: the operator named it.
  FileHandle root(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!root) return cannot("open the folder", path);
  return ConfinedFolder(std::move(root), path);
}

Result<FileHandle> ConfinedFolder::parentOf(const std::string& path, Folders folders) const {
  FileHandle folder(::fcntl(root_.get(), F_DUPFD_CLOEXEC, 0));
  if (!folder) return cannot("open the folder of", path);
  std::size_t begin = 0;
  for (std::size_t end = path.find('/'); end != std::string::npos; end = path.find('/', begin)) {
    const std::string part = path.substr(begin, end - begin);
    begin = end + 1;
    if (!isPlain(part)) return Error{Errc::InvalidArgument, "'" + path + "' is no plain path"};
    if (folders != Folders::Existing && ::mkdirat(folder.get(), part.c_str(), 0777) != 0 &&
        errno != EEXIST) {
      return cannot("make the folder of", path);
    }
    // One that is there may have been made without that.
    if (folders == Folders::MadeAndSynced && ::fsync(folder.get()) != 0) {
      return cannot("write the folder of", path);
    }
    FileHandle next(::openat(folder.get(), part.c_str(), kFolderFlags));
    if (!next) return cannot("open the folder of", path);
    folder = std::move(next);
  }
  if (!isPlain(path.substr(begin))) {
    return Error{Errc::InvalidArgument, "'" + path + "' is no plain path"};
  }
  return folder;
}

Result<DataFile> ConfinedFolder::openExisting(const std::string& path, int flags) const {
  auto folder = parentOf(path, Folders::Existing);
  if (!folder) return folder.error();
  FileHandle file(::openat(folder->get(), lastPart(path).c_str(), flags | kFileFlags));
  if (!file) return cannot("open", path);
  struct stat about {};
  if (::fstat(file.get(), &about) != 0) return cannot("open", path);
  if (!S_ISREG(about.st_mode)) return systemError(EINVAL, "'" + path + "' is no regular file");
  if (flags != O_RDONLY && about.st_nlink > 1) {
    return systemError(EMLINK, "'" + path + "' has further names");
  }
  return DataFile(std::move(file), path);
}

Result<DataFile> ConfinedFolder::openToRead(const std::string& path) const {
  return openExisting(path, O_RDONLY);
}

Result<DataFile> ConfinedFolder::openToChange(const std::string& path) const {
  return openExisting(path, O_RDWR);
}

Result<DataFile> ConfinedFolder::create(const std::string& path, bool sync) const {
  auto folder = parentOf(path, sync ? Folders::MadeAndSynced : Folders::Made);
  if (!folder) return folder.error();
  const std::string last = lastPart(path);
  struct stat about {};
  if (::fstatat(folder->get(), last.c_str(), &about, AT_SYMLINK_NOFOLLOW) == 0) {
    if (!S_ISREG(about.st_mode)) return systemError(EEXIST, "'" + path + "' is no regular file");
    if (::unlinkat(folder->get(), last.c_str(), 0) != 0) return cannot("replace", path);
  }
  FileHandle file(
      ::openat(folder->get(), last.c_str(), O_RDWR | O_CREAT | O_EXCL | kFileFlags, 0666));
  if (!file) return cannot("create", path);
  return DataFile(std::move(file), path);
}

Result<void> ConfinedFolder::replace(const std::string& path, const std::string& with,
                                     bool sync) const {
  auto folder = parentOf(path, Folders::Existing);
  if (!folder) return folder.error();
  const std::string from = lastPart(path);
  const std::string to = lastPart(with);
  struct stat about {};
  if (::fstatat(folder->get(), to.c_str(), &about, AT_SYMLINK_NOFOLLOW) == 0 &&
      !S_ISREG(about.st_mode)) {
    return systemError(EEXIST, "'" + with + "' is no regular file");
  }
  if (::renameat(folder->get(), from.c_str(), folder->get(), to.c_str()) != 0) {
    return cannot("replace", with);
  }
  if (sync && ::fsync(folder->get()) != 0) return cannot("write the folder of", with);
  return {};
}

std::uint64_t ConfinedFolder::count(const std::string& suffix) const {
  std::uint64_t found = 0;
  forEachFile(path_, [&](const std::filesystem::directory_entry& entry) {
    if (entry.path().filename().string().ends_with(suffix)) ++found;
  });
  return found;
}

std::uint64_t ConfinedFolder::totalBytes() const {
  std::uint64_t total = 0;
  forEachFile(path_, [&total](const std::filesystem::directory_entry& entry) {
    std::error_code ignored;
    const auto size = entry.file_size(ignored);
    if (!ignored) total += size;
  });
  return total;
}

}  // namespace multiconnection::util
