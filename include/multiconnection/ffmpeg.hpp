#pragma once

#include <memory>
#include <string>

#include "multiconnection/error.hpp"
#include "multiconnection/export.hpp"
#include "multiconnection/media.hpp"
#include "multiconnection/source.hpp"

namespace multiconnection::ffmpeg {

/// Opens a file that libavformat reads and whose codecs RTMP can carry: H.264, AAC, MP3; as
/// Enhanced RTMP HEVC, AV1, VP8, VP9, Opus, FLAC, AC-3 and E-AC-3. The best video and the best
/// audio track are copied, never re-encoded. FLV, and "-" (FLV on standard input), are read by
/// FileSource, so that their messages pass byte for byte. Files only: what the path or a playlist
/// names is never fetched from a network.
/// @return the error of opening it; Errc::Unsupported naming the codec that RTMP cannot carry.
MC_API Result<std::shared_ptr<PullSource>> openFile(const std::string& path);

/// Stops FFmpeg's own messages on standard error, for the whole process. FFmpeg logs demuxing with
/// one process-wide level, which this SDK leaves alone unless told to by this call: a program that
/// uses FFmpeg itself decides. What goes wrong comes back as an Error either way.
MC_API void silenceLog() noexcept;

/// The generated picture and tone.
struct TestSourceOptions {
  int width = 1280;                ///< Pixels, even, 16 to 4096.
  int height = 720;                ///< Pixels, even, 16 to 4096.
  int frameRate = 30;              ///< Frames per second, 1 to 120.
  int videoBitrateBps = 2500000;   ///< 10,000 to 100,000,000.
  int toneHz = 440;                ///< 20 to 20000.
  int keyFrameInterval = 60;       ///< Frames, 1 to 100,000.
  Codec videoCodec = Codec::H264;  ///< H.264, HEVC, AV1 or VP9.
  Codec audioCodec = Codec::Aac;   ///< AAC, Opus, AC-3 or E-AC-3.
};

/// A moving test picture with a running clock, and a tone; endless.
/// @return Errc::InvalidArgument naming the option; Errc::Unsupported when it cannot be
/// encoded so, or this build of FFmpeg has no such encoder.
MC_API Result<std::shared_ptr<PullSource>> openTestSource(const TestSourceOptions& options = {});

}  // namespace multiconnection::ffmpeg
