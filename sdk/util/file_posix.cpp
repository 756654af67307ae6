#include "util/file.hpp"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <ctime>
#include <utility>

namespace multiconnection::util {
namespace {

Error systemError(std::string message) {
  return {std::error_code(errno, std::system_category()), std::move(message)};
}

/// Standard input and output are shared with the program: we close a copy.
FileHandle openOrCopy(const std::string& path, int standard, int flags) {
  constexpr int kFirstFree = 3;
  constexpr mode_t kMode = 0666;
  return FileHandle(path == "-" ? ::fcntl(standard, F_DUPFD_CLOEXEC, kFirstFree)
                                : ::open(path.c_str(), flags | O_CLOEXEC, kMode));
}

/// Keeps SIGPIPE from the process while it lives, without touching the program's handler.
class NoPipeSignal {
 public:
  NoPipeSignal() {
    sigemptyset(&pipe_);
    sigaddset(&pipe_, SIGPIPE);
    sigset_t pending;
    sigpending(&pending);
    wasPending_ = sigismember(&pending, SIGPIPE) == 1;
    pthread_sigmask(SIG_BLOCK, &pipe_, &before_);
  }
  NoPipeSignal(const NoPipeSignal&) = delete;
  NoPipeSignal& operator=(const NoPipeSignal&) = delete;
  ~NoPipeSignal() {
    const int keep = errno;
    const timespec now{};
    if (!wasPending_) {
      while (sigtimedwait(&pipe_, nullptr, &now) == -1 && errno == EINTR) {
      }
    }
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
    errno = keep;
  }

 private:
  sigset_t pipe_{};
  sigset_t before_{};
  bool wasPending_ = false;
};

/// Writes everything; waits where a non-blocking output is full. False with errno set.
bool writeAll(int file, std::span<const std::uint8_t> bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(file, bytes.data(), bytes.size());
    if (written >= 0) {
      bytes = bytes.subspan(static_cast<std::size_t>(written));
    } else if (errno == EAGAIN) {
      pollfd wait{file, POLLOUT, 0};
      ::poll(&wait, 1, -1);
    } else if (errno != EINTR) {
      return false;
    }
  }
  return true;
}

}  // namespace

FileHandle& FileHandle::operator=(FileHandle&& other) noexcept {
  FileHandle old(std::exchange(descriptor_, other.release()));
  return *this;
}

FileHandle::~FileHandle() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

int FileHandle::release() noexcept { return std::exchange(descriptor_, -1); }

Result<InputFile> InputFile::open(const std::string& path) {
  InputFile input;
  input.name_ = path == "-" ? "standard input" : "'" + path + "'";
  input.file_ = openOrCopy(path, STDIN_FILENO, O_RDONLY);
  std::array<int, 2> ends{-1, -1};
  if (!input.file_ || ::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) != 0) {
    return systemError("cannot open " + input.name_);
  }
  input.wakeReader_ = FileHandle(ends[0]);
  input.wakeWriter_ = FileHandle(ends[1]);
  return input;
}

Result<std::size_t> InputFile::read(std::span<std::uint8_t> into) {
  while (true) {
    std::array<pollfd, 2> wait{pollfd{wakeReader_.get(), POLLIN, 0},
                               pollfd{file_.get(), POLLIN, 0}};
    if (::poll(wait.data(), wait.size(), -1) < 0) {
      if (errno == EINTR) continue;
      return systemError("cannot wait for " + name_);
    }
    if (wait[0].revents != 0) return Error{Errc::Closed, "reading " + name_ + " was interrupted"};
    const ssize_t count = ::read(file_.get(), into.data(), into.size());
    if (count >= 0) return static_cast<std::size_t>(count);
    if (errno != EINTR && errno != EAGAIN) return systemError("cannot read " + name_);
  }
}

Result<void> InputFile::rewind() {
  if (::lseek(file_.get(), 0, SEEK_SET) < 0) {
    if (errno == ESPIPE) return Error{Errc::Unsupported, "cannot go back in " + name_};
    return systemError("cannot go back in " + name_);
  }
  std::array<std::uint8_t, 64> wakes{};
  while (::read(wakeReader_.get(), wakes.data(), wakes.size()) > 0) {
  }
  return {};
}

void InputFile::interrupt() noexcept {
  const std::uint8_t wake = 1;
  // A full pipe wakes just as well.
  [[maybe_unused]] const ssize_t written = ::write(wakeWriter_.get(), &wake, 1);
}

Result<OutputFile> OutputFile::create(const std::string& path) {
  OutputFile output;
  output.name_ = path == "-" ? "standard output" : "'" + path + "'";
  output.file_ = openOrCopy(path, STDOUT_FILENO, O_WRONLY | O_CREAT | O_TRUNC);
  if (!output.file_) return systemError("cannot create " + output.name_);
  struct stat about {};
  output.seekable_ =
      path != "-" && ::fstat(output.file_.get(), &about) == 0 && S_ISREG(about.st_mode);
  return output;
}

Result<void> OutputFile::append(std::span<const std::uint8_t> record) {
  const NoPipeSignal guard;
  if (!writeAll(file_.get(), record)) {
    const Error error = systemError("cannot write " + name_);
    if (seekable_ && ::ftruncate(file_.get(), static_cast<off_t>(size_)) == 0) {
      ::lseek(file_.get(), static_cast<off_t>(size_), SEEK_SET);
    }
    return error;
  }
  size_ += record.size();
  return {};
}

Result<void> OutputFile::patch(std::size_t offset, std::uint8_t value) {
  if (!seekable_) return {};
  if (::pwrite(file_.get(), &value, 1, static_cast<off_t>(offset)) != 1) {
    return systemError("cannot write " + name_);
  }
  return {};
}

Result<void> OutputFile::close() {
  if (file_ && ::close(file_.release()) != 0) return systemError("cannot write " + name_);
  return {};
}

}  // namespace multiconnection::util
