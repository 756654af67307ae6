extern "C" {
#include <libavutil/channel_layout.h>
#include <libavutil/mathematics.h>
#include <libavutil/samplefmt.h>
}

#include <array>
#include <atomic>
#include <cmath>
#include <deque>
#include <numbers>
#include <string>
#include <utility>

#include "ffmpeg/av_types.hpp"
#include "ffmpeg/test_encoders.hpp"
#include "ffmpeg/test_picture.hpp"
#include "multiconnection/ffmpeg.hpp"
#include "multiconnection/packet_packager.hpp"

namespace multiconnection::ffmpeg {
namespace {

using std::chrono::milliseconds;

constexpr int kSampleRate = 48000;
constexpr int kAudioBitrateBps = 128000;
constexpr int kChannels = 2;

Bytes extradataOf(const AVCodecContext& encoder) {
  if (encoder.extradata_size <= 0) return {};
  return {encoder.extradata, encoder.extradata + encoder.extradata_size};
}

Result<void> checkOptions(const TestSourceOptions& options) {
  const auto outside = [](const char* name, int value, int low, int high) -> Result<void> {
    if (value >= low && value <= high) return {};
    return Error{Errc::InvalidArgument, std::string("test source: ") + name + ' ' +
                                            std::to_string(value) + " is not within " +
                                            std::to_string(low) + " to " + std::to_string(high)};
  };
  for (auto& checked :
       {outside("width", options.width, 16, 4096), outside("height", options.height, 16, 4096),
        outside("frameRate", options.frameRate, 1, 120),
        outside("videoBitrateBps", options.videoBitrateBps, 10000, 100000000),
        outside("toneHz", options.toneHz, 20, 20000),
        outside("keyFrameInterval", options.keyFrameInterval, 1, 100000)}) {
    if (!checked) return checked;
  }
  if (options.width % 2 != 0 || options.height % 2 != 0) {
    return Error{Errc::InvalidArgument, "test source: " + std::to_string(options.width) + 'x' +
                                            std::to_string(options.height) + " is not even"};
  }
  return {};
}

class TestSource final : public PullSource {
 public:
  explicit TestSource(const TestSourceOptions& options)
      : options_(options), picture_(options.width, options.height, options.frameRate) {}

  Result<void> open() {
    auto video = openVideoEncoder(options_);
    if (!video) return video.error();
    auto audio = openAudioEncoder(options_.audioCodec, kSampleRate, kChannels, kAudioBitrateBps);
    if (!audio) return audio.error();
    video_ = std::move(*video);
    audio_ = std::move(*audio);
    frame_ = 0;
    samples_ = 0;
    ready_.clear();
    packager_ = std::make_unique<PacketPackager>();
    if (auto made = makeFrames(); !made) return made;
    if (auto set = packager_->setVideoFormat(videoFormat()); !set) return set;
    if (auto set = packager_->setAudioFormat(audioFormat()); !set) return set;
    for (MediaMessage& message : packager_->announce(milliseconds(0))) {
      ready_.push_back(std::move(message));
    }
    return {};
  }

  Result<std::optional<MediaMessage>> read() override {
    while (ready_.empty()) {
      if (interrupted_) return Error{Errc::Closed, "the test source was interrupted"};
      const bool videoIsBehind =
          av_compare_ts(frame_, video_->time_base, samples_, audio_->time_base) <= 0;
      auto encoded = videoIsBehind ? encodePicture() : encodeTone();
      if (!encoded) return encoded.error();
    }
    std::optional<MediaMessage> message = std::move(ready_.front());
    ready_.pop_front();
    return message;
  }

  Result<void> rewind() override {
    interrupted_ = false;
    return open();
  }

  void interrupt() noexcept override { interrupted_ = true; }

 private:
  Result<void> makeFrames() {
    image_.reset(av_frame_alloc());
    sound_.reset(av_frame_alloc());
    if (!image_ || !sound_) return outOfMemory();
    image_->format = video_->pix_fmt;
    image_->width = video_->width;
    image_->height = video_->height;
    sound_->format = audio_->sample_fmt;
    sound_->sample_rate = kSampleRate;
    sound_->nb_samples = audio_->frame_size;
    av_channel_layout_copy(&sound_->ch_layout, &audio_->ch_layout);
    for (AVFrame* frame : {image_.get(), sound_.get()}) {
      if (const int failed = av_frame_get_buffer(frame, 0); failed < 0) {
        return avError(failed, "test source");
      }
    }
    return {};
  }

  VideoFormat videoFormat() const {
    VideoFormat format;
    format.codec = options_.videoCodec;
    if (format.codec != Codec::Vp9) format.configuration = extradataOf(*video_);
    format.width = options_.width;
    format.height = options_.height;
    format.frameRate = options_.frameRate;
    format.bitrateBps = options_.videoBitrateBps;
    return format;
  }

