#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "multiconnection/error.hpp"

namespace multiconnection::util {

/// A file descriptor that is closed with its owner.
class FileHandle {
 public:
  FileHandle() = default;
  explicit FileHandle(int descriptor) : descriptor_(descriptor) {}
  FileHandle(FileHandle&& other) noexcept : descriptor_(other.release()) {}
  FileHandle& operator=(FileHandle&& other) noexcept;
  ~FileHandle();

  int get() const { return descriptor_; }
  explicit operator bool() const { return descriptor_ >= 0; }
  int release() noexcept;

 private:
  int descriptor_ = -1;
};

/// An input whose waiting can be ended from another thread.
class InputFile {
 public:
  /// @param path  "-" is standard input. @return the system's error.
  static Result<InputFile> open(const std::string& path);

  /// Waits for bytes. @return how many were read, 0 at the end; Errc::Closed after interrupt(); the
  /// system's error.
  Result<std::size_t> read(std::span<std::uint8_t> into);
  /// Back to the first byte; forgets an interrupt(). @return Errc::Unsupported for a pipe.
  Result<void> rewind();
  /// Ends the running read() and every later one, up to rewind(). From any thread.
  void interrupt() noexcept;
  /// How messages call it: the path in quotes, or "standard input".
  const std::string& name() const { return name_; }

 private:
  InputFile() = default;

  std::string name_;
  FileHandle file_;
  FileHandle wakeReader_;
  FileHandle wakeWriter_;
};

/// An output that ends at a whole record after a failure, where it can seek.
class OutputFile {
 public:
  /// Creates or empties the file. @param path  "-" is standard output. @return the system's error.
  static Result<OutputFile> create(const std::string& path);

  /// Appends all of `record`; a closed pipe is an error, never a signal. @return the system's
  /// error, e.g. a full disk; what was written of the record is then taken back.
  Result<void> append(std::span<const std::uint8_t> record);
  /// Overwrites one byte; does nothing where the output cannot seek.
  Result<void> patch(std::size_t offset, std::uint8_t value);
  /// @return the system's error for bytes that could not be kept.
  Result<void> close();

 private:
  OutputFile() = default;

  std::string name_;
  FileHandle file_;
  bool seekable_ = false;
  std::size_t size_ = 0;  ///< Of whole records.
};

}  // namespace multiconnection::util
