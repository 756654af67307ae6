#include "ffmpeg/test_encoders.hpp"

extern "C" {
#include <libavutil/channel_layout.h>
#include <libavutil/dict.h>
}

#include <array>
#include <string>

namespace multiconnection::ffmpeg {
namespace {

/// FFmpeg's encoders log to standard error; with this offset their levels lie below every one that
/// is shown, for this encoder only. What fails is told by return values.
constexpr int kSilent = 64;

struct Encoder {
  Codec codec;
  const char* name;
  /// "key=value:key=value": what makes it fast, and free of delay.
  const char* settings;
};

/// In the order of preference; others need devices that may not be there.
constexpr std::array<Encoder, 9> kEncoders{{
    {Codec::H264, "libx264", "preset=superfast:tune=zerolatency"},
    {Codec::H264, "libopenh264", ""},
    {Codec::Hevc, "libx265",
     "preset=ultrafast:tune=zerolatency:x265-params='log-level=none:pools=1:frame-threads=1'"},
    {Codec::Av1, "libaom-av1", "usage=realtime:cpu-used=8:lag-in-frames=0"},
    {Codec::Vp9, "libvpx-vp9", "deadline=realtime:cpu-used=8:lag-in-frames=0"},
    {Codec::Aac, "aac", ""},
    {Codec::Opus, "libopus", ""},
    {Codec::Ac3, "ac3", ""},
    {Codec::Eac3, "eac3", ""},
}};

struct Found {
  const AVCodec* codec;
  const char* settings;
};

Result<Found> find(Codec codec, bool video) {
  std::string names;
  for (const Encoder& encoder : kEncoders) {
    if (encoder.codec != codec || isVideo(codec) != video) continue;
    if (const AVCodec* found = avcodec_find_encoder_by_name(encoder.name)) {
      return Found{found, encoder.settings};
    }
    names += (names.empty() ? "" : " or ") + std::string(encoder.name);
  }
  const std::string name(codecName(codec));
  if (names.empty()) {
    return Error{Errc::Unsupported, std::string("the test source has no ") +
                                        (video ? "picture" : "sound") + " encoded with " + name};
  }
  return Error{Errc::Unsupported,
               "this build of FFmpeg has no " + name + " encoder (" + names + ")"};
}

Result<void> open(AVCodecContext& encoder, const Found& found) {
  encoder.log_level_offset = kSilent;
  AVDictionary* settings = nullptr;
  av_dict_parse_string(&settings, found.settings, "=", ":", 0);
  const int failed = avcodec_open2(&encoder, found.codec, &settings);
  av_dict_free(&settings);
  if (failed < 0) {
    return avError(failed, std::string("cannot open the encoder ") + found.codec->name);
  }
  return {};
}

}  // namespace

Result<CodecPointer> openVideoEncoder(const TestSourceOptions& options) {
  const auto found = find(options.videoCodec, true);
  if (!found) return found.error();
  CodecPointer encoder(avcodec_alloc_context3(found->codec));
  if (!encoder) return outOfMemory();
  encoder->width = options.width;
  encoder->height = options.height;
  encoder->pix_fmt = AV_PIX_FMT_YUV420P;
  encoder->time_base = {1, options.frameRate};
  encoder->framerate = {options.frameRate, 1};
  encoder->gop_size = options.keyFrameInterval;
  encoder->max_b_frames = 0;
  encoder->bit_rate = options.videoBitrateBps;
  encoder->rc_max_rate = options.videoBitrateBps;
  encoder->rc_buffer_size = options.videoBitrateBps;
  encoder->thread_count = 1;  // The same bytes in every run.
  encoder->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
  if (auto opened = open(*encoder, *found); !opened) return opened.error();
  return encoder;
}

Result<CodecPointer> openAudioEncoder(Codec codec, int sampleRate, int channels, int bitrateBps) {
  const auto found = find(codec, false);
  if (!found) return found.error();
  CodecPointer encoder(avcodec_alloc_context3(found->codec));
  if (!encoder) return outOfMemory();
  encoder->sample_fmt = codec == Codec::Opus ? AV_SAMPLE_FMT_FLT : AV_SAMPLE_FMT_FLTP;
  encoder->sample_rate = sampleRate;
  encoder->time_base = {1, sampleRate};
  encoder->bit_rate = bitrateBps;
  av_channel_layout_default(&encoder->ch_layout, channels);
  encoder->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
  if (auto opened = open(*encoder, *found); !opened) return opened.error();
  return encoder;
}

}  // namespace multiconnection::ffmpeg
