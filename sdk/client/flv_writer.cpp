#include "multiconnection/flv_writer.hpp"

#include <string>
#include <utility>

#include "flv/flv_writer.hpp"
#include "flv/metadata.hpp"
#include "util/byte_writer.hpp"
#include "util/file.hpp"

namespace multiconnection {

class FlvWriter::Impl {
 public:
  explicit Impl(util::OutputFile file) : file_(std::move(file)) {}

  Result<void> writeHeader() {
    // A pipe cannot be mended later; readers look at the tags, not at these flags.
    flv::appendFlvHeader(record_, true, true);
    return file_.append(record_);
  }

  Result<void> write(const MediaMessage& message) {
    if (!message.body) return Error{Errc::InvalidArgument, "media message without a body"};
    std::span<const std::uint8_t> body = *message.body;
    if (message.kind == MediaKind::Data) body = flv::withoutSetDataFrame(body);
    if (body.size() > flv::kMaxBodyBytes) {
      return Error{Errc::InvalidArgument,
                   "media message of " + std::to_string(body.size()) + " bytes"};
    }
    record_.clear();
    flv::appendTagHeader(record_, message, body.size());
    util::ByteWriter(record_).bytes(body);
    flv::appendTagTrailer(record_, body.size());
    if (auto written = file_.append(record_); !written) return written;
    hasAudio_ = hasAudio_ || message.kind == MediaKind::Audio;
    hasVideo_ = hasVideo_ || message.kind == MediaKind::Video;
    return {};
  }

  Result<void> close() {
    if (std::exchange(closed_, true)) return {};
    auto mended = file_.patch(flv::kFlagsOffset, flv::headerFlags(hasAudio_, hasVideo_));
    auto closed = file_.close();
    return mended ? closed : mended;
  }

  bool closed() const { return closed_; }

 private:
  util::OutputFile file_;
  Bytes record_;
  bool hasAudio_ = false;
  bool hasVideo_ = false;
  bool closed_ = false;
};

FlvWriter::FlvWriter(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

FlvWriter::~FlvWriter() { static_cast<void>(impl_->close()); }

Result<std::unique_ptr<FlvWriter>> FlvWriter::create(const std::string& path) {
  auto file = util::OutputFile::create(path);
  if (!file) return file.error();
  auto impl = std::make_unique<Impl>(std::move(*file));
  if (auto written = impl->writeHeader(); !written) return written.error();
  return std::unique_ptr<FlvWriter>(new FlvWriter(std::move(impl)));
}

Result<void> FlvWriter::write(const MediaMessage& message) {
  if (impl_->closed()) return Error{Errc::InvalidState, "the FLV file is closed"};
  return impl_->write(message);
}

Result<void> FlvWriter::close() { return impl_->close(); }

}  // namespace multiconnection
