#include "node/recordings.hpp"

#include <future>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "node/recording_writer.hpp"

namespace multiconnection::node {
namespace {

/// What a message in the queue costs beside its body.
constexpr std::size_t kOverheadBytes = 64;
/// Tags looked at before others have their turn at the disk.
constexpr std::size_t kTagsAtOnce = 1024;

}  // namespace

class Recorder::Job : public std::enable_shared_from_this<Job> {
 public:
  Job(Recordings& owner, std::string path, RecordMode mode, Recordings::Handlers handlers)
      : owner_(owner), path_(std::move(path)), mode_(mode), handlers_(std::move(handlers)) {}

  // Loop's thread.

  void start() {
    owner_.busy_.insert(path_);
    owner_.onDisk([self = shared_from_this()] { self->open(); });
  }

  void push(const MediaMessage& message) {
    if (failed_) return;
    const std::lock_guard lock(mutex_);
    queuedBytes_ += message.body->size() + kOverheadBytes;
    if (queuedBytes_ > owner_.limits_.maxQueueBytes) {
      owner_.onLoop([self = shared_from_this()] {
        self->fail({Errc::LimitExceeded, "the disk is too slow for this stream"});
      });
      return;
    }
    queue_.push_back(message);
    if (queue_.size() == 1) owner_.onDisk([self = shared_from_this()] { self->write(); });
  }

  void finish() {
    owner_.onDisk([self = shared_from_this()] { self->close(); });
  }

 private:
  // The disk's thread.

  void open() {
    const std::uint64_t before = sizeOf();
    auto writer = full() ? Result<RecordingWriter>(quotaError())
                         : RecordingWriter::open(owner_.root_, path_, mode_);
    Result<void> opened;
    if (writer) {
      writer_ = std::move(writer).value();
      owner_.totalBytes_ += writer_->bytes() - before;
    } else {
      opened = writer.error();
    }
    owner_.onLoop([self = shared_from_this(), opened] { self->tellOpened(opened); });
  }

  void write() {
    std::vector<MediaMessage> batch;
    {
      const std::lock_guard lock(mutex_);
      batch.swap(queue_);
    }
    std::size_t bytes = 0;
    for (const MediaMessage& message : batch) bytes += message.body->size() + kOverheadBytes;
    Result<void> written;
    if (writer_) {
      const std::uint64_t before = writer_->bytes();
      written = full() ? Result<void>(quotaError()) : writer_->append(batch);
      owner_.totalBytes_ += writer_->bytes() - before;
    }
    {
      const std::lock_guard lock(mutex_);
      queuedBytes_ -= bytes;
    }
    if (written) return;
    complete();
    owner_.onLoop([self = shared_from_this(), why = written.error()] { self->fail(why); });
  }

  void close() {
    complete();
    owner_.onLoop([self = shared_from_this()] { self->tellEnded(); });
  }

  void complete() {
    // Players do without what finish() writes: its failure is none of the recording's.
    if (writer_) static_cast<void>(writer_->finish());
    writer_.reset();
  }

  bool full() const {
    return owner_.limits_.maxTotalBytes != 0 && owner_.totalBytes_ >= owner_.limits_.maxTotalBytes;
  }
  Error quotaError() const {
    return {Errc::LimitExceeded, "the recordings take " + std::to_string(owner_.totalBytes_) +
                                     " bytes, at most " +
                                     std::to_string(owner_.limits_.maxTotalBytes) + " are kept"};
  }
  std::uint64_t sizeOf() const {
    const auto file = owner_.root_.openToRead(path_);
    if (!file) return 0;
    const auto size = file->size();
    return size ? *size : 0;
  }

  // Loop's thread.

  void tellOpened(const Result<void>& opened) {
    opened_ = static_cast<bool>(opened);
    if (!opened_) failed_ = true;
    handlers_.onOpened(opened);
  }

  void fail(const Error& why) {
    if (std::exchange(failed_, true) || ended_) return;
    handlers_.onFailed(why);
  }

  void tellEnded() {
    ended_ = true;
    owner_.busy_.erase(path_);
    if (opened_) handlers_.onEnded();
    handlers_ = {};
  }

  Recordings& owner_;
  const std::string path_;
  const RecordMode mode_;
  Recordings::Handlers handlers_;
  bool opened_ = false;
  bool failed_ = false;
  bool ended_ = false;
  std::optional<RecordingWriter> writer_;  ///< The disk's thread only.

  std::mutex mutex_;
  std::vector<MediaMessage> queue_;
  std::size_t queuedBytes_ = 0;  ///< With what is being written.
};

Recorder::~Recorder() { job_->finish(); }
void Recorder::push(const MediaMessage& message) { job_->push(message); }

Result<std::unique_ptr<Recordings>> Recordings::open(reactor::Loop& loop, const std::string& root,
                                                     const Limits& limits) {
  auto folder = util::ConfinedFolder::open(root);
  if (!folder) return folder.error();
  return std::make_unique<Recordings>(loop, std::move(folder).value(), limits);
}

Recordings::Recordings(reactor::Loop& loop, util::ConfinedFolder root, const Limits& limits)
    : loop_(loop),
      root_(std::move(root)),
      limits_(limits),
      disk_(
          nullptr, [] {}, "mc-disk") {
  if (limits_.maxTotalBytes == 0) return;
  onDisk([this] { totalBytes_ = root_.totalBytes(); });
}

Recordings::~Recordings() { disk_.close(); }

std::unique_ptr<Recorder> Recordings::record(const std::string& path, RecordMode mode,
                                             Handlers handlers) {
  auto job = std::make_shared<Recorder::Job>(*this, path, mode, std::move(handlers));
  job->start();
  return std::make_unique<Recorder>(std::move(job));
}

void Recordings::openReader(const std::string& path, ReaderHandler handler) {
  onDisk([this, path, handler = std::move(handler)]() mutable {
    auto reader = RecordingReader::open(root_, path);
    if (reader) return index(std::move(reader).value(), std::move(handler));
    onLoop([handler = std::move(handler), why = reader.error()] { handler(why); });
  });
}

void Recordings::index(std::shared_ptr<RecordingReader> reader, ReaderHandler handler) {
  const auto done = reader->index(kTagsAtOnce);
  if (!done) {
    onLoop([handler = std::move(handler), why = done.error()] { handler(why); });
  } else if (*done) {
    onLoop([handler = std::move(handler), reader = std::move(reader)] { handler(reader); });
  } else {
    onDisk([this, reader = std::move(reader), handler = std::move(handler)]() mutable {
      index(std::move(reader), std::move(handler));
    });
  }
}

void Recordings::drain() {
  std::promise<void> done;
  onDisk([&done] { done.set_value(); });
  done.get_future().wait();
}

}  // namespace multiconnection::node
