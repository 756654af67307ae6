#include "node/object_files.hpp"

#include <algorithm>

#include "node/recording_name.hpp"
#include "util/quoted.hpp"

namespace multiconnection::node {
namespace {

constexpr char kSuffix[] = ".mcso";
/// Of a file that is to replace the object's. No object's path ends so.
constexpr char kNewSuffix[] = ".new";
/// A file is written anew when it is larger, and most of it is history.
constexpr std::uint64_t kSmallBytes = 64 * 1024;

Error inFile(const std::string& path, const Error& why) {
  return {why.code, "shared object file " + util::quoted(path) + ": " + why.message};
}

std::size_t bytesOf(const EncodedSlots& slots) {
  std::size_t bytes = 0;
  for (const auto& [name, value] : slots) bytes += name.size() + value.size() + 7;
  return bytes;
}

Result<Bytes> readAll(const util::DataFile& file) {
  const auto size = file.size();
  if (!size) return size.error();
  if (*size > kMaxLogBytes) {
    return Error{Errc::LimitExceeded, std::to_string(*size) + " bytes are too many"};
  }
  Bytes bytes(static_cast<std::size_t>(*size));
  const auto count = file.read(0, bytes);
  if (!count) return count.error();
  bytes.resize(*count);
  return bytes;
}

/// A name may hold '/', and so may that of an application: no two objects may meet in one file.
std::string asOnePart(const std::string& name) {
  std::string part;
  for (const char c : name) {
    if (c == '/') {
      part += "%2F";
    } else if (c == '%') {
      part += "%25";
    } else {
      part += c;
    }
  }
  return part;
}

}  // namespace

Result<std::string> ObjectFiles::pathOf(const ObjectKey& key) {
  // What replaces it needs a name, too.
  auto path = pathBelow(key.first, asOnePart(key.second) + kSuffix + kNewSuffix);
  if (path) return path->substr(0, path->size() - (sizeof kNewSuffix - 1));
  return Error{path.error().code, "the shared object " + util::quoted(key.second) +
                                      " can have no file: its name " + path.error().message};
}

Result<StoredObject> ObjectFiles::load(const ObjectKey& key) {
  auto path = pathOf(key);
  if (!path) return path.error();
  File file{*std::move(path)};
  auto opened = root_.openToChange(file.path);
  if (!opened) {
    if (opened.error().code != std::errc::no_such_file_or_directory) {
      return inFile(file.path, opened.error());
    }
    loaded_[key] = std::move(file);
    return StoredObject{};
  }
  const auto bytes = readAll(*opened);
  if (!bytes) return inFile(file.path, bytes.error());
  auto log = parseObjectLog(*bytes);
  if (!log) return inFile(file.path, log.error());
  if (log->validBytes != bytes->size()) {
    if (auto cut = opened->truncate(log->validBytes); !cut) return inFile(file.path, cut.error());
  }
  file.bytes = log->validBytes;
  file.version = log->content.version;
  file.slots = std::move(log->encoded);
  loaded_[key] = std::move(file);
  return std::move(log->content);
}

Result<void> ObjectFiles::append(const ObjectKey& key, const std::vector<Bytes>& payloads) {
  const auto found = loaded_.find(key);
  if (found == loaded_.end()) {
    return Error{Errc::InvalidState,
                 "the shared object " + util::quoted(key.second) + " is not loaded"};
  }
  File& file = found->second;
  EncodedSlots slots = file.slots;
  std::uint32_t version = file.version;
  const Bytes payload = mergedLogPayload(payloads);
  applyLogPayload(payload, slots, version);
  Bytes record;
  appendLogRecord(record, payload);
  const std::uint64_t after = file.bytes + record.size();
  const bool mostlyHistory = after > kSmallBytes && after / 2 > bytesOf(slots);
  if (file.bytes == 0 || file.torn || mostlyHistory) {
    if (auto written = rewrite(file, version, slots); !written) {
      return inFile(file.path, written.error());
    }
  } else {
    if (auto written = appendTo(file, record); !written) {
      return inFile(file.path, written.error());
    }
    file.bytes = after;
  }
  file.slots = std::move(slots);
  file.version = version;
  return {};
}

Result<void> ObjectFiles::appendTo(File& file, std::span<const std::uint8_t> record) const {
  auto opened = root_.openToChange(file.path);
  if (!opened) return opened.error();
  auto written = opened->write(file.bytes, record);
  if (written && settings_.sync) written = opened->sync();
  // A part of it would stand in the way of the next one.
  if (!written) file.torn = !opened->truncate(file.bytes);
  return written;
}

Result<void> ObjectFiles::rewrite(File& file, std::uint32_t version, const EncodedSlots& slots) {
  const bool isNew = file.bytes == 0;
  if (isNew && !files_) files_ = root_.count(kSuffix);
  if (isNew && *files_ >= settings_.maxFiles) {
    return Error{Errc::LimitExceeded,
                 std::to_string(*files_) + " shared objects have files already, the most allowed"};
  }
  Bytes bytes = makeLogHeader();
  appendLogRecord(bytes, makeLogPayload(version, slots));
  const std::string next = file.path + kNewSuffix;
  auto created = root_.create(next, settings_.sync);
  if (!created) return created.error();
  auto written = created->write(0, bytes);
  if (written && settings_.sync) written = created->sync();
  if (written) written = root_.replace(next, file.path, settings_.sync);
  if (!written) {
    file.torn = true;  // it may have taken its place all the same, and is shorter than the old one
    return written;
  }
  if (isNew) ++*files_;
  file.torn = false;
  file.bytes = bytes.size();
  return {};
}

Result<StoredObject> ObjectFiles::contentOf(const ObjectKey& key) const {
  const auto found = loaded_.find(key);
  if (found == loaded_.end()) {
    return Error{Errc::InvalidState, "the shared object is not loaded"};
  }
  const File& file = found->second;
  Bytes bytes = makeLogHeader();
  appendLogRecord(bytes, makeLogPayload(file.version, file.slots));
  auto log = parseObjectLog(bytes);
  if (!log) return log.error();
  log->content.exists = file.bytes != 0;
  return std::move(log->content);
}

}  // namespace multiconnection::node
