#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "multiconnection/error.hpp"
#include "util/file.hpp"

namespace multiconnection::util {

/// A regular file that is read and written at places of the caller's choice.
class DataFile {
 public:
  DataFile(FileHandle file, std::string name) : file_(std::move(file)), name_(std::move(name)) {}

  /// @return how many bytes were read, fewer than asked for only at the end; the system's error.
  Result<std::size_t> read(std::uint64_t offset, std::span<std::uint8_t> into) const;
  /// Writes all of `bytes`. @return the system's error, e.g. a full disk; a part may be written.
  Result<void> write(std::uint64_t offset, std::span<const std::uint8_t> bytes);
  Result<std::uint64_t> size() const;
  Result<void> truncate(std::uint64_t size);
  /// Returns once what was written survives the loss of power.
  Result<void> sync();
  /// The path below the folder, for messages.
  const std::string& name() const { return name_; }

 private:
  FileHandle file_;
  std::string name_;
};

/// A folder below which strangers name files: nothing outside of it is ever opened, whatever the
/// names say and whatever links stand in it.
class ConfinedFolder {
 public:
  /// @return the system's error, e.g. no such folder.
  static Result<ConfinedFolder> open(const std::string& path);

  // `path` is relative, its parts separated by '/'; Errc::InvalidArgument for an empty part, "."
  // and "..". Links, folders and devices are refused with the system's error.

  Result<DataFile> openToRead(const std::string& path) const;
  /// An existing file to be continued; one that has further names (hard links) is refused.
  Result<DataFile> openToChange(const std::string& path) const;
  /// A new, empty file in place of an old one, which those who read it keep. Makes missing folders.
  /// @param sync  they survive the loss of power, too.
  Result<DataFile> create(const std::string& path, bool sync = false) const;
  /// Gives a file the name of another one in the same folder, in whose place it comes.
  /// @param sync  returns once that survives the loss of power.
  Result<void> replace(const std::string& path, const std::string& with, bool sync) const;
  /// How many files below have names that end so; 0 where that cannot be told.
  std::uint64_t count(const std::string& suffix) const;
  /// Bytes of all files below; 0 where that cannot be told.
  std::uint64_t totalBytes() const;

 private:
  explicit ConfinedFolder(FileHandle root, std::string path)
      : root_(std::move(root)), path_(std::move(path)) {}
  enum class Folders { Existing, Made, MadeAndSynced };
  Result<FileHandle> parentOf(const std::string& path, Folders folders) const;
  Result<DataFile> openExisting(const std::string& path, int flags) const;

  FileHandle root_;
  std::string path_;
};

}  // namespace multiconnection::util
