#include <atomic>
#include <deque>
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>

#include "ffmpeg/demuxer.hpp"
#include "multiconnection/ffmpeg.hpp"
#include "multiconnection/packet_packager.hpp"

namespace multiconnection::ffmpeg {
namespace {

/// A file of any container, read as media messages.
class MediaFileSource final : public PullSource {
 public:
  explicit MediaFileSource(std::string path) : path_(std::move(path)) {}

  /// Opens the file, and makes metadata and sequence headers ready.
  Result<void> open() {
    demuxer_.reset();
    ready_.clear();
    packager_ = std::make_unique<PacketPackager>();
    auto demuxer = Demuxer::open(path_, interrupted_);
    if (!demuxer) return demuxer.error();
    demuxer_ = std::move(*demuxer);
    videoFormat_ = demuxer_->videoFormat();
    audioFormat_ = demuxer_->audioFormat();
    awaitKeyFrame_ = videoFormat_ && videoFormat_->configuration.empty();
    if (videoFormat_) {
      if (auto set = packager_->setVideoFormat(*videoFormat_); !set) return named(set.error());
    }
    const bool audioKnown =
        audioFormat_ && (audioFormat_->codec != Codec::Aac || !audioFormat_->configuration.empty());
    if (audioKnown) {
      if (auto set = packager_->setAudioFormat(*audioFormat_); !set) return named(set.error());
    }
    return {};
  }

  Result<std::optional<MediaMessage>> read() override {
    while (ready_.empty()) {
      auto next = demuxer_->read();
      if (!next) return next.error();
      if (!*next) return std::optional<MediaMessage>();
      if (auto taken = take(**next); !taken) return named(taken.error());
    }
    std::optional<MediaMessage> message = std::move(ready_.front());
    ready_.pop_front();
    return message;
  }

  Result<void> rewind() override {
    std::error_code unknown;
    if (!std::filesystem::is_regular_file(path_, unknown)) {
      return Error{Errc::Unsupported, "cannot go back in '" + path_ + "'"};
    }
    interrupted_ = false;
    return open();
  }

  void interrupt() noexcept override { interrupted_ = true; }

 private:
  Result<void> take(const TrackPacket& entry) {
    if (auto changed = takeConfiguration(entry); !changed) return changed;
    EncodedPacket packet = demuxer_->encodedOf(entry);
    if (entry.video && awaitKeyFrame_) {
      // The decoder's configuration comes with the first key frame; nothing before it can be shown.
      if (!packet.keyFrame) return {};
      awaitKeyFrame_ = false;
    }
    auto messages = packager_->package(packet);
    if (!messages) return messages.error();
    for (MediaMessage& message : *messages) ready_.push_back(std::move(message));
    return {};
  }

  /// FFmpeg hands a new configuration over beside the packet from which on it holds.
  Result<void> takeConfiguration(const TrackPacket& entry) {
    const Codec codec = entry.video ? videoFormat_->codec : audioFormat_->codec;
    Bytes configuration = newConfiguration(*entry.packet, codec);
    if (configuration.empty()) return {};
    if (entry.video) {
      if (configuration == videoFormat_->configuration) return {};
      videoFormat_->configuration = std::move(configuration);
      return packager_->setVideoFormat(*videoFormat_);
    }
    if (configuration == audioFormat_->configuration) return {};
    audioFormat_->configuration = std::move(configuration);
    return packager_->setAudioFormat(*audioFormat_);
  }

  Error named(const Error& error) const {
    return {error.code, "'" + path_ + "': " + error.message};
  }

  std::string path_;
  std::atomic<bool> interrupted_{false};  // Before the demuxer, which watches it.
  std::unique_ptr<Demuxer> demuxer_;
  std::unique_ptr<PacketPackager> packager_;
  std::optional<VideoFormat> videoFormat_;
  std::optional<AudioFormat> audioFormat_;
  bool awaitKeyFrame_ = false;
  std::deque<MediaMessage> ready_;
};

bool isFlv(const std::string& path) {
  std::error_code unknown;
  if (path == "-") return true;
  // Looking into a pipe would take bytes away.
  if (!std::filesystem::is_regular_file(path, unknown)) return false;
  std::ifstream file(path, std::ios::binary);
  std::string start(3, '\0');
  return file.read(start.data(), 3) && start == "FLV";
}

}  // namespace

Result<std::shared_ptr<PullSource>> openFile(const std::string& path) {
  if (isFlv(path)) {
    auto source = FileSource::open(path);
    if (!source) return source.error();
    return std::shared_ptr<PullSource>(std::move(*source));
  }
  auto source = std::make_shared<MediaFileSource>(path);
  if (auto opened = source->open(); !opened) return opened.error();
  return std::shared_ptr<PullSource>(std::move(source));
}

}  // namespace multiconnection::ffmpeg
