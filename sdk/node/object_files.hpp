#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "multiconnection/error.hpp"
#include "node/object_log.hpp"
#include "util/confined_folder.hpp"

namespace multiconnection::node {

/// The files of persistent shared objects, below a folder. Used by one thread at a time.
class ObjectFiles {
 public:
  struct Settings {
    bool sync = false;           ///< What was written shall survive the loss of power.
    std::uint64_t maxFiles = 0;  ///< More are not made.
  };
  ObjectFiles(util::ConfinedFolder root, const Settings& settings)
      : root_(std::move(root)), settings_(settings) {}

  /// Where the object lies. @return Errc::InvalidArgument for what no file can be named.
  static Result<std::string> pathOf(const ObjectKey& key);

  /// What the file holds; nothing where there is none. What a crash left half-written is cut off.
  Result<StoredObject> load(const ObjectKey& key);
  /// Appends changes to a loaded object, all or none. Payloads as makeLogPayload() makes them.
  Result<void> append(const ObjectKey& key, const std::vector<Bytes>& payloads);
  /// What was loaded, with what was appended since.
  Result<StoredObject> contentOf(const ObjectKey& key) const;
  void forget(const ObjectKey& key) { loaded_.erase(key); }

 private:
  struct File {
    std::string path;
    std::uint64_t bytes = 0;  ///< 0: there is none yet.
    bool torn = false;        ///< Something may stand behind them.
    std::uint32_t version = 1;
    EncodedSlots slots{};
  };
  Result<void> rewrite(File& file, std::uint32_t version, const EncodedSlots& slots);
  Result<void> appendTo(File& file, std::span<const std::uint8_t> record) const;

  const util::ConfinedFolder root_;
  const Settings settings_;
  std::optional<std::uint64_t> files_{};  ///< Counted when the first one is made.
  std::map<ObjectKey, File> loaded_;
};

}  // namespace multiconnection::node