  AudioFormat audioFormat() const {
    AudioFormat format;
    format.codec = options_.audioCodec;
    format.configuration = extradataOf(*audio_);
    format.sampleRate = kSampleRate;
    format.channels = kChannels;
    format.bitrateBps = kAudioBitrateBps;
    return format;
  }

  Result<void> encodePicture() {
    // The encoder may still refer to the last picture's buffer.
    if (const int failed = av_frame_make_writable(image_.get()); failed < 0) {
      return avError(failed, "test picture");
    }
    std::array<Plane, 3> planes;
    for (std::size_t i = 0; i < planes.size(); ++i) {
      planes[i] = {image_->data[i], image_->linesize[i]};
    }
    picture_.draw(static_cast<std::uint64_t>(frame_), planes);
    image_->pts = frame_++;
    return encode(*video_, *image_, options_.videoCodec);
  }

  Result<void> encodeTone() {
    if (const int failed = av_frame_make_writable(sound_.get()); failed < 0) {
      return avError(failed, "test tone");
    }
    constexpr double kAmplitude = 0.125;  // -18 dB
    for (int i = 0; i < sound_->nb_samples; ++i) {
      // Whole hertz repeat every second, so that the phase stays exact however long it runs.
      const auto within = static_cast<double>((samples_ + i) % kSampleRate) / kSampleRate;
      const double value = kAmplitude * std::sin(2 * std::numbers::pi * options_.toneHz * within);
      for (int channel = 0; channel < kChannels; ++channel) {
        const bool planar = av_sample_fmt_is_planar(audio_->sample_fmt) != 0;
        auto* samples = reinterpret_cast<float*>(sound_->data[planar ? channel : 0]);
        samples[planar ? i : i * kChannels + channel] = static_cast<float>(value);
      }
    }
    sound_->pts = samples_;
    samples_ += sound_->nb_samples;
    return encode(*audio_, *sound_, options_.audioCodec);
  }

  Result<void> encode(AVCodecContext& encoder, const AVFrame& frame, Codec codec) {
    if (const int failed = avcodec_send_frame(&encoder, &frame); failed < 0) {
      return avError(failed, std::string("encoder ") + encoder.codec->name);
    }
    PacketPointer packet(av_packet_alloc());
    if (!packet) return outOfMemory();
    while (true) {
      const int failed = avcodec_receive_packet(&encoder, packet.get());
      if (failed == AVERROR(EAGAIN)) return {};
      if (failed < 0) return avError(failed, std::string("encoder ") + encoder.codec->name);
      if (auto packaged = package(*packet, encoder.time_base, codec); !packaged) return packaged;
    }
  }

  Result<void> package(const AVPacket& packet, AVRational timeBase, Codec codec) {
    // The sound encoder's first packet lies before 0 by its priming; both tracks move by that much,
    // so that times start at 0 and sound and picture stay together.
    constexpr AVRational kMicrosecond{1, 1000000};
    const std::int64_t priming =
        av_rescale_q(audio_->initial_padding, audio_->time_base, kMicrosecond);
    const auto time = [&](std::int64_t ticks) {
      return std::chrono::round<milliseconds>(
          std::chrono::microseconds(av_rescale_q(ticks, timeBase, kMicrosecond) + priming));
    };
    EncodedPacket encoded;
    encoded.codec = codec;
    encoded.decodeTime = time(packet.dts);
    encoded.presentationTime = time(packet.pts);  // No B-frames: the same.
    encoded.keyFrame = (packet.flags & AV_PKT_FLAG_KEY) != 0;
    encoded.data.assign(packet.data, packet.data + packet.size);
    auto messages = packager_->package(encoded);
    if (!messages) return messages.error();
    for (MediaMessage& message : *messages) ready_.push_back(std::move(message));
    return {};
  }

  TestSourceOptions options_;
  TestPicture picture_;
  std::atomic<bool> interrupted_{false};
  CodecPointer video_;
  CodecPointer audio_;
  FramePointer image_;
  FramePointer sound_;
  std::unique_ptr<PacketPackager> packager_;
  std::int64_t frame_ = 0;    ///< Pictures encoded.
  std::int64_t samples_ = 0;  ///< Sound encoded.
  std::deque<MediaMessage> ready_;
};

}  // namespace

Result<std::shared_ptr<PullSource>> openTestSource(const TestSourceOptions& options) {
  if (auto checked = checkOptions(options); !checked) return checked.error();
  auto source = std::make_shared<TestSource>(options);
  if (auto opened = source->open(); !opened) return opened.error();
  return std::shared_ptr<PullSource>(std::move(source));
}

}  // namespace multiconnection::ffmpeg
