#include <deque>
#include <utility>

#include "flv/flv_reader.hpp"
#include "multiconnection/source.hpp"
#include "util/file.hpp"

namespace multiconnection {

class FileSource::Impl {
 public:
  explicit Impl(util::InputFile file) : file_(std::move(file)) {}

  Result<void> readHeader() {
    while (!parser_.headerRead() && !ended_) {
      if (auto filled = fill(); !filled) return filled;
    }
    return {};
  }

  Result<std::optional<MediaMessage>> read() {
    while (ready_.empty()) {
      if (fault_) return *fault_;
      if (ended_) return std::optional<MediaMessage>();
      if (auto filled = fill(); !filled) {
        // What precedes the fault in the same portion is still delivered.
        if (ready_.empty()) return filled.error();
        fault_ = filled.error();
      }
    }
    std::optional<MediaMessage> next = std::move(ready_.front());
    ready_.pop_front();
    return next;
  }

  Result<void> rewind() {
    if (auto result = file_.rewind(); !result) return result;
    parser_ = {};
    ready_.clear();
    fault_.reset();
    ended_ = false;
    return {};
  }

  void interrupt() noexcept { file_.interrupt(); }

 private:
  /// Reads one portion, and takes what it completes.
  Result<void> fill() {
    constexpr std::size_t kPortionBytes = 65536;
    buffer_.resize(kPortionBytes);
    const auto count = file_.read(buffer_);
    if (!count) return count.error();
    ended_ = *count == 0;
    auto parsed =
        ended_ ? parser_.finish()
               : parser_.feed(std::span(buffer_).first(*count), [this](MediaMessage&& message) {
                   ready_.push_back(std::move(message));
                 });
    if (parsed) return {};
    return Error{parsed.error().code, file_.name() + ": " + parsed.error().message};
  }

  util::InputFile file_;
  flv::FlvReader parser_;
  Bytes buffer_;
  std::deque<MediaMessage> ready_;
  std::optional<Error> fault_;
  bool ended_ = false;
};

FileSource::FileSource(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
FileSource::~FileSource() = default;

Result<std::shared_ptr<FileSource>> FileSource::open(const std::string& path) {
  auto file = util::InputFile::open(path);
  if (!file) return file.error();
  auto impl = std::make_unique<Impl>(std::move(*file));
  if (auto header = impl->readHeader(); !header) return header.error();
  return std::shared_ptr<FileSource>(new FileSource(std::move(impl)));
}

Result<std::optional<MediaMessage>> FileSource::read() { return impl_->read(); }
Result<void> FileSource::rewind() { return impl_->rewind(); }
void FileSource::interrupt() noexcept { impl_->interrupt(); }

}  // namespace multiconnection
