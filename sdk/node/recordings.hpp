#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <string>

#include "multiconnection/error.hpp"
#include "multiconnection/media.hpp"
#include "node/recording_reader.hpp"
#include "node/stream_requests.hpp"
#include "reactor/loop.hpp"
#include "util/confined_folder.hpp"
#include "util/serial_executor.hpp"

namespace multiconnection::node {

class Recorder;

/// The recordings of a node: their folder, the one thread that touches it, and what is being
/// written there. Loop's thread only, unless said otherwise.
class Recordings {
 public:
  struct Limits {
    std::size_t maxQueueBytes;    ///< Waiting for the disk, of one recording.
    std::uint64_t maxTotalBytes;  ///< Of all files in the folder; 0 = no limit.
  };
  /// What becomes of a recording; called on the loop's thread.
  struct Handlers {
    /// The file is open, or why not: then nothing follows.
    std::function<void(const Result<void>&)> onOpened;
    /// It ends early: the disk is full, or too slow. onEnded follows.
    std::function<void(const Error&)> onFailed;
    /// The file is closed; the last call.
    std::function<void()> onEnded;
  };

  using ReaderHandler = std::function<void(Result<std::shared_ptr<RecordingReader>>&&)>;

  /// @return the system's error when the folder cannot be opened.
  static Result<std::unique_ptr<Recordings>> open(reactor::Loop& loop, const std::string& root,
                                                  const Limits& limits);
  Recordings(reactor::Loop& loop, util::ConfinedFolder root, const Limits& limits);
  Recordings(const Recordings&) = delete;
  Recordings& operator=(const Recordings&) = delete;
  ~Recordings();

  /// Whether the file is being written now.
  bool isBusy(const std::string& path) const { return busy_.count(path) != 0; }
  /// Begins to write the file, which is not busy.
  std::unique_ptr<Recorder> record(const std::string& path, RecordMode mode, Handlers handlers);
  /// Opens a file for reading and finds its way about in it; the handler is called on the loop's
  /// thread, and what it gets is then for the disk's.
  void openReader(const std::string& path, ReaderHandler handler);
  /// Waits until all that was handed in is on disk. From any thread but the loop's.
  void drain();

  // From any thread.
  void onDisk(std::function<void()> task) { disk_.post(std::move(task)); }
  void onLoop(std::function<void()> task) { loop_.post(std::move(task)); }

 private:
  friend class Recorder;
  void index(std::shared_ptr<RecordingReader> reader, ReaderHandler handler);

  reactor::Loop& loop_;
  const util::ConfinedFolder root_;
  const Limits limits_;
  std::set<std::string> busy_;
  std::uint64_t totalBytes_ = 0;  ///< The disk's thread only.
  util::SerialExecutor disk_;     ///< Last: its thread uses what stands above.
};

/// A recording that is being written: takes messages at once, and has them written by and by.
/// Its destructor completes the file. Loop's thread only.
class Recorder {
 public:
  /// One file, shared with the disk's thread.
  class Job;

  explicit Recorder(std::shared_ptr<Job> job) : job_(std::move(job)) {}
  Recorder(const Recorder&) = delete;
  Recorder& operator=(const Recorder&) = delete;
  ~Recorder();

  void push(const MediaMessage& message);

 private:
  std::shared_ptr<Job> job_;
};

}  // namespace multiconnection::node
