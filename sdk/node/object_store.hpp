#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "node/object_files.hpp"
#include "node/shared_objects.hpp"
#include "reactor/loop.hpp"
#include "util/serial_executor.hpp"

namespace multiconnection::node {

/// Has persistent objects loaded and stored on a thread of its own, in the order of the actions:
/// what comes while it writes goes to disk together next. Loop's thread only, unless said
/// otherwise.
class ObjectStore {
 public:
  /// Called on the loop's thread.
  struct Handlers {
    std::function<void(const ObjectKey&, Result<StoredObject>)> onLoaded;
    std::function<void(ObjectAction&&)> onStored;
    /// @param content  what the object is on disk, as far as that is known.
    std::function<void(const ObjectKey&, const Result<StoredObject>& content,
                       std::vector<ObjectAction> lost, const Error&)>
        onLost;
  };
  ObjectStore(reactor::Loop& loop, util::ConfinedFolder root, const ObjectFiles::Settings& settings,
              Handlers handlers);
  ~ObjectStore();

  /// A Store, Load or Forget.
  void add(ObjectAction&& action);
  /// What waits for the disk takes so much: changes, and answers that go with them.
  std::size_t waitingBytes() const { return waitingBytes_; }
  /// Waits until all that was handed in is on disk. From any thread but the loop's.
  void drain();

 private:
  struct Entry {
    ObjectAction action;
    Bytes payload{};        ///< Of Store; empty: nothing changed.
    std::size_t bytes = 0;  ///< As it is counted.
  };
  struct Failure {
    Error why;
    Result<StoredObject> content;
  };
  /// What became of a batch.
  struct Outcome {
    std::map<ObjectKey, Failure> failures{};
    std::vector<std::pair<ObjectKey, Result<StoredObject>>> loaded{};
  };
  class Batch;

  static Outcome write(ObjectFiles& files, const std::vector<Entry>& entries);
  void start();
  void finish(std::vector<Entry>& batch, Outcome& outcome);

  reactor::Loop& loop_;
  const Handlers handlers_;
  std::vector<Entry> queue_;
  std::size_t waitingBytes_ = 0;
  bool busy_ = false;
  std::atomic<bool> broken_ = false;  ///< What became of a batch is not known.
  ObjectFiles files_;                 ///< The disk's thread only.
  util::SerialExecutor disk_;         ///< Last: its thread uses what stands above.
};

}  // namespace multiconnection::node
